/** Signals that come when the program has ended, and its trace is not there yet. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run, type RunResult } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { inspect, recorderCommand, type Recording, ROOT, withFolder } from "../support/recorder.ts";
import { type FinishingActions, heedWhileFinishing } from "../../src/session/finishing_signals.ts";

/** Longer than what counts as one wish. */
const LATER = 300;
/** Bytes that a pipe takes before it lets writers wait. */
const PIPE = 64 << 10;
const EXPLAINED = "ct-recorder: finishing the trace; once more to give it up\n";

const after = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

interface Finishing {
  readonly child: Deno.ChildProcess;
  /** Waits until stderr has `text` in it. */
  readonly says: (text: string) => Promise<void>;
  /** Lets the recorder finish. */
  readonly go: () => void;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await after(10);
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** Records a program that has ended when `act` is called, with a trace that waits to be finished. */
async function finishing(
  options: readonly string[],
  act: (finishing: Finishing) => Promise<void>,
): Promise<RunResult & Pick<Recording, "left">> {
  const python = await anyPython();
  return await withFolder(async (folder) => {
    const out = join(folder, "out");
    const go = join(out, "go");
    const err = join(folder, "err");
    const result = await run([
      "sh",
      "-c",
      'exec "$@" 2>err',
      "sh",
      Deno.execPath(),
      "run",
      "-A",
      join(ROOT, "tests/support/with_faults.ts"),
      JSON.stringify({ call: "wait", path: go }),
      ...options,
      "-o",
      out,
      python.path,
      "-c",
      "raise SystemExit(3)",
    ], {
      cwd: folder,
      whileRunning: async (child) => {
        await until(() => read(err) !== "" || exists(`${go}.waiting`));
        await after(LATER);
        await act({
          child,
          says: (text) => until(() => read(err).includes(text)),
          go: () => Deno.writeTextFileSync(go, ""),
        });
      },
    });
    for (const made of [`${go}.waiting`, go]) if (exists(made)) Deno.removeSync(made);
    return { ...result, stderr: read(err), left: (await inspect(out)).left };
  });
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

const WHOLE = ["code.ct", "trace_metadata.json"];

Deno.test("finishing: one signal is told what it waits for, and does no harm", async () => {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const) {
    const { status, stderr, left } = await finishing([], async ({ child, says, go }) => {
      child.kill(signal);
      await says(EXPLAINED);
      go();
    });
    assert.equal(status, 0, stderr);
    assert.deepEqual(left, WHOLE, signal);
    assert.equal(stderr.split(EXPLAINED).length, 2, stderr);
  }
});

Deno.test("finishing: signals that ask for no end have none", async () => {
  const { status, stderr, left } = await finishing(
    ["--quiet", "--propagate-script-exit"],
    async ({ child, go }) => {
      for (const signal of ["SIGUSR2", "SIGALRM", "SIGTERM", "SIGUSR2", "SIGALRM"] as const) {
        child.kill(signal);
        await after(LATER);
      }
      go();
    },
  );
  assert.deepEqual([status, stderr, left], [3, "", WHOLE]);
});

Deno.test("finishing: a second signal gives the trace up, and nothing is left", async () => {
  const { status, stderr, left } = await finishing(
    ["--json-errors", "--on-recorder-error", "disable", "--propagate-script-exit"],
    async ({ child, says }) => {
      child.kill("SIGTERM");
      await says(EXPLAINED);
      await after(LATER);
      child.kill("SIGINT");
    },
  );
  assert.equal(status, 20, stderr);
  assert.deepEqual(left, []);
  assert.match(stderr, /^ct-recorder: error ERR_TRACE_INCOMPLETE: .*given up.*SIGINT/m);
  assert.equal(JSON.parse(stderr.trimEnd().split("\n").at(-1)!).error_code, "ERR_TRACE_INCOMPLETE");
});

Deno.test("finishing: a signal between the finished trace and the recorder's end does no harm", async () => {
  const python = await anyPython();
  await withFolder(async (folder) => {
    const err = join(folder, "err");
    const out = join(folder, "out");
    // A pipe that is full, so that the recorder waits with its last word.
    assert.ok((await new Deno.Command("mkfifo", { args: [err] }).output()).success);
    using pipe = Deno.openSync(err, { read: true, write: true });
    pipe.writeSync(new Uint8Array(PIPE));
    const words = [...recorderCommand(), "-o", out, python.path, "-c", "x = 1"];
    const { status } = await run(["sh", "-c", `exec "$@" 2>${err}`, "sh", ...words], {
      cwd: folder,
      whileRunning: async (child) => {
        await until(() => read(`/proc/${child.pid}/wchan`).includes("pipe_write"));
        child.kill("SIGTERM");
        await after(LATER);
        pipe.readSync(new Uint8Array(PIPE));
      },
    });
    assert.deepEqual([status, (await inspect(out)).left], [0, WHOLE]);
  });
});

Deno.test("finishing: what belongs together is one wish, and the first belongs to the program's end", () => {
  const heard = (times: readonly number[]): string[] => {
    const said: string[] = [];
    let now = 0;
    const actions: FinishingActions = {
      explain: () => said.push(`explain ${now}`),
      giveUp: (signal) => said.push(`${signal} ${now}`),
    };
    const heed = heedWhileFinishing(actions, () => now);
    for (now of times) heed("SIGINT", 1000);
    return said;
  };
  assert.deepEqual(heard([1000, 1001, 1199]), []);
  assert.deepEqual(heard([1200, 1201, 1399]), ["explain 1200"]);
  assert.deepEqual(heard([1100, 1400, 1401, 1600, 1900]), ["explain 1400", "SIGINT 1600"]);
});
