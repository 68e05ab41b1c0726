/** Writes what Python's `marshal.loads` reads, of any version: the way in which the agent gets its configuration. */
import { internalError } from "../errors/mod.ts";

/**
 * Null, booleans, whole numbers up to `Number.MAX_SAFE_INTEGER`, strings, bytes, arrays, maps and plain objects become
 * Python's None, bool, int, str, bytes, list and dict; what is {@link Marshalled} goes in as it is.
 *
 * @throws {RecorderError} ERR_UNKNOWN: for anything else.
 */
export function marshal(value: unknown): Uint8Array<ArrayBuffer> {
  const out = new Output();
  out.put(value);
  return out.content();
}

/** A value that was written before. */
export class Marshalled {
  readonly bytes: Uint8Array<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
  }
}

/** Type codes as of CPython's Python/marshal.c. */
const NONE = 0x4e, TRUE = 0x54, FALSE = 0x46, INT = 0x69, LONG = 0x6c, END = 0x30;
const TEXT = 0x75, BYTES = 0x73, LIST = 0x5b, DICT = 0x7b;

const ENCODER = new TextEncoder();

class Output {
  #bytes = new Uint8Array(16384);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  content(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  put(value: unknown): void {
    if (value === null) this.#code(NONE);
    else if (value === true) this.#code(TRUE);
    else if (value === false) this.#code(FALSE);
    else if (Number.isSafeInteger(value)) this.#number(value as number);
    else if (typeof value === "string") this.#text(value);
    else if (value instanceof Uint8Array) this.#sized(BYTES, value);
    else if (value instanceof Marshalled) this.#raw(value.bytes);
    else if (Array.isArray(value)) {
      this.#code(LIST, value.length);
      for (const item of value) this.put(item);
    } else if (typeof value === "object") {
      this.#code(DICT);
      for (const [key, item] of value instanceof Map ? value : Object.entries(value)) {
        this.put(key);
        this.put(item);
      }
      this.#code(END);
    } else throw internalError("ERR_UNKNOWN", `There is no marshal form of ${String(value)}`);
  }

  #number(value: number): void {
    if (value === (value | 0)) {
      this.#code(INT, value);
      return;
    }
    const digits: number[] = []; // of 15 bits, the lowest first
    for (let left = Math.abs(value); left > 0; left = Math.floor(left / 0x8000)) {
      digits.push(left % 0x8000);
    }
    this.#code(LONG, value < 0 ? -digits.length : digits.length);
    for (const digit of digits) {
      this.#room(2);
      this.#view.setUint16(this.#length, digit, true);
      this.#length += 2;
    }
  }

  /** UTF-8, lone surrogates too: Python's names of files have them where bytes are no text. */
  #text(text: string): void {
    this.#code(TEXT, 0);
    const start = this.#length;
    for (const part of text.isWellFormed() ? [text] : text) {
      this.#room(3 * part.length);
      if (part.isWellFormed()) {
        const { written } = ENCODER.encodeInto(part, this.#bytes.subarray(this.#length));
        this.#length += written;
      } else {
        const unit = part.charCodeAt(0);
        this.#bytes[this.#length++] = 0xe0 | unit >> 12;
        this.#bytes[this.#length++] = 0x80 | (unit >> 6 & 0x3f);
        this.#bytes[this.#length++] = 0x80 | (unit & 0x3f);
      }
    }
    this.#view.setInt32(start - 4, this.#length - start, true);
  }

  #sized(code: number, bytes: Uint8Array): void {
    this.#code(code, bytes.length);
    this.#raw(bytes);
  }

  #raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #code(code: number, operand?: number): void {
    this.#room(5);
    this.#bytes[this.#length++] = code;
    if (operand === undefined) return;
    this.#view.setInt32(this.#length, operand, true);
    this.#length += 4;
  }

  #room(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * (this.#length + count));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
