/** How many values the filters kept out of a trace; each counts at every step and return that would have shown it. */

/** Kinds of variables in the order of a layout's counts. */
const VARIABLES = ["local", "global", "arg"] as const;
type Variable = (typeof VARIABLES)[number];

/** Numbers of values by kind. */
export type CountsByKind = Record<Variable | "ret" | "attr", number>;

/** What a step of a layout hides of one kind. */
export interface HiddenByStep {
  readonly kind: Variable;
  readonly redacted: number;
  readonly dropped: number;
}

/**
 * What each step of a layout hides.
 *
 * @param counts As in the record: how many of local, global, argument are redacted; the same dropped.
 * @returns Only kinds of which something is hidden.
 */
export function hiddenByStep(counts: readonly number[]): HiddenByStep[] {
  const dropped = counts.slice(VARIABLES.length);
  return VARIABLES
    .map((kind, n) => ({ kind, redacted: counts[n] ?? 0, dropped: dropped[n] ?? 0 }))
    .filter((each) => each.redacted + each.dropped > 0);
}

/** What metadata shows. */
export interface HiddenValues {
  readonly redacted: CountsByKind;
  readonly dropped: CountsByKind;
}

/** Counts at zero. */
export function noHiddenValues(): HiddenValues {
  const zero = (): CountsByKind => ({ local: 0, global: 0, arg: 0, ret: 0, attr: 0 });
  return { redacted: zero(), dropped: zero() };
}
