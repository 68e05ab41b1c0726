/**
 * Many random programs under every Python from 3.8 on that is there.
 *
 * CT_RANDOM_PROGRAMS  how many under each; 200 by default
 * CT_RANDOM_SEED      where to begin, otherwise by the clock; fast-check says with which seed a failure comes again
 */
import { checkRandomPrograms } from "../random/check.ts";
import { randomPrograms } from "../random/programs.ts";
import { numberOf } from "../support/numbers.ts";
import { forEachPython, needsPythons } from "../support/pythons.ts";

const VERSIONS = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"];
needsPythons(VERSIONS);

const runs = numberOf("CT_RANDOM_PROGRAMS", 200);
const seed = numberOf("CT_RANDOM_SEED", Date.now() % 1_000_000);

Deno.test({
  name: `random programs: ${runs} under each Python, from seed ${seed}`,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, VERSIONS, (python) =>
      checkRandomPrograms(python, {
        programs: randomPrograms(1, 3),
        count: runs,
        seed: seed + python.minor,
        shrinks: true,
      })),
});
