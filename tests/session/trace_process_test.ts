/** Recordings whose trace worker is a process of its own, as for `deno run -A URL`. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { messagesOf, toLine } from "../../src/recording/message_lines.ts";
import { byProcess } from "../support/by_process.ts";
import { run, type RunResult } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { inspect, record, withFolder } from "../support/recorder.ts";

/** Enough for many segments; then it waits for the file `go`. */
const PROGRAM = `
import os, time
def square(number):
    text = "%06d" % number * 150
    return number * number
for number in range(1200):
    square(number)
print("waits", flush=True)
while not os.path.exists("go"):
    time.sleep(0.01)
raise SystemExit(3)
`;

const after = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The recorder's child that runs Deno as well. */
async function traceProcess(recorder: number): Promise<number> {
  for (;; await after(10)) {
    const children = Deno.readTextFileSync(`/proc/${recorder}/task/${recorder}/children`);
    for (const pid of children.trim().split(" ").filter(Boolean).map(Number)) {
      if (runsDeno(pid)) return pid;
    }
  }
}

function runsDeno(pid: number): boolean {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`).includes("trace_process_main.ts");
  } catch {
    return false; // gone
  }
}

/** Records the program, and calls `act` when it waits. */
async function recorded(
  folder: string,
  options: readonly string[],
  act: (recorder: Deno.ChildProcess, worker: number) => Promise<void> | void,
): Promise<RunResult> {
  const python = await anyPython();
  await Deno.writeTextFile(join(folder, "app.py"), PROGRAM);
  const words = ["-o", "out", ...options, python.path, "app.py"];
  const recorder = ["sh", "-c", `exec "$@" >printed`, "sh", ...byProcess(), ...words];
  return await run(recorder, {
    cwd: folder,
    whileRunning: async (child) => {
      while (!printed(folder).includes("waits")) await after(10);
      await act(child, await traceProcess(child.pid));
      Deno.writeTextFileSync(join(folder, "go"), "");
    },
  });
}

function printed(folder: string): string {
  try {
    return Deno.readTextFileSync(join(folder, "printed"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

const LINUX = Deno.build.os === "linux"; // processes are looked up in /proc

Deno.test({
  name: "trace process: records as a worker does, and is out of the terminal's reach",
  ignore: !LINUX,
  fn: () =>
    withFolder(async (folder) => {
      const { status, stderr } = await recorded(folder, ["--propagate-script-exit"], (_, pid) => {
        const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
        const group = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
        assert.equal(group, pid);
      });
      assert.equal(status, 3, stderr);
      const { left, metadata } = await inspect(join(folder, "out"), false);
      assert.deepEqual(left, ["app.ct", "trace_metadata.json"]);
      assert.equal(metadata?.["sandbox"], "child-process");
      assert.equal(metadata?.["partial"], false);
      const python = await anyPython();
      await Deno.remove(join(folder, "out"), { recursive: true });
      const words = [python.path, "app.py"];
      const byWorker = await record(folder, words, { readBack: false });
      assert.equal(byWorker.metadata?.["sandbox"], "worker-permissions");
      // How often it waits is a matter of chance, what it does before is not.
      const calls = (of: typeof metadata) => (of?.["counts"] as { calls: number }).calls;
      assert.equal(calls(metadata), calls(byWorker.metadata));
      assert.deepEqual(metadata?.["filters"], byWorker.metadata?.["filters"]);
      assert.notDeepEqual(metadata?.["filters"], []);
    }),
});

Deno.test({
  name: "trace process: one that dies is a failure of the recorder",
  ignore: !LINUX,
  fn: () =>
    withFolder(async (folder) => {
      const { status, stderr } = await recorded(
        folder,
        ["--propagate-script-exit"],
        (_, worker) => Deno.kill(worker, "SIGKILL"),
      );
      assert.equal(status, 70, stderr);
      assert.match(stderr, /ERR_UNKNOWN: The trace writer ended \(SIGKILL\)/);
      assert.deepEqual((await inspect(join(folder, "out"))).left, []);
    }),
});

Deno.test({
  name: "trace process: it ends with the recorder, and what it left can be recovered by another",
  ignore: !LINUX,
  fn: () =>
    withFolder(async (folder) => {
      let worker = 0;
      await recorded(folder, [], async (recorder, pid) => {
        worker = pid;
        recorder.kill("SIGKILL");
        while (runsDeno(worker)) await after(10);
      });
      const { status, stderr } = await run([...byProcess(), "recover", "out"], {
        cwd: folder,
      });
      assert.equal(status, 0, stderr);
      const { left, metadata } = await inspect(join(folder, "out"), false);
      assert.deepEqual(left, ["app.ct", "trace_metadata.json"]);
      assert.deepEqual([metadata?.["sandbox"], metadata?.["recovered"]], ["child-process", true]);
    }),
});

Deno.test("trace process: messages come through, however the stream is cut", async () => {
  const message = fc.record({
    text: fc.string({ unit: "binary" }),
    bytes: fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
    shared: fc.uint8Array().map((bytes) => {
      const shared = new SharedArrayBuffer(bytes.length);
      new Uint8Array(shared).set(bytes);
      return shared;
    }),
    list: fc.array(fc.oneof(fc.string(), fc.integer(), fc.constant(null))),
  }, { noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(
      fc.array(message),
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      async (messages, sizes) => {
        const bytes = Uint8Array.from(messages.flatMap((message) => [...toLine(message)]));
        const stream = new ReadableStream<Uint8Array>({
          start(controller) {
            for (let at = 0; at < bytes.length;) {
              const end = at + (sizes.next().value ?? 1);
              controller.enqueue(bytes.subarray(at, end));
              at = end;
            }
            controller.close();
          },
        });
        assert.deepEqual(await Array.fromAsync(messagesOf(stream)), messages);
      },
    ),
    { numRuns: 30 },
  );
});
