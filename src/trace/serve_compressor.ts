/** The side of the thread that compresses for a trace's writer. */
import { compressFrame } from "./compress_frame.ts";
import { CompressSlots } from "./compress_slots.ts";

/** Compresses what comes, all of it thoroughly, until nobody needs it any more. Blocks the thread. */
export function serveCompressor(memory: SharedArrayBuffer): void {
  new CompressSlots(memory).serve((content) => {
    try {
      return compressFrame(content, "thorough");
    } catch {
      return null; // the writer tries it itself, and tells why it can't be done
    }
  });
}
