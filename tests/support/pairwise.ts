/** Covering a product of choices by pairs: most faults need no more than two things to come together. */

/** For each name its possible values. */
export type Axes = Readonly<Record<string, readonly unknown[]>>;

/** One value for each name. */
export type CaseOf<A extends Axes> = { readonly [K in keyof A]: A[K][number] };

/**
 * Cases in which every value of every axis meets every value of every other axis at least once. The
 * same for the same axes.
 *
 * @param allowed Says which cases can be; pairs that no such case holds are left out.
 */
export function pairwise<A extends Axes>(
  axes: A,
  allowed: (some: CaseOf<A>) => boolean = () => true,
): CaseOf<A>[] {
  const all = product(axes).filter(allowed);
  const open = new Set(all.flatMap(pairsOf));
  const chosen: CaseOf<A>[] = [];
  while (open.size > 0) {
    let best = all[0];
    let most = 0;
    for (const one of all) {
      const covered = pairsOf(one).filter((pair) => open.has(pair)).length;
      if (covered > most) [best, most] = [one, covered];
    }
    if (best === undefined) break;
    for (const pair of pairsOf(best)) open.delete(pair);
    chosen.push(best);
  }
  return chosen;
}

/** Every case there is. */
export function product<A extends Axes>(axes: A): CaseOf<A>[] {
  return Object.entries(axes).reduce<Record<string, unknown>[]>(
    (cases, [name, values]) =>
      cases.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  ) as CaseOf<A>[]; // each step adds a name with one of its values
}

function pairsOf(one: Readonly<Record<string, unknown>>): string[] {
  const settings = Object.entries(one).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return settings.flatMap((a, i) => settings.slice(i + 1).map((b) => `${a}&${b}`));
}
