/**
 * Numbers for what has a name in two traces: each trace numbers its functions, files, types and variables in the order
 * in which they came up, so the same name has other numbers in another run.
 */

/** The ids of two tables, as numbers that mean the same in both. */
export interface SharedIds {
  /** By id in the first trace. */
  readonly a: Uint32Array;
  /** By id in the second. */
  readonly b: Uint32Array;
  /** By number: the name, that of the first trace where the two differ. */
  readonly names: readonly string[];
  /** Whether an id means the same in both tables, as far as both have it. */
  readonly agree: boolean;
}

/**
 * Shares the numbers of equal names. An id beyond its table is not among them.
 *
 * @param key What makes two names the same; the names themselves by default.
 */
export function shareNames(
  a: readonly string[],
  b: readonly string[],
  key: (name: string, id: number, side: "a" | "b") => string = (name) => name,
): SharedIds {
  const numbers = new Map<string, number>();
  const names: string[] = [];
  const numbered = (table: readonly string[], side: "a" | "b") =>
    Uint32Array.from(table, (name, id) => {
      const means = key(name, id, side);
      let number = numbers.get(means);
      if (number === undefined) {
        numbers.set(means, number = names.length);
        names.push(name);
      }
      return number;
    });
  const shared = { a: numbered(a, "a"), b: numbered(b, "b") };
  const common = Math.min(a.length, b.length);
  const agree = shared.a.subarray(0, common).every((number, id) => number === shared.b[id]);
  return { ...shared, names, agree };
}
