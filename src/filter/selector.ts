/** Selectors: `kind:[match:]pattern`. */
import { nearest } from "../text/nearest.ts";
import { type Automaton, compile, matches, MOST_STATES, type Pattern } from "./automaton.ts";
import { parseGlob } from "./glob.ts";
import { PatternError } from "./pattern_error.ts";
import { parseRegex } from "./regex.ts";
import { MATCH_TYPES, type MatchType, SCOPE_KINDS, VALUE_KINDS } from "./words.ts";

/** What compares names: a text that is the name, or a machine. */
export type Matcher = string | Automaton;

/** A selector, ready to be used. */
export interface Selector<Kind extends string> {
  /** As it is written. */
  readonly text: string;
  readonly kind: Kind;
  readonly match: MatchType;
  readonly matcher: Matcher;
}

/** Names that are longer are compared by their start: characters. */
export const LONGEST_NAME = 1000;

/** Whether the selector's pattern matches the whole of `name`. */
export function selects(selector: Selector<string>, name: string): boolean {
  if (typeof selector.matcher === "string") return selector.matcher === name;
  return matches(selector.matcher, name);
}

/**
 * Parses a selector.
 *
 * @param kinds The kinds that may stand here.
 * @throws {PatternError} With what is wrong; `at` counts from the selector's start.
 */
export function parseSelector<Kind extends string>(
  text: string,
  kinds: readonly Kind[],
): Selector<Kind> {
  const accepted = `${kinds.map((kind) => `${kind}:`).join(", ")}`;
  const colon = text.indexOf(":");
  if (colon < 0) {
    throw new PatternError(`it has no kind; write \`${kinds[0]}:${text}\` (or ${accepted})`, 0);
  }
  const kind = text.slice(0, colon);
  if (!isOneOf(kind, kinds)) {
    const elsewhere = isOneOf(kind, SCOPE_KINDS)
      ? "; it selects code, so it belongs to [[scope.rules]]"
      : isOneOf(kind, VALUE_KINDS)
      ? "; it selects values, so it belongs to [[scope.rules.value_patterns]]"
      : didYouMean(kind, kinds);
    throw new PatternError(`"${kind}" is no kind that stands here: ${accepted}${elsewhere}`, 0);
  }
  const rest = text.slice(colon + 1);
  const second = rest.indexOf(":");
  const word = second < 0 ? "glob" : rest.slice(0, second);
  if (!isOneOf(word, MATCH_TYPES)) {
    throw new PatternError(
      `"${word}" is no way to match: ${MATCH_TYPES.join(", ")}${didYouMean(word, MATCH_TYPES)}; ` +
        `a pattern with a colon needs one, as in \`${kind}:glob:${rest}\``,
      colon + 1,
    );
  }
  const pattern = second < 0 ? rest : rest.slice(second + 1);
  if (pattern === "") throw new PatternError("its pattern is empty", text.length);
  return {
    text,
    kind,
    match: word,
    matcher: makeMatcher(word, pattern, kind === "file", text.length - pattern.length),
  };
}

function makeMatcher(match: MatchType, pattern: string, isPath: boolean, offset: number): Matcher {
  if (match === "literal") return pattern;
  let parsed: Pattern;
  try {
    parsed = match === "regex" ? parseRegex(pattern) : parseGlob(pattern, isPath);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new PatternError(`the ${match} is wrong: ${error.reason}`, offset + error.at);
  }
  const machine = compile(parsed);
  if (machine !== null) return machine;
  throw new PatternError(
    `the ${match} is too large (${MOST_STATES} states); count to less, or split it up`,
    offset,
  );
}

/** `; did you mean "x"?`, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const meant = nearest(word, candidates);
  return meant === null ? "" : `; did you mean "${meant}"?`;
}

function isOneOf<Word extends string>(word: string, words: readonly Word[]): word is Word {
  return (words as readonly string[]).includes(word);
}
