/**
 * Many random loops under every Python that is there: steps by `sys.settrace`, variables by the slow tracer.
 *
 * CT_RANDOM_PROGRAMS  how many programs under each; 30 by default
 * CT_RANDOM_SEED      where to begin, otherwise by the clock; fast-check says with which seed a failure comes again
 */
import { checkLoops } from "../random/check_loops.ts";
import { numberOf } from "../support/numbers.ts";
import { forEachPython, needsPythons } from "../support/pythons.ts";

const VERSIONS = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"];
needsPythons(VERSIONS);

const count = numberOf("CT_RANDOM_PROGRAMS", 30);
const seed = numberOf("CT_RANDOM_SEED", Date.now() % 1_000_000);

Deno.test({
  name: `random loops: ${count} programs under each Python, from seed ${seed}`,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(
      t,
      VERSIONS,
      (python) =>
        checkLoops(python, { count, functions: 6, seed: seed + python.minor, thorough: true }),
    ),
});
