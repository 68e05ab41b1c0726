import { type InternalError, internalError } from "../errors/mod.ts";
import { UUID_V7 } from "../text/uuid.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import { CallSpool } from "./call_spool.ts";
import { ChunkedStreamWriter } from "./chunked_stream_writer.ts";
import { type Compressor, ownThread } from "./compressor.ts";
import { ContainerWriter, type RandomAccessSink } from "./ctfs/container_writer.ts";
import type { SpoolFactory } from "./file_store.ts";
import { SourceTableWriter } from "./source_table_writer.ts";
import { NameTableWriter, PathTableWriter } from "./table_writer.ts";

/** What is known of a recording when it begins. */
export interface TraceMetadata {
  /** A UUID of version 7, 36 lowercase characters. */
  readonly recordingId: string;
  /** The recorded program as the user named it. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** The folder it was started in. */
  readonly workdir: string;
  /** Name and version of the recorder. */
  readonly recorder: string;
  /** The trace filters in force. */
  readonly filters?: readonly TraceFilterProvenance[];
  /** Whether the texts given to {@link TraceWriter.source} are kept; true by default. */
  readonly sources?: boolean;
}

/** Which filter file decided what was recorded. */
export interface TraceFilterProvenance {
  readonly path: string;
  /** The 32 bytes of the file's SHA-256. */
  readonly sha256: Uint8Array;
}

/** What a finished trace holds. */
export interface TraceCounts {
  /** Lines that ran: calls of {@link TraceWriter.step}. */
  readonly steps: number;
  /** Records of the step stream: the steps, and what was raised, caught or switched between them. */
  readonly stepRecords: number;
  readonly calls: number;
  /** I/O events. */
  readonly events: number;
  /** Values of variables, summed over all step records; not those that a record has from the one before. */
  readonly values: number;
}

/**
 * Records per chunk. A chunk of steps has to begin with a step: where another record would, it begins with a copy of the
 * latest one. Values of 1,024 steps, and as many calls, compress better and faster than 256.
 */
const STEPS_PER_CHUNK = 4096;
const VALUES_PER_CHUNK = 1024;
const CALLS_PER_CHUNK = 1024;
const EVENTS_PER_CHUNK = 64;

/** Tags of the step stream. */
const ABSOLUTE = 0;
const DELTA = 1;
const RAISE = 2;
const CATCH = 3;
const THREAD_SWITCH = 4;
const THREAD_START = 5;
const THREAD_EXIT = 6;
/** What the real writers store as a difference; the varint of these is one byte. */
const DELTA_MIN = -64;
const DELTA_MAX = 63;

/** The only tag of the values stream. */
const VALUES = 0;

/** I/O kinds are 0 (write) to 13; readers know no others. */
const EVENT_KINDS = 14;

/** The type that readers give to a call that returned nothing; its id has to be 0. */
const NONE_TYPE = "NoneType";

const META_MAGIC = "CTMD";
export const META_VERSION = 3;
const FLAG_FILTERS = 1 << 3;
const FLAG_COLUMN_AWARE_STEPS = 1 << 4;
const FLAG_CALLS = 1 << 8;
const FLAG_STEPS = 1 << 9;
const FLAG_VALUES = 1 << 10;
const FLAG_EVENTS = 1 << 11;
const SHA256_BYTES = 32;

const NO_BYTES = new Uint8Array(0);

/**
 * Writes one trace as a stream. Memory does not grow with the length of the recording, except by
 * the distinct names and paths and by the depth of the call stack; nothing is allocated per event.
 *
 * The order of calls is the order of the program: {@link enter} and its {@link argument}s, a step
 * record ({@link step}, {@link raise}, …) and its {@link value}s, {@link exit}. Every step record
 * lies inside of an open call, and every call holds at least one.
 *
 * Permissions: none of its own; the sink and the spool have theirs (see `file_store.ts`). Every
 * method can throw what these throw, after which only {@link discard} makes sense.
 *
 * The format is described in `internal-files.md` and `trace-events.md` of
 * metacraft-labs/codetracer-trace-format-spec; where its readers differ from it, they are right.
 */
export class TraceWriter {
  readonly #container: ContainerWriter;
  readonly #metadata: TraceMetadata;
  readonly #steps: ChunkedStreamWriter;
  readonly #values: ChunkedStreamWriter;
  readonly #calls: ChunkedStreamWriter;
  readonly #events: ChunkedStreamWriter;
  readonly #paths: PathTableWriter;
  readonly #functions: NameTableWriter;
  readonly #types: NameTableWriter;
  readonly #variables: NameTableWriter;
  readonly #sources: SourceTableWriter | null;
  readonly #callSpool: CallSpool;

  #stepCount = 0;
  #recordCount = 0;
  #eventCount = 0;
  /** Values of all finished records. */
  #valueCount = 0;
  /** Values of the current record. */
  #recordValues = 0;
  #position = 0;
  #lastEventStep = 0;
  #finished = false;

  /**
   * @param sink Where the container goes.
   * @param spool Where calls wait until they have ended; its files are opened here and closed by
   * {@link finish} or {@link discard}.
   * @param compressor Makes the chunks' frames.
   * @throws {RecorderError} `ERR_UNKNOWN` if the metadata is not what readers accept.
   */
  constructor(
    sink: RandomAccessSink,
    spool: SpoolFactory,
    metadata: TraceMetadata,
    compressor: Compressor = ownThread,
  ) {
    checkMetadata(metadata);
    this.#metadata = metadata;
    const container = this.#container = new ContainerWriter(sink);
    this.#steps = new ChunkedStreamWriter(
      container,
      "steps",
      STEPS_PER_CHUNK,
      "bare",
      compressor,
    );
    this.#values = new ChunkedStreamWriter(
      container,
      "values",
      VALUES_PER_CHUNK,
      "length-prefixed",
      compressor,
    );
    this.#calls = new ChunkedStreamWriter(
      container,
      "calls",
      CALLS_PER_CHUNK,
      "length-prefixed",
      compressor,
    );
    this.#events = new ChunkedStreamWriter(
      container,
      "events",
      EVENTS_PER_CHUNK,
      "length-prefixed",
      compressor,
    );
    this.#paths = new PathTableWriter(container);
    this.#functions = new NameTableWriter(container, "funcs");
    this.#types = new NameTableWriter(container, "types");
    this.#variables = new NameTableWriter(container, "varnames");
    this.#sources = metadata.sources ?? true ? new SourceTableWriter(container) : null;
    this.#types.id(NONE_TYPE);
    this.#callSpool = new CallSpool(spool, this.#calls);
  }

  /** Open calls. */
  get depth(): number {
    return this.#callSpool.depth;
  }

  /** Step records so far; the index of the next one. */
  get stepRecords(): number {
    return this.#recordCount;
  }

  /** Lines so far: calls of {@link step}. */
  get steps(): number {
    return this.#stepCount;
  }

  /** Calls entered so far. */
  get calls(): number {
    return this.#callSpool.count;
  }

  /** Size of the container so far in bytes, without what still waits in memory and spool files. */
  get bytesWritten(): number {
    return this.#container.size;
  }

  /** Bytes in spool files that {@link finish} turns into a part of the container, compressed. */
  get bytesWaiting(): number {
    return this.#callSpool.bytes;
  }

  /**
   * Registers a source path.
   *
   * @param path Not empty, and not registered before.
   * @param lineLengths Columns of each line without its newline; 0 is stored as 1, no line as one.
   * @returns Its id: 0, 1, 2, …
   * @throws {RecorderError} `ERR_UNKNOWN` if the path is empty or known, or a length is no u32.
   */
  pathId(path: string, lineLengths: ArrayLike<number>): number {
    return this.#paths.add(path, lineLengths);
  }

  /**
   * Keeps the text of a source, unless the metadata says that none are kept.
   *
   * @param pathId As returned by {@link TraceWriter.pathId}; ids come in ascending order.
   * @param text The file's bytes, whatever their encoding; the caller's again afterwards.
   * @throws {RecorderError} `ERR_UNKNOWN` if the path, or a later one, has its text already.
   */
  source(pathId: number, text: Uint8Array): void {
    this.#sources?.add(pathId, text);
  }

  /** The id of a function's name; new names are added. */
  functionId(name: string): number {
    return this.#functions.id(name);
  }

  /** The id of a type's name; new names are added. Id 0 is `"NoneType"`. */
  typeId(name: string): number {
    return this.#types.id(name);
  }

  /** The id of a variable's name; new names are added. */
  variableId(name: string): number {
    return this.#variables.id(name);
  }

  /**
   * The position of a place in the source, for {@link step}. A line or column outside of what was
   * registered becomes the nearest one inside.
   *
   * @param pathId As returned by {@link TraceWriter.pathId}.
   * @param line From 1.
   * @param column From 1.
   * @returns A whole number that can exceed 2^32.
   * @throws {RecorderError} `ERR_UNKNOWN` if there is no such path.
   */
  position(pathId: number, line: number, column: number): number {
    return this.#paths.position(pathId, line, column);
  }

  /**
   * A line begins to run.
   *
   * @param position As returned by {@link TraceWriter.position}.
   * @returns The index of its step record.
   * @throws {RecorderError} `ERR_UNKNOWN` if no call is open.
   */
  step(position: number): number {
    this.#endRecord();
    const steps = this.#steps;
    const difference = position - this.#position;
    const isAbsolute = steps.nextBeginsChunk || difference < DELTA_MIN || difference > DELTA_MAX;
    steps.beginRecord();
    if (isAbsolute) {
      steps.buffer.u8(ABSOLUTE);
      steps.buffer.varint(position);
    } else {
      steps.buffer.u8(DELTA);
      steps.buffer.zigzag(difference);
    }
    this.#position = position;
    this.#stepCount++;
    return this.#beginValues();
  }

  /**
   * An exception was raised. Readers show it where the step before it is.
   *
   * @param typeId The exception's type.
   * @param message Holds the message in `message[start .. end)`, which must be UTF-8.
   * @param again Whether it has the values of the record before it, for readers carry nothing over.
   * @returns The index of its step record.
   * @throws {RecorderError} `ERR_UNKNOWN` if no call is open or no step has been recorded.
   */
  raise(
    typeId: number,
    message: Uint8Array,
    start = 0,
    end: number = message.length,
    again = false,
  ): number {
    this.#beginTagged(RAISE, typeId);
    this.#steps.buffer.varint(end - start);
    this.#steps.buffer.append(message, start, end);
    return again ? this.#repeatValues() : this.#beginValues();
  }

  /** An exception was caught. Otherwise as {@link raise}. */
  caught(typeId: number, again = false): number {
    this.#beginTagged(CATCH, typeId);
    return again ? this.#repeatValues() : this.#beginValues();
  }

  /**
   * To be called ahead of a record about a thread, where calls end between the latest record and that one: if it needs a
   * copy of the latest record (see `STEPS_PER_CHUNK`), that is made while the call is still open that it is of.
   */
  copyAhead(): void {
    if (!this.#steps.nextBeginsChunk || this.depth === 0 || this.#recordCount === 0) return;
    this.#endRecord();
    this.#repeatStep();
  }

  /** What follows ran in another thread. `id` is up to 2^53 - 1; otherwise as {@link raise}. */
  threadSwitch(id: number): number {
    this.#beginTagged(THREAD_SWITCH, id);
    return this.#beginValues();
  }

  /** A thread began. Otherwise as {@link threadSwitch}. */
  threadStart(id: number): number {
    this.#beginTagged(THREAD_START, id);
    return this.#beginValues();
  }

  /** A thread ended. Otherwise as {@link threadSwitch}. */
  threadExit(id: number): number {
    this.#beginTagged(THREAD_EXIT, id);
    return this.#beginValues();
  }

  /**
   * A variable at the step record just written. Each name at most once per record: readers show
   * only the first.
   *
   * @param nameId As returned by {@link variableId}.
   * @param bytes Holds the CBOR ValueRecord in `bytes[start .. end)`; stored as it is.
   * @throws {RecorderError} `ERR_UNKNOWN` before the first step record.
   */
  value(nameId: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#recordCount === 0) throw misuse("store a value", "there is no step record yet");
    const { buffer } = this.#values;
    if (this.#recordValues++ === 0) {
      buffer.u8(VALUES);
      buffer.u8(0); // the number of values, filled in at the end
    }
    buffer.item(nameId, bytes, start, end);
  }

  /** {@link value} of all that a buffer holds. */
  valueOf(nameId: number, encoded: ByteBuffer): void {
    if (this.#recordCount === 0) throw misuse("store a value", "there is no step record yet");
    const { buffer } = this.#values;
    if (this.#recordValues++ === 0) {
      buffer.u8(VALUES);
      buffer.u8(0); // as above
    }
    buffer.itemOf(nameId, encoded);
  }

  /** {@link value} for several: `count` times varint id, varint length, and the value's bytes. */
  values(count: number, items: ByteBuffer): void {
    if (this.#recordCount === 0) throw misuse("store a value", "there is no step record yet");
    const { buffer } = this.#values;
    if (this.#recordValues === 0) buffer.u16le(VALUES); // tag and number, as above
    this.#recordValues += count;
    buffer.appendBuffer(items);
  }

  /**
   * A function was entered; the next step record is its first.
   *
   * @param functionId As returned by {@link TraceWriter.functionId}.
   */
  enter(functionId: number): void {
    this.#callSpool.enter(functionId, this.#recordCount);
  }

  /**
   * An argument of the call just entered, before its first step record.
   *
   * @param nameId As returned by {@link variableId}.
   * @param bytes Holds the CBOR ValueRecord in `bytes[start .. end)`; stored as it is.
   * @throws {RecorderError} `ERR_UNKNOWN` if no call was just entered.
   */
  argument(nameId: number, bytes: Uint8Array, start: number, end: number): void {
    if (!this.#callSpool.takesArguments) {
      throw misuse("store an argument", "no call was just entered");
    }
    this.#callSpool.argument(nameId, bytes, start, end);
  }

  /** {@link argument} for several: `count` times varint id, varint length, and the value's bytes. */
  arguments(count: number, items: ByteBuffer): void {
    if (!this.#callSpool.takesArguments) {
      throw misuse("store an argument", "no call was just entered");
    }
    this.#callSpool.arguments(count, items);
  }

  /**
   * The innermost open call ended; the last step record was its last.
   *
   * @param returned Holds the CBOR ValueRecord of what it returned in `returned[start .. end)`;
   * empty if it returned nothing.
   * @param exception Holds that of the exception it was left by; empty or absent for none.
   * @throws {RecorderError} `ERR_UNKNOWN` if no call is open, or if it holds no step record.
   */
  exit(
    returned: Uint8Array,
    start: number,
    end: number,
    exception: Uint8Array = NO_BYTES,
    exceptionStart = 0,
    exceptionEnd: number = exception.length,
  ): void {
    const spool = this.#callSpool;
    if (spool.depth === 0) throw misuse("end a call", "none is open");
    // Of all open calls the one entered last begins last, so this check covers the others.
    if (spool.lastEntryStep === this.#recordCount) {
      throw misuse("end a call", "it holds no step record");
    }
    spool.exit(
      this.#recordCount - 1,
      returned,
      start,
      end,
      exception,
      exceptionStart,
      exceptionEnd,
    );
  }

  /**
   * Input or output.
   *
   * @param kind 0 write … 12 log event, 13: as stored, see the kinds of `events.dat`. Readers take
   * 0 to 2 for stdout and 12 for stderr.
   * @param step Index of the step record that it belongs to. Moved into what exists, and up to the
   * step of the event before, as the ids in the stream never go down.
   * @param metadata Stored as a text; recorders put JSON there.
   * @param content Holds the bytes in `content[start .. end)`.
   * @throws {RecorderError} `ERR_UNKNOWN` if there is no such kind.
   */
  event(
    kind: number,
    step: number,
    metadata: string,
    content: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (!(kind >= 0 && kind < EVENT_KINDS)) {
      throw misuse("store an event", `${kind} is no kind of event`);
    }
    const last = Math.max(this.#recordCount - 1, 0);
    this.#lastEventStep = Math.max(this.#lastEventStep, Math.min(step, last));
    const { buffer } = this.#events;
    this.#events.beginRecord();
    buffer.u8(kind);
    buffer.varint(this.#lastEventStep);
    buffer.text(metadata);
    buffer.varint(end - start);
    buffer.append(content, start, end);
    this.#events.endRecord();
    this.#eventCount++;
  }

  /**
   * Completes the container: the calls, the tables and the metadata. Syncs the sink and closes the
   * spool files.
   *
   * @throws {RecorderError} `ERR_UNKNOWN` if a call is still open, or there is no step (readers
   * show such a trace as nothing at all).
   */
  finish(): TraceCounts {
    if (this.#finished) throw misuse("finish the trace", "it is finished already");
    if (this.depth > 0) throw misuse("finish the trace", `${this.depth} calls are still open`);
    if (this.#recordCount === 0) throw misuse("finish the trace", "it has no step");
    if (this.#paths.count === 0) throw misuse("finish the trace", "it has no source path");
    this.#finished = true;
    this.#endValues();
    // In this order, so that the calls and the tables can use the blocks that the others left over.
    this.#steps.finish();
    this.#values.finish();
    this.#events.finish();
    this.#callSpool.finish();
    this.#calls.finish();
    this.#sources?.finish(this.#paths.count);
    this.#paths.finish();
    this.#functions.finish();
    this.#types.finish();
    this.#variables.finish();
    const metadata = encodeMetadata(this.#metadata, [...this.#paths.paths]);
    this.#container.create("meta.dat").append(metadata.bytes, 0, metadata.length);
    this.#container.finish();
    return {
      steps: this.#stepCount,
      stepRecords: this.#recordCount,
      calls: this.#callSpool.count,
      events: this.#eventCount,
      values: this.#valueCount,
    };
  }

  /** Gives the trace up: closes the spool files; what the sink got is no readable container. */
  discard(): void {
    this.#finished = true;
    this.#callSpool.close();
  }

  /** Ends the record before, and takes note that a call just entered has all its arguments. */
  #endRecord(): void {
    if (this.#callSpool.depth === 0) throw misuse("store a step record", "no call is open");
    this.#callSpool.settle();
    if (this.#recordCount > 0) this.#endValues();
  }

  /** Begins a record that is no step. */
  #beginTagged(tag: number, operand: number): void {
    this.#endRecord();
    if (this.#steps.nextBeginsChunk) this.#repeatStep();
    this.#steps.beginRecord();
    this.#steps.buffer.u8(tag);
    this.#steps.buffer.varint(operand);
  }

  /**
   * Begins a chunk with the position and the values of the record before. A chunk has to begin with
   * an absolute step; when something else comes first (once in thousands of times) the step that it
   * follows is there twice, which changes no line, no variable and no call.
   */
  #repeatStep(): void {
    if (this.#recordCount === 0) {
      throw misuse("store a step record", "the first one must be a step");
    }
    this.#steps.beginRecord();
    this.#steps.buffer.u8(ABSOLUTE);
    this.#steps.buffer.varint(this.#position);
    this.#repeatValues();
    this.#values.endRecord();
  }

  /** Begins a record of values with all that the one before has. */
  #repeatValues(): number {
    const { buffer, recordStart } = this.#values;
    const copy = buffer.bytes.slice(recordStart, buffer.length);
    this.#values.beginRecord();
    buffer.append(copy);
    this.#recordValues = 0;
    return this.#recordCount++;
  }

  #beginValues(): number {
    this.#values.beginRecord();
    this.#recordValues = 0;
    return this.#recordCount++;
  }

  #endValues(): void {
    // A record without values is empty, without tag and number.
    if (this.#recordValues > 0) {
      this.#values.buffer.setVarint(this.#values.recordStart + 1, 1, this.#recordValues);
      this.#valueCount += this.#recordValues;
      this.#recordValues = 0;
    }
    this.#values.endRecord();
  }
}

function checkMetadata(metadata: TraceMetadata): void {
  if (!UUID_V7.test(metadata.recordingId)) {
    throw misuse("begin a trace", `"${metadata.recordingId}" is no lowercase UUID of version 7`);
  }
  for (const filter of metadata.filters ?? []) {
    if (filter.sha256.length !== SHA256_BYTES) {
      throw misuse("begin a trace", `the hash of ${filter.path} has not ${SHA256_BYTES} bytes`);
    }
  }
}

/** The content of `meta.dat`, version 3. */
function encodeMetadata(metadata: TraceMetadata, paths: readonly string[]): ByteBuffer {
  const filters = metadata.filters ?? [];
  const out = new ByteBuffer(1024);
  for (const letter of META_MAGIC) out.u8(letter.charCodeAt(0));
  out.u16le(META_VERSION);
  out.u16le(
    FLAG_COLUMN_AWARE_STEPS | FLAG_CALLS | FLAG_STEPS | FLAG_VALUES | FLAG_EVENTS |
      (filters.length > 0 ? FLAG_FILTERS : 0),
  );
  out.text(metadata.recordingId);
  out.text(metadata.program);
  writeTexts(out, metadata.args);
  out.text(metadata.workdir);
  out.text(metadata.recorder);
  // The same list as in paths.dat; a reader may resolve positions by either.
  writeTexts(out, paths);
  if (filters.length > 0) {
    out.varint(filters.length);
    for (const filter of filters) {
      out.text(filter.path);
      out.append(filter.sha256);
    }
  }
  return out;
}

function writeTexts(out: ByteBuffer, texts: readonly string[]): void {
  out.varint(texts.length);
  for (const text of texts) out.text(text);
}

function misuse(action: string, why: string): InternalError {
  return internalError("ERR_UNKNOWN", `Cannot ${action}: ${why}`);
}
