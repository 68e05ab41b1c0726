/** Parses one filter file, and says in one sentence what is wrong with it. */
import { type UsageError, usageError } from "../errors/mod.ts";
import { PatternError } from "./pattern_error.ts";
import { didYouMean, parseSelector, type Selector } from "./selector.ts";
import {
  ACTION_WORDS,
  DEFAULT_ACTION_WORDS,
  type Exec,
  EXEC_WORDS,
  SCOPE_KINDS,
  type ScopeKind,
  VALUE_KINDS,
  type ValueAction,
  type ValueKind,
} from "./words.ts";

/** A `[[scope.rules.value_patterns]]`. */
export interface ValuePattern {
  readonly selector: Selector<ValueKind>;
  readonly action: ValueAction;
  readonly reason: string | null;
}

/** A `[[scope.rules]]`. */
export interface ScopeRule {
  readonly selector: Selector<ScopeKind>;
  /** null for `inherit`, and where nothing is said. */
  readonly exec: Exec | null;
  readonly valueDefault: ValueAction | null;
  readonly reason: string | null;
  readonly valuePatterns: readonly ValuePattern[];
  /** Line of its header, from 1; null where the text does not show it plainly. */
  readonly line: number | null;
}

/** A whole file. */
export interface FilterFile {
  readonly path: string;
  readonly name: string | null;
  readonly version: number;
  readonly description: string | null;
  readonly labels: readonly string[];
  /** null for `inherit`, and where nothing is said. */
  readonly defaultExec: Exec | null;
  readonly defaultValueAction: ValueAction | null;
  readonly rules: readonly ScopeRule[];
  /** `[io] capture`; null where nothing is said. */
  readonly captureOutput: boolean | null;
}

const STREAMS = ["stdin", "stdout", "stderr", "files"] as const;
const LONGEST_SHOWN = 200;
const RULE_HEADER = /^[ \t]*\[\[[ \t]*scope[ \t]*\.[ \t]*rules[ \t]*\]\]/;
const PATTERN_HEADER =
  /^[ \t]*\[\[[ \t]*scope[ \t]*\.[ \t]*rules[ \t]*\.[ \t]*value_patterns[ \t]*\]\]/;

/**
 * Parses a filter file.
 *
 * @param text TOML.
 * @param path What errors and reports call the file.
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE with the file, the rule's number from 1 and its line where
 *   the text shows it, the value, and what is accepted.
 */
export async function parseFilter(text: string, path: string): Promise<FilterFile> {
  const { parse } = await import("../packages/smol_toml.ts");
  let root: Record<string, unknown>;
  try {
    root = parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    throw notToml(error, path);
  }
  return new Reader(text, path).file(root);
}

function notToml(error: unknown, path: string): UsageError {
  const { line, column } = error as { line?: number; column?: number };
  // Nesting beyond the parser's stack is a RangeError without a place.
  const reason = error instanceof Error
    ? error.message.replace(/^Invalid TOML document: /, "").replace(/\n.*/s, "")
    : "it can't be read";
  const where = line === undefined ? "" : ` (line ${line}, column ${column})`;
  return usageError(
    "ERR_INVALID_POLICY_VALUE",
    `the trace filter ${path} is not TOML${where}: ${reason}`,
    { file: path, ...(line === undefined ? {} : { line, column }) },
    error,
  );
}

/** Where in a file something stands, for messages. */
interface Spot {
  /** "[scope]", "rule 3", "value pattern 1 of rule 3". */
  readonly name: string;
  readonly rule?: number;
  readonly valuePattern?: number;
  readonly line?: number | null;
}

class Reader {
  readonly #ruleLines: readonly number[];
  readonly #patternLines: readonly number[];

  constructor(text: string, readonly path: string) {
    const lines = text.split("\n");
    const numbers = (header: RegExp) =>
      lines.flatMap((line, index) => header.test(line) ? [index + 1] : []);
    this.#ruleLines = numbers(RULE_HEADER);
    this.#patternLines = numbers(PATTERN_HEADER);
  }

  file(root: Record<string, unknown>): FilterFile {
    const top: Spot = { name: "the file" };
    this.#keys(root, ["meta", "io", "scope"], top);
    const meta = this.#table(root, "meta", top);
    const io = this.#table(root, "io", top);
    const scope = this.#table(root, "scope", top);
    const inMeta: Spot = { name: "[meta]" }, inIo: Spot = { name: "[io]" };
    const inScope: Spot = { name: "[scope]" };
    this.#keys(meta, ["name", "version", "description", "labels"], inMeta);
    this.#keys(io, ["capture", "streams", "modes"], inIo);
    this.#keys(scope, ["default_exec", "default_value_action", "rules"], inScope);
    this.#words(io, "streams", STREAMS, inIo);
    this.#words(io, "modes", [], inIo);
    const name = this.#text(meta, "name", inMeta);
    if (name !== null && name.trim() === "") this.#fail(inMeta, "name", name, "a text");
    const version = meta["version"] ?? 1;
    if (typeof version !== "number" || !Number.isInteger(version) || version < 1) {
      this.#fail(inMeta, "version", version, "a whole number from 1");
    }
    const capture = io["capture"] ?? null;
    if (capture !== null && typeof capture !== "boolean") {
      this.#fail(inIo, "capture", capture, "true or false");
    }
    return {
      path: this.path,
      name,
      version,
      description: this.#text(meta, "description", inMeta),
      labels: this.#words(meta, "labels", null, inMeta),
      defaultExec: this.#exec(scope, "default_exec", inScope),
      defaultValueAction: this.#action(scope, "default_value_action", inScope),
      rules: this.#rules(scope),
      captureOutput: capture,
    };
  }

  #rules(scope: Record<string, unknown>): ScopeRule[] {
    const tables = this.#tables(scope, "rules", "[[scope.rules]]", { name: "[scope]" });
    const patterns = tables.map((table) => table["value_patterns"]);
    const patternCount = patterns.reduce<number>(
      (sum, each) => sum + (Array.isArray(each) ? each.length : 0),
      0,
    );
    // Headers in texts, and tables written inline, would make the lines wrong: then none is given.
    const ruleLines = this.#ruleLines.length === tables.length ? this.#ruleLines : [];
    const patternLines = this.#patternLines.length === patternCount ? this.#patternLines : [];
    let patternsBefore = 0;
    return tables.map((table, index) => {
      const line = ruleLines[index] ?? null;
      const lines = patternLines.slice(patternsBefore);
      const rule = this.#rule(table, index + 1, line, lines);
      patternsBefore += rule.valuePatterns.length;
      return rule;
    });
  }

  #rule(
    table: Record<string, unknown>,
    number: number,
    line: number | null,
    patternLines: readonly number[],
  ): ScopeRule {
    const spot: Spot = { name: `rule ${number}`, rule: number, line };
    this.#keys(table, ["selector", "exec", "value_default", "reason", "value_patterns"], spot);
    return {
      selector: this.#selector(table, SCOPE_KINDS, spot),
      exec: this.#exec(table, "exec", spot),
      valueDefault: this.#action(table, "value_default", spot),
      reason: this.#text(table, "reason", spot),
      valuePatterns: this.#tables(
        table,
        "value_patterns",
        "[[scope.rules.value_patterns]]",
        spot,
      ).map((each, index) =>
        this.#valuePattern(each, {
          name: `value pattern ${index + 1} of rule ${number}`,
          rule: number,
          valuePattern: index + 1,
          line: patternLines[index] ?? line,
        })
      ),
      line,
    };
  }

  #valuePattern(table: Record<string, unknown>, spot: Spot): ValuePattern {
    this.#keys(table, ["selector", "action", "reason"], spot);
    const action = this.#word(table, "action", ACTION_WORDS, spot);
    if (action === null) {
      throw this.#error(spot, `has no "action"; write ${list(ACTION_WORDS)}`, undefined);
    }
    return {
      selector: this.#selector(table, VALUE_KINDS, spot),
      action: action === "deny" ? "redact" : action,
      reason: this.#text(table, "reason", spot),
    };
  }

  #selector<Kind extends string>(
    table: Record<string, unknown>,
    kinds: readonly Kind[],
    spot: Spot,
  ): Selector<Kind> {
    const text = this.#text(table, "selector", spot);
    if (text === null) {
      throw this.#error(spot, `has no "selector"; write one like "${kinds[0]}:name"`, undefined);
    }
    try {
      return parseSelector(text, kinds);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      throw this.#error(
        spot,
        `has the selector ${shown(text)}; at its character ${error.at + 1}, ${error.reason}`,
        text,
      );
    }
  }

  #exec(table: Record<string, unknown>, key: string, spot: Spot): Exec | null {
    const word = this.#word(table, key, EXEC_WORDS, spot);
    return word === "inherit" ? null : word;
  }

  #action(table: Record<string, unknown>, key: string, spot: Spot): ValueAction | null {
    const word = this.#word(table, key, DEFAULT_ACTION_WORDS, spot);
    return word === "inherit" ? null : word === "deny" ? "redact" : word;
  }

  #word<Word extends string>(
    table: Record<string, unknown>,
    key: string,
    words: readonly Word[],
    spot: Spot,
  ): Word | null {
    const value = table[key];
    if (value === undefined) return null;
    const word = words.find((each) => each === value);
    if (word !== undefined) return word;
    const hint = typeof value === "string" ? didYouMean(value, words) : "";
    return this.#fail(spot, key, value, list(words) + hint);
  }

  #text(table: Record<string, unknown>, key: string, spot: Spot): string | null {
    const value = table[key];
    if (value === undefined) return null;
    return typeof value === "string" ? value : this.#fail(spot, key, value, "a text");
  }

  /** A list of texts, each one of `words` if they are given. */
  #words(
    table: Record<string, unknown>,
    key: string,
    words: readonly string[] | null,
    spot: Spot,
  ): string[] {
    const value = table[key] ?? [];
    const accepted = words === null
      ? "a list of texts"
      : words.length === 0
      ? "an empty list"
      : `a list of ${list(words)}`;
    if (!Array.isArray(value)) return this.#fail(spot, key, value, accepted);
    for (const each of value) {
      if (typeof each !== "string" || (words !== null && !words.includes(each))) {
        this.#fail(spot, key, each, accepted);
      }
    }
    return value;
  }

  #table(parent: Record<string, unknown>, key: string, spot: Spot): Record<string, unknown> {
    const value = parent[key] ?? {};
    return isTable(value) ? value : this.#fail(spot, key, value, `a table, written [${key}]`);
  }

  #tables(
    parent: Record<string, unknown>,
    key: string,
    header: string,
    spot: Spot,
  ): Record<string, unknown>[] {
    const value = parent[key] ?? [];
    if (!Array.isArray(value) || !value.every(isTable)) {
      return this.#fail(spot, key, value, `tables, each written ${header}`);
    }
    return value;
  }

  #keys(table: Record<string, unknown>, known: readonly string[], spot: Spot): void {
    for (const key of Object.keys(table)) {
      if (known.includes(key)) continue;
      throw this.#error(
        spot,
        `has the unknown key ${shown(key)}; accepted are ${list(known)}${didYouMean(key, known)}`,
        key,
      );
    }
  }

  #fail(spot: Spot, key: string, value: unknown, accepted: string): never {
    throw this.#error(spot, `has ${key} = ${shown(value)}; accepted is ${accepted}`, value);
  }

  #error(spot: Spot, what: string, value: unknown): UsageError {
    const line = spot.line ?? null;
    const where = line === null ? spot.name : `${spot.name} (line ${line})`;
    return usageError(
      "ERR_INVALID_POLICY_VALUE",
      `in the trace filter ${this.path}, ${where} ${what}`,
      {
        file: this.path,
        ...(spot.rule === undefined ? {} : { rule: spot.rule }),
        ...(spot.valuePattern === undefined ? {} : { value_pattern: spot.valuePattern }),
        ...(line === null ? {} : { line }),
        ...(value === undefined ? {} : { value: typeof value === "string" ? value : shown(value) }),
      },
    );
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}

function list(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** A value as TOML would show it, cut short. */
function shown(value: unknown): string {
  let text: string;
  if (value instanceof Date) text = String(value.toISOString());
  else {
    text = JSON.stringify(value, (_, v) => typeof v === "bigint" ? String(v) : v) ?? String(value);
  }
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN)}…`;
}
