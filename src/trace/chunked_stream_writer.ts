import { constants, zstdCompressSync, type ZstdOptions } from "node:zlib";
import { ensureInternal, internalError } from "../errors/mod.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import { framesOf } from "./reused_zstd.ts";
import type { SpoolFile } from "./file_store.ts";
import type { InternalFileFactory, InternalFileWriter } from "./ctfs/container_writer.ts";

/**
 * The level that the real writers use; higher ones cost more than the recorded program has time for. Records repeat
 * in long pieces: matches of six bytes and more, looked up in tables that fit into a core's own cache, make frames that
 * are no bigger, in less time.
 */
const FAST: Record<number, number> = {
  [constants.ZSTD_c_compressionLevel]: 3,
  [constants.ZSTD_c_minMatch]: 6,
  [constants.ZSTD_c_hashLog]: 15,
  [constants.ZSTD_c_chainLog]: 14,
};
/**
 * For records with objects, whose pieces repeat in ever new orders: looking for a longer match at the next byte makes
 * frames a third smaller, in twice the time. Programs take far longer to make such a record.
 */
const THOROUGH: Record<number, number> = {
  [constants.ZSTD_c_compressionLevel]: 5,
  [constants.ZSTD_c_strategy]: constants.ZSTD_lazy,
  [constants.ZSTD_c_minMatch]: 6,
  [constants.ZSTD_c_searchLog]: 1,
  [constants.ZSTD_c_hashLog]: 14,
  [constants.ZSTD_c_chainLog]: 14,
};
/** For records that repeat as a whole: what there is to find is found at once, and time goes by their bytes. */
const QUICK: Record<number, number> = {
  [constants.ZSTD_c_compressionLevel]: 1,
  [constants.ZSTD_c_minMatch]: 7,
};
/** How many times shorter the chunk before such a one has become. */
const LEAST_REPEATED = 640;
/** Average bytes of records with objects. Shorter ones are plain values; longer ones repeat as a whole, and there is much of them. */
const SHORTEST_THOROUGH = 256;
const LONGEST_THOROUGH = 2048;
/**
 * Bytes that zstd's output is collected in at a time. A buffer that always holds the whole output
 * would be as big as the input; and each chunk leaves one behind, which the garbage collector is
 * slow to see: with 64 KiB the process took 35 MB more than with this.
 */
const OUTPUT_BYTES = 16 * 1024;
/** A chunk buffer beyond this size was needed for an exceptional record and is not kept. */
const KEPT_BUFFER_BYTES = 8 * 1024 * 1024;
/** Bytes that are copied from a file at a time. */
const PIECE_BYTES = 64 * 1024;

const fastFrame = framesOf(FAST);

const ZSTD_MAGIC = [0x28, 0xB5, 0x2F, 0xFD];
const RLE_BLOCK = 1;

/**
 * Compresses `content` into exactly one zstd frame that states its content size, as readers demand.
 *
 * @param content What to compress, not empty.
 * @param average Bytes of a record in it; 0 where it has none.
 * @param repeated How many times shorter the frame before it was than its content; 0 where none was.
 * @returns The frame, in place until the next one is made: thousands of buffers, one for each, are garbage that the
 *   collector is slow to see.
 * @throws {RecorderError} `ERR_UNKNOWN` if the runtime gave no such frame.
 */
export function compressFrame(content: Uint8Array, average = 0, repeated = 0): Uint8Array {
  const isThorough = average >= SHORTEST_THOROUGH && average <= LONGEST_THOROUGH;
  const isQuick = average > LONGEST_THOROUGH && repeated >= LEAST_REPEATED;
  const frame = isThorough || isQuick ? null : fastFrame(content);
  if (frame !== null && frameLength(frame) === frame.length) return frame;
  // `pledgedSrcSize` makes the frame state its content size. Node documents it, its types forgot it.
  const options: ZstdOptions & { pledgedSrcSize: number } = {
    chunkSize: OUTPUT_BYTES,
    pledgedSrcSize: content.length,
    params: isThorough ? THOROUGH : isQuick ? QUICK : FAST,
  };
  const output = zstdCompressSync(content, options);
  // Whenever the output exceeds `chunkSize`, node:zlib appends a second, empty frame: invisible in a
  // round trip, refused by readers. The first frame's end is found by walking it, not by looking
  // for the bytes of an empty frame, which may as well be content.
  const length = frameLength(output);
  return length === output.length ? output : output.subarray(0, length);
}

/**
 * Bytes of the zstd frame that `bytes` begins with (RFC 8878, section 3.1.1).
 *
 * @throws {RecorderError} `ERR_UNKNOWN` if there is no whole frame that states its content size.
 */
export function frameLength(bytes: Uint8Array): number {
  const descriptor = bytes[4] ?? 0;
  const sizeCode = descriptor >> 6;
  const singleSegment = (descriptor >> 5) & 1;
  const hasChecksum = (descriptor >> 2) & 1;
  const isFrame = ZSTD_MAGIC.every((byte, i) => bytes[i] === byte);
  ensureInternal(
    isFrame && (sizeCode > 0 || singleSegment > 0),
    "ERR_UNKNOWN",
    "Cannot write a chunk: the runtime's zstd made no frame that states its content size",
    { length: bytes.length, descriptor },
  );
  const sizeBytes = sizeCode === 0 ? 1 : 1 << sizeCode;
  // holds: two bits are less than four.
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  let at = 5 + (1 - singleSegment) + dictionaryBytes + sizeBytes;
  for (let isLast = false; !isLast && at + 3 <= bytes.length;) {
    const block = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16;
    isLast = (block & 1) === 1;
    at += 3 + (((block >> 1) & 3) === RLE_BLOCK ? 1 : block >> 3);
    if (isLast && at + 4 * hasChecksum <= bytes.length) return at + 4 * hasChecksum;
  }
  throw internalError("ERR_UNKNOWN", "Cannot write a chunk: its zstd frame is cut short", {
    length: bytes.length,
  });
}

/** How a record is delimited in its chunk. */
export type Framing = "bare" | "length-prefixed";

/**
 * Writes a chunked stream: `NAME.dat` holds one zstd frame per chunk of records, `NAME.idx` the
 * number of records per chunk (u32) and the offset of each chunk (u64).
 *
 * A record is {@link beginRecord}, any number of writes to {@link buffer}, {@link endRecord}. A full
 * chunk is compressed when the *next* record begins: until then the last record can be looked at.
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
  /** How many times shorter than its content the latest frame is. */
  #repeated = 0;
  /** For what comes from a file. */
  #piece: Uint8Array<ArrayBuffer> | null = null;

  /**
   * @param container Where `NAME.dat` and `NAME.idx` are created.
   * @param name At most 8 characters, as the packed names have room for 12.
   * @param recordsPerChunk Of all chunks but the last; what a reader divides by.
   */
  constructor(
    container: InternalFileFactory,
    name: string,
    readonly recordsPerChunk: number,
    framing: Framing,
  ) {
    this.#data = container.create(`${name}.dat`);
    this.#index = container.create(`${name}.idx`);
    this.#prefixed = framing === "length-prefixed";
    this.buffer = new ByteBuffer(4096);
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
    if (this.#count === this.recordsPerChunk) this.addChunk(this.takeChunk());
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
    if (this.#count > 0) this.addChunk(this.takeChunk());
    this.#data.close();
    this.#index.close();
  }

  /**
   * Takes the records so far out, as a chunk that {@link addChunk} puts in its place later.
   *
   * @returns The chunk, as {@link compressFrame} makes it. There must be a record.
   */
  takeChunk(): Uint8Array {
    const { bytes, length } = this.buffer;
    const frame = compressFrame(bytes.subarray(0, length), length / this.#count, this.#repeated);
    this.#repeated = Math.floor(length / frame.length);
    this.#count = 0;
    this.buffer.clear();
    if (this.buffer.bytes.length > KEPT_BUFFER_BYTES) this.buffer.release();
    return frame;
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

  #beginChunk(): void {
    this.#indexEntry.clear();
    this.#indexEntry.u64le(this.#data.size);
    this.#index.append(this.#indexEntry.bytes, 0, 8);
  }
}
