/**
 * A whole recording with the native accelerator says what the slow tracer saw. That all values are those of a recording
 * without is compared in tests/agent; more programs are in tests/long.
 */
import { accelerator } from "../support/accelerator.ts";
import { programsIn } from "../support/programs.ts";
import { forEachPython, needsPythons } from "../support/pythons.ts";
import { assertRecordedAsItRan } from "../support/recorded_as_it_ran.ts";

const VERSIONS = ["3.13", "3.14", "3.15"];
needsPythons(["3.13"]); // 3.14 and 3.15 take part where they are there

Deno.test({
  name: "accelerator: what it tells is what ran",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, VERSIONS, async (python) => {
      const folder = await accelerator(python);
      if (folder === null) return;
      const flow = programsIn("accelerated").filter(({ path }) => path.endsWith("/flow.py"));
      for (const program of flow) {
        await assertRecordedAsItRan(program, python, ["--accelerator", folder]);
      }
    }),
});
