/** What the module itself would tell of its functions is known, although it ran before the recording was on. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";
import { record, withFolder } from "../support/recorder.ts";

needsPythons(PUSH_VERSIONS);

const APP = `import other
class Outer:
    def method(self):
        return (lambda: 1)()
other.call(Outer().method)
`;
const OTHER = `def call(function):
    return function()
`;

Deno.test({
  name: "functions of modules that ran before activation have their qualified names",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, PUSH_VERSIONS, (python) =>
      withFolder(async (folder) => {
        await Deno.writeTextFile(join(folder, "app.py"), APP);
        await Deno.writeTextFile(join(folder, "other.py"), OTHER);
        const { trace, stderr } = await record(
          folder,
          ["--quiet", "--activation-path", "other.py", python.path, "app.py"],
        );
        const entered = trace?.events.flatMap((event) =>
          event.kind === "call_entry" ? [event.function] : []
        );
        assert.deepEqual(entered, [
          "<toplevel>",
          "<other>",
          "call",
          "Outer.method",
          "Outer.method.<locals>.<lambda>",
        ], stderr);
      })),
});
