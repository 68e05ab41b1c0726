/** The thread that compresses for a trace worker: it gets the memory for that, and may touch nothing else. */
import { startPowerless } from "../sandbox/confined_worker.ts";
import { CompressSlots } from "../trace/compress_slots.ts";

/** It ends by itself with the process alone. */
export interface CompressorThread {
  /** May be called at any time: the trace worker then compresses by itself. */
  end(): void;
}

/**
 * Starts it; where that can't be done, the trace worker goes on without. Holds the calling thread up for some 30 ms.
 *
 * @param memory Of `CompressSlots`.
 */
export function startCompressor(memory: SharedArrayBuffer): CompressorThread {
  const slots = new CompressSlots(memory);
  let worker: Worker | null = null;
  const end = () => {
    // First, or a thread that waits would go on waiting.
    slots.markGone();
    worker?.terminate();
  };
  try {
    worker = startPowerless(
      new URL("../recording/compress_worker_main.ts", import.meta.url),
      "compress",
    );
    worker.onerror = (event) => {
      event.preventDefault();
      end();
    };
    worker.postMessage(memory);
  } catch {
    end(); // it would only have made a recording faster
  }
  return { end };
}
