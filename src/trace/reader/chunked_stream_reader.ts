import { zstdDecompressSync } from "node:zlib";
import type { ContainerReader, InternalFile } from "../ctfs/container_reader.ts";
import { corrupt } from "./_corrupt.ts";
import { Cursor } from "./_cursor.ts";
import { LruCache } from "./_lru.ts";

/** Decoded chunks kept per stream: forward and backward walks, and a jump between two places. */
const CACHED_CHUNKS = 8;
/** The same in bytes of content, because one chunk may be large. */
const CACHED_BYTES = 32 * 1024 * 1024;
/**
 * The largest chunk that is unpacked. Real ones have kilobytes; one call with ten million children
 * has 40 MB. Beyond this, the size stated by a frame is damage or malice.
 */
const MAX_CHUNK_BYTES = 256 * 1024 * 1024;
/**
 * Records of a chunk at most; real streams have thousands. Bookkeeping takes some ten bytes of each,
 * and a record of values may be a single byte, of which a few kilobytes unpack to millions.
 */
const MAX_RECORDS_PER_CHUNK = 2 ** 20;
/** Output buffers start no larger than this, whatever a frame claims. */
const MAX_OUTPUT_STEP = 1024 * 1024;
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

  #load(number: number): C {
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

  #unpack(number: number): Uint8Array {
    const data = this.#data!; // holds: without data there are no chunks to ask for
    const place = this.#container.place(this.fileName);
    const start = this.#chunkStart(number);
    const end = number === this.chunkCount - 1 ? data.size : this.#chunkStart(number + 1);
    if (end <= start || end > data.size) {
      throw corrupt(
        this.#container.place(this.fileName.replace(".dat", ".idx")),
        `the chunk starts at ${start} and ends at ${end} of ${data.size} bytes`,
        { chunk: number },
      );
    }
    const frame = this.#container.read(data, start, end);
    const stated = statedContentSize(frame);
    if (stated === null) {
      throw corrupt(place, "no zstd frame that states its content size", { chunk: number });
    }
    if (stated === 0 || stated > MAX_CHUNK_BYTES) {
      throw corrupt(place, `the zstd frame states a content of ${stated} bytes`, { chunk: number });
    }
    let content: Uint8Array;
    try {
      content = zstdDecompressSync(frame, {
        maxOutputLength: stated,
        chunkSize: Math.max(64, Math.min(stated, MAX_OUTPUT_STEP)),
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw corrupt(place, `the zstd frame can't be unpacked (${reason})`, { chunk: number });
    }
    // A frame that is cut short gives less content and no error.
    if (content.length !== stated) {
      throw corrupt(
        place,
        `${content.length} bytes unpacked, but the zstd frame states ${stated}`,
        {
          chunk: number,
        },
      );
    }
    // Not a Buffer: its methods are slower, and it may share memory with others.
    return new Uint8Array(content.buffer, content.byteOffset, content.length);
  }
}

/** The content size that a zstd frame's header states, or null (RFC 8878, 3.1.1.1). */
function statedContentSize(frame: Uint8Array): number | null {
  const magic = [0x28, 0xb5, 0x2f, 0xfd];
  if (frame.length < 6 || magic.some((byte, index) => frame[index] !== byte)) return null;
  const descriptor = frame[4]!;
  const singleSegment = (descriptor >> 5) & 1;
  // holds: two bits of a byte are less than four, here and below.
  const width = [singleSegment, 2, 4, 8][descriptor >> 6]!;
  if (width === 0) return null;
  const at = 5 + (1 - singleSegment) + [0, 1, 2, 4][descriptor & 3]!; // holds: two bits
  if (frame.length < at + width) return null;
  let size = 0;
  for (let index = width - 1; index >= 0; index--) size = size * 256 + frame[at + index]!;
  return width === 2 ? size + 256 : size;
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

  /** Parameters and errors as for {@link ChunkedStreamReader}. */
  constructor(container: ContainerReader, name: string) {
    this.#container = container;
    this.stream = new ChunkedStreamReader(
      container,
      name,
      (content, first) => this.#split(content, first),
    );
  }

  /** Number of records. */
  get count(): number {
    return this.stream.recordCount;
  }

  /** A cursor on a record's content; the record must exist. */
  record(number: number): Cursor {
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
