/** The session's side of the trace worker. */
import { classifyError, RecorderError } from "../errors/mod.ts";
import type { FinishedTrace, WorkerEnd } from "../recording/trace_worker.ts";
import type { TraceLink, TraceRequest, TraceStarter, TraceState } from "./trace_link.ts";

/** Why a worker takes nothing in any more, while the program may still run. */
export interface WorkerFailure {
  readonly error: RecorderError;
  /** What it had taken in before can still be finished. */
  readonly finishable: boolean;
}

/** One recording's worker. */
export class TraceWorkerClient {
  /** Settles when the worker takes nothing in any more: null at the end of the recording. */
  readonly drained: Promise<WorkerFailure | null>;
  readonly #finished: Promise<FinishedTrace>;
  readonly #link: TraceLink;
  readonly #request: TraceRequest;
  #failure: WorkerFailure | null = null;

  /**
   * Makes the worker; it does nothing before {@link begin}.
   *
   * @param start It lets the worker write in the request's `workDir`, and read in its `sourceDir`.
   */
  constructor(start: TraceStarter, request: TraceRequest) {
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
    const { sourceDir, workDir } = request;
    this.#link = start(workDir, {
      message: (message) => {
        if (message.type === "finished") finished.resolve(message);
        else if (message.type === "drained") drained.resolve(null);
        else fails(RecorderError.fromJSON(message.error), message.type === "failed");
      },
      failure: (error) => fails(error, false),
    }, sourceDir === workDir ? null : sourceDir);
    this.#request = request;
  }

  /** Lets it take in what there is. To be called once. */
  begin(): void {
    this.#link.send(this.#request);
  }

  /** What can be told and asked at any time. */
  get state(): TraceState {
    return this.#link.state;
  }

  /** Why it takes nothing in any more, ahead of the end; null as long as it does. */
  get failure(): WorkerFailure | null {
    return this.#failure;
  }

  /**
   * Says that the program has ended, and lets the worker finish, without asking again, when it has taken in all there is.
   * One that has failed, or fails at that, waits for {@link finish} or {@link discard}.
   */
  end(message: WorkerEnd): void {
    this.state.markEnded();
    this.#link.send({ ...message, unlessFailed: true });
  }

  /**
   * Lets the worker finish, where {@link end} didn't, and waits for it. The trace is not in its place then, and the worker
   * waits for {@link terminate}.
   *
   * @throws {RecorderError} If there is no trace.
   */
  async finish(message: WorkerEnd | null): Promise<FinishedTrace> {
    this.state.markEnded();
    if (message !== null) this.#link.send(message);
    try {
      return await this.#finished;
    } catch (error) {
      this.#link.terminate();
      throw classifyError(error);
    }
  }

  /** Ends the worker; nothing of the trace is kept. When this settles, the worker writes no more. */
  async discard(): Promise<void> {
    this.state.markEnded();
    if (this.#failure?.finishable !== false) {
      this.#link.send({ discard: true });
      await this.#finished.catch(() => {}); // why is known to whoever discards
    }
    this.#link.terminate();
  }

  /** Ends the worker at once, whatever it does. */
  terminate(): void {
    this.#link.terminate();
  }
}
