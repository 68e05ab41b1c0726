/** What design-docs/embedding.md promises to a program that runs the recorder, shown by one that does. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { inspect, recorderCommand, type Recording, ROOT, withFolder } from "../support/recorder.ts";

/** Waits until it may go on, so that there are signs of life while it does. */
const PROGRAM = `
import os, sys, time
print("read", sys.stdin.read())
while not os.path.exists("go"):
    time.sleep(0.01)
print("done")
raise SystemExit(3)
`;

interface Event {
  readonly event: string;
  readonly [fact: string]: unknown;
}

interface Driven {
  readonly events: readonly Event[];
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly left: Awaited<ReturnType<typeof inspect>>;
  readonly outDir: string;
}

interface Drive {
  readonly pipe?: boolean;
  readonly socket?: boolean;
  readonly unread?: boolean;
  readonly at?: string;
  readonly act?: string;
  readonly stdin?: string;
  /** Settings, on top of what every run is given. */
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of the program. */
  readonly target?: readonly string[];
  readonly prepare?: (folder: string) => Promise<unknown>;
}

/** Everything under names that have to be quoted anywhere. */
async function drive({ env, target, prepare, ...spec }: Drive): Promise<Driven> {
  const python = await anyPython();
  return await withFolder(async (root) => {
    const folder = join(root, "mit Leerzeichen 'ünd' 日本");
    await Deno.mkdir(folder);
    await Deno.writeTextFile(join(folder, "mein prögramm.py"), PROGRAM);
    await prepare?.(folder);
    const outDir = join(folder, "die spuren");
    const command = [...recorderCommand(), ...target ?? ["mein prögramm.py"]];
    const { status, stdout, stderr } = await run([
      python.path,
      join(ROOT, "tests/support/parent.py"),
      JSON.stringify({ pipe: true, ...spec, command }),
    ], {
      cwd: folder,
      env: {
        CODETRACER_PYTHON: python.path,
        CODETRACER_PYTHON_RECORDER_OUT_DIR: outDir,
        CODETRACER_QUIET: "1",
        CODETRACER_JSON_ERRORS: "1",
        ...env,
      },
    });
    assert.equal(status, 0, stderr);
    return { ...JSON.parse(stdout), left: await inspect(outDir), outDir };
  });
}

const TRACE = ["mein_prögramm.ct", "trace_metadata.json"];

/** What the last event says, against what stands on the disk. */
function assertFinished({ events, left, outDir, status }: Driven, exit: unknown): Event {
  const last = events.at(-1)!;
  const { counts } = left.metadata as { counts: Record<string, number> };
  assert.deepEqual(left.left, TRACE);
  assert.deepEqual(left.metadata?.["process_exit_status"], exit);
  const { steps, calls, events: output } = last;
  assert.deepEqual({ steps, calls, events: output }, counts);
  assert.deepEqual(
    [last.event, last["trace"], last["exit"], last["partial"], last["reason"], last["status"]],
    ["finished", join(outDir, TRACE[0]!), exit, false, null, status],
  );
  assert.equal(last["recording_id"], left.metadata?.["recording_id"]);
  // What design-docs/embedding.md promises, and no more.
  assert.deepEqual(Object.keys(last).sort(), [
    ...["bytes", "calls", "detail", "elapsed_ms", "event", "events", "exit", "partial", "reason"],
    ...["recording_id", "status", "steps", "trace", "unrecorded_children"],
  ]);
  return last;
}

const WHERE = [["a pipe", true], ["stderr", false]] as const;
for (const [where, pipe] of WHERE) {
  Deno.test(`embedding: events by way of ${where} say what is going on, and what came of it`, async () => {
    const driven = await drive({ pipe, at: "progress", act: "go", stdin: "input" });
    const { events, status, stdout } = driven;
    assert.equal(status, 0);
    assert.equal(stdout, "read input\ndone\n");
    const [started, progress] = events;
    assert.equal(started?.event, "started");
    assert.equal(started?.["schema"], 1);
    assert.equal(started?.["trace"], join(driven.outDir, TRACE[0]!));
    assert.equal(typeof started?.["pid"], "number");
    assert.equal(progress?.event, "progress");
    assert.deepEqual([typeof progress?.["steps"], typeof progress?.["bytes"]], [
      "number",
      "number",
    ]);
    assertFinished(driven, { code: 3, label: null });
    assert.equal(events.filter(({ event }) => event !== "progress").length, 2);
  });
}

Deno.test("embedding: cancelled half-way, the program is ended and its trace is whole", async () => {
  const driven = await drive({
    at: "progress",
    act: "SIGTERM",
    env: { CODETRACER_PROPAGATE_SCRIPT_EXIT: "1" },
  });
  assertFinished(driven, { code: 143, label: "SIGTERM" });
  assert.equal(driven.status, 143);
  assert.equal(driven.stderr, "");
});

Deno.test("embedding: cancelled as it starts, there is a whole trace or none, and the last event says so", async () => {
  const driven = await drive({ at: "started", act: "SIGTERM" });
  const last = driven.events.at(-1);
  if (last?.event === "finished") {
    return void assertFinished(driven, { code: 143, label: "SIGTERM" });
  }
  assert.deepEqual(
    [last?.event, (last?.["error"] as Record<string, unknown>)["code"], last?.["status"]],
    ["failed", "ERR_TRACE_INCOMPLETE", driven.status],
  );
  assert.deepEqual([driven.status, driven.left.left], [20, []]);
});

Deno.test("embedding: a parent that hangs up, or never reads, does no harm", async () => {
  const runs = [
    drive({ at: "started", act: "hang up" }),
    drive({ unread: true, prepare: (folder) => Deno.writeTextFile(join(folder, "go"), "") }),
  ];
  for (const { status, stdout, left } of await Promise.all(runs)) {
    assert.deepEqual([status, stdout, left.left], [0, "read \ndone\n", TRACE]);
    assert.deepEqual(left.metadata?.["process_exit_status"], { code: 3, label: null });
  }
});

const REFUSED: readonly (readonly [name: string, drive: Drive, code: string, status: number])[] = [
  ["a script that is not there", { target: ["kein.py"] }, "ERR_SCRIPT_NOT_FOUND", 2],
  ["a wrong setting", { env: { CODETRACER_SANDBOX: "maybe" } }, "ERR_INVALID_POLICY_VALUE", 2],
  [
    "an interpreter that is not there",
    { env: { CODETRACER_PYTHON: "./none" } },
    "ERR_INTERPRETER_NOT_FOUND",
    10,
  ],
  [
    "a file in the trace's place",
    { env: { CODETRACER_PYTHON_RECORDER_OUT_DIR: "mein prögramm.py" } },
    "ERR_TRACE_DIR_CONFLICT",
    2,
  ],
];

Deno.test("embedding: what can't be recorded has the same error in the event, the trailer and the status", async () => {
  for (const [name, driving, code, status] of REFUSED) {
    const driven = await drive(driving);
    assert.deepEqual(driven.events.map(({ event }) => event), ["failed"], name);
    const [{ error, ...failed }] = driven.events as [Event & { error: Record<string, unknown> }];
    const trailer = JSON.parse(driven.stderr.trimEnd().split("\n").at(-1)!);
    assert.equal(error["code"], code, name);
    assert.deepEqual(
      [trailer.error_code, trailer.error_kind, trailer.message, trailer.context],
      [error["code"], error["kind"], error["message"], error["context"]],
    );
    assert.deepEqual(
      [driven.status, failed["status"], failed["trace"], failed["program_started"]],
      [status, status, null, false],
      name,
    );
    assert.deepEqual([driven.stdout, driven.left.left], ["", []], name);
  }
});

Deno.test("embedding: events that can't be told anywhere are an error ahead of the program", async () => {
  const { status, stdout, stderr, left } = await drive({ socket: true });
  assert.deepEqual([status, stdout, left.left], [10, "", []]);
  assert.match(stderr, /^ct-recorder: error ERR_IO: .*\(\/dev\/fd\/\d+\): .*it is a socket\n/);
  const fifo = (folder: string) => run(["mkfifo", "rohr"], { cwd: folder });
  for (const [file, prepare] of [["fehlt/events", undefined], ["rohr", fifo]] as const) {
    const python = await anyPython();
    await withFolder(async (folder) => {
      await prepare?.(folder);
      const recording: Pick<Recording, "status" | "stdout" | "stderr"> = await run([
        ...recorderCommand(),
        "--json-errors",
        "--progress=json",
        "--progress-file",
        file,
        "-o",
        "out",
        python.path,
        "-c",
        "print('ran')",
      ], { cwd: folder });
      const trailer = JSON.parse(recording.stderr.trimEnd().split("\n").at(-1)!);
      assert.deepEqual(
        [recording.status, recording.stdout, trailer.error_code, trailer.context.path],
        [10, "", "ERR_IO", file],
      );
      assert.deepEqual((await inspect(join(folder, "out"))).left, []);
    });
  }
});
