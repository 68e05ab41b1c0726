/// <reference lib="deno.worker" />
// See with_faults.ts. The fault stands in the worker's address.
import type { Fault } from "./with_faults.ts";

const fault: Fault = JSON.parse(decodeURIComponent(self.location.search.slice(1)));
let calls = 0;

/** Fails, when it is time. */
function count(call: Fault["call"]): void {
  if (call === fault.call && calls++ >= fault.from) throw new Error(fault.message);
}

const { writeSync } = Deno.FsFile.prototype;
Deno.FsFile.prototype.writeSync = function (bytes: Uint8Array): number {
  count("write");
  return writeSync.call(this, bytes);
};
const { renameSync, removeSync } = Deno;
Deno.renameSync = (from: string | URL, to: string | URL) => {
  count("rename");
  renameSync(from, to);
};
Deno.removeSync = (path: string | URL, options?: Deno.RemoveOptions) => {
  count("remove");
  removeSync(path, options);
};
const { syncDataSync } = Deno.FsFile.prototype;
Deno.FsFile.prototype.syncDataSync = function (): void {
  if (fault.call === "wait") {
    Deno.writeTextFileSync(`${fault.message}.waiting`, "");
    while (!exists(fault.message)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
  syncDataSync.call(this);
};

function exists(file: string): boolean {
  try {
    Deno.statSync(file);
    return true;
  } catch {
    return false;
  }
}

if (fault.call === "throw") {
  setTimeout(() => {
    throw new Error(fault.message);
  });
}
