/// <reference lib="deno.worker" />
/** A thread that compresses nothing. */
import { CompressSlots, SLOT_BYTES } from "../../src/trace/compress_slots.ts";

declare const self: DedicatedWorkerGlobalScope;

self.onmessage = ({ data }: MessageEvent<SharedArrayBuffer>) => {
  let calls = 0;
  // First no frame, then one that has no room.
  new CompressSlots(data).serve(() => calls++ === 0 ? null : new Uint8Array(SLOT_BYTES + 1));
};
