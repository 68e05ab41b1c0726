/** The session's side of the trace worker. */
import { classifyError, internalError, RecorderError } from "../errors/mod.ts";
import { SharedState } from "../recording/shared_state.ts";
import type {
  FinishedTrace,
  WorkerDiscard,
  WorkerEnd,
  WorkerMessage,
  WorkerRequest,
} from "../recording/trace_worker.ts";
import { type Confinement, startWorker } from "../sandbox/confined_worker.ts";

/** Why a worker takes nothing in any more, while the program may still run. */
export interface WorkerFailure {
  readonly error: RecorderError;
  /** What it had taken in before can still be finished. */
  readonly finishable: boolean;
}

/** One recording's worker. */
export class TraceWorkerClient {
  readonly shared: SharedState;
  /** Settles when the worker takes nothing in any more: null at the end of the recording. */
  readonly drained: Promise<WorkerFailure | null>;
  readonly #finished: Promise<FinishedTrace>;
  readonly #worker: Worker;
  #failure: WorkerFailure | null = null;

  /** @param folder All that the worker needs lies in there. */
  constructor(
    folder: string,
    confinement: Confinement,
    request: Omit<WorkerRequest, "shared" | "confined">,
  ) {
    this.shared = new SharedState();
    const module = new URL("../recording/trace_worker_main.ts", import.meta.url);
    const worker = startWorker(module, folder, confinement);
    this.#worker = worker;
    const drained = Promise.withResolvers<WorkerFailure | null>();
    const finished = Promise.withResolvers<FinishedTrace>();
    this.drained = drained.promise;
    this.#finished = finished.promise;
    finished.promise.catch(() => {}); // told by `drained`, or awaited by `finish`
    const fails = (error: RecorderError, finishable: boolean) => {
      this.#failure = { error, finishable };
      drained.resolve(this.#failure);
      if (!finishable) finished.reject(error);
    };
    const breaks = (error: RecorderError) => fails(error, false);
    worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
      if (data.type === "finished") finished.resolve(data);
      else if (data.type === "drained") drained.resolve(null);
      else fails(RecorderError.fromJSON(data.error), data.type === "failed");
    };
    worker.onerror = (event) => {
      event.preventDefault();
      breaks(internalError("ERR_UNKNOWN", `The trace writer ended: ${event.message}`));
    };
    worker.onmessageerror = () => {
      breaks(internalError("ERR_UNKNOWN", "The trace writer sent what can't be read"));
    };
    const confined = confinement !== "none";
    worker.postMessage({ ...request, confined, shared: this.shared.buffer });
  }

  /** Why it takes nothing in any more, ahead of the end; null as long as it does. */
  get failure(): WorkerFailure | null {
    return this.#failure;
  }

  /**
   * Lets the worker finish and waits for it. The trace is not in its place then.
   *
   * @throws {RecorderError} If there is no trace.
   */
  async finish(message: WorkerEnd): Promise<FinishedTrace> {
    this.shared.markEnded();
    this.#worker.postMessage(message);
    try {
      return await this.#finished;
    } catch (error) {
      throw classifyError(error);
    } finally {
      this.#worker.terminate();
    }
  }

  /** Ends the worker; nothing of the trace is kept. When this settles, the worker writes no more. */
  async discard(): Promise<void> {
    this.shared.markEnded();
    if (this.#failure?.finishable !== false) {
      this.#worker.postMessage({ discard: true } satisfies WorkerDiscard);
      await this.#finished.catch(() => {}); // why is known to whoever discards
    }
    this.#worker.terminate();
  }

  /** Ends the worker at once, whatever it does. */
  terminate(): void {
    // A worker that polls is not ended by being told to: it has to leave its loop.
    this.shared.markEnded();
    this.#worker.terminate();
  }
}
