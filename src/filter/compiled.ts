/**
 * A chain of filters in the form in which it goes to the agent: plain lists, numbers and texts.
 *
 * The agent's side is `src/agent/python/_ct_filter.py`; design-docs/trace-filters.md describes the form.
 */
import { LONGEST_NAME, type Matcher } from "./selector.ts";
import type { FilterChain } from "./chain.ts";
import type { Places } from "./subject.ts";
import { SCOPE_KINDS, VALUE_KINDS, type ValueAction } from "./words.ts";

/** [kind of value, matcher, action] */
export type CompiledPattern = readonly [number, number, number];
/** [kind of scope, matcher, exec (1 trace, 0 skip, null inherit), default action or null, patterns] */
export type CompiledRule = readonly [
  number,
  number,
  number | null,
  number | null,
  readonly CompiledPattern[],
];

/** What the agent needs to decide. Names are the agent's. */
export interface CompiledFilter {
  readonly exec: number;
  readonly action: number;
  readonly rules: readonly CompiledRule[];
  /**
   * Each kept once; rules and patterns have its index. `=` and a literal, or a machine's states: numbers
   * with commas between them, states with semicolons, for Python compiles one text faster than many lists.
   */
  readonly matchers: readonly string[];
  readonly longest_name: number;
  readonly projects: readonly string[];
}

const ACTIONS: readonly ValueAction[] = ["allow", "redact", "drop"];

/** The compiled form of a chain. */
export function compileChain(chain: FilterChain, places: Pick<Places, "projects">): CompiledFilter {
  const matchers: string[] = [];
  const indexes = new Map<string, number>();
  const indexOf = (matcher: Matcher): number => {
    const text = typeof matcher === "string" ? `=${matcher}` : matcher.join(";");
    let index = indexes.get(text);
    if (index === undefined) {
      index = matchers.push(text) - 1;
      indexes.set(text, index);
    }
    return index;
  };
  const rules = chain.rules.map((rule): CompiledRule => [
    SCOPE_KINDS.indexOf(rule.selector.kind),
    indexOf(rule.selector.matcher),
    rule.exec === null ? null : Number(rule.exec === "trace"),
    rule.valueDefault === null ? null : ACTIONS.indexOf(rule.valueDefault),
    rule.valuePatterns.map((pattern): CompiledPattern => [
      VALUE_KINDS.indexOf(pattern.selector.kind),
      indexOf(pattern.selector.matcher),
      ACTIONS.indexOf(pattern.action),
    ]),
  ]);
  return {
    exec: Number(chain.exec.value === "trace"),
    action: ACTIONS.indexOf(chain.valueAction.value),
    rules,
    matchers,
    longest_name: LONGEST_NAME,
    projects: places.projects,
  };
}
