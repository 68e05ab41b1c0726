/** How many values the filters kept out of a trace; each counts at every step and return that would have shown it. */

/** Kinds of values in the order of a layout's counts, then those that have no layout. */
export const HIDDEN_KINDS = ["local", "global", "arg", "ret", "attr"] as const;

/** Numbers of values by kind. */
export type CountsByKind = Record<(typeof HIDDEN_KINDS)[number], number>;

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
