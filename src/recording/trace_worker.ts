/**
 * The part of the recorder that handles what comes from the program: it reads the ring, and writes the
 * trace. It runs as a worker that opens all of its files at its start, in the work folder, and may touch nothing else
 * from then on. Putting the finished trace in its place is the session's part.
 */
import { join } from "node:path";
import {
  classifyError,
  environmentError,
  internalError,
  osErrorCode,
  RecorderError,
  type RecorderErrorJson,
} from "../errors/mod.ts";
import { Counters, type CounterSnapshot } from "../session/counters.ts";
import {
  exitStateOf,
  processExitStatus,
  type ProgramStatus,
  type SessionExitState,
} from "../session/exit_state.ts";
import { compressFrame } from "../trace/compress_frame.ts";
import { ownThread } from "../trace/compressor.ts";
import { DiskFile, type FileIdentity } from "../trace/file_store.ts";
import { Reserve, ReservedFile } from "../trace/reserved_file.ts";
import { SharedCompressor } from "../trace/shared_compressor.ts";
import { SPOOL_FILES, type SpoolName } from "../trace/spool_files.ts";
import { type TraceFilterProvenance, TraceWriter } from "../trace/trace_writer.ts";
import { BrokenRecord, channelCorrupt } from "../wire/marshal.ts";
import { RECORDER_STOPPED, SEGMENT_SIZE } from "../wire/protocol.ts";
import { type AgentSide, RingFile } from "../wire/ring_file.ts";
import type { RingSource } from "../wire/ring_source.ts";
import { limitReached, silentDetachment } from "./agent_reports.ts";
import { JournalWriter } from "./journal.ts";
import { RecordedRing } from "./recorded_ring.ts";
import { type RelayedOutput, RelayedOutputReader } from "./relayed_output.ts";
import { SharedState } from "./shared_state.ts";
import { Transcoder } from "./transcoder.ts";
import { WORK_FILES } from "./work_files.ts";

/** What the session asks for. */
export interface WorkerRequest {
  /** Where the ring is, and what came through the program's descriptors; absolute, without symbolic links. */
  readonly sourceDir: string;
  /** Where the worker makes its files; in the same way. The same folder, but when a recording is recovered. */
  readonly workDir: string;
  /** The worker was started with permissions of its own, and is to drop them. */
  readonly confined: boolean;
  /** Another recorder has recorded, and left its files in `sourceDir`. */
  readonly recovers: boolean;
  readonly shared: SharedArrayBuffer;
  /** Whether another thread may be asked for, to compress what is written. False by default. */
  readonly compressesBeside?: boolean;
  /** Where the recording ends, though the program goes on; null for no limit. */
  readonly limits: RecordingLimits;
  /** What comes through the program's descriptors, where they are relayed. */
  readonly relayed?: {
    readonly outputs: readonly RelayedOutput[];
    /** Descriptors 1 and 2 are the same, and come as 1. */
    readonly joined: boolean;
  };
  readonly trace: {
    readonly recordingId: string;
    readonly program: string;
    readonly args: string[];
    readonly workdir: string;
    readonly recorder: string;
    readonly filters: readonly TraceFilterProvenance[];
    readonly sources?: boolean;
  };
}

/** What a recording must not exceed; null for no limit. */
export interface RecordingLimits {
  /** Lines. */
  readonly steps: number | null;
  /** Bytes of the container, about: what is still in memory is estimated. */
  readonly bytes: number | null;
}

/** Sent when the recording is to end, mostly because the program has. */
export interface WorkerEnd {
  readonly status: ProgramStatus;
  /** The recording was stopped while the program went on: what is missing after that is not lost. */
  readonly stopped: boolean;
  /** Why what the program did later is missing, where the recorder was killed; null if it was not. */
  readonly cutOff: RecorderErrorJson | null;
  /** What the session has survived so far. */
  readonly caughtInternalErrors: number;
  /** Written beside the trace, with what the worker knows added. */
  readonly metadata: Record<string, unknown>;
  /** Nothing is to be finished where the recorder has failed: the session has to decide. False by default. */
  readonly unlessFailed?: boolean;
}

/** Sent instead when there is to be no trace. */
export interface WorkerDiscard {
  readonly discard: true;
}

/** What the worker has to say, at any time before its answers too. */
export type WorkerMessage =
  /** Once: a thread that runs `serveCompressor` with this memory would be of use. */
  | { readonly type: "compressor"; readonly memory: SharedArrayBuffer }
  | WorkerAnswer;

/** How it has gone: `drained` or `failed`, then `finished`; `broken` at any time. */
export type WorkerAnswer =
  /** It has taken in all there is. */
  | { readonly type: "drained" }
  /** It takes nothing in any more. What it has can still be finished as a partial trace. */
  | { readonly type: "failed"; readonly error: RecorderErrorJson }
  | ({ readonly type: "finished" } & FinishedTrace)
  /** There will be no trace. */
  | { readonly type: "broken"; readonly error: RecorderErrorJson };

/** A trace that is whole, on the disk, and not in its place yet: the work folder's files of {@link WORK_FILES}. */
export interface FinishedTrace {
  /** Which files these are: the program can reach the folder as well. */
  readonly files: { readonly trace: FileIdentity; readonly metadata: FileIdentity };
  readonly counts: { readonly steps: number; readonly calls: number; readonly events: number };
  /** Size of the container. */
  readonly bytes: number;
  readonly state: SessionExitState;
  /** Why the trace is partial; null if it is whole. */
  readonly partial: RecorderErrorJson | null;
  readonly children: number;
  /** Code of the activation file ran, where there is one. */
  readonly activated: boolean;
  readonly counters: CounterSnapshot;
}

/** What stands in the place of the metadata from when a recorder takes nothing in any more until the trace is finished. */
interface EarlyEnd {
  /** The recorder failed; else a limit was reached. */
  readonly failed: boolean;
  readonly error: RecorderErrorJson;
}

/** Shortest and longest pause between looks at an idle ring, milliseconds. */
const SHORTEST_PAUSE = 1;
const LONGEST_PAUSE = 10;
/** A sign of life at least this often, in pauses. */
const PAUSES_PER_BEAT = 5;

/** The files of the work folder may take up so many times the room that the trace may; then the recording ends as well. */
const MOST_WORK = 4;

/** Kept free on the disk for finishing the container: chunks, tables and metadata in memory. */
const CONTAINER_RESERVE = 2 << 20;
/** Kept free behind the spool files of calls: more than each holds in memory. */
const SPOOL_RESERVE: Readonly<Record<SpoolName, number>> = {
  [SPOOL_FILES.entry]: 512 << 10,
  [SPOOL_FILES.exit]: 7 << 18,
  [SPOOL_FILES.returns]: 512 << 10,
  [SPOOL_FILES.chunks]: 256 << 10,
};

/** Until it has been asked. */
const UNKNOWN_AGENT: AgentSide = {
  filled: 0,
  pid: 0,
  pythonVersion: 0,
  children: 0,
  detached: false,
  scopesSkipped: 0,
  replaced: false,
  activated: false,
};

/** One recording from the first byte of the ring to the finished container. */
export class TraceWork {
  readonly #request: WorkerRequest;
  readonly #shared: SharedState;
  readonly #ring: RingSource;
  /** Null when a recording is recovered, of which all there is has been kept already. */
  readonly #journal: JournalWriter | null;
  readonly #reserve = new Reserve();
  readonly #file: ReservedFile;
  readonly #traceIdentity: FileIdentity;
  readonly #metadata: DiskFile;
  readonly #writer: TraceWriter;
  /** Null where the worker compresses all by itself. */
  readonly #compressor: SharedCompressor | null;
  readonly #transcoder: Transcoder;
  /** One for each pipe; empty when none is relayed. */
  readonly #relayed: readonly RelayedOutputReader[];
  #failure: RecorderError | null = null;
  /** Why the recorder whose recording is recovered took nothing in any more; null if it did, or none is recovered. */
  readonly #early: { readonly failed: boolean; readonly error: RecorderError } | null;
  /** Which limit has ended the recording; null as long as none has. */
  #limit: RecorderError | null = null;
  #agent: AgentSide = UNKNOWN_AGENT;

  /**
   * @param dropPermissions Called when all files are open, where the request says that it is confined.
   * @param askForCompressor Called at most once, and only where the request allows it; see {@link SharedCompressor}.
   */
  constructor(
    request: WorkerRequest,
    dropPermissions: () => void = () => {},
    askForCompressor: (memory: SharedArrayBuffer) => void = () => {},
  ) {
    this.#request = request;
    this.#shared = new SharedState(request.shared);
    const { sourceDir, workDir } = request;
    requireInPlace(workDir, []);
    const opened: DiskFile[] = [];
    const create = (name: string) => {
      const file = DiskFile.create(join(workDir, name));
      opened.push(file);
      return file;
    };
    const ringPath = join(sourceDir, WORK_FILES.ring);
    this.#ring = request.recovers
      ? new RecordedRing(ringPath, join(sourceDir, WORK_FILES.journal))
      : new RingFile(ringPath);
    this.#early = request.recovers ? readEarlyEnd(join(sourceDir, WORK_FILES.metadata)) : null;
    this.#journal = request.recovers
      ? null
      : new JournalWriter(create(WORK_FILES.journal), request.limits.bytes ?? Infinity);
    this.#metadata = create(WORK_FILES.metadata);
    const trace = create(WORK_FILES.trace);
    this.#traceIdentity = trace.identity;
    this.#file = new ReservedFile(
      trace,
      this.#reserve,
      // Calls shrink to less than half when they are compressed.
      () =>
        CONTAINER_RESERVE + this.#writer.bytesWaiting / 2 +
        (this.#compressor?.mostOnTheirWay ?? 0),
    );
    const reservedSpool = {
      open: (name: SpoolName) =>
        new ReservedFile(create(name), this.#reserve, () => SPOOL_RESERVE[name]),
    };
    this.#compressor = request.compressesBeside ? new SharedCompressor(askForCompressor) : null;
    this.#writer = new TraceWriter(
      this.#file,
      reservedSpool,
      request.trace,
      this.#compressor ?? ownThread,
    );
    const { relayed } = request;
    this.#relayed = relayed?.outputs.map((output) => new RelayedOutputReader(sourceDir, output)) ??
      [];
    requireInPlace(workDir, opened);
    if (request.confined) dropPermissions();
    try {
      this.#ring.listen();
    } catch (error) {
      throw this.#channelError(error);
    }
    // From here on the program runs; what follows makes and opens nothing.
    this.#transcoder = new Transcoder(
      this.#writer,
      request.trace.program,
      relayed && {
        streams: relayed.outputs.map(({ stream }) => stream),
        joined: relayed.joined,
        written: (stream, known, unread) => this.#passWritten(stream, known, unread),
      },
    );
    this.#transcoder.stepLimit = request.limits.steps ?? Infinity;
  }

  /** Why it takes nothing in any more, ahead of the end; null as long as it does. */
  get failure(): RecorderError | null {
    return this.#failure;
  }

  /** Takes in all that the program records: until it has ended and the ring is empty, a limit is reached, or it fails. */
  drain(): void {
    for (const pause of this.draining()) if (pause > 0) this.#shared.pause(pause);
  }

  /** {@link drain} for whoever waits in another way: yields how long nothing needs to be done, milliseconds, or 0. */
  *draining(): Generator<number, void> {
    // The first frame takes some milliseconds more than others. Just now nobody waits: the program begins.
    compressFrame(new Uint8Array(1));
    let pause = SHORTEST_PAUSE;
    let pauses = 0;
    while (this.#isOpen) {
      const ended = this.#shared.ended;
      let waiting = this.#ask(() => this.#ring.waiting(), 0);
      if (waiting > 0) {
        for (; waiting > 0 && this.#isOpen; waiting--) this.#take(false);
        this.#shared.report(this.#writer.steps, this.#writer.bytesWritten);
        pause = SHORTEST_PAUSE;
        yield 0;
      } else if (!ended) {
        if (pauses++ % PAUSES_PER_BEAT === 0 && this.#hasDetached()) {
          // Nothing will fill the segment that it wrote its reason into.
          this.#take(true);
          return this.#stopListening();
        }
        yield pause;
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
      if (ended && this.#isOpen) return this.#take(true);
    }
  }

  /** Ends the trace: it is whole and on the disk, for the session to put in its place. */
  finish(message: WorkerEnd): FinishedTrace {
    const { activated, children, detached, replaced, scopesSkipped } = this.#askAgent();
    const failure = this.#failure ?? (this.#early?.failed ? this.#early.error : null);
    const state = exitStateOf(message.status, {
      uncaught: this.#transcoder.uncaught,
      replaced,
      disabled: failure !== null,
    });
    const lost = detached && !message.stopped ? silentDetachment() : null;
    const cutOff = message.cutOff && RecorderError.fromJSON(message.cutOff);
    const partial = failure ?? this.#transcoder.detached ?? this.#limit ?? this.#early?.error ??
      cutOff ?? lost;
    this.#reserve.release();
    this.#transcoder.finish(state, failure);
    const { steps, calls, events } = this.#writer.finish();
    const counts = { steps, calls, events };
    const bytes = this.#writer.bytesWritten;
    this.#file.close();
    this.#journal?.close();
    for (const relayed of this.#relayed) relayed.close();
    this.#ring[Symbol.dispose]();
    const counters = new Counters();
    counters.add("events", counts.steps, { reason: "steps" });
    counters.add("events", counts.calls, { reason: "calls" });
    counters.add("events", counts.events, { reason: "output" });
    for (const name of ["dropped", "redacted"] as const) {
      for (const [reason, n] of Object.entries(this.#transcoder.hidden[name])) {
        if (n > 0) counters.add(name, n, { reason });
      }
    }
    counters.add("scopes_skipped", scopesSkipped);
    counters.add("caught_internal_errors", message.caughtInternalErrors);
    if (partial !== null) counters.add("detach_reasons", 1, { reason: partial.code });
    const metadata = {
      ...message.metadata,
      counts,
      counters: counters.snapshot(),
      unrecorded_children: children,
      process_exit_status: processExitStatus(state),
      partial: partial !== null,
      ...(partial === null ? {} : { reason: partial.code, detail: partial.message }),
    };
    this.#writeMetadata(JSON.stringify(metadata, null, 2) + "\n");
    return {
      files: { trace: this.#traceIdentity, metadata: this.#metadata.identity },
      counts,
      bytes,
      state,
      partial: partial?.toJSON() ?? null,
      children,
      activated,
      counters: counters.snapshot(),
    };
  }

  /** After a failure: the agent learns that nobody listens, and the program goes on without it. */
  abandon(): void {
    this.#ring.setState(RECORDER_STOPPED);
    this.#ring[Symbol.dispose]();
    for (const relayed of this.#relayed) relayed.close();
    this.#journal?.close();
    this.#metadata.close();
    this.#file.close();
    this.#writer.discard();
  }

  #writeMetadata(text: string): void {
    this.#metadata.truncate(0);
    this.#metadata.writeAt(new TextEncoder().encode(text), 0);
    this.#metadata.sync();
    this.#metadata.close();
  }

  /** Gives the segment that was taken in back, kept: from then on it would be gone with the recorder. */
  #giveBack(segment: Uint8Array, used: number): void {
    try {
      this.#journal?.add(segment, used);
    } catch (error) {
      if (!(error instanceof RecorderError)) throw error;
      return this.#reserve.fail(error);
    }
    this.#ring.giveBack(used);
  }

  /** Shows a sign of life, and looks for one; the limits hold though no segment comes. */
  #hasDetached(): boolean {
    this.#lookAtRelayed();
    this.#ask(() => this.#ring.beat(), undefined);
    return this.#askAgent().detached;
  }

  /** What the agent has said of itself so far. */
  #askAgent(): AgentSide {
    return this.#agent = this.#ask(() => this.#ring.agentSide(), this.#agent);
  }

  /** What the ring's header says; where it can't be had, the recording ends, and the answer is `otherwise`. */
  #ask<T>(question: () => T, otherwise: T): T {
    try {
      return question();
    } catch (error) {
      this.#fail(this.#channelError(error));
      return otherwise;
    }
  }

  #take(last: boolean): void {
    const segment = this.#ask(() => this.#ring.nextSegment(), null);
    if (segment === null) return;
    try {
      const from = this.#relayed.length === 0 ? 0 : this.#takeRelayed(segment, last);
      const used = this.#transcoder.records(segment, from, SEGMENT_SIZE, last);
      if (last) this.#takeLate();
      else if (!this.#transcoder.atStepLimit) this.#giveBack(segment, used);
    } catch (error) {
      const lost = this.#betweenRecords(error);
      if (lost === null) throw error;
      this.#fail(lost);
    }
    const failure = this.#reserve.error ?? this.#transcoder.failure ?? this.#relayFailure();
    if (failure !== null) this.#fail(failure);
    else if (!last || this.#transcoder.atStepLimit) {
      const limit = this.#reached();
      if (limit !== null) this.#end(limit);
    }
  }

  /** What is relayed takes up room on the disk though the program runs through no line that is recorded. */
  #lookAtRelayed(): void {
    if (this.#relayed.length === 0) return;
    for (const relayed of this.#relayed) relayed.refresh();
    const failure = this.#relayFailure();
    if (failure !== null) return this.#fail(failure);
    const limit = this.#reached();
    if (limit === null) return;
    // What came before is a part of the recording.
    this.#take(true);
    this.#end(limit);
  }

  /** The recording has reached a limit. */
  #end(limit: RecorderError): void {
    if (!this.#isOpen) return;
    this.#limit = limit;
    this.#noteEarly(limit, false);
    this.#stopListening();
  }

  /** For whoever recovers the recording, if this recorder should be killed before it has finished the trace. */
  #noteEarly(error: RecorderError, failed: boolean): void {
    const note: EarlyEnd = { failed, error: error.toJSON() };
    try {
      this.#metadata.writeAt(new TextEncoder().encode(JSON.stringify(note)), 0);
    } catch {
      // A disk that takes no more: the trace says so when it is finished.
    }
  }

  /** Whether more is to be taken in. */
  get #isOpen(): boolean {
    return this.#failure === null && this.#limit === null;
  }

  /** The error that says which limit is reached; null if none is. */
  #reached(): RecorderError | null {
    const { steps, bytes } = this.#request.limits;
    if (this.#transcoder.atStepLimit) return limitReached("max_steps", steps);
    if (bytes === null) return null;
    // Near the limit it counts what the frames really take.
    const onTheirWay = this.#compressor?.waitingBytes ?? 0;
    if (this.#writer.bytesWritten + onTheirWay >= bytes) this.#compressor?.settle();
    const { bytesWritten, bytesWaiting } = this.#writer;
    let all = bytesWritten + bytesWaiting + (this.#journal?.length ?? 0);
    for (const relayed of this.#relayed) all += relayed.length;
    return this.#isFull || all >= MOST_WORK * bytes ? limitReached("max_size", bytes) : null;
  }

  /** Whether the trace is as big as it may get. */
  get #isFull(): boolean {
    const { bytesWritten, bytesWaiting } = this.#writer;
    // Calls shrink to less than half when they are compressed, so this is early rather than late.
    return bytesWritten + bytesWaiting / 2 >= (this.#request.limits.bytes ?? Infinity);
  }

  /**
   * Takes in what came through the program's descriptors before the end of this segment, each piece where it came, and
   * the records in between. Returns the position behind those.
   */
  #takeRelayed(segment: Uint8Array, last: boolean): number {
    const number = this.#ring.freed;
    let at = 0;
    for (const relayed of this.#relayed) relayed.refresh();
    for (;;) {
      const next = this.#nextRelayed();
      const piece = next?.peek() ?? null;
      if (next === null || piece === null || piece.segment > number) return at;
      if (this.#isFull) return at; // what is left is told by the limit, which this is
      if (piece.segment === number) {
        at = this.#transcoder.records(segment, at, SEGMENT_SIZE, last, piece.offset + 1);
        // A record may have said of a part of it that it was written before.
        if (next.peek() !== piece) continue;
      }
      this.#pass(next);
    }
  }

  /** What came when the last record had been written. */
  #takeLate(): void {
    for (let next = this.#nextRelayed(); next !== null; next = this.#nextRelayed()) {
      if (this.#isFull) return this.#end(limitReached("max_size", this.#request.limits.bytes));
      this.#pass(next);
    }
  }

  /** The one whose next piece came first; null when nothing waits. */
  #nextRelayed(): RelayedOutputReader | null {
    let first: RelayedOutputReader | null = null;
    for (const relayed of this.#relayed) {
      const piece = relayed.peek();
      const best = first?.peek() ?? null;
      if (piece === null) continue;
      if (
        best === null || piece.segment < best.segment ||
        (piece.segment === best.segment && piece.offset < best.offset)
      ) first = relayed;
    }
    return first;
  }

  #pass(relayed: RelayedOutputReader): void {
    relayed.take((bytes, length, goesOn) => {
      this.#transcoder.relayed(relayed.stream, bytes, 0, length, goesOn);
    });
  }

  /** The agent has seen how much was written by now. */
  #passWritten(stream: number, known: number, unread: number): void {
    const relayed = this.#relayed.find((relayed) => relayed.stream === stream);
    relayed?.takeWritten(known, unread, (bytes, length, goesOn) => {
      this.#transcoder.relayed(stream, bytes, 0, length, goesOn);
    });
  }

  #relayFailure(): RecorderError | null {
    for (const { failure } of this.#relayed) if (failure !== null) return failure;
    return null;
  }

  /** The error, if it left the writer between two records, so that those before can be finished; else null. */
  #betweenRecords(error: unknown): RecorderError | null {
    if (error instanceof BrokenRecord) {
      return channelCorrupt(error, `segment ${this.#ring.freed}`);
    }
    // A journal that breaks off, or the ring's file; errors of the trace's files are RecorderErrors already.
    if (error instanceof RecorderError) return error.code === "ERR_TRACE_CORRUPT" ? error : null;
    return osErrorCode(error) === null ? null : this.#channelError(error);
  }

  #channelError(error: unknown): RecorderError {
    return classifyError(error, {
      failed: "Cannot use the channel to the program",
      path: join(this.#request.sourceDir, WORK_FILES.ring),
      context: { where: `segment ${this.#ring.freed}` },
    });
  }

  #fail(error: RecorderError): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#noteEarly(error, true);
    this.#stopListening();
  }

  /** Tells the agent, which would otherwise wait for room. */
  #stopListening(): void {
    try {
      this.#ring.setState(RECORDER_STOPPED);
    } catch {
      // The session tells the agent as well.
    }
  }
}

/**
 * Whether the files lie where the session made the folder for them: whoever exchanged that for a symbolic link has had
 * them made somewhere else.
 *
 * @throws {RecorderError} ERR_TRACE_DIR_CREATE_FAILED.
 */
function requireInPlace(workDir: string, files: readonly DiskFile[]): void {
  const real = attemptToLook(workDir);
  const strange = files.find((file) => !file.isInPlace());
  if (real === workDir && strange === undefined) return;
  throw environmentError(
    "ERR_TRACE_DIR_CREATE_FAILED",
    `Cannot record into ${workDir}: the folder was exchanged for another one just after it was made`,
    { path: strange?.path ?? workDir, real },
  );
}

/** As a recorder that was killed has left it; null if it had not come to that. Needs read permission for `path`. */
function readEarlyEnd(path: string): { failed: boolean; error: RecorderError } | null {
  try {
    const note: EarlyEnd = JSON.parse(Deno.readTextFileSync(path));
    if (typeof note.failed !== "boolean") return null; // the finished metadata
    return { failed: note.failed, error: RecorderError.fromJSON(note.error) };
  } catch {
    return null; // empty
  }
}

function attemptToLook(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    throw classifyError(error, { failed: "Cannot find the folder that was just made", path });
  }
}

/** Nobody is told: whoever gives the trace up knows it. */
function givenUp(): RecorderError {
  return internalError("ERR_UNKNOWN", "The trace was given up");
}

/**
 * The worker's side of the conversation, wherever the messages come from.
 *
 * @param drain Lets the work drain; what it returns settles when that is done.
 */
export function serve(
  scope: {
    onmessage: ((event: MessageEvent) => void) | null;
    postMessage(message: WorkerMessage): void;
  },
  dropPermissions: () => void = () => {},
  drain: (work: TraceWork) => Promise<void> | void = (work) => work.drain(),
): void {
  let work: TraceWork | null = null;
  let before = Promise.resolve();
  const attempt = async (action: () => Promise<void> | void) => {
    try {
      await action();
    } catch (error) {
      try {
        work?.abandon();
      } catch {
        // The first error is the one to tell.
      }
      work = null;
      scope.postMessage({ type: "broken", error: classifyError(error).toJSON() });
    }
  };
  scope.onmessage = (event: MessageEvent<WorkerRequest | WorkerEnd | WorkerDiscard>) => {
    const message = event.data;
    const answer = () =>
      attempt(async () => {
        if ("workDir" in message) {
          work = new TraceWork(
            message,
            dropPermissions,
            (memory) => scope.postMessage({ type: "compressor", memory }),
          );
          await drain(work);
          const { failure } = work;
          scope.postMessage(
            failure === null ? { type: "drained" } : { type: "failed", error: failure.toJSON() },
          );
        } else if ("discard" in message) {
          throw givenUp();
        } else if (work !== null && !(message.unlessFailed && work.failure !== null)) {
          scope.postMessage({ type: "finished", ...work.finish(message) });
        }
      });
    before = before.then(answer);
  };
}
