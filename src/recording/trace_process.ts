/**
 * The trace worker as a process of its own, where Deno gives a worker no permissions of its own: the same conversation,
 * as lines of JSON on standard input and output.
 */
import { messagesOf, toLine } from "./message_lines.ts";
import { SharedState } from "./shared_state.ts";
import {
  serve,
  type TraceWork,
  type WorkerAnswer,
  type WorkerDiscard,
  type WorkerEnd,
  type WorkerRequest,
} from "./trace_worker.ts";

/** What the session sends. */
export type ProcessInput =
  | Omit<WorkerRequest, "shared" | "confined" | "compressesBeside">
  | WorkerEnd
  | WorkerDiscard
  /** There is no more than is in the ring: what shared memory says to a worker. */
  | { readonly ended: true };

/** What it gets: messages, and in between how far the recording is. */
export type ProcessOutput = WorkerAnswer | ProcessProgress;

/** As shared memory has it of a worker. */
export interface ProcessProgress {
  readonly steps: number;
  readonly bytes: number;
}

/** How long the process may be busy without reading what the session sends, milliseconds. */
const LONGEST_DEAF = 50;
/** From one progress message to the next at least, milliseconds. */
const PROGRESS = 250;

/** Works until `input` ends: with the session, or with the recorder itself. */
export async function serveLines(
  input: ReadableStream<Uint8Array>,
  write: (line: Uint8Array) => void,
  dropPermissions: () => void,
): Promise<void> {
  const shared = new SharedState();
  const say = (message: ProcessOutput) => write(toLine(message));
  const scope: Parameters<typeof serve>[0] = {
    onmessage: null,
    postMessage: (message) => {
      // No memory is shared with another process, which is why none of these requests allows to ask for a thread.
      if (message.type !== "compressor") say(message);
    },
  };
  serve(scope, dropPermissions, (work) => drain(work, shared, say));
  for await (const message of messagesOf<ProcessInput>(input)) {
    if ("ended" in message) shared.markEnded();
    else {
      const data = "workDir" in message
        ? { ...message, confined: true, shared: shared.buffer } satisfies WorkerRequest
        : message;
      scope.onmessage?.(new MessageEvent("message", { data }));
    }
  }
}

async function drain(
  work: TraceWork,
  shared: SharedState,
  say: (progress: ProcessProgress) => void,
): Promise<void> {
  let heard = performance.now();
  let told = heard;
  let steps = 0;
  for (const pause of work.draining()) {
    const now = performance.now();
    if (now - told >= PROGRESS && shared.steps !== steps) {
      told = now;
      steps = shared.steps;
      say({ steps, bytes: shared.bytes });
    }
    if (pause === 0 && now - heard < LONGEST_DEAF) continue;
    await new Promise((resolve) => setTimeout(resolve, pause));
    heard = performance.now();
  }
}
