/** The session's side of the trace worker. */
import { classifyError, internalError, RecorderError } from "../errors/mod.ts";
import { SharedState } from "../recording/shared_state.ts";
import type {
  WorkerDiscard,
  WorkerEnd,
  WorkerRequest,
  WorkerResult,
} from "../recording/trace_worker.ts";
import { type Confinement, startConfined } from "../sandbox/confined_worker.ts";

/** What a finished recording came to. */
export type WorkerSuccess = Extract<WorkerResult, { ok: true }>;

/** One recording's worker. */
export class TraceWorkerClient {
  readonly confinement: Confinement;
  readonly shared: SharedState;
  /** Settles when the trace is whole, or with the error that kept it from becoming so. */
  readonly result: Promise<WorkerSuccess>;
  readonly #worker: Worker;

  constructor(
    folder: string,
    sandbox: "required" | "preferred",
    request: Omit<WorkerRequest, "shared">,
  ) {
    this.shared = new SharedState();
    const module = new URL("../recording/trace_worker_main.ts", import.meta.url);
    const { worker, confinement } = startConfined(module, folder, sandbox);
    this.#worker = worker;
    this.confinement = confinement;
    this.result = new Promise((resolve, reject) => {
      worker.onmessage = (event: MessageEvent<WorkerResult>) => {
        if (event.data.ok) resolve(event.data);
        else reject(RecorderError.fromJSON(event.data.error));
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(internalError("ERR_UNKNOWN", `The trace writer failed: ${event.message}`));
      };
    });
    this.result.catch(() => {}); // awaited later, when the program has ended
    worker.postMessage({ ...request, shared: this.shared.buffer });
  }

  /** Lets the worker finish and waits for it. */
  async finish(message: WorkerEnd): Promise<WorkerSuccess> {
    this.shared.markEnded();
    this.#worker.postMessage(message);
    try {
      return await this.result;
    } catch (error) {
      throw classifyError(error);
    } finally {
      this.#worker.terminate();
    }
  }

  /** Ends the worker; nothing of the trace is kept. When this settles, the worker writes no more. */
  async discard(): Promise<void> {
    this.shared.markEnded();
    this.#worker.postMessage({ discard: true } satisfies WorkerDiscard);
    await this.result.catch(() => {}); // why is known to whoever discards
    this.#worker.terminate();
  }
}
