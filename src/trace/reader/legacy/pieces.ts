import { corrupt, type Place } from "../_corrupt.ts";

/** The largest record that is taken: beyond this it is damage, or made to fill the memory. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;
/** The same for what a record is made of: values, keys, elements. */
export const MAX_RECORD_ITEMS = 2_000_000;
/** The deepest nesting that is followed; readers of the values stop at 256 levels. */
export const MAX_RECORD_DEPTH = 1000;

const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Gives the next bytes of a stream, or null at its end; they are good until the next call. */
export type NextPiece = () => Uint8Array | null;

/**
 * A stream of bytes, read front to back. In memory is the piece at hand, or as many as the record at
 * hand reaches across.
 */
export class Pieces {
  /** Holds what is available in `bytes[pos .. end)`. */
  bytes: Uint8Array = new Uint8Array(0);
  pos = 0;
  end = 0;
  /** Number of the record at hand, for messages. */
  record = 0;
  readonly #next: NextPiece;
  readonly #place: Place;
  #own = new Uint8Array(0);
  #view = new DataView(this.bytes.buffer);
  #before = 0;
  #recordStart = 0;

  constructor(next: NextPiece, place: Place) {
    this.#next = next;
    this.#place = place;
  }

  /** Bytes of the stream that have been passed. */
  get offset(): number {
    return this.#before + this.pos;
  }

  /** @throws {RecorderError} `ERR_TRACE_CORRUPT`, with the record and the offset. */
  fail(what: string): never {
    throw corrupt(this.#place, what, { record: this.record, offset: this.offset });
  }

  /** Whether there are `count` more bytes; they are in {@link bytes} then. */
  has(count: number): boolean {
    while (this.end - this.pos < count) {
      // The bytes passed of the record at hand are counted, those still to come as well.
      if (this.offset + count - this.#recordStart > MAX_RECORD_BYTES) {
        this.fail(`the record has more than ${MAX_RECORD_BYTES} bytes`);
      }
      this.#keepRest();
      const piece = this.#next();
      if (piece === null) return false;
      this.#append(piece);
    }
    return true;
  }

  /** The same, where there must be. */
  need(count: number): void {
    if (this.end - this.pos < count && !this.has(count)) this.fail("the file ends inside a record");
  }

  /** Whether another record begins; what is allowed for one is counted from here. */
  begin(): boolean {
    this.#recordStart = this.offset;
    return this.has(1);
  }

  u8(): number {
    this.need(1);
    return this.bytes[this.pos++]!; // holds: there is one
  }

  u32le(): number {
    this.need(4);
    this.pos += 4;
    return this.#view.getUint32(this.pos - 4, true);
  }

  /** A signed number of 64 bits, a bigint only where a number would lose digits. */
  i64le(): number | bigint {
    this.need(8);
    this.pos += 8;
    return exact(this.#view.getBigInt64(this.pos - 8, true));
  }

  u64le(): number | bigint {
    this.need(8);
    this.pos += 8;
    return exact(this.#view.getBigUint64(this.pos - 8, true));
  }

  /** A view of the next `count` bytes, to be used before anything else is read. */
  view(count: number): DataView {
    this.need(count);
    this.pos += count;
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + this.pos - count, count);
  }

  /** The next `count` bytes, as a copy. */
  copy(count: number): Uint8Array {
    this.need(count);
    this.pos += count;
    return this.bytes.slice(this.pos - count, this.pos);
  }

  /** The next `count` bytes as text. */
  text(count: number): string {
    this.need(count);
    const start = this.pos;
    this.pos += count;
    try {
      return TEXT.decode(this.bytes.subarray(start, this.pos));
    } catch {
      // Says no more than that it is no UTF-8.
      return this.fail("a text is not valid UTF-8");
    }
  }

  /** Moves what is left to the start of a buffer of its own: the piece it is in may be reused. */
  #keepRest(): void {
    const rest = this.end - this.pos;
    this.#before += this.pos;
    if (this.#own.length < rest) {
      const grown = new Uint8Array(2 * rest);
      grown.set(this.bytes.subarray(this.pos, this.end));
      this.#own = grown;
    } else if (this.bytes === this.#own) this.#own.copyWithin(0, this.pos, this.end);
    else this.#own.set(this.bytes.subarray(this.pos, this.end));
    this.#use(this.#own, rest);
  }

  #append(piece: Uint8Array): void {
    const rest = this.end;
    if (rest === 0) return this.#use(piece, piece.length);
    const length = rest + piece.length;
    if (length > this.#own.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#own.length));
      grown.set(this.#own.subarray(0, rest));
      this.#own = grown;
    }
    this.#own.set(piece, rest);
    this.#use(this.#own, length);
  }

  #use(bytes: Uint8Array, end: number): void {
    this.bytes = bytes;
    this.pos = 0;
    this.end = end;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, end);
  }
}

/** A bigint as a number, where that is exact. */
export function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
