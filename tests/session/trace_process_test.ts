/** Recordings whose trace worker is a process of its own, as for `deno run -A URL`. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { messagesOf, toLine } from "../../src/recording/message_lines.ts";
import { run, type RunResult } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { recordedOutput } from "../support/recorded_output.ts";
import { inspect, record, type Recording, ROOT, withFolder } from "../support/recorder.ts";

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

/** The recorder with this project's dependencies, and without its option that turns worker permissions on. */
async function byProcess(folder: string): Promise<string[]> {
  const { imports } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const config = join(folder, "plain.json");
  await Deno.writeTextFile(config, JSON.stringify({ imports }));
  return [Deno.execPath(), "run", "-A", "--no-lock", `--config=${config}`, join(ROOT, "main.ts")];
}

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
  const recorder = ["sh", "-c", `exec "$@" >printed`, "sh", ...await byProcess(folder), ...words];
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
  fn: async () => {
    for (const [on, expected] of [["abort", 70], ["disable", 3]] as const) {
      await withFolder(async (folder) => {
        const { status, stderr } = await recorded(
          folder,
          ["--propagate-script-exit", "--on-recorder-error", on],
          (_, worker) => Deno.kill(worker, "SIGKILL"),
        );
        assert.equal(status, expected, stderr);
        assert.match(stderr, /ERR_UNKNOWN: The trace writer ended \(SIGKILL\)/);
        assert.deepEqual((await inspect(join(folder, "out"))).left, []);
      });
    }
  },
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
      const { status, stderr } = await run([...await byProcess(folder), "recover", "out"], {
        cwd: folder,
      });
      assert.equal(status, 0, stderr);
      const { left, metadata } = await inspect(join(folder, "out"), false);
      assert.deepEqual(left, ["app.ct", "trace_metadata.json"]);
      assert.deepEqual([metadata?.["sandbox"], metadata?.["recovered"]], ["child-process", true]);
    }),
});

/** Native code's output; and where it is to kill the recorder, that once has it all. */
const writesPast = (kills: boolean) => `
import glob, os, signal, time
os.write(1, b"past the streams\\n")
print("printed", flush=True)
def kept():
    for path in glob.glob("out/.recording-*/relayed-1"):
        text = open(path, "rb").read()
        return b"past the streams\\n" in text and b"printed\\n" in text
if ${kills ? "True" : "False"}:
    while not kept():
        time.sleep(0.01)
    os.kill(os.getppid(), signal.SIGKILL)
`;

Deno.test("trace process: descriptors are not recorded, and that is said; what a worker recorded of them is recovered", () =>
  withFolder(async (folder) => {
    const python = await anyPython();
    const words = (kills: boolean) => [
      "--io-capture",
      "proxies+fd",
      python.path,
      "-c",
      writesPast(kills),
    ];
    const own = await byProcess(folder);
    const here = await record(folder, words(false), { recorder: own });
    assert.equal(here.stdout, "past the streams\nprinted\n");
    assert.match(here.stderr, /warning: .* is not recorded: .*--unstable-worker-options/);
    assert.deepEqual([here.status, outputOf(here)], [0, "printed\n"]);
    await Deno.remove(here.outDir, { recursive: true });
    await record(folder, words(true));
    const { status, stderr } = await run([...own, "recover", "out"], { cwd: folder });
    assert.equal(status, 0, stderr);
    const recovered = await inspect(here.outDir);
    assert.equal(recovered.metadata?.["sandbox"], "child-process");
    // What is written past the streams may come a moment later.
    assert.deepEqual(outputOf(recovered).split("\n").sort(), ["", "past the streams", "printed"]);
  }));

function outputOf({ trace }: Pick<Recording, "trace">): string {
  return recordedOutput(trace).map(({ text }) => text).join("");
}

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
  await fc.assert(fc.asyncProperty(
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
  ));
});
