/** Random names, patterns and filters for property tests. */
import fc from "fast-check";

/** A short alphabet, so that patterns and names meet. */
export const letters = fc.constantFrom("a", "b", "B", ".", "/", "_", "é", "\n", "-");

export const names = fc.array(letters, { maxLength: 7 }).map((all) => all.join(""));

/** A glob: letters and wildcards. */
export const globs = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: letters },
    fc.constantFrom("*", "?", "**", "/**/", "**/", "[ab]", "[!ab]", "{a,b*}", "{,_}"),
  ),
  { minLength: 1, maxLength: 6 },
).map((parts) => parts.join("").replace(/\*{3,}/g, "**")).filter((glob) => glob !== "");

/** Regexes of what Python and JavaScript read alike, in ASCII. */
export const regexes: fc.Arbitrary<string> = fc.letrec<{ choice: string; part: string }>((tie) => ({
  choice: fc.array(
    fc.array(tie("part"), { maxLength: 3 }).map((parts) => parts.join("")),
    { minLength: 1, maxLength: 2 },
  ).map((options) => options.join("|")),
  part: fc.tuple(
    fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("a", "b", "B", "\\.", "/", "_", "-", "."),
      fc.constantFrom("[ab]", "[^ab]", "[a-z_]", "[^.]", "\\d", "[\\w.]", "[]a]"),
      tie("choice").map((inner) => `(?:${inner})`),
      tie("choice").map((inner) => `(${inner})`),
    ),
    fc.constantFrom("", "", "", "*", "+", "?", "*?", "{2}", "{1,3}", "{1,}"),
  ).map(([part, count]) => part + count),
})).choice;
