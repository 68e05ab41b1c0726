/**
 * Tells a parent process what becomes of a recording: one line of JSON for each event, as design-docs/embedding.md
 * promises. Whatever the reader does, be it that it goes away or stops reading, program and recording don't notice.
 */
import fs from "node:fs";
import { classifyError, environmentError, osErrorCode, type RecorderError } from "../errors/mod.ts";
import { processExitStatus } from "../session/exit_state.ts";
import type { Session } from "../session/session.ts";
import type { SessionOutcome } from "../session/types.ts";

/** Version of the events; grows when the meaning of one changes, not when something is added. */
const SCHEMA = 1;
/** From one sign of life to the next, milliseconds. */
const EVERY = 500;
/** How long a reader has to open its end of a named pipe, and to take in the last events; milliseconds. */
const PATIENCE = 1000;
/** Between attempts to write into a full pipe that does not wait, milliseconds. */
const RETRY = 5;

const encoder = new TextEncoder();

interface Writer {
  write(bytes: Uint8Array): Promise<number>;
}

/** The events of one run of the command. */
export class ProgressEvents {
  readonly #writer: Writer;
  readonly #runId: string;
  readonly #startedAt = performance.now();
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Settles when all that was told has been written, or nobody reads any more. */
  #written: Promise<void> = Promise.resolve();
  #waiting = 0;
  #isGone = false;

  private constructor(writer: Writer, runId: string) {
    this.#writer = writer;
    this.#runId = runId;
  }

  /**
   * @param file Appended to, and created with mode 0600; null for stderr.
   * @param runId The recording's id.
   * @throws {EnvironmentError} ERR_IO: it can't be opened, or is a named pipe that nobody reads.
   */
  static async open(file: string | null, runId: string): Promise<ProgressEvents> {
    return new ProgressEvents(file === null ? Deno.stderr : await openFile(file), runId);
  }

  /** The program runs. From here on there is a sign of life twice a second. */
  started(session: Session): void {
    this.#tell("started", {
      schema: SCHEMA,
      recorder_pid: Deno.pid,
      pid: session.pid,
      trace: session.tracePath,
    });
    this.#timer = setInterval(() => {
      // A reader that lags behind gets the latest figures, not all of them.
      if (this.#waiting === 0) this.#tell("progress", { ...session.progress });
    }, EVERY);
  }

  /**
   * The last event of a recording that the recorder came through, or was allowed to fail in. Settles when it is
   * written, or the reader has had its time.
   *
   * @param status What the command exits with.
   */
  async finished(outcome: SessionOutcome, status: number): Promise<void> {
    const { trace, state, failure } = outcome;
    const why = failure ?? trace?.partial ?? null;
    this.#tell("finished", {
      trace: trace?.path ?? null,
      ...trace?.counts ?? { steps: 0, calls: 0, events: 0 },
      bytes: trace?.bytes ?? 0,
      exit: processExitStatus(state),
      partial: trace !== null && trace.partial !== null,
      reason: why?.code ?? null,
      detail: why?.message ?? null,
      unrecorded_children: trace?.unrecordedChildren ?? 0,
      status,
    });
    await this.#end();
  }

  /**
   * The last event of any other: an error, and the trace that was kept all the same. Settles as {@link finished}.
   *
   * @param session Null if the program was not started.
   * @param status What the command exits with.
   */
  async failed(error: RecorderError, session: Session | null, status: number): Promise<void> {
    const { code, kind, message, context } = error;
    this.#tell("failed", {
      error: { code, kind, message, context },
      trace: session?.kept?.path ?? null,
      program_started: session !== null,
      program_ended_by_recorder: session?.terminated ?? false,
      status,
    });
    await this.#end();
  }

  #tell(event: string, facts: Readonly<Record<string, unknown>>): void {
    if (this.#isGone) return;
    const elapsed_ms = Math.round(performance.now() - this.#startedAt);
    const line = { event, recording_id: this.#runId, elapsed_ms, ...facts };
    const bytes = encoder.encode(`${JSON.stringify(line)}\n`);
    this.#waiting++;
    this.#written = this.#written.then(() => this.#write(bytes)).then(() => void this.#waiting--);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    while (bytes.length > 0 && !this.#isGone) {
      try {
        bytes = bytes.subarray(await this.#writer.write(bytes));
      } catch (thrown) {
        if (osErrorCode(thrown) === "EAGAIN") await pause(RETRY);
        else this.#isGone = true; // closed, or a disk that is full: there is nobody to tell
      }
    }
  }

  async #end(): Promise<void> {
    clearInterval(this.#timer);
    await within(PATIENCE, this.#written);
  }
}

async function openFile(path: string): Promise<Writer> {
  const failed = "Cannot open the progress file";
  let opened: Writer | null;
  try {
    opened = await isPipe(path)
      ? await openPipe(path)
      : await Deno.open(path, { append: true, create: true, mode: 0o600 });
  } catch (thrown) {
    throw classifyError(thrown, { failed, path, remedy: false });
  }
  if (opened !== null) return opened;
  throw environmentError("ERR_IO", `${failed} (${path}): it is a pipe that nobody reads`, { path });
}

/** False as well for what is not there yet, or what opening will say more about. */
async function isPipe(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFifo === true;
  } catch (thrown) {
    if (osErrorCode(thrown) === null) throw thrown;
    return false;
  }
}

/**
 * Opening a pipe waits for its reader, and all of the recorder may wait with it: `Deno.open` does so in the only thread,
 * up to Deno 2.6 at least. This one doesn't wait, and asks again. Null when there is no reader in time.
 */
async function openPipe(path: string): Promise<Writer | null> {
  const { O_WRONLY, O_APPEND, O_NONBLOCK } = fs.constants;
  for (const startedAt = performance.now(); performance.now() - startedAt < PATIENCE;) {
    try {
      const file = fs.openSync(path, O_WRONLY | O_APPEND | O_NONBLOCK);
      return { write: (bytes) => writeTo(file, bytes) };
    } catch (thrown) {
      if (osErrorCode(thrown) !== "ENXIO") throw thrown;
    }
    await pause(RETRY);
  }
  return null;
}

function writeTo(file: number, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.write(file, bytes, (error, count) => error === null ? resolve(count) : reject(error));
  });
}

function pause(milliseconds: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), milliseconds));
}

/** What `promise` settles with, or null when it takes longer. */
async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), milliseconds);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
