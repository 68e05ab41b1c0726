/** The program begins when the recorder is ready: when its files are open, and can't be led elsewhere. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { EACH_OBSERVER, forEachPython, needsPythons } from "../support/pythons.ts";
import { RECORDER_STOPPED } from "../../src/wire/protocol.ts";
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
