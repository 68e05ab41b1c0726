/** Starting and stopping repeatedly in one process leaves nothing behind. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../support/processes.ts";
import { forEachPython, needsPythons } from "../support/pythons.ts";
import { inspect, ROOT, withFolder } from "../support/recorder.ts";

needsPythons(["3.8", "3.13"]);

const STATES = ["starting", "recording", "finishing", "finished", "failed"];

/** By kind of session: whether there is a trace, or the error's code; and the last state. */
const EXPECTED: Readonly<Record<string, readonly [boolean | string, string | undefined]>> = {
  "refused": ["ERR_SCRIPT_NOT_FOUND", undefined],
  "no agent": ["ERR_INTERPRETER_NOT_FOUND", "failed"],
};

Deno.test({
  name: "session: twenty in one process, stopped early, failing, two at once",
  ignore: Deno.build.os !== "linux", // open descriptors are looked up in /proc
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, ["3.8", "3.13"], (python) =>
      withFolder(async (folder) => {
        await Deno.writeTextFile(join(folder, "app.py"), "for n in range(2000):\n    m = n\n");
        await Deno.writeTextFile(join(folder, "python3"), "#!/bin/sh\nexit 3\n", { mode: 0o700 });
        const { status, stdout, stderr } = await run([
          // What nohup starts, once: such signals are listened to for good.
          ...(python.minor < 12 ? [] : ["sh", "-c", `trap '' HUP; exec "$@"`, "sh"]),
          Deno.execPath(),
          "run",
          "-A",
          join(ROOT, "tests/session/_repeating.ts"),
          python.path,
        ], { cwd: folder, longest: 240 });
        assert.equal(status, 0, stderr);
        const { outcomes, ...held } = JSON.parse(stdout.slice(stdout.lastIndexOf("\n{")));
        assert.equal(outcomes.length, 24);
        for (const { kind, seen = [], trace, code } of outcomes) {
          const got = kind === "refused" || kind === "no agent" ? code : trace;
          // Of the states ahead of the last any may have passed before somebody looked.
          assert.deepEqual([kind, got, seen.at(-1)], [
            kind,
            ...EXPECTED[kind] ?? [true, "finished"],
          ]);
          const order = seen.map((state: string) => STATES.indexOf(state));
          assert.deepEqual(order, order.toSorted((a: number, b: number) => a - b), seen.join());
        }
        // The ends of a worker that was slow to end may be among those at first; a session that left one behind would
        // have added fifteen.
        assert.deepEqual(held, { more: [], listenersMore: 0, workers: 0 });
        for (let number = 0; number < 20; number++) {
          for (const name of number % 5 === 4 ? [`${number}a`, `${number}b`] : [`${number}`]) {
            const { left } = await inspect(join(folder, "out", name), false);
            const fails = number % 5 === 2 || number % 5 === 3;
            assert.deepEqual(left, fails ? [] : ["app.ct", "trace_metadata.json"]);
          }
        }
      })),
});
