import { corrupt, type Place } from "./_corrupt.ts";

const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Below this, a loop over ASCII beats the call into the decoder. */
const SHORT_TEXT = 24;

/**
 * The UTF-8 text in `bytes[start, end)`, or null when it is not valid UTF-8.
 */
export function utf8(bytes: Uint8Array, start: number, end: number): string | null {
  if (end - start <= SHORT_TEXT) {
    let text = "";
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (byte >= 0x80) return decodeUtf8(bytes, start, end);
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return decodeUtf8(bytes, start, end);
}

function decodeUtf8(bytes: Uint8Array, start: number, end: number): string | null {
  try {
    return TEXT.decode(bytes.subarray(start, end));
  } catch {
    // Not UTF-8, which is the question.
    return null;
  }
}

/** Reads one record of the container from front to back; every step is checked. */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  pos: number;
  readonly #place: Place;
  readonly #record: number;

  /**
   * @param bytes The bytes that hold the record.
   * @param place For error messages.
   * @param record The record's number, for error messages.
   * @param start Where in `bytes` the record starts.
   * @param end Where it ends.
   */
  constructor(bytes: Uint8Array, place: Place, record: number, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.pos = start;
    this.end = end;
    this.#place = place;
    this.#record = record;
  }

  left(): number {
    return this.end - this.pos;
  }

  fail(what: string): never {
    throw corrupt(this.#place, what, { record: this.#record });
  }

  u8(): number {
    if (this.pos >= this.end) this.fail("the record is cut short");
    return this.bytes[this.pos++]!;
  }

  /** An unsigned LEB128 number below 2^53; nothing that counts or points is larger in a sound trace. */
  varint(): number {
    if (this.pos >= this.end) this.fail("the record ends inside a number");
    const first = this.bytes[this.pos]!;
    if (first < 0x80) {
      this.pos++;
      return first;
    }
    let value = 0;
    let scale = 1;
    for (;;) {
      if (this.pos >= this.end) this.fail("the record ends inside a number");
      const byte = this.bytes[this.pos++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 128;
      if (scale > 2 ** 63) this.fail("a number of more than 10 bytes");
    }
    if (value > Number.MAX_SAFE_INTEGER) this.fail(`the number ${value} is out of range`);
    return value;
  }

  /** A zigzag-coded varint. */
  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A varint of up to 64 bits, a BigInt only where a number would lose digits. */
  varint64(): number | bigint {
    const start = this.pos;
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      if (shift > 63n) this.fail("a number of more than 10 bytes");
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (value >> 64n) {
      this.pos = start;
      this.fail("a number of more than 64 bits");
    }
    return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }

  /** Passes over `count` bytes and says where they started. */
  skip(count: number): number {
    if (count > this.end - this.pos) {
      this.fail(`${count} bytes are announced, but only ${this.end - this.pos} are left`);
    }
    const start = this.pos;
    this.pos += count;
    return start;
  }

  /** Varint length and that many bytes; a view, no copy. */
  sized(): Uint8Array {
    const length = this.varint();
    const start = this.skip(length);
    return this.bytes.subarray(start, start + length);
  }

  /** Varint length and that many bytes of UTF-8. */
  text(): string {
    const length = this.varint();
    const start = this.skip(length);
    return utf8(this.bytes, start, start + length) ?? this.fail("a text is not valid UTF-8");
  }

  /** Everything up to the end as UTF-8. */
  rest(): string {
    const start = this.pos;
    this.pos = this.end;
    return utf8(this.bytes, start, this.end) ?? this.fail("a text is not valid UTF-8");
  }

  /** A varint that counts things of at least one byte each, so that it can't announce more than there are. */
  count(): number {
    const count = this.varint();
    if (count > this.end - this.pos) {
      this.fail(`${count} items are announced, but only ${this.end - this.pos} bytes are left`);
    }
    return count;
  }

  finish(): void {
    if (this.pos !== this.end) this.fail(`${this.end - this.pos} bytes are left over`);
  }
}
