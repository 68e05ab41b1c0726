/** Decides on code and values by a chain of filters, and says which rule it was. */
import type { FilterChain } from "./chain.ts";
import type { ValuePattern } from "./parse.ts";
import { LONGEST_NAME, selects } from "./selector.ts";
import type { Subject } from "./subject.ts";
import type { Exec, ScopeKind, ValueAction, ValueKind } from "./words.ts";

/** What decided: a rule, or the file's default where `rule` is null. */
export interface Origin {
  /** Index into the chain's files. */
  readonly file: number;
  /** Number of the rule in its file, from 1. */
  readonly rule: number | null;
  readonly reason: string | null;
}

/** A value pattern that applies, with where it stands. */
export interface AppliedPattern extends ValuePattern {
  readonly file: number;
  readonly rule: number;
}

/** The decision on one code object. */
export interface Decision {
  readonly exec: Exec;
  readonly execFrom: Origin;
  readonly valueDefault: ValueAction;
  readonly valueDefaultFrom: Origin;
  /** In the order in which they are tried: the first that matches decides. */
  readonly valuePatterns: readonly AppliedPattern[];
}

/** The decision on one value. */
export interface ValueDecision {
  readonly action: ValueAction;
  /** null where no pattern matched and a default decided. */
  readonly pattern: AppliedPattern | null;
}

/**
 * Decides on a code object: rules top down, later ones override earlier ones.
 *
 * Value patterns of *all* rules that match take part, those of later rules first; within a rule the first
 * pattern that matches decides.
 */
export function decide(chain: FilterChain, subject: Subject): Decision {
  const names = namesOf(subject);
  let exec = chain.exec.value, valueDefault = chain.valueAction.value;
  let execFrom: Origin = { file: chain.exec.file, rule: null, reason: null };
  let valueDefaultFrom: Origin = { file: chain.valueAction.file, rule: null, reason: null };
  const byRule: AppliedPattern[][] = [];
  for (const rule of chain.rules) {
    if (!names[rule.selector.kind].some((name) => selects(rule.selector, name))) continue;
    const here: Origin = { file: rule.file, rule: rule.number, reason: rule.reason };
    if (rule.exec !== null) [exec, execFrom] = [rule.exec, here];
    if (rule.valueDefault !== null) [valueDefault, valueDefaultFrom] = [rule.valueDefault, here];
    byRule.unshift(
      rule.valuePatterns.map((each) => ({ ...each, file: rule.file, rule: rule.number })),
    );
  }
  return { exec, execFrom, valueDefault, valueDefaultFrom, valuePatterns: byRule.flat() };
}

/**
 * Decides on a value.
 *
 * @param kinds All that the value is: a parameter is `local` and `arg`, a variable of a module `local` and
 *   `global`. Empty for an exception that leaves the code: it has no name, so the default decides.
 * @param names All that it is called: for `ret` the code's names ({@link objectNames}), else one name.
 */
export function decideValue(
  decision: Decision,
  kinds: readonly ValueKind[],
  names: readonly string[],
): ValueDecision {
  for (const pattern of decision.valuePatterns) {
    if (!kinds.includes(pattern.selector.kind)) continue;
    if (names.some((name) => selects(pattern.selector, cut(name)))) {
      return { action: pattern.action, pattern };
    }
  }
  // An attribute that nobody named goes with the value that it is part of, and that one is shown.
  const isPart = kinds.length === 1 && kinds[0] === "attr";
  return { action: isPart ? "allow" : decision.valueDefault, pattern: null };
}

/** Qualified names of a code object: what `obj` and `ret` select by. */
export function objectNames(subject: Subject): readonly string[] {
  if (subject.modules.length === 0) return [subject.qualifiedName];
  return subject.modules.map((module) => `${module}.${subject.qualifiedName}`);
}

function namesOf(subject: Subject): Record<ScopeKind, readonly string[]> {
  return {
    // Code without a name for its module (`exec(text, {})`) has an empty one: `**` means that, too.
    pkg: subject.modules.length === 0 ? [""] : subject.modules.map(cut),
    file: subject.files.map(cut),
    obj: objectNames(subject).map(cut),
  };
}

/** Names beyond the bound are compared by their start, in characters as Python counts them. */
function cut(name: string): string {
  return name.length <= LONGEST_NAME ? name : [...name].slice(0, LONGEST_NAME).join("");
}
