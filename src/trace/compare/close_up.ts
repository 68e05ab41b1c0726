/** Two values as they are shown; null where there is none. */
export interface ShownValues {
  readonly valueA: string | null;
  readonly valueB: string | null;
}

/** How much is shown ahead of the first difference: a part of all. */
const PART_BEFORE = 1 / 4;

/**
 * Both texts, so long ones from shortly before their first difference on, with `…` for what is left out.
 *
 * @param longest Characters of each.
 */
export function closeUp(a: string | null, b: string | null, longest: number): ShownValues {
  const length = Math.max(a?.length ?? 0, b?.length ?? 0);
  if (length <= longest) return { valueA: a, valueB: b };
  let same = 0;
  while (a !== null && b !== null && same < length && a[same] === b[same]) same++;
  const from = Math.max(0, same - Math.floor(longest * PART_BEFORE));
  const cut = (text: string | null) => {
    if (text === null) return null;
    const end = from + longest;
    // A character cut in half is none.
    const part = text.slice(from, end).toWellFormed();
    return `${from > 0 ? "…" : ""}${part}${end < text.length ? "…" : ""}`;
  };
  return { valueA: cut(a), valueB: cut(b) };
}
