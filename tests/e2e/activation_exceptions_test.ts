/** Where the recording is switched on by a file, exceptions are told as they are without. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { EACH_OBSERVER, forEachPython, needsPythons } from "../support/pythons.ts";
import { record, withFolder } from "../support/recorder.ts";

needsPythons(EACH_OBSERVER);

/** Each way to leave a frame with an exception that it has a handler for. */
const APP = `
def fail():
    raise ValueError("x")
def hands_on():
    try:
        fail()
    finally:
        hands_on.count = 1
def returns():
    try:
        fail()
    except ValueError: return 1
def yields():
    try:
        fail()
    except ValueError: yield 1
def run():
    for turn in range(3):
        try:
            hands_on()
        except ValueError:
            pass
        returns()
        list(yields())
run()
`;

Deno.test({
  name: "what is raised and caught in the file that opens the window is told as without a window",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, EACH_OBSERVER, (python) =>
      withFolder(async (folder) => {
        await Deno.writeTextFile(join(folder, "app.py"), APP);
        const told = async (...options: string[]) => {
          const { trace, stderr } = await record(folder, [
            "--quiet",
            ...options,
            python.path,
            "app.py",
          ]);
          assert.ok(trace !== null, stderr);
          const events = trace.events.flatMap((event) =>
            event.step_kind === "sekRaise" || event.step_kind === "sekCatch"
              ? [[event.step_kind, event.step_index, event.function]]
              : []
          );
          assert.equal(events.length, 18);
          return events;
        };
        assert.deepEqual(await told("--activation-path", "app.py"), await told());
      })),
});
