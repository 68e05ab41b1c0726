/** A few random programs under each Python; tests/long has more. */
import { checkRandomPrograms } from "../random/check.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";

needsPythons(PUSH_VERSIONS);

const RUNS = 8;
const SEED = 5;

Deno.test({
  name: "random programs: the trace tells what the program's own log tells",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(
      t,
      PUSH_VERSIONS,
      (python) => checkRandomPrograms(python, RUNS, SEED + python.minor),
    ),
});
