import { ByteBuffer } from "./byte_buffer.ts";
import {
  type FrameKind,
  LONGEST_AT_ONCE,
  LongFrame,
  type LongFrameKind,
} from "./compress_frame.ts";
import { type Compressor, ownThread } from "./compressor.ts";
import type { SpoolFile } from "./file_store.ts";
import type { InternalFileFactory, InternalFileWriter } from "./ctfs/container_writer.ts";

/**
 * What a chunk of long records takes, of which the buffer holds no more than {@link LONGEST_AT_ONCE} and one record. A buffer
 * beyond this size was needed for an exceptional record and is not kept. V8 counts it in full, and begins to collect garbage
 * at 64 MiB.
 */
const BUFFER_ROOM = 4 * 1024 * 1024;
/** Bytes in which the rest of a long chunk is handed to the compressor: they are in a core's own cache still. */
const LONG_PIECE = 256 * 1024;
/** Bytes that are copied from a file at a time. */
const PIECE_BYTES = 64 * 1024;

/** Average bytes of records with objects. Shorter ones are plain values; longer ones repeat as a whole, and there is much of them. */
const SHORTEST_THOROUGH = 256;
const LONGEST_THOROUGH = 2048;
/** How many times shorter a chunk of such long records has become, ahead of one for which there is no need to look closely. */
const LEAST_REPEATED = 640;

/** How a record is delimited in its chunk. */
export type Framing = "bare" | "length-prefixed";

/**
 * Writes a chunked stream: `NAME.dat` holds one zstd frame per chunk of records, `NAME.idx` the
 * number of records per chunk (u32) and the offset of each chunk (u64).
 *
 * A record is {@link beginRecord}, any number of writes to {@link buffer}, {@link endRecord}. A full
 * chunk is compressed when the *next* record begins: until then the last record can be looked at. So is, of a chunk that
 * gets long, what there is: one of large values has a hundred megabytes, and becomes one.
 */
export class ChunkedStreamWriter {
  /** The current chunk; append the bytes of the current record here. */
  readonly buffer: ByteBuffer;
  readonly #data: InternalFileWriter;
  readonly #index: InternalFileWriter;
  readonly #indexEntry = new ByteBuffer(16);
  readonly #prefixed: boolean;
  #count = 0;
  #recordStart = 0;
  /** Bytes set aside for the length prefix, guessed by the record before. */
  #prefixBytes = 1;
  /** How many times shorter than its content the latest frame is; 0 unless its records were long. */
  #repeated = 0;
  readonly #compressor: Compressor;
  /** A chunk of more bytes is long whatever comes. */
  readonly #longest: number;
  /** Bytes in the buffer at which they are handed over. */
  #most: number;
  /** The frame of the current chunk, if that is long. */
  #long: LongFrame | null = null;
  /** Bytes of it that are no longer in the buffer. */
  #handedOver = 0;
  /** For what comes from a file. */
  #piece: Uint8Array<ArrayBuffer> | null = null;

  /**
   * @param container Where `NAME.dat` and `NAME.idx` are created.
   * @param name At most 8 characters, as the packed names have room for 12.
   * @param recordsPerChunk Of all chunks but the last; what a reader divides by.
   * @param compressor Makes the chunks.
   */
  constructor(
    container: InternalFileFactory,
    name: string,
    readonly recordsPerChunk: number,
    framing: Framing,
    compressor: Compressor = ownThread,
  ) {
    this.#compressor = compressor;
    this.#data = container.create(`${name}.dat`);
    this.#index = container.create(`${name}.idx`);
    this.#prefixed = framing === "length-prefixed";
    this.#most = this.#longest = Math.max(LONGEST_AT_ONCE, recordsPerChunk * LONGEST_THOROUGH);
    this.buffer = new ByteBuffer(4096, BUFFER_ROOM);
    this.#indexEntry.u32le(recordsPerChunk);
    this.#index.append(this.#indexEntry.bytes, 0, 4);
  }

  /** Whether the next record will be the first of its chunk. */
  get nextBeginsChunk(): boolean {
    return this.#count === 0 || this.#count === this.recordsPerChunk;
  }

  /** Offset in {@link buffer} of the content of the current or last record. */
  get recordStart(): number {
    return this.#recordStart;
  }

  /** Begins a record; compresses the chunk before it if that is full. */
  beginRecord(): void {
    if (this.#count === this.recordsPerChunk) this.takeChunk(this.#add);
    else if (this.buffer.length > this.#most) this.#handOver();
    this.#count++;
    if (this.#prefixed) {
      this.buffer.ensure(this.#prefixBytes);
      this.buffer.length += this.#prefixBytes;
    }
    this.#recordStart = this.buffer.length;
  }

  /** Ends the record: fills in the length in front of it. */
  endRecord(): void {
    if (!this.#prefixed) return;
    const length = this.buffer.length - this.#recordStart;
    const prefixStart = this.#recordStart - this.#prefixBytes;
    this.#prefixBytes = this.buffer.setVarint(prefixStart, this.#prefixBytes, length);
    this.#recordStart = prefixStart + this.#prefixBytes;
  }

  /** Writes the last chunk and closes both files. */
  finish(): void {
    if (this.#count > 0) this.takeChunk(this.#add);
    this.settle();
    this.#data.close();
    this.#index.close();
  }

  /** Returns when whoever took a chunk has got it. */
  settle(): void {
    this.#compressor.settle();
  }

  /**
   * Takes the records so far out, as a chunk that {@link addChunk} puts in its place later. There must be a record.
   *
   * @param take Gets the chunk, now or later, as {@link Compressor.compress} says.
   */
  takeChunk(take: (frame: Uint8Array) => void): void {
    const { buffer } = this;
    const long = this.#long;
    const length = this.#handedOver + buffer.length;
    const average = length / this.#count;
    const isLong = average > LONGEST_THOROUGH;
    const isThorough = !isLong && average >= SHORTEST_THOROUGH;
    const kind: FrameKind = isThorough ? "thorough" : isLong ? this.#longKind() : "fast";
    this.#count = 0;
    this.#repeated = 0;
    const taken = (frame: Uint8Array) => {
      if (isLong) this.#repeated = Math.floor(length / frame.length);
      take(frame);
    };
    if (long === null) this.#compressor.compress(buffer, kind, taken);
    else {
      this.#long = null;
      this.#handedOver = 0;
      this.#most = this.#longest;
      const frame = long.end(buffer.bytes.subarray(0, buffer.length));
      buffer.clear();
      // Those before it come first.
      this.#compressor.settle();
      taken(frame);
    }
    if (buffer.bytes.length > BUFFER_ROOM) buffer.release();
  }

  #longKind(): LongFrameKind {
    return this.#repeated >= LEAST_REPEATED ? "quick" : "fast";
  }

  /** Hands over what there is of a long chunk. */
  #handOver(): void {
    this.#long ??= LongFrame.begin(this.#longKind());
    if (this.#long === null) {
      this.#most = Infinity;
      return;
    }
    const { buffer } = this;
    this.#long.add(buffer.bytes.subarray(0, buffer.length));
    this.#handedOver += buffer.length;
    this.#most = LONG_PIECE;
    buffer.clear();
  }

  /** Writes a chunk behind those that are written: of all but the last one, `recordsPerChunk` records. */
  addChunk(frame: Uint8Array): void {
    this.#beginChunk();
    this.#data.append(frame);
  }

  /** {@link addChunk} for a frame that waits in a file: `file[start .. end)`. */
  addChunkFrom(file: SpoolFile, start: number, end: number): void {
    this.#beginChunk();
    const piece = this.#piece ??= new Uint8Array(PIECE_BYTES);
    for (let at = start; at < end; at += PIECE_BYTES) {
      const part = piece.subarray(0, Math.min(end - at, PIECE_BYTES));
      file.readAt(part, at);
      this.#data.append(part);
    }
  }

  readonly #add = (frame: Uint8Array) => this.addChunk(frame);

  #beginChunk(): void {
    this.#indexEntry.clear();
    this.#indexEntry.u64le(this.#data.size);
    this.#index.append(this.#indexEntry.bytes, 0, 8);
  }
}
