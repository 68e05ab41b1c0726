/** Sends signals to the recorder at any time of its life, and looks at what is left. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../support/processes.ts";
import type { Python } from "../support/pythons.ts";
import { inspect, recorderCommand, withFolder } from "../support/recorder.ts";
import { underTerminal } from "../support/terminal.ts";

/** Ends by itself after some time, whatever comes, and says so in a file, or by the first signal. */
const PROGRAM = `
import os, signal, sys, time
if sys.argv[1] == "deaf":
    for each in signal.SIGINT, signal.SIGTERM, signal.SIGHUP: signal.signal(each, lambda *_: None)
open("running", "w").write(str(os.getpid()))
end = time.monotonic() + 0.15
while time.monotonic() < end: n = 1
`;

/** When and what. */
export interface Attack {
  readonly signals: readonly Deno.Signal[];
  /** Milliseconds between them. */
  readonly every: number;
  /** Milliseconds from the recorder's start to the first; "made": as soon as there is anything in the output folder. */
  readonly first: number | "made";
  readonly deaf: boolean;
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Fails unless the recorder either died of it before it had made anything, or gave up with an error and left nothing, or
 * left a whole trace; and unless the program is gone.
 */
export async function checkAttacked(attack: Attack, python: Python): Promise<void> {
  await withFolder(async (folder) => {
    const out = join(folder, "out");
    await Deno.writeTextFile(join(folder, "app.py"), PROGRAM);
    const words = ["-o", out, python.path, "app.py", attack.deaf ? "deaf" : "plain"];
    const { status, stderr } = await run([...recorderCommand(), ...words], {
      cwd: folder,
      whileRunning: async (child) => {
        let ended = false;
        child.status.finally(() => ended = true);
        if (attack.first === "made") { while (!ended && !isThere(out)) await sleep(0); }
        else await sleep(attack.first);
        for (const signal of attack.signals) {
          if (ended) return;
          try {
            child.kill(signal);
          } catch (error) {
            if (!(error instanceof TypeError)) throw error; // it has just ended
          }
          await sleep(attack.every);
        }
      },
    });
    const what = `${JSON.stringify(attack)}, Python ${python.version}: ${status} ${stderr}`;
    const { left, metadata } = await inspect(out, false);
    if (left.length > 0) {
      assert.deepEqual(left, ["app.ct", "trace_metadata.json"], what);
      assert.equal(metadata?.["partial"], false, what);
      assert.equal(status, 0, what);
    } else assert.ok(status === 20 || status > 128, what);
    if (status > 128) assert.ok(!isThere(out) && !isThere(join(folder, "running")), what);
    if (isThere(join(folder, "running"))) {
      const pid = Number(await Deno.readTextFile(join(folder, "running")));
      assert.ok(pid === 0 || !isThere(`/proc/${pid}`), what);
    }
  });
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Long enough to be there when it is interrupted, however busy the machine. */
const SLEEPER = "import time\ntime.sleep(20)\nprint('ended')";

/**
 * Fails unless Ctrl-C at a terminal, so many milliseconds after the output folder was made, ends the recorder or the
 * program: whether that has got it as well, or not yet, must not matter.
 */
export async function checkInterrupted(milliseconds: number, python: Python): Promise<void> {
  await withFolder(async (folder) => {
    const out = join(folder, "out");
    const { output } = await underTerminal(
      [...recorderCommand(), "-o", out, python.path, "-c", SLEEPER],
      { cwd: folder, once: { path: out, seconds: milliseconds / 1000, text: "\x03" } },
    );
    const what = `${milliseconds} ms, Python ${python.version}: ${output}`;
    assert.ok(output.includes("^C"), what);
    assert.ok(!output.includes("ended\n"), what);
  });
}
