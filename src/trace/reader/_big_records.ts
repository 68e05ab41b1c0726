import type { ChunkedStreamReader, RecordChunk } from "./chunked_stream_reader.ts";
import { corrupt, type Place } from "./_corrupt.ts";
import { Cursor } from "./_cursor.ts";
import { LruCache } from "./_lru.ts";

/** Content from which on a chunk is not kept as a whole. */
const BIG_BYTES = 8 * 1024 * 1024;
/** Bytes of records that are kept, from the one asked for on. */
const WINDOW_BYTES = 8 * 1024 * 1024;
/** A copy of the place where the content was: one for going on, and one for looking elsewhere. */
const WINDOWS = 2;
/** Bytes of a varint at most. */
const MAX_VARINT = 10;

/** A row of records of one chunk. */
interface Window {
  /** Numbers of the first record, and of the one after the last. */
  readonly first: number;
  readonly end: number;
  readonly bytes: Uint8Array;
  /** Start and end of each record in the bytes, in turn. */
  readonly bounds: readonly number[];
}

/**
 * Chunks of big records: a thousand steps with some hundred kilobytes of variables each. Such a chunk
 * is unpacked up to the record that is asked for, that one and some behind it are copied, and its
 * memory is given back at once instead of when the collector gets to it.
 */
export class BigRecords {
  readonly #stream: ChunkedStreamReader<RecordChunk>;
  readonly #place: Place;
  readonly #windows = new LruCache<Window>(WINDOWS, Infinity);

  constructor(stream: ChunkedStreamReader<RecordChunk>, place: Place) {
    this.#stream = stream;
    this.#place = place;
  }

  /** Whether a chunk is one of these. */
  has(chunk: number): boolean {
    return !this.#stream.isLoaded(chunk) && this.#stream.contentSize(chunk) > BIG_BYTES;
  }

  /** Number of records in a chunk. */
  count(chunk: number): number {
    const content = this.#stream.contentStart(chunk, Infinity);
    let count = 0;
    for (let at = 0; at < content.length; count++) {
      at = this.#boundsAt(content, at, chunk, count)?.[1] ?? this.#cutShort(chunk);
    }
    release(content);
    return count;
  }

  /** A cursor on a record's content; the record must exist and its chunk be one of these. */
  record(number: number): Cursor {
    const chunk = Math.floor(number / this.#stream.recordsPerChunk);
    let window = this.#windows.get(chunk);
    if (window === undefined || number < window.first || number >= window.end) {
      window = this.#load(chunk, number);
      this.#windows.set(chunk, window, 0);
    }
    const at = 2 * (number - window.first);
    return new Cursor(window.bytes, this.#place, number, window.bounds[at], window.bounds[at + 1]);
  }

  #load(chunk: number, number: number): Window {
    const { recordsPerChunk } = this.#stream;
    const size = this.#stream.contentSize(chunk);
    const index = number % recordsPerChunk;
    // As far as the record would be if all were as big, and a window more.
    for (let bytes = size * (index + 1) / recordsPerChunk + WINDOW_BYTES;; bytes *= 2) {
      const content = this.#stream.contentStart(chunk, Math.ceil(bytes));
      const window = this.#window(content, chunk, index);
      const isWhole = content.length === size;
      release(content);
      if (window !== null) return window;
      if (isWhole) this.#cutShort(chunk);
    }
  }

  /** The records from `index` on that the content holds; null if it does not reach as far. */
  #window(content: Uint8Array, chunk: number, index: number): Window | null {
    let at = 0;
    for (let before = 0; before < index; before++) {
      const bounds = this.#boundsAt(content, at, chunk, before);
      if (bounds === null) return null;
      at = bounds[1];
    }
    const start = at;
    const bounds: number[] = [];
    for (;;) {
      const record = this.#boundsAt(content, at, chunk, index + bounds.length / 2);
      if (record === null) break;
      at = record[1];
      bounds.push(record[0] - start, at - start);
      if (at - start >= WINDOW_BYTES) break;
    }
    if (bounds.length === 0) return null;
    const first = chunk * this.#stream.recordsPerChunk + index;
    const end = first + bounds.length / 2;
    return { first, end, bytes: content.slice(start, at), bounds };
  }

  /** Start and end of the record whose length is at an offset; null if it is not there as a whole. */
  #boundsAt(
    content: Uint8Array,
    at: number,
    chunk: number,
    index: number,
  ): readonly [start: number, end: number] | null {
    // A length that is cut off ends the content, as a record would.
    let last = at;
    while (last < content.length && content[last]! >= 0x80 && last - at < MAX_VARINT) last++;
    if (last >= content.length) return null;
    const number = chunk * this.#stream.recordsPerChunk + index;
    const cursor = new Cursor(content, this.#place, number, at);
    const length = cursor.varint();
    const end = cursor.pos + length;
    return end > content.length ? null : [cursor.pos, end];
  }

  #cutShort(chunk: number): never {
    throw corrupt(this.#place, "the chunk ends inside a record", { chunk });
  }
}

/** Gives the memory of bytes back that nobody refers to. */
export function release(bytes: Uint8Array): void {
  if (bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer(0);
}
