import type { FindingCode } from "./codes.ts";

/** What can be wrong with the form of a record. */
export type FormProblem = Extract<
  FindingCode,
  "number-overlong" | "record-cut" | "record-trailing" | "text-encoding"
>;

/** Bytes of a varint of 64 bits. */
const MAX_VARINT_BYTES = 10;

/**
 * Reads one record after the other, without an object or an exception per record: the first problem
 * is kept in {@link problem}, and everything read after it is 0.
 */
export class Scanner {
  bytes: Uint8Array = new Uint8Array(0);
  pos = 0;
  end = 0;
  problem: FormProblem | null = null;
  /** Where the problem is, in {@link bytes}. */
  problemAt = 0;
  /** What is wrong, in words. */
  detail = "";
  /** Whether a number had more bytes than it needs; stays set until {@link open}. */
  padded = false;
  /** Where the last {@link sized} or {@link text} started; it ends at {@link pos}. */
  start = 0;

  /** Goes to the record in `bytes[start .. end)`. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.pos = start;
    this.end = end;
    this.problem = null;
    this.padded = false;
  }

  get left(): number {
    return this.end - this.pos;
  }

  u8(): number {
    if (this.pos >= this.end) return this.#fail("record-cut", "the record ends early");
    return this.bytes[this.pos++]!;
  }

  /** An unsigned LEB128 number; above 2^53 no longer exact, but then above every bound, too. */
  varint(): number {
    const pos = this.pos;
    if (pos < this.end) {
      const first = this.bytes[pos]!;
      if (first < 0x80) {
        this.pos = pos + 1;
        return first;
      }
    }
    return this.#longVarint();
  }

  #longVarint(): number {
    const start = this.pos;
    let value = 0;
    let scale = 1;
    for (let at = start; at < this.end; at++) {
      const byte = this.bytes[at]!;
      const length = at - start + 1;
      if (length === MAX_VARINT_BYTES && byte > 1) {
        const what = byte >= 0x80 ? "10 bytes" : "64 bits";
        return this.#fail("number-overlong", `a number of more than ${what}`);
      }
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0) this.padded = true;
        this.pos = at + 1;
        return value;
      }
      scale *= 128;
    }
    return this.#fail("record-cut", "the record ends inside a number");
  }

  /** A varint that one reader keeps in 63 bits; -1 if it has more. */
  varint63(): number {
    const start = this.pos;
    const value = this.varint();
    const isWide = this.pos - start === MAX_VARINT_BYTES && this.bytes[this.pos - 1] !== 0;
    return isWide && this.problem === null ? -1 : value;
  }

  /** A zigzag-coded varint. */
  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Passes over `count` bytes, from {@link start} on. */
  skip(count: number): void {
    if (count > this.end - this.pos) {
      this.#fail("record-cut", `${count} bytes are announced, ${this.end - this.pos} are left`);
    } else {
      this.start = this.pos;
      this.pos += count;
    }
    if (this.problem !== null) this.start = this.pos;
  }

  /** Passes over varint length and that many bytes. */
  sized(): void {
    this.skip(this.varint());
  }

  /** The same, which must be UTF-8. */
  text(): void {
    this.sized();
    const bad = invalidUtf8(this.bytes, this.start, this.pos);
    if (bad >= 0) {
      this.pos = bad;
      this.#fail("text-encoding", "a text is not valid UTF-8");
    }
  }

  /** A number of things that take at least one byte each. */
  count(): number {
    const count = this.varint();
    if (count > this.end - this.pos) {
      return this.#fail(
        "record-cut",
        `${count} items are announced, ${this.end - this.pos} bytes are left`,
      );
    }
    return count;
  }

  /** Nothing may be left. */
  finish(): void {
    if (this.pos < this.end) {
      this.#fail("record-trailing", `${this.end - this.pos} bytes are left over`);
    }
  }

  #fail(problem: FormProblem, detail: string): number {
    if (this.problem === null) {
      this.problem = problem;
      this.problemAt = this.pos;
      this.detail = detail;
    }
    this.pos = this.end;
    return 0;
  }
}

/** Index of the first byte of `bytes[start .. end)` that is not part of valid UTF-8, or -1. */
export function invalidUtf8(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const first = bytes[at]!;
    if (first < 0x80) continue;
    const more = first < 0xc2 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : 0;
    if (more === 0 || at + more >= end) return at;
    const second = bytes[at + 1]!;
    // RFC 3629, section 4: no overlong forms, no surrogates, nothing above U+10FFFF.
    const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) return at;
    for (let n = 2; n <= more; n++) if ((bytes[at + n]! & 0xc0) !== 0x80) return at;
    at += more;
  }
  return -1;
}
