/** Two small programs by this recorder and by the released one; tests/long/peer_test.ts compares all of them. */
import assert from "node:assert/strict";
import { checkAgainstPeer } from "../support/check_against_peer.ts";
import { programsIn } from "../support/programs.ts";
import { forEachPython, needsPythons } from "../support/pythons.ts";

needsPythons(["3.12"]);

for (const name of ["small/arguments.py", "small/generators.py"]) {
  Deno.test({
    name: `as the released recorder sees it: ${name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) =>
      forEachPython(t, ["3.12"], async (python) => {
        const program = programsIn("small").find((each) => each.name === name);
        assert.ok(program !== undefined);
        const known = await checkAgainstPeer(python, program);
        // These two are in every trace of its: where they aren't found, it wasn't read rightly.
        assert.ok(known.has("step on the def line") && known.has("argument leaks to the caller"));
      }),
  });
}
