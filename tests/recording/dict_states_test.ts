/** A dict that has changed has another state than before, however it was changed. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { run } from "../support/processes.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";

needsPythons(PUSH_VERSIONS);

const CHANGER = fileURLToPath(new URL("dict_states.py", import.meta.url));
const AGENT = fileURLToPath(new URL("../../src/agent/python", import.meta.url));

Deno.test({
  name: "each change of a dict gives it another state, however often it is made",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await forEachPython(t, PUSH_VERSIONS, async (python) => {
      if (python.minor >= 14) return; // its dicts have no states
      const { stdout, stderr, status } = await run([python.path, CHANGER, AGENT]);
      assert.equal(stderr, "");
      assert.equal(status, 0);
      assert.match(stdout, /^Given: set_attribute 300$/m);
    });
  },
});
