/**
 * The part of the recorder that handles what comes from the program: it reads the ring, and writes the
 * trace. It runs as a worker that may read and write in the output folder and do nothing else.
 */
import { join } from "node:path";
import { classifyError, internalError } from "../errors/mod.ts";
import { DiskFile, diskSpool } from "../trace/file_store.ts";
import { TraceWriter } from "../trace/trace_writer.ts";
import { BrokenRecord, channelCorrupt } from "../wire/marshal.ts";
import { RECORDER_STOPPED, SEGMENT_SIZE } from "../wire/protocol.ts";
import { RingFile } from "../wire/ring_file.ts";
import { SharedState } from "./shared_state.ts";
import { type ProgramEnd, Transcoder } from "./transcoder.ts";

/** What the session asks for. All paths lie in the output folder. */
export interface WorkerRequest {
  readonly ringPath: string;
  /** Where spool files and the unfinished container live. */
  readonly workDir: string;
  readonly tracePath: string;
  readonly metadataPath: string;
  readonly shared: SharedArrayBuffer;
  readonly trace: {
    readonly recordingId: string;
    readonly program: string;
    readonly args: string[];
    readonly workdir: string;
    readonly recorder: string;
  };
}

/** Sent when the program has ended; `metadata` is written beside the trace, with the counts added. */
export interface WorkerEnd {
  readonly end: ProgramEnd;
  readonly metadata: Record<string, unknown>;
}

/** Sent instead when there is to be no trace. */
export interface WorkerDiscard {
  readonly discard: true;
}

/** The worker's one answer. */
export type WorkerResult =
  | {
    readonly ok: true;
    readonly counts: { readonly steps: number; readonly calls: number; readonly events: number };
    readonly bytes: number;
    readonly partial: string | null;
    readonly uncaught: string | null;
    readonly children: number;
  }
  | { readonly ok: false; readonly error: unknown };

/** Shortest and longest pause between looks at an idle ring, milliseconds. */
const SHORTEST_PAUSE = 1;
const LONGEST_PAUSE = 10;
/** A sign of life at least this often, in pauses. */
const PAUSES_PER_BEAT = 5;

/** One recording from the first byte of the ring to the finished container. */
export class TraceWork {
  readonly #request: WorkerRequest;
  readonly #shared: SharedState;
  readonly #ring: RingFile;
  readonly #file: DiskFile;
  readonly #partialPath: string;
  readonly #writer: TraceWriter;
  readonly #transcoder: Transcoder;

  constructor(request: WorkerRequest) {
    this.#request = request;
    this.#shared = new SharedState(request.shared);
    this.#ring = new RingFile(request.ringPath);
    this.#partialPath = join(request.workDir, "trace.ct");
    this.#file = DiskFile.create(this.#partialPath);
    this.#writer = new TraceWriter(this.#file, diskSpool(request.workDir), request.trace);
    this.#transcoder = new Transcoder(this.#writer, request.trace.program);
  }

  /** Takes in all that the program records, until it has ended and the ring is empty. */
  drain(): void {
    let pause = SHORTEST_PAUSE;
    let pauses = 0;
    while (true) {
      const ended = this.#shared.ended;
      const filled = this.#ring.filled();
      if (this.#ring.freed < filled) {
        while (this.#ring.freed < filled) this.#take(false);
        this.#shared.report(this.#writer.steps, this.#writer.bytesWritten);
        pause = SHORTEST_PAUSE;
      } else if (!ended) {
        if (pauses++ % PAUSES_PER_BEAT === 0) this.#ring.beat();
        this.#shared.pause(pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
      if (ended) {
        this.#take(true);
        return;
      }
    }
  }

  /** Ends the trace and puts it in its place, whole and on the disk, where an older one may stand. */
  finish(message: WorkerEnd): WorkerResult {
    const { uncaught } = this.#transcoder.finish(message.end);
    const counts = this.#writer.finish();
    const bytes = this.#writer.bytesWritten;
    const children = this.#ring.agentSide().children;
    const trouble = this.#transcoder.trouble;
    const partial = trouble?.code ?? null;
    this.#file.close();
    this.#ring[Symbol.dispose]();
    const metadata = {
      ...message.metadata,
      counts: { steps: counts.steps, calls: counts.calls, events: counts.events },
      unrecorded_children: children,
      process_exit_status: exitStatus(message.end, uncaught),
      partial: partial !== null,
      ...(trouble === null ? {} : { reason: trouble.code, detail: trouble.detail }),
    };
    const metadataPath = join(this.#request.workDir, "trace_metadata.json");
    Deno.writeTextFileSync(metadataPath, JSON.stringify(metadata, null, 2) + "\n", {
      mode: 0o600,
      createNew: true,
    });
    Deno.renameSync(this.#partialPath, this.#request.tracePath);
    Deno.renameSync(metadataPath, this.#request.metadataPath);
    Deno.removeSync(this.#request.workDir, { recursive: true });
    return { ok: true, counts, bytes, partial, uncaught, children };
  }

  /** After a failure: the agent learns that nobody listens, and the program goes on without it. */
  abandon(): void {
    this.#ring.setState(RECORDER_STOPPED);
    this.#ring[Symbol.dispose]();
    this.#file.close();
  }

  #take(last: boolean): void {
    const segment = this.#ring.nextSegment();
    let used: number;
    try {
      used = this.#transcoder.records(segment, 0, SEGMENT_SIZE, last);
    } catch (error) {
      if (error instanceof BrokenRecord) throw channelCorrupt(error, `segment ${this.#ring.freed}`);
      throw error;
    }
    if (!last) this.#ring.giveBack(used);
  }
}

/** `process_exit_status` of the metadata: a code as a shell would see it, and a word where it needs one. */
function exitStatus(end: ProgramEnd, uncaught: string | null): Record<string, unknown> {
  if (end.signal !== null) return { code: 128 + signalNumber(end.signal), label: end.signal };
  return { code: end.code, label: uncaught };
}

/** Signal numbers that all Unix systems share; 0 for others. */
function signalNumber(name: string): number {
  const numbers: Record<string, number> = {
    SIGHUP: 1,
    SIGINT: 2,
    SIGQUIT: 3,
    SIGILL: 4,
    SIGTRAP: 5,
    SIGABRT: 6,
    SIGFPE: 8,
    SIGKILL: 9,
    SIGSEGV: 11,
    SIGPIPE: 13,
    SIGALRM: 14,
    SIGTERM: 15,
  };
  return numbers[name] ?? 0;
}

/** The worker's side of the conversation; also usable without a worker, for tests. */
export function serve(scope: {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: WorkerResult): void;
}): void {
  let work: TraceWork | null = null;
  const attempt = (action: () => void) => {
    try {
      action();
    } catch (error) {
      try {
        work?.abandon();
      } catch {
        // The first error is the one to tell.
      }
      scope.postMessage({ ok: false, error: classifyError(error).toJSON() });
    }
  };
  scope.onmessage = (event: MessageEvent<WorkerRequest | WorkerEnd | WorkerDiscard>) => {
    const message = event.data;
    attempt(() => {
      if ("ringPath" in message) {
        work = new TraceWork(message);
        work.drain();
      } else if ("discard" in message) {
        throw internalError("ERR_UNKNOWN", "The trace was given up");
      } else if (work !== null) {
        scope.postMessage(work.finish(message));
      }
    });
  };
}
