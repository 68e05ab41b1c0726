import type { Parting, Spot, ValueDifference } from "./compare_tracks.ts";

/** A different value that may have led to a parting. */
export interface Cause {
  readonly difference: ValueDifference;
  /** The step that reads it, in the first trace: the one where it was decided, or that made another cause. */
  readonly readAt: Spot;
}

/** Paths that are others in each run by nature. */
const TEMPORARY = /\/(?:tmp|var\/folders)\/|\/pytest-of-/;
/** What led to where, at most. */
const MOST_STEPS_BACK = 8;
const NAME = /[\p{L}_][\p{L}\p{N}_]*/gu;

/**
 * The values that may have led to a parting, the most likely one first: those that the deciding line names, the earliest
 * difference first, then those that the lines name which made these, and so on.
 *
 * Lines are read as words: a value that is not named on the line itself is not found. Values with temporary paths in
 * them are left out where there are others.
 *
 * @param values The differences known by then, in order of appearance.
 * @param lineText Text of a line of the first trace, or null.
 */
export function likelyCauses(
  parting: Parting,
  values: readonly ValueDifference[],
  lineText: (spot: Spot) => string | null,
): Cause[] {
  const causes: Cause[] = [];
  const taken = new Set<ValueDifference>();
  let spots = parting.decidedA === null ? [] : [parting.decidedA];
  for (let back = 0; back < MOST_STEPS_BACK && spots.length > 0; back++) {
    const next: Spot[] = [];
    for (const spot of spots) {
      const text = lineText(spot);
      if (text === null) continue;
      const names = new Set(text.match(NAME));
      for (const difference of values) {
        if (taken.has(difference) || !isRead(difference, names, spot)) continue;
        taken.add(difference);
        causes.push({ difference, readAt: spot });
        const made = difference.of === "variable"
          ? difference.setA ?? difference.calledA
          : difference.a;
        if (made !== null) next.push(made);
      }
    }
    spots = next;
  }
  const lasting = causes.filter(({ difference }) => !isTemporary(difference));
  return lasting.length > 0 ? lasting : causes;
}

/** Whether a value differs that holds a temporary path, so most likely in that. */
export function isTemporary({ valueA, valueB }: ValueDifference): boolean {
  return TEMPORARY.test(valueA ?? "") || TEMPORARY.test(valueB ?? "");
}

function isRead(difference: ValueDifference, names: ReadonlySet<string>, spot: Spot): boolean {
  const { of, name, functionName, a } = difference;
  // What a call returned is known behind its line only, so a step later than that of the line.
  if (of !== "variable") return names.has(lastName(name));
  return a.step <= spot.step && names.has(name) && functionName === spot.functionName;
}

/** `total` of `Cart.total`. */
function lastName(functionName: string): string {
  return functionName.split(".").at(-1) ?? functionName;
}
