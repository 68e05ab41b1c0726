/**
 * Random values are shown as what they are: one program of many, the same in each run, under an interpreter of each way
 * to observe. Others in each run are in `tests/long`.
 *
 * CT_RANDOM_SEED  which one
 */
import { checkRandomValues } from "../random/check_values.ts";
import { numberOf } from "../support/numbers.ts";
import { EACH_OBSERVER, forEachPython, needsPythons } from "../support/pythons.ts";

needsPythons(EACH_OBSERVER);

const seed = numberOf("CT_RANDOM_SEED", 20_261);

Deno.test({
  name: `random values are shown as what they are: seed ${seed}`,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, EACH_OBSERVER, (python) => checkRandomValues(python, 1, seed + python.minor)),
});
