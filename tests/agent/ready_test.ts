/** The program begins when the recorder is ready: when its files are open, and can't be led elsewhere. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { anyPython, EACH_OBSERVER, forEachPython, needsPythons } from "../support/pythons.ts";
import { RECORDER_PID, RECORDER_STOPPED } from "../../src/wire/protocol.ts";
import type { RingFile } from "../../src/wire/ring_file.ts";
import { attached } from "./_attached.ts";

needsPythons(EACH_OBSERVER);

const PROGRAM = "open('began', 'w').close()\nprint('done')\n";

const pause = (milliseconds: number) => new Promise((next) => setTimeout(next, milliseconds));

/** Waits until the agent is there, and longer than it needs to get to the program. */
async function untilItWaits(folder: string, ring: RingFile): Promise<void> {
  while (ring.agentSide().pid === 0) await pause(1);
  await pause(500);
  assert.equal(existsSync(join(folder, "began")), false, "the program has begun");
}

Deno.test({
  name: "the agent holds the program back until the recorder is ready",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, EACH_OBSERVER, async (python) => {
      const { result, side } = await attached(python, PROGRAM, { readyAfter: untilItWaits });
      assert.deepEqual([result.status, result.stdout], [0, "done\n"], result.stderr);
      assert.equal(side.detached, false);
    }),
});

Deno.test({
  name: "where the recorder stops before it was ready, the program goes on without it",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, EACH_OBSERVER, async (python) => {
      const { result, side } = await attached(python, PROGRAM, {
        readyAfter: async (folder, ring) => {
          await untilItWaits(folder, ring);
          ring.setState(RECORDER_STOPPED);
        },
      });
      assert.deepEqual([result.status, result.stdout], [0, "done\n"], result.stderr);
      assert.equal(side.detached, true);
    }),
});

/** A process that was killed, and whose end nobody has asked for; it is so until disposed of. */
async function unreaped(): Promise<{ readonly pid: number } & AsyncDisposable> {
  const parent = new Deno.Command((await anyPython()).path, {
    args: ["-c", "import os, sys; print(os.fork() or os._exit(0), flush=True); sys.stdin.read()"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = parent.stdout.getReader();
  const pid = Number(new TextDecoder().decode((await reader.read()).value));
  return {
    pid,
    async [Symbol.asyncDispose]() {
      await parent.stdin.close();
      await reader.cancel();
      await parent.status;
    },
  };
}

Deno.test({
  name:
    "where the recorder was killed before it was ready, the program goes on, whoever looks after the dead",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, EACH_OBSERVER.slice(0, 1), async (python) => {
      await using recorder = await unreaped();
      let began = false;
      const { result, side } = await attached(python, PROGRAM, {
        prepare: (ring, path) => {
          using file = Deno.openSync(path, { write: true });
          file.seekSync(RECORDER_PID, Deno.SeekMode.Start);
          file.writeSync(new Uint8Array(new Uint32Array([recorder.pid]).buffer));
          assert.equal(ring.agentSide().pid, 0);
        },
        // Half of what it waits for a recorder that lives.
        readyAfter: async (folder) => {
          for (let n = 0; n < 150 && !began; n++) {
            await pause(100);
            began = existsSync(join(folder, "began"));
          }
        },
      });
      assert.ok(began, "the program stands still");
      assert.deepEqual([result.status, result.stdout], [0, "done\n"], result.stderr);
      assert.equal(side.detached, true);
    }),
});
