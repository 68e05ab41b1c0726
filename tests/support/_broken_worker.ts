/// <reference lib="deno.worker" />
// See with_faults.ts. The fault stands in the worker's address.
import { BrokenDisk } from "./broken_disk.ts";
import type { Fault, OperationMessage } from "./with_faults.ts";

const fault: Fault = JSON.parse(decodeURIComponent(self.location.search.slice(1)));

if (fault.call === "disk") {
  let state: Int32Array | null = null;
  // Registered ahead of the real worker, and so called ahead of it.
  self.addEventListener("message", ({ data }: MessageEvent<{ disk: Int32Array }>) => {
    state = data.disk;
  });
  const say = (operation: string, failed: boolean) =>
    self.postMessage({ operation, failed } satisfies OperationMessage);
  new BrokenDisk("worker", fault.fault, () => state, say).install();
}
if (fault.call === "throw") {
  const { message } = fault;
  setTimeout(() => {
    throw new Error(message);
  });
}
