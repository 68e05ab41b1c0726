import assert from "node:assert/strict";
import { RecorderError } from "../../src/errors/mod.ts";
import { DiskFile, diskSpool } from "../../src/trace/file_store.ts";
import { acceptStrict } from "../support/ct_accept.ts";

function inFolder(name: string, test: (folder: string) => void | Promise<void>): void {
  Deno.test(name, async () => {
    const folder = Deno.makeTempDirSync();
    try {
      await test(folder);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

function isIoError(error: unknown): boolean {
  return error instanceof RecorderError && error.code === "ERR_IO";
}

inFolder("a file is written and read at any offset", (folder) => {
  const file = DiskFile.create(`${folder}/f`);
  file.writeAt(new Uint8Array([4, 5, 6]), 3);
  file.writeAt(new Uint8Array([1, 2, 3]), 0);
  const into = new Uint8Array(10);
  assert.equal(file.readAt(into, 1), 5);
  assert.deepEqual([...into.subarray(0, 5)], [2, 3, 4, 5, 6]);
  assert.equal(file.readAt(into, 6), 0);
  file.writeAt(new Uint8Array([7]), 6);
  file.sync();
  file.close();
  file.close();
  assert.deepEqual([...Deno.readFileSync(`${folder}/f`)], [1, 2, 3, 4, 5, 6, 7]);
  assert.throws(() => file.writeAt(new Uint8Array(1), 0), /closed already/);
});

inFolder("an existing file is neither overwritten nor followed", (folder) => {
  Deno.writeTextFileSync(`${folder}/precious`, "precious");
  Deno.symlinkSync(`${folder}/precious`, `${folder}/link`);
  assert.throws(() => DiskFile.create(`${folder}/precious`), isIoError);
  assert.throws(() => DiskFile.create(`${folder}/link`), isIoError);
  assert.throws(() => DiskFile.create(`${folder}/none/f`), isIoError);
  assert.equal(Deno.readTextFileSync(`${folder}/precious`), "precious");
});

inFolder("a file knows whether it is still the one at its path", (folder) => {
  const file = diskSpool(folder).open("calls");
  assert.equal(file.isInPlace(), true);
  Deno.renameSync(`${folder}/calls`, `${folder}/elsewhere`);
  assert.throws(() => file.isInPlace(), isIoError);
  Deno.writeTextFileSync(`${folder}/calls`, "");
  assert.equal(file.isInPlace(), false);
  Deno.removeSync(`${folder}/calls`);
  Deno.symlinkSync(`${folder}/elsewhere`, `${folder}/calls`);
  assert.equal(file.isInPlace(), false);
  file.close();
  file.close();
});

inFolder("permission for the one folder is all that a trace needs", async (folder) => {
  // Not every version's types know of the permissions.
  const options: WorkerOptions & { deno: { permissions: Record<string, string[]> } } = {
    type: "module",
    deno: { permissions: { read: [folder], write: [folder] } },
  };
  const worker = new Worker(new URL("_limited_worker.ts", import.meta.url), options);
  const answer = new Promise((resolve, reject) => {
    worker.onmessage = (message) => resolve(message.data);
    worker.onerror = (event) => reject(new Error(event.message));
  });
  worker.postMessage(folder);
  assert.equal(await answer, "done");
  worker.terminate();
  assert.equal(acceptStrict(`${folder}/limited.ct`).counts["steps"], 1);
  const spool = ["calls-chunks", "calls-entry", "calls-exit", "calls-returns"];
  const made = [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
  assert.deepEqual(made, [...spool, "limited.ct"]);
});
