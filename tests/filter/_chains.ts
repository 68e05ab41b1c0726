/** Random chains of filters as plain data, their TOML, and random code to decide on. */
import fc from "fast-check";
import { builtinDefault, type FilterSource, type Subject } from "../../src/filter/mod.ts";

export interface PlainSelector {
  kind: string;
  match: "glob" | "regex" | "literal";
  pattern: string;
}
export interface PlainRule {
  selector: PlainSelector;
  exec: "trace" | "skip" | "inherit" | null;
  value_default: "allow" | "redact" | "deny" | "drop" | "inherit" | null;
  patterns: { selector: PlainSelector; action: "allow" | "redact" | "deny" | "drop" }[];
}
export interface PlainFilter {
  default_exec: "trace" | "skip" | "inherit" | null;
  default_value_action: "allow" | "redact" | "deny" | "drop" | "inherit" | null;
  rules: PlainRule[];
}

const word = fc.constantFrom("a", "b", "ab", "a.b", "b/a", "f", "a.f", "é", "password", "auth_b");

/** Only patterns that a naive reference reads in one line each: `x*`, `*x`, `.*x`, `x|y`, and texts. */
const selector = (kinds: string[]): fc.Arbitrary<PlainSelector> =>
  fc.tuple(
    fc.constantFrom(...kinds),
    fc.oneof(
      word.map((w) => ({ match: "literal" as const, pattern: w })),
      word.chain((w) =>
        fc.constantFrom(w, `${w}*`, `*${w}`, "*", "**").map((pattern) => ({
          match: "glob" as const,
          pattern,
        }))
      ),
      fc.tuple(word, word).chain(([v, w]) =>
        fc.constantFrom(`${v}|${w}`, `.*${v}`, `(?i)${v}.?`, `^${v}\\b.*$`).map((pattern) => ({
          match: "regex" as const,
          pattern,
        }))
      ),
    ),
  ).map(([kind, rest]) => ({ kind, ...rest }));

const exec = fc.constantFrom("trace", "skip", "inherit", null);
const valueDefault = fc.constantFrom("allow", "redact", "deny", "drop", "inherit", null);

const rule: fc.Arbitrary<PlainRule> = fc.record({
  selector: selector(["pkg", "file", "obj"]),
  exec,
  value_default: valueDefault,
  patterns: fc.array(
    fc.record({
      selector: selector(["local", "global", "arg", "ret", "attr"]),
      action: fc.constantFrom("allow", "redact", "deny", "drop"),
    }),
    { maxLength: 3 },
  ),
});

export const plainChains: fc.Arbitrary<PlainFilter[]> = fc.array(
  fc.record({
    default_exec: exec,
    default_value_action: valueDefault,
    rules: fc.array(rule, { maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 3 },
);

export const subjects: fc.Arbitrary<Subject> = fc.record({
  modules: fc.array(word, { maxLength: 2 }),
  files: fc.array(word, { minLength: 1, maxLength: 2 }),
  qualifiedName: word,
});

export const valueNames = word;

function selectorText(each: PlainSelector): string {
  const match = each.match === "glob" ? "" : `${each.match}:`;
  return JSON.stringify(`${each.kind}:${match}${each.pattern}`);
}

/** TOML of a filter. */
export function toml(filter: PlainFilter): string {
  const lines = ["[scope]"];
  if (filter.default_exec) lines.push(`default_exec = "${filter.default_exec}"`);
  if (filter.default_value_action) {
    lines.push(`default_value_action = "${filter.default_value_action}"`);
  }
  for (const rule of filter.rules) {
    lines.push("[[scope.rules]]", `selector = ${selectorText(rule.selector)}`);
    if (rule.exec) lines.push(`exec = "${rule.exec}"`);
    if (rule.value_default) lines.push(`value_default = "${rule.value_default}"`);
    for (const pattern of rule.patterns) {
      lines.push("[[scope.rules.value_patterns]]", `selector = ${selectorText(pattern.selector)}`);
      lines.push(`action = "${pattern.action}"`);
    }
  }
  return lines.join("\n");
}

/** The sources of a chain, behind a head that traces and allows everything, or the recorder's own. */
export function sourcesOf(filters: readonly PlainFilter[], builtin: boolean): FilterSource[] {
  const head: FilterSource = builtin ? builtinDefault() : {
    origin: "builtin",
    path: "<head>",
    text: '[scope]\ndefault_exec = "trace"\ndefault_value_action = "allow"',
  };
  return [
    head,
    ...filters.map((filter, n): FilterSource => ({
      origin: "setting",
      path: `/f${n}.toml`,
      text: toml(filter),
    })),
  ];
}
