/** All of what tests/e2e/deaths_test.ts takes a few of. */
import { checkDeath, DEATHS } from "../e2e/_deaths.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";

needsPythons(PUSH_VERSIONS);

Deno.test({
  name: "a program that dies by its own fault leaves all that it did: each way",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, PUSH_VERSIONS, async (python) => {
      for (const way of Object.keys(DEATHS)) await checkDeath(way, python);
    }),
});
