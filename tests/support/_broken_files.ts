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
const { syncDataSync } = Deno.FsFile.prototype;
Deno.FsFile.prototype.syncDataSync = function (): void {
  count("sync");
  syncDataSync.call(this);
};

if (fault.call === "throw") {
  setTimeout(() => {
    throw new Error(fault.message);
  });
}
