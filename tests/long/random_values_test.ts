/**
 * Random values under every Python from 3.8 on that is there.
 *
 * CT_RANDOM_VALUES  how many programs of 200 values under each; 20 by default
 * CT_RANDOM_SEED    where to begin, otherwise by the clock; a failure says with which seed it comes again
 */
import { checkRandomValues } from "../random/check_values.ts";
import { forEachPython, needsPythons } from "../support/pythons.ts";

const VERSIONS = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"];
needsPythons(VERSIONS);

const programs = numberOf("CT_RANDOM_VALUES", 20);
const seed = numberOf("CT_RANDOM_SEED", Date.now() % 1_000_000);

Deno.test({
  name: `random values: ${programs} programs under each Python, from seed ${seed}`,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, VERSIONS, async (python) => {
      for (let program = 0; program < programs; program++) {
        await checkRandomValues(python, 1, seed + program);
      }
    }),
});

function numberOf(variable: string, otherwise: number): number {
  const number = Number(Deno.env.get(variable) ?? otherwise);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${variable} is no number`);
  return number;
}
