/** Sessions as an embedding program has them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../support/processes.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";
import { inspect, ROOT, withFolder } from "../support/recorder.ts";

needsPythons(PUSH_VERSIONS);

/** Says that it runs, waits until it may go on, and then does enough to fill the channel several times. */
const PROGRAM = `
import os, time
print("begins")
open("ready", "w").close()
while not os.path.exists("go"):
    time.sleep(0.01)
for number in range(40000):
    square = number * number
open("ended", "w").close()
print("ends")
raise SystemExit(3)
`;

interface Embedded {
  readonly stdout: string;
  // deno-lint-ignore no-explicit-any
  readonly result: any;
  readonly left: Awaited<ReturnType<typeof inspect>>;
}

async function embed(
  folder: string,
  action: string,
  command: readonly string[],
  program = PROGRAM,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Embedded> {
  await Deno.writeTextFile(join(folder, "app.py"), program);
  const { status, stdout, stderr } = await run([
    Deno.execPath(),
    "run",
    "-A",
    join(ROOT, "tests/session/_embedding.ts"),
    "out",
    action,
    ...command,
  ], { cwd: folder, env: { SETTINGS: JSON.stringify(settings) } });
  assert.equal(status, 0, stderr);
  return {
    stdout,
    result: JSON.parse(await Deno.readTextFile(join(folder, "result.json"))),
    left: await inspect(join(folder, "out")),
  };
}

const CONCURRENT = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };

Deno.test(
  { name: "session: stopped, while the program goes on", ...CONCURRENT },
  (t) =>
    forEachPython(t, PUSH_VERSIONS, async (python) => {
      for (
        const [action, state, root] of [
          ["stop", { kind: "unknown" }, "<exit>"],
          ["stop with 7", { kind: "exited", code: 7 }, 7],
        ] as const
      ) {
        await withFolder(async (folder) => {
          const { stdout, result, left } = await embed(folder, action, [python.path, "app.py"]);
          assert.equal(stdout, "begins\nends\n");
          assert.deepEqual(result.program, { code: 3, signal: null });
          assert.deepEqual(result.refused, Array(8).fill("ERR_USAGE"), "codes that are none");
          assert.deepEqual(result.status, { code: null, signal: null });
          assert.deepEqual(result.state, state);
          assert.ok(result.stoppedBeforeTheEnd);
          assert.ok(result.same, "stopping twice, and after the end, gives the same outcome");
          assert.deepEqual(left.left, ["app.ct", "trace_metadata.json"]);
          const { metadata, trace } = left;
          const code = action === "stop" ? null : 7;
          assert.deepEqual(metadata?.["process_exit_status"], { code, label: null });
          assert.equal(metadata?.["partial"], false);
          const last = trace?.events.at(-1)?.return_value;
          assert.equal(last?.r ?? last?.i, root);
          const lines = trace?.events.filter(({ kind }) => kind === "step").map(({ line }) => line);
          assert.ok(lines?.includes(4) && !lines.includes(8), `recorded up to the stop: ${lines}`);
        });
      }
    }),
);

Deno.test(
  { name: "session: stopped at once", ...CONCURRENT },
  (t) =>
    forEachPython(t, ["3.8", "3.13"], async (python) => {
      await withFolder(async (folder) => {
        const { stdout, result, left } = await embed(folder, "at once", [python.path, "app.py"]);
        assert.equal(stdout, "begins\nends\n");
        assert.deepEqual(result.program, { code: 3, signal: null });
        assert.equal(left.left[0], "app.ct");
      });
    }),
);

Deno.test(
  { name: "session: stopped, while the program's output goes through the recorder", ...CONCURRENT },
  (t) =>
    forEachPython(t, ["3.8", "3.13"], async (python) => {
      await withFolder(async (folder) => {
        // The program's output after the stop is passed on as well, and the embedding process ends by itself.
        const { stdout, result, left } = await embed(
          folder,
          "stop",
          [python.path, "-u", "app.py"],
          PROGRAM.replace('print("ends")', 'os.system("echo ends")'),
          { io_capture: "proxies,fd" },
        );
        assert.equal(stdout, "begins\nends\n");
        assert.deepEqual(result.program, { code: 3, signal: null });
        assert.deepEqual(left.left, ["app.ct", "trace_metadata.json"]);
      });
    }),
);

Deno.test(
  { name: "session: to the program's end, and refused", ...CONCURRENT },
  (t) =>
    forEachPython(t, ["3.12"], async (python) => {
      await withFolder(async (folder) => {
        const { result } = await embed(
          folder,
          "wait",
          [python.path, "app.py"],
          "raise SystemExit(4)",
        );
        assert.deepEqual(result.state, { kind: "exited", code: 4 });
        assert.equal(result.trace.path, join(folder, "out/app.ct"));
        assert.equal(result.trace.partial, null);
        const refused = await embed(folder, "wait", [python.path, "none.py"]);
        assert.equal(refused.result.code, "ERR_SCRIPT_NOT_FOUND");
        assert.equal(refused.result.kind, "Usage");
      });
    }),
);

Deno.test(
  { name: "session: aborted, the program is ended, and its trace is whole", ...CONCURRENT },
  (t) =>
    forEachPython(t, ["3.13"], async (python) => {
      for (const settings of [{}, { disabled: true }]) {
        await withFolder(async (folder) => {
          const command = [python.path, "app.py"];
          const { stdout, result, left } = await embed(folder, "abort", command, PROGRAM, settings);
          assert.deepEqual(result.status, { code: null, signal: "SIGTERM" });
          assert.deepEqual(result.state, { kind: "signalled", signal: "SIGTERM", code: 143 });
          if ("disabled" in settings) return assert.deepEqual(left.left, []);
          assert.equal(stdout, "");
          assert.deepEqual(left.left, ["app.ct", "trace_metadata.json"]);
          assert.equal(left.metadata?.["partial"], false);
          assert.equal(left.trace?.events.at(-1)?.return_value?.r, "<signal SIGTERM>");
        });
      }
    }),
);

Deno.test(
  { name: "session: aborted before the program starts, nothing runs", ...CONCURRENT },
  (t) =>
    forEachPython(t, ["3.13"], async (python) => {
      for (const action of ["abort before", "abort at once"]) {
        await withFolder(async (folder) => {
          const { stdout, result, left } = await embed(folder, action, [python.path, "app.py"]);
          assert.equal(stdout, "");
          assert.deepEqual(result, { rejected: "with the reason" }, action);
          assert.deepEqual(left.left, []);
        });
      }
    }),
);
