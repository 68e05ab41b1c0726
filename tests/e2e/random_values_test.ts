/** Random values are shown as what they are: one program of many under an interpreter of each way to observe. */
import { checkRandomValues } from "../random/check_values.ts";
import { forEachPython, needsPythons } from "../support/pythons.ts";

const VERSIONS = ["3.8", "3.13"];
needsPythons(VERSIONS);

const seed = Date.now() % 1_000_000;

Deno.test({
  name: `random values are shown as what they are: seed ${seed}`,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, VERSIONS, (python) => checkRandomValues(python, 1, seed + python.minor)),
});
