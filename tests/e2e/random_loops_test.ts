/**
 * Loops on one line and on several, the same in each run: there is a step wherever `sys.settrace` tells a line, for each
 * turn of a loop, under `sys.monitoring` as well. Others in each run are in `tests/long`.
 */
import { checkLoops } from "../random/check_loops.ts";
import { forEachPython, needsPythons } from "../support/pythons.ts";

const VERSIONS = ["3.12", "3.13"];
needsPythons(VERSIONS);

Deno.test({
  name: "random loops have a step for each line that sys.settrace tells",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(
      t,
      VERSIONS,
      (python) => checkLoops(python, { count: 1, functions: 40, seed: 7, thorough: false }),
    ),
});
