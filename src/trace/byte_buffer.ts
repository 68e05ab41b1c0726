import { Buffer } from "node:buffer";
import { internalError } from "../errors/mod.ts";

/**
 * Up to this many bytes, copying word by word beats `set(subarray())`, which makes an object and a
 * call out of the engine's compiled code: 25 bytes in about 20 ns against 90 (and 45 for a loop over
 * single bytes), level at about 300. Doubles would be faster still, but may change the bits of NaNs.
 */
const WORD_COPY_LIMIT = 256;
/** Bytes of a word. */
const WORD = 8;
/** The same limit for single bytes, which is how a source is copied that came only once. */
const LOOP_COPY_LIMIT = 48;

/**
 * From this many bytes on, the runtime's own comparison is faster than one by words, which takes 0.5 ns a byte: a call of it
 * takes 60 to 90 ns, and 10 for each KiB. (Words of 64 bits are bigints as long as V8 has not compiled the loop.)
 */
const SHORTEST_COMPARED = 256;

/** Bytes up to which a buffer that is to become large grows like all others. */
const LARGEST_DOUBLED = 1 << 16;

/** What a buffer has before something is written: there are tens of thousands, and each storage is four objects. */
const NO_BYTES: Uint8Array<ArrayBuffer> = new Uint8Array(0);
const NO_VIEW = new DataView(NO_BYTES.buffer);

const encoder = new TextEncoder();

/** What was compared last with a long content, and its form for the runtime's comparison. */
let comparedView: DataView | null = null;
let compared: Buffer = Buffer.alloc(0);

function comparable(view: DataView): Buffer {
  if (view !== comparedView) {
    comparedView = view;
    compared = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  }
  return compared;
}

/**
 * The largest number whose zigzag form is still a safe integer: 2^52 - 1 upwards, -2^52 downwards.
 */
const ZIGZAG_LIMIT = 2 ** 52;

/**
 * Bytes that a varint of `n` takes.
 *
 * @param n A whole number from 0 to 2^53 - 1.
 * @returns 1 to 8.
 */
export function varintLength(n: number): number {
  if (n < 0x80) return 1;
  if (n < 0x4000) return 2;
  if (n < 0x20_0000) return 3;
  let length = 4;
  for (let limit = 2 ** 28; n >= limit; limit *= 128) length++;
  return length;
}

/** Bytes of a text as UTF-8; -1 if there are surrogates in it. */
export function utf8Length(s: string): number {
  let length = s.length;
  for (let i = 0; i < s.length; i++) {
    const unit = s.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit >= 0xd800 && unit < 0xe000) return -1;
    length += unit < 0x800 ? 1 : 2;
  }
  return length;
}

/**
 * A byte sink that grows. `bytes[0 .. length)` is what was written; `bytes` changes its identity
 * when it grows, so keep no reference to it across a call that writes.
 *
 * Numbers are little-endian. Arguments are trusted: a varint of a negative number or of a fraction
 * is not detected, because these methods run several times per recorded step.
 */
export class ByteBuffer {
  /** The storage; only the first {@link length} bytes mean anything. */
  bytes: Uint8Array<ArrayBufferLike>;
  /** Bytes written so far. */
  length = 0;
  readonly #initialCapacity: number;
  readonly #room: number;
  #view: DataView;
  /** The source that the last words came from, and a view of it. */
  #source: Uint8Array;
  #sourceView: DataView;
  #candidate: Uint8Array | null = null;
  /** All of the content as the runtime copied it last, and how long that was; -1 where it has not. */
  #whole: Uint8Array;
  #wholeLength = -1;
  /** {@link bytes} for the runtime's comparison; null until there was one. */
  #comparable: Buffer | null = null;
  /** Its own storage, while it uses another one. */
  #own: Uint8Array<ArrayBufferLike> | null = null;

  /**
   * @param capacity Bytes to start with, once something is written.
   * @param room Bytes that it has at once where it outgrows {@link LARGEST_DOUBLED}: memory that nothing was written to
   *   is none yet, and what grows step by step is written anew at each. Four times as much where it outgrows that, too.
   */
  constructor(capacity = 256, room = 0) {
    this.#initialCapacity = Math.max(capacity, 16);
    this.#room = room;
    this.bytes = this.#source = this.#whole = NO_BYTES;
    this.#view = this.#sourceView = NO_VIEW;
  }

  /** Forgets the content and keeps the storage. */
  clear(): void {
    this.length = 0;
  }

  /** Forgets the content and the storage too, after something exceptionally big. */
  release(): void {
    this.length = 0;
    this.#use(NO_BYTES);
    this.#source = NO_BYTES;
    this.#sourceView = NO_VIEW;
    this.#candidate = null;
  }

  /** Forgets the content, and uses another storage as long as that has enough room. Its own one is kept for when it has not. */
  adopt(storage: Uint8Array): void {
    const own = this.#own ?? this.bytes;
    this.length = 0;
    this.#use(storage);
    this.#own = own;
  }

  /** Forgets the content, and uses its own storage again. */
  takeOwn(): void {
    this.length = 0;
    if (this.#own !== null) this.#use(this.#own);
  }

  /**
   * Makes room for `n` bytes more.
   *
   * @throws {RangeError} If there is no memory for them.
   */
  ensure(n: number): void {
    const needed = this.length + n;
    if (needed > this.bytes.length) this.#grow(needed);
  }

  #grow(needed: number): void {
    const own = this.#own;
    if (own !== null && own.length >= needed) {
      own.set(this.bytes.subarray(0, this.length));
      return this.#use(own);
    }
    // Doubling makes growth cheap; beyond 64 MiB a quarter more, or the spare room itself would be
    // what runs the recorder out of memory.
    const capacity = this.bytes.length;
    const more = capacity < 2 ** 26 ? capacity * 2 : Math.ceil(capacity * 1.25);
    const room = needed > this.#room ? 4 * this.#room : this.#room;
    const least = capacity === 0 ? this.#initialCapacity : more;
    const grown = new Uint8Array(Math.max(needed, least, needed > LARGEST_DOUBLED ? room : 0));
    grown.set(this.bytes.subarray(0, this.length));
    this.#use(grown);
  }

  #use(storage: Uint8Array): void {
    this.bytes = this.#whole = storage;
    this.#own = null;
    this.#view = storage === NO_BYTES
      ? NO_VIEW
      : new DataView(storage.buffer, storage.byteOffset, storage.byteLength);
    this.#comparable = null;
    this.#wholeLength = -1;
  }

  /** @param n 0 to 255. */
  u8(n: number): void {
    if (this.length === this.bytes.length) this.#grow(this.length + 1);
    this.bytes[this.length++] = n;
  }

  /** @param n 0 to 65,535. */
  u16le(n: number): void {
    this.ensure(2);
    this.bytes[this.length] = n;
    this.bytes[this.length + 1] = n >>> 8;
    this.length += 2;
  }

  /** @param n 0 to 2^32 - 1. */
  u32le(n: number): void {
    this.ensure(4);
    const bytes = this.bytes;
    const at = this.length;
    bytes[at] = n;
    bytes[at + 1] = n >>> 8;
    bytes[at + 2] = n >>> 16;
    bytes[at + 3] = n >>> 24;
    this.length = at + 4;
  }

  /** @param n 0 to 2^53 - 1. */
  u64le(n: number): void {
    this.u32le(n >>> 0);
    this.u32le(Math.floor(n / 2 ** 32));
  }

  /**
   * Unsigned LEB128.
   *
   * @param n A whole number from 0 to 2^53 - 1.
   */
  varint(n: number): void {
    let at = this.length;
    if (at + 8 > this.bytes.length) this.#grow(at + 8);
    const bytes = this.bytes;
    // Bit operations see 32 bits only; what lies above is divided off seven bits at a time.
    while (n >= 0x8000_0000) {
      bytes[at++] = n & 0x7f | 0x80;
      n = Math.floor(n / 128);
    }
    while (n >= 0x80) {
      bytes[at++] = n & 0x7f | 0x80;
      n >>>= 7;
    }
    bytes[at++] = n;
    this.length = at;
  }

  /**
   * A signed varint: zigzag, then LEB128.
   *
   * @param n A whole number from -2^52 to 2^52 - 1.
   * @throws {RecorderError} `ERR_UNKNOWN` if its zigzag form is no safe integer.
   */
  zigzag(n: number): void {
    if (n >= ZIGZAG_LIMIT || n < -ZIGZAG_LIMIT) {
      throw internalError("ERR_UNKNOWN", `Cannot write ${n} as a signed varint: beyond 52 bits`);
    }
    this.varint(n < 0 ? -2 * n - 1 : 2 * n);
  }

  /** Appends `source[start .. end)`. The source may be this buffer's own storage. */
  append(source: Uint8Array, start = 0, end: number = source.length): void {
    const at = this.length;
    const length = at + end - start;
    if (length > this.bytes.length) this.#grow(length);
    this.length = length;
    this.#copy(source, start, end, at);
  }

  /**
   * A number and sized bytes: varint `id`, varint length, `source[start .. end)`. The same as
   * {@link varint} twice and {@link append}, but this is what a trace consists of, several times
   * per step, and one check for room is faster than three.
   *
   * @param id A whole number from 0 to 2^53 - 1.
   */
  item(id: number, source: Uint8Array, start: number, end: number): void {
    const count = end - start;
    let at = this.length;
    if (at + 16 + count > this.bytes.length) this.#grow(at + 16 + count);
    if (id < 0x80 && count < 0x80) {
      this.bytes[at++] = id;
      this.bytes[at++] = count;
    } else {
      this.varint(id);
      this.varint(count);
      at = this.length;
    }
    this.length = at + count;
    this.#copy(source, start, end, at);
  }

  /** {@link append} for a source that the caller holds a view of: the fastest for short pieces. */
  appendView(source: DataView, start: number, end: number): void {
    const at = this.length;
    const count = end - start;
    if (at + count > this.bytes.length) this.#grow(at + count);
    this.length = at + count;
    if (count > WORD_COPY_LIMIT) {
      this.bytes.set(new Uint8Array(source.buffer, source.byteOffset + start, count), at);
    } else if (count >= WORD) {
      this.#copyWords(source, start, end, at);
    } else {
      for (let i = 0; i < count; i++) this.bytes[at + i] = source.getUint8(start + i);
    }
  }

  /** {@link append} for all that another buffer holds: no view has to be made for it. */
  appendBuffer(source: ByteBuffer): void {
    const at = this.length;
    const count = source.length;
    if (at + count > this.bytes.length) this.#grow(at + count);
    this.length = at + count;
    this.#copyBuffer(source, at);
  }

  /** Puts all that another buffer holds in the place of as many bytes from `at` on. */
  overwrite(at: number, source: ByteBuffer): void {
    this.#copyBuffer(source, at);
  }

  /** {@link item} for all that another buffer holds. */
  itemOf(id: number, source: ByteBuffer): void {
    const count = source.length;
    let at = this.length;
    if (at + 16 + count > this.bytes.length) this.#grow(at + 16 + count);
    if (id < 0x80 && count < 0x80) {
      this.bytes[at++] = id;
      this.bytes[at++] = count;
    } else {
      this.varint(id);
      this.varint(count);
      at = this.length;
    }
    this.length = at + count;
    this.#copyBuffer(source, at);
  }

  /** Puts `source[from .. to)` in the place of `bytes[start .. end)`; what stands behind moves. */
  replace(start: number, end: number, source: Uint8Array, from: number, to: number): void {
    const moved = to - from - (end - start);
    if (moved !== 0) {
      if (moved > 0) this.ensure(moved);
      this.bytes.copyWithin(end + moved, end, this.length);
      this.length += moved;
    }
    if (to - from > LOOP_COPY_LIMIT) this.bytes.set(source.subarray(from, to), start);
    else for (let i = from; i < to; i++) this.bytes[start + i - from] = source[i]!;
  }

  /** Whether `other[start .. end)` begins with all of this buffer's content. */
  isBeginOf(other: DataView, start: number, end: number): boolean {
    const view = this.#view;
    const { length } = this;
    if (length > end - start) return false;
    if (length >= SHORTEST_COMPARED) return this.#isSame(comparable(other), start, 0, length);
    if (length >= 4) {
      const last = length - 4;
      for (let at = 0; at < last; at += 4) {
        if (view.getInt32(at, true) !== other.getInt32(start + at, true)) return false;
      }
      return view.getInt32(last, true) === other.getInt32(start + last, true);
    }
    for (let at = 0; at < length; at++) {
      if (view.getUint8(at) !== other.getUint8(start + at)) return false;
    }
    return true;
  }

  /** Whether this buffer's content in [at, end) is that of `other` from `start + at` on; both are as long. */
  #isSame(other: Buffer, start: number, at: number, end: number): boolean {
    const own = this.#comparable ??= Buffer.from(
      this.bytes.buffer,
      this.bytes.byteOffset,
      this.bytes.byteLength,
    );
    // In this order: Deno checks the target's end twice, once as that of what is compared with it.
    return other.compare(own, at, end, start + at, start + end) === 0;
  }

  /**
   * Where this buffer's content first differs from `other[start .. end)`.
   *
   * @param from Up to here they are known to be the same.
   * @returns {@link length} if the other begins with all of it; less if the other ends before.
   */
  firstDifference(other: DataView, start: number, end: number, from = 0): number {
    const view = this.#view;
    const length = this.length <= end - start ? this.length : end - start;
    let at = from;
    while (
      length - at >= 2 * SHORTEST_COMPARED &&
      this.#isSame(comparable(other), start, at, at + SHORTEST_COMPARED)
    ) at += SHORTEST_COMPARED;
    while (at + 4 <= length && view.getInt32(at, true) === other.getInt32(start + at, true)) {
      at += 4;
    }
    while (at < length && view.getUint8(at) === other.getUint8(start + at)) at++;
    return at;
  }

  /**
   * Appends a text as UTF-8: for short ones faster than the engine's encoder.
   *
   * @param length As {@link utf8Length} says, and not -1.
   */
  utf8(s: string, length: number): void {
    let at = this.length;
    if (at + length > this.bytes.length) this.#grow(at + length);
    const bytes = this.bytes;
    for (let i = 0; i < s.length; i++) {
      const unit = s.charCodeAt(i);
      if (unit < 0x80) bytes[at++] = unit;
      else {
        if (unit < 0x800) bytes[at++] = 0xc0 | unit >> 6;
        else {
          bytes[at++] = 0xe0 | unit >> 12;
          bytes[at++] = 0x80 | unit >> 6 & 0x3f;
        }
        bytes[at++] = 0x80 | unit & 0x3f;
      }
    }
    this.length = at;
  }

  /** Copies another buffer to `at`, where there is room. */
  #copyBuffer(source: ByteBuffer, at: number): void {
    const count = source.length;
    if (count > WORD_COPY_LIMIT) {
      // Values are mostly as long as they were: no view is made for each.
      if (count !== source.#wholeLength) {
        source.#whole = source.bytes.subarray(0, count);
        source.#wholeLength = count;
      }
      this.bytes.set(source.#whole, at);
    } else if (count >= WORD) {
      this.#copyWords(source.#view, 0, count, at);
    } else {
      for (let i = 0; i < count; i++) this.bytes[at + i] = source.bytes[i]!;
    }
  }

  /** Copies to `at`, where there is room. */
  #copy(source: Uint8Array, start: number, end: number, at: number): void {
    const count = end - start;
    if (
      count >= WORD && count <= WORD_COPY_LIMIT && (source === this.#source || this.#adopt(source))
    ) {
      this.#copyWords(this.#sourceView, start, end, at);
    } else if (count <= LOOP_COPY_LIMIT) {
      const bytes = this.bytes;
      for (let i = 0; i < count; i++) bytes[at + i] = source[start + i]!;
    } else {
      this.bytes.set(source.subarray(start, end), at);
    }
  }

  /** The same for at least eight bytes. */
  #copyWords(source: DataView, start: number, end: number, at: number): void {
    const view = this.#view;
    const distance = at - start;
    const last = end - WORD;
    // The engine makes words of these, without a bigint in between.
    for (let i = start; i < last; i += WORD) {
      view.setBigInt64(i + distance, source.getBigInt64(i, true), true);
    }
    // The rest by one more word, which overlaps the one before.
    view.setBigInt64(last + distance, source.getBigInt64(last, true), true);
  }

  /**
   * Makes a source one that is copied by words, which takes a view: worth it from the second time
   * in a row that bytes come from it.
   *
   * @returns Whether it is now such a source.
   */
  #adopt(source: Uint8Array): boolean {
    if (source !== this.#candidate) {
      this.#candidate = source;
      return false;
    }
    this.#source = source;
    this.#sourceView = new DataView(source.buffer, source.byteOffset, source.byteLength);
    return true;
  }

  /**
   * A text as varint length and UTF-8. An unpaired surrogate becomes U+FFFD, as readers refuse
   * what is not UTF-8.
   */
  text(s: string): void {
    // UTF-8 takes at most three bytes per UTF-16 unit. The length prefix goes in front of a text
    // whose size is not known yet: guess (ASCII), and move the text in the rare other case.
    const guess = varintLength(s.length);
    this.ensure(8 + 3 * s.length);
    const at = this.length;
    const { written } = encoder.encodeInto(s, this.bytes.subarray(at + guess));
    this.length = at + guess + written;
    this.setVarint(at, guess, written);
  }

  /**
   * Fills in a varint that was set aside before its value was known.
   *
   * @param at Where it stands.
   * @param reserved Bytes set aside for it; if it takes more or fewer, all behind it is moved.
   * @param n A whole number from 0 to 2^53 - 1.
   * @returns Bytes that it took.
   */
  setVarint(at: number, reserved: number, n: number): number {
    if (n < 0x80 && reserved === 1) {
      this.bytes[at] = n;
      return 1;
    }
    const needed = varintLength(n);
    if (needed !== reserved) {
      this.ensure(needed);
      this.bytes.copyWithin(at + needed, at + reserved, this.length);
      this.length += needed - reserved;
    }
    const bytes = this.bytes;
    for (; n >= 0x80; n = Math.floor(n / 128)) bytes[at++] = n & 0x7f | 0x80;
    bytes[at] = n;
    return needed;
  }
}
