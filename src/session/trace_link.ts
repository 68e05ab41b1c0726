/** The way to a trace worker, whether that is a thread of this process or a process of its own. */
import { internalError, type RecorderError } from "../errors/mod.ts";
import { SharedState } from "../recording/shared_state.ts";
import type {
  WorkerAnswer,
  WorkerDiscard,
  WorkerEnd,
  WorkerMessage,
  WorkerRequest,
} from "../recording/trace_worker.ts";
import { type Confinement, startWorker } from "../sandbox/confined_worker.ts";
import { type CompressorThread, startCompressor } from "./compressor_thread.ts";

/** One for the program, one for the trace worker, and one to spare. */
const LEAST_CORES = 3;

/** What is asked for, but for what depends on the way there. */
export type TraceRequest = Omit<WorkerRequest, "shared" | "confined" | "compressesBeside">;

/** What a worker can be told, and asked, while it is too busy for messages. */
export interface TraceState {
  readonly steps: number;
  /** Bytes of the container so far. */
  readonly bytes: number;
  /** The program is no more; what is in the ring is all there will be. */
  markEnded(): void;
}

/** One worker. */
export interface TraceLink {
  readonly state: TraceState;
  /** The request first, and once. */
  send(message: TraceRequest | WorkerEnd | WorkerDiscard): void;
  /** Ends the worker at once, whatever it does. Nothing is heard of it from then on. */
  terminate(): void;
}

/** Who hears of it. */
export interface TraceListener {
  message(message: WorkerAnswer): void;
  /** It has ended, or makes no sense. */
  failure(error: RecorderError): void;
}

/**
 * @param folder All that the worker may touch.
 * @param source Another folder, which it may read; null for none.
 */
export type TraceStarter = (
  folder: string,
  listener: TraceListener,
  source: string | null,
) => TraceLink;

/** What starts workers that are confined in this way. */
export async function traceStarter(confinement: Confinement): Promise<TraceStarter> {
  if (confinement !== "child-process") {
    return (folder, listener, source) => startThread(folder, confinement, listener, source);
  }
  // Not loaded by whoever runs the recorder as the README says.
  return (await import("./trace_process_link.ts")).startProcess;
}

function startThread(
  folder: string,
  confinement: Parameters<typeof startWorker>[2],
  listener: TraceListener,
  source: string | null,
): TraceLink {
  const state = new SharedState();
  const module = new URL("../recording/trace_worker_main.ts", import.meta.url);
  const worker = startWorker(module, folder, confinement, source);
  let compressor: CompressorThread | null = null;
  worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
    if (data.type === "compressor") compressor = startCompressor(data.memory);
    else listener.message(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    listener.failure(internalError("ERR_UNKNOWN", `The trace writer ended: ${event.message}`));
  };
  worker.onmessageerror = () => {
    listener.failure(internalError("ERR_UNKNOWN", "The trace writer sent what can't be read"));
  };
  const confined = confinement !== "none";
  const compressesBeside = confined && navigator.hardwareConcurrency >= LEAST_CORES;
  return {
    state,
    send: (message) =>
      worker.postMessage(
        "workDir" in message
          ? { ...message, confined, shared: state.buffer, compressesBeside } satisfies WorkerRequest
          : message,
      ),
    terminate: () => {
      // A worker that polls is not ended by being told to: it has to leave its loop.
      state.markEnded();
      worker.terminate();
      compressor?.end();
    },
  };
}
