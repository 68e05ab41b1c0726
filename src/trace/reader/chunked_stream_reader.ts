import { zstdDecompressSync } from "node:zlib";
import type { ContainerReader, InternalFile } from "../ctfs/container_reader.ts";
import { BigRecords } from "./_big_records.ts";
import { corrupt } from "./_corrupt.ts";
import { Cursor } from "./_cursor.ts";
import { LruCache } from "./_lru.ts";
import {
  framePrefix,
  MAX_BLOCK_BYTES,
  MAX_HEADER_BYTES,
  maxContentSize,
  maxFrameStart,
  statedContentSize,
} from "./_zstd_frame.ts";

/** Decoded chunks kept per stream: forward and backward walks, and a jump between two places. */
const CACHED_CHUNKS = 8;
/** The same in bytes of content, because one chunk may be large. */
const CACHED_BYTES = 32 * 1024 * 1024;
/**
 * The largest chunk that is unpacked. Most have kilobytes; one call with ten million children has 40 MB, and a thousand steps of
 * a module that shows large tables at each line 450: hardly any step shows more than a megabyte and a half (MOST_PER_STEP in
 * `transcoder.ts`). Beyond this, the size stated by a frame is damage or malice.
 */
export const MAX_CHUNK_BYTES = 1536 * 1024 * 1024;
/**
 * Records of a chunk at most; real streams have thousands. Bookkeeping takes some ten bytes of each,
 * and a record of values may be a single byte, of which a few kilobytes unpack to millions.
 */
const MAX_RECORDS_PER_CHUNK = 2 ** 20;
/** A frame that claims more than this has to have the blocks for it before a buffer is made. */
const TRUSTED_BYTES = 1024 * 1024;
/** Index entries read at a time: one block's worth. */
const INDEX_PAGE = 512;
const CACHED_INDEX_PAGES = 16;

/** What a stream's decoder makes of one chunk. */
export interface DecodedChunk {
  /** Records in the chunk. */
  readonly count: number;
}

/**
 * Random access to a chunked stream: `NAME.dat` holds one zstd frame per chunk, `NAME.idx` says how
 * many records a full chunk has (u32) and where each one starts (u64). Chunks are found by division,
 * read and unpacked when asked for, and a few are kept.
 *
 * @typeParam C What `decode` makes of a chunk's content.
 */
export class ChunkedStreamReader<C extends DecodedChunk> {
  /** Records of every chunk but the last; 0 if the stream is not there. */
  readonly recordsPerChunk: number;
  readonly chunkCount: number;
  /** Name of the file with the records, for error messages. */
  readonly fileName: string;
  readonly #container: ContainerReader;
  readonly #data: InternalFile | undefined;
  readonly #index: InternalFile | undefined;
  readonly #decode: (content: Uint8Array, firstRecord: number) => C;
  readonly #chunks = new LruCache<C>(CACHED_CHUNKS, CACHED_BYTES);
  readonly #indexPages = new LruCache<DataView>(CACHED_INDEX_PAGES, Infinity);
  #recordCount: number | undefined;
  /** The content size asked for last: who asks for it asks again. */
  #lastSize: { readonly number: number; readonly size: number } | undefined;
  /** The chunk asked for last, past the cache's bookkeeping: most questions are about the same one. */
  #last: { readonly number: number; readonly chunk: C } | undefined;

  /**
   * @param container The open container.
   * @param name "steps", "values", "calls" or "events".
   * @param decode Called with a chunk's content and the number of its first record.
   * @throws {RecorderError} `ERR_TRACE_CORRUPT` if the index can't be one, or only one file is there.
   */
  constructor(
    container: ContainerReader,
    name: string,
    decode: (content: Uint8Array, firstRecord: number) => C,
  ) {
    this.#container = container;
    this.#decode = decode;
    this.fileName = `${name}.dat`;
    this.#data = container.file(this.fileName);
    this.#index = container.file(`${name}.idx`);
    if (this.#data === undefined && this.#index === undefined) {
      this.recordsPerChunk = this.chunkCount = 0;
      return;
    }
    const place = container.place(`${name}.idx`);
    if (this.#index === undefined) throw corrupt(place, "the file is missing");
    if (this.#data === undefined) {
      throw corrupt(container.place(this.fileName), "the file is missing");
    }
    const size = this.#index.size;
    if (size < 4 || (size - 4) % 8 !== 0) {
      throw corrupt(place, `size ${size} is not 4 + 8 for each chunk`);
    }
    this.chunkCount = (size - 4) / 8;
    const head = container.read(this.#index, 0, 4);
    this.recordsPerChunk = new DataView(head.buffer).getUint32(0, true);
    if (this.recordsPerChunk === 0) throw corrupt(place, "zero records per chunk");
    if (this.recordsPerChunk > MAX_RECORDS_PER_CHUNK) {
      throw corrupt(place, `${this.recordsPerChunk} records per chunk`);
    }
    if (this.chunkCount === 0 && this.#data.size > 0) {
      throw corrupt(place, `no chunks, but ${this.fileName} has ${this.#data.size} bytes`);
    }
    if (this.chunkCount > 0 && this.#chunkStart(0) !== 0) {
      throw corrupt(place, `the first chunk starts at ${this.#chunkStart(0)}, expected 0`);
    }
  }

  /** Number of records; unpacks the last chunk the first time it is asked for. */
  get recordCount(): number {
    if (this.#recordCount === undefined) {
      const last = this.chunkCount - 1;
      this.#recordCount = last < 0 ? 0 : last * this.recordsPerChunk + this.chunk(last).count;
    }
    return this.#recordCount;
  }

  /** The chunk that holds a record; the record must exist. */
  chunkOf(record: number): C {
    return this.chunk(Math.floor(record / this.recordsPerChunk));
  }

  /**
   * A chunk, unpacked and decoded.
   *
   * @param number From 0; below {@link chunkCount}.
   * @throws {RecorderError} `ERR_TRACE_CORRUPT` if it can't be unpacked or decoded.
   */
  chunk(number: number): C {
    if (this.#last?.number === number) return this.#last.chunk;
    const chunk = this.#chunks.get(number) ?? this.#load(number);
    this.#last = { number, chunk };
    return chunk;
  }

  /** Whether a chunk is in memory. */
  isLoaded(number: number): boolean {
    return this.#last?.number === number || this.#chunks.get(number) !== undefined;
  }

  #load(number: number): C {
    const stated = this.contentSize(number);
    // Not the old one and the new one at once.
    if (stated > CACHED_BYTES / 2) {
      this.#chunks.clear();
      this.#last = undefined;
    }
    const content = this.#unpack(number);
    const chunk = this.#decode(content, number * this.recordsPerChunk);
    // A record is found by division, which a short chunk in the middle would break for all after it.
    const isLast = number === this.chunkCount - 1;
    const fits = isLast
      ? chunk.count > 0 && chunk.count <= this.recordsPerChunk
      : chunk.count === this.recordsPerChunk;
    if (!fits) {
      throw corrupt(
        this.#container.place(this.fileName),
        `the chunk holds ${chunk.count} records, expected ${this.recordsPerChunk}`,
        { chunk: number },
      );
    }
    this.#chunks.set(number, chunk, content.length);
    return chunk;
  }

  #chunkStart(number: number): number {
    const index = this.#index!; // holds: without an index there are no chunks to ask for
    const pageNumber = Math.floor(number / INDEX_PAGE);
    let page = this.#indexPages.get(pageNumber);
    if (page === undefined) {
      const start = 4 + 8 * pageNumber * INDEX_PAGE;
      const bytes = this.#container.read(
        index,
        start,
        Math.min(index.size, start + INDEX_PAGE * 8),
      );
      page = new DataView(bytes.buffer);
      this.#indexPages.set(pageNumber, page, 0);
    }
    const at = 8 * (number - pageNumber * INDEX_PAGE);
    return page.getUint32(at, true) + page.getUint32(at + 4, true) * 2 ** 32;
  }

  /**
   * Bytes of a chunk's content, as its frame states them; nothing is unpacked.
   *
   * @throws {RecorderError} `ERR_TRACE_CORRUPT` if it states none, or more than a chunk may have.
   */
  contentSize(number: number): number {
    if (this.#lastSize?.number === number) return this.#lastSize.size;
    const size = statedContentSize(this.#frameStart(number, MAX_HEADER_BYTES));
    if (size === null) this.#fail(number, "no zstd frame that states its content size");
    if (size === 0 || size > MAX_CHUNK_BYTES) {
      this.#fail(number, `the zstd frame states a content of ${size} bytes`);
    }
    this.#lastSize = { number, size };
    return size;
  }

  /**
   * The start of a chunk's content. No more is read and unpacked than that needs.
   *
   * @param atLeast Bytes that are wanted; there may be more, and fewer only if that is all there is.
   * @throws {RecorderError} As {@link chunk}.
   */
  contentStart(number: number, atLeast: number): Uint8Array {
    const size = this.contentSize(number);
    // A block may hold less than its maximum; as a rule all but the last are full.
    for (let blocks = Math.ceil(atLeast / MAX_BLOCK_BYTES); atLeast < size; blocks *= 2) {
      const prefix = framePrefix(this.#frameStart(number, maxFrameStart(blocks)), blocks);
      if (prefix === null) break;
      const start = this.#inflate(number, prefix, blocks * MAX_BLOCK_BYTES);
      if (start.length >= atLeast) return start;
    }
    return this.#unpack(number);
  }

  #fail(number: number, what: string): never {
    throw corrupt(this.#container.place(this.fileName), what, { chunk: number });
  }

  /** The first bytes of a chunk's frame, or all of it where it is shorter. */
  #frameStart(number: number, bytes: number): Uint8Array {
    const data = this.#data!; // holds: without data there are no chunks to ask for
    const start = this.#chunkStart(number);
    const end = number === this.chunkCount - 1 ? data.size : this.#chunkStart(number + 1);
    if (end <= start || end > data.size) {
      throw corrupt(
        this.#container.place(this.fileName.replace(".dat", ".idx")),
        `the chunk starts at ${start} and ends at ${end} of ${data.size} bytes`,
        { chunk: number },
      );
    }
    return this.#container.read(data, start, Math.min(end, start + bytes));
  }

  #unpack(number: number): Uint8Array {
    const size = this.contentSize(number);
    const frame = this.#frameStart(number, Infinity);
    if (size > TRUSTED_BYTES && size > maxContentSize(frame)) {
      this.#fail(number, `the zstd frame states a content of ${size} bytes`);
    }
    const content = this.#inflate(number, frame, size);
    // A frame that is cut short gives less content and no error.
    if (content.length !== size) {
      this.#fail(number, `${content.length} bytes unpacked, but the zstd frame states ${size}`);
    }
    return content;
  }

  /** @param most Bytes that the content has at most: those of the buffer that is made for it. */
  #inflate(number: number, frame: Uint8Array, most: number): Uint8Array {
    try {
      const content = zstdDecompressSync(frame, {
        maxOutputLength: most,
        // With room to spare, as a buffer that is full makes zlib ask for another one.
        chunkSize: most + 64,
      });
      // Not a Buffer: its methods are slower, and it may share memory with others.
      return new Uint8Array(content.buffer, content.byteOffset, content.length);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#fail(number, `the zstd frame can't be unpacked (${reason})`);
    }
  }
}

/** A chunk of length-prefixed records. */
export class RecordChunk implements DecodedChunk {
  readonly count: number;
  readonly bytes: Uint8Array;
  /** Start and end of each record, in turn. */
  readonly #bounds: Uint32Array;

  constructor(bytes: Uint8Array, count: number, bounds: Uint32Array) {
    this.bytes = bytes;
    this.count = count;
    this.#bounds = bounds;
  }

  /** Offset in {@link bytes} where a record's content starts; `index` counts inside the chunk. */
  start(index: number): number {
    return this.#bounds[2 * index]!;
  }

  /** Offset in {@link bytes} of the byte after a record. */
  end(index: number): number {
    return this.#bounds[2 * index + 1]!;
  }
}

/** Random access to the records of a stream of length-prefixed records. */
export class RecordStreamReader {
  readonly stream: ChunkedStreamReader<RecordChunk>;
  readonly #container: ContainerReader;
  readonly #big: BigRecords;
  #count: number | undefined;

  /** Parameters and errors as for {@link ChunkedStreamReader}. */
  constructor(container: ContainerReader, name: string) {
    this.#container = container;
    this.stream = new ChunkedStreamReader(
      container,
      name,
      (content, first) => this.#split(content, first),
    );
    this.#big = new BigRecords(this.stream, container.place(this.stream.fileName));
  }

  /** Number of records. */
  get count(): number {
    return this.#count ??= this.#counted();
  }

  #counted(): number {
    const last = this.stream.chunkCount - 1;
    if (last < 0 || !this.#big.has(last)) return this.stream.recordCount;
    return last * this.stream.recordsPerChunk + this.#big.count(last);
  }

  /** Whether there is such a record; only for those of the last chunk has that to be unpacked. */
  has(number: number): boolean {
    const { chunkCount, recordsPerChunk } = this.stream;
    return number < (chunkCount - 1) * recordsPerChunk || number < this.count;
  }

  /** A cursor on a record's content; the record must exist. */
  record(number: number): Cursor {
    if (this.#big.has(Math.floor(number / this.stream.recordsPerChunk))) {
      return this.#big.record(number);
    }
    const chunk = this.stream.chunkOf(number);
    const index = number % this.stream.recordsPerChunk;
    const place = this.#container.place(this.stream.fileName);
    return new Cursor(chunk.bytes, place, number, chunk.start(index), chunk.end(index));
  }

  #split(content: Uint8Array, first: number): RecordChunk {
    const cursor = new Cursor(content, this.#container.place(this.stream.fileName), first);
    const limit = this.stream.recordsPerChunk;
    // Grown as records are met: few chunks have as many as the index allows.
    let bounds = new Uint32Array(512);
    let count = 0;
    while (cursor.left() > 0) {
      if (count === limit) cursor.fail(`the chunk holds more than ${limit} records`);
      if (2 * count === bounds.length) {
        const grown = new Uint32Array(2 * bounds.length);
        grown.set(bounds);
        bounds = grown;
      }
      const length = cursor.varint();
      bounds[2 * count] = cursor.skip(length);
      bounds[2 * count + 1] = cursor.pos;
      count++;
    }
    return new RecordChunk(content, count, bounds);
  }
}
