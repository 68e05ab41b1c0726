import type { ChunkedStreamReader, RecordChunk } from "./chunked_stream_reader.ts";
import { release } from "./_big_records.ts";
import type { Place } from "./_corrupt.ts";
import { Cursor } from "./_cursor.ts";
import { LruCache } from "./_lru.ts";

/** Content from which on a chunk is not kept as a whole. Of ordinary calls it has some ten kilobytes. */
const BIG_BYTES = 1024 * 1024;
const FIRST_BYTES = 128 * 1024;
/** At least so many bytes of keys are looked at. */
const MIN_CHILDREN_BYTES = 4096;
/** By how much more is unpacked than before, where that was not enough. */
const GROWTH = 8;
const CACHED_CHUNKS = 16;
const CACHED_BYTES = 16 * 1024 * 1024;
/** Bytes of a varint at most. */
const MAX_VARINT = 10;

/** A call's record up to the keys of its children. */
export interface CallHead {
  /** The bytes of the head. */
  readonly bytes: Uint8Array;
  /** Offsets in the chunk's content: where the keys of the children start, and where they end. */
  readonly childrenAt: number;
  readonly end: number;
}

/**
 * Chunks with a call that has made millions of others: its record is all of their keys, and stands in
 * front of those of other calls. The keys are passed over once, and only the heads are kept. Of a
 * chunk no more is unpacked than what is asked for needs.
 */
export class BigCalls {
  readonly #stream: ChunkedStreamReader<RecordChunk>;
  readonly #place: Place;
  readonly #skipHead: (cursor: Cursor) => void;
  /** By chunk: the heads of the records from its start on, as many as were looked for. */
  readonly #heads = new LruCache<readonly CallHead[]>(CACHED_CHUNKS, CACHED_BYTES);

  /** @param skipHead Leads a cursor from the start of a record to the keys of the children. */
  constructor(
    stream: ChunkedStreamReader<RecordChunk>,
    place: Place,
    skipHead: (cursor: Cursor) => void,
  ) {
    this.#stream = stream;
    this.#place = place;
    this.#skipHead = skipHead;
  }

  /** Whether a call's chunk is one of these. */
  has(key: number): boolean {
    const number = Math.floor(key / this.#stream.recordsPerChunk);
    if (this.#stream.isLoaded(number)) return false;
    return this.#heads.get(number) !== undefined || this.#stream.contentSize(number) > BIG_BYTES;
  }

  /** The head of a call's record; the call must exist and {@link has} must say so. */
  head(key: number): CallHead {
    const { recordsPerChunk } = this.#stream;
    const number = Math.floor(key / recordsPerChunk);
    const index = key % recordsPerChunk;
    let heads = this.#heads.get(number) ?? [];
    for (let bytes = FIRST_BYTES; heads[index] === undefined; bytes *= GROWTH) {
      const content = this.#stream.contentStart(number, bytes);
      heads = this.#scan(number, content);
      release(content);
      const weight = heads.reduce((sum, head) => sum + head.bytes.length + MAX_VARINT, 0);
      this.#heads.set(number, heads, weight);
    }
    return heads[index];
  }

  /** The keys of a call's children, ascending. */
  *children(key: number, head: CallHead): Generator<number, void, undefined> {
    const number = Math.floor(key / this.#stream.recordsPerChunk);
    const size = this.#stream.contentSize(number);
    let bytes = Math.max(FIRST_BYTES, head.childrenAt + MIN_CHILDREN_BYTES);
    for (let at = head.childrenAt; at < head.end; bytes *= GROWTH) {
      const content = this.#stream.contentStart(number, bytes);
      const cursor = new Cursor(content, this.#place, key, at, Math.min(head.end, content.length));
      // A key may be cut off at the end of what is there.
      const safe = content.length === size ? cursor.end - 1 : cursor.end - MAX_VARINT;
      try {
        while (cursor.pos <= safe) yield cursor.varint();
      } finally {
        release(content);
      }
      at = cursor.pos;
    }
  }

  /** The heads of the records that the start of a chunk's content holds. */
  #scan(number: number, content: Uint8Array): CallHead[] {
    const isWhole = content.length === this.#stream.contentSize(number);
    const { recordsPerChunk } = this.#stream;
    const heads: CallHead[] = [];
    for (let at = 0; at < content.length;) {
      const key = number * recordsPerChunk + heads.length;
      if (!isWhole && content.length - at < MAX_VARINT) return heads;
      const lengthCursor = new Cursor(content, this.#place, key, at);
      const length = lengthCursor.varint();
      const start = lengthCursor.pos;
      const end = start + length;
      const isCut = end > content.length;
      if (isCut && isWhole) lengthCursor.fail("the chunk ends inside a record");
      const cursor = new Cursor(content, this.#place, key, start, Math.min(end, content.length));
      try {
        this.#skipHead(cursor);
      } catch (error) {
        // Of a record that is there in part, the head may be so as well.
        if (isCut) return heads;
        throw error;
      }
      heads.push({ bytes: content.slice(start, cursor.pos), childrenAt: cursor.pos, end });
      at = end;
    }
    return heads;
  }
}
