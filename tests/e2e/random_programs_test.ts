/**
 * Random programs, the same in each run: a trace is what the program's own log says. Others in each run, and more of them,
 * are in `tests/long`: what they find there stops nobody's work on something else.
 *
 * CT_RANDOM_SEED  which ones; the message of a failure says with which number it comes again
 */
import { checkRandomPrograms } from "../random/check.ts";
import { randomPrograms } from "../random/programs.ts";
import { numberOf } from "../support/numbers.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";

needsPythons(PUSH_VERSIONS);

const seed = numberOf("CT_RANDOM_SEED", 20_261);

Deno.test({
  name: `the trace of a random program is what its log says, seed ${seed}`,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, PUSH_VERSIONS, (python) =>
      checkRandomPrograms(python, {
        programs: randomPrograms(4, 4),
        count: 3,
        seed: seed + python.minor,
        shrinks: false,
      })),
});
