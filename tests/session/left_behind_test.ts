/** Which recordings are told of, without anybody having asked. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { lockFolder } from "../../src/session/folder_lock.ts";
import { hasLeftBehind } from "../../src/session/left_behind.ts";
import { type ProcessIdentity, thisProcess } from "../../src/session/process_identity.ts";
import { uuidv7 } from "../../src/text/uuid.ts";
import { withFolder } from "../support/recorder.ts";

const NAME = `.recording-${uuidv7()}`;

async function withWorkFolder(
  recorder: ProcessIdentity,
  body: (dir: string, workDir: string) => Promise<void> | void,
  name = NAME,
): Promise<void> {
  await withFolder(async (dir) => {
    const workDir = join(dir, name);
    await Deno.mkdir(workDir);
    await Deno.writeTextFile(join(workDir, "recording.json"), JSON.stringify({ recorder }));
    await body(dir, workDir);
  });
}

const here = thisProcess();

// What a test beside this one starts holds a copy of every lock of this process, until it has become another program.
const PATIENCE = 20_000;

async function waitUntil(holds: () => boolean, what: string): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (!holds()) {
    assert.ok(Date.now() < end, what);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

Deno.test("left behind: of a recorder that can't be looked up, if nobody holds its folder", async () => {
  // Of another start of the machine; of another container; of a system that doesn't tell.
  const [, namespace, ticks] = here.started?.split(" ") ?? [];
  const elsewhere = [`elsewhere ${namespace} ${ticks}`, `${here.started?.split(" ")[0]} pid:[1] 1`];
  for (const started of [...elsewhere, null]) {
    await withWorkFolder({ pid: here.pid, started }, async (dir, workDir) => {
      {
        using held = await lockFolder(workDir, PATIENCE);
        assert.ok(held !== null);
        assert.ok(!hasLeftBehind(dir), `${started}, held`);
      }
      // An older Deno can't ask whether somebody holds it.
      if ("tryLockSync" in Deno.FsFile.prototype) {
        await waitUntil(() => hasLeftBehind(dir), `${started}: is told of`);
      } else {
        assert.ok(!hasLeftBehind(dir), `${started}`);
      }
      using again = await lockFolder(workDir, PATIENCE);
      assert.ok(again !== null, "looking holds nothing");
    });
  }
});

Deno.test("left behind: not of one that is at work, nor what no recorder has made", async () => {
  const dead = { ...here, started: here.started?.replace(/\d+$/, "1") ?? null };
  await withWorkFolder(here, (dir) => assert.ok(!hasLeftBehind(dir)));
  await withWorkFolder(dead, (dir) => assert.ok(hasLeftBehind(dir)));
  await withWorkFolder(dead, (dir) => assert.ok(!hasLeftBehind(dir)), ".recording-studio");
});
