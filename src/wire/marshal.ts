/**
 * Reads Python's marshal format, version 2, as far as agents use it (CPython's Python/marshal.c), in
 * place: positions go in, positions come out, nothing is allocated.
 */
import { type TargetError, targetError } from "../errors/mod.ts";

/** Type codes, named as in marshal.c. */
export const TYPE_NULL = 0x30; // '0'
export const TYPE_NONE = 0x4e; // 'N'
export const TYPE_TRUE = 0x54; // 'T'
export const TYPE_FALSE = 0x46; // 'F'
export const TYPE_ELLIPSIS = 0x2e; // '.'
export const TYPE_MARK = 0x53; // 'S', StopIteration
export const TYPE_INT = 0x69; // 'i'
export const TYPE_LONG = 0x6c; // 'l'
export const TYPE_FLOAT = 0x67; // 'g'
export const TYPE_COMPLEX = 0x79; // 'y'
export const TYPE_BYTES = 0x73; // 's'
export const TYPE_TEXT = 0x75; // 'u'
export const TYPE_INTERNED = 0x74; // 't'
export const TYPE_TUPLE = 0x28; // '('
export const TYPE_LIST = 0x5b; // '['

/** Agents nest far less; what nests deeper did not come from one. */
const DEEPEST = 100;

/** Digits of 15 bits that 53 bits take. */
const MOST_DIGITS = 4;

/** Thrown when the bytes end, or stop making sense, inside a record. */
export class BrokenRecord extends Error {
  override name = "BrokenRecord";
}

function broken(what: string, at: number): never {
  throw new BrokenRecord(`${what} at byte ${at}`);
}

/** Unsigned 32-bit number, little-endian. */
export function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24) >>> 0;
}

/** Signed 32-bit number, little-endian. */
export function i32(bytes: Uint8Array, at: number): number {
  return bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
}

/**
 * The position behind the value at `at`.
 *
 * @param end No byte at or behind it is read.
 * @throws {BrokenRecord} If the value does not end before `end` or is none.
 */
export function skip(bytes: Uint8Array, at: number, end: number, depth = 0): number {
  if (at >= end) broken("the data ends", at);
  let next: number;
  switch (bytes[at]) {
    case TYPE_NONE:
    case TYPE_TRUE:
    case TYPE_FALSE:
    case TYPE_ELLIPSIS:
    case TYPE_MARK:
      return at + 1;
    case TYPE_INT:
      next = at + 5;
      break;
    case TYPE_FLOAT:
      next = at + 9;
      break;
    case TYPE_COMPLEX:
      next = at + 17;
      break;
    case TYPE_LONG:
      if (at + 5 > end) broken("the data ends", at);
      next = at + 5 + 2 * Math.abs(i32(bytes, at + 1));
      break;
    case TYPE_BYTES:
    case TYPE_TEXT:
    case TYPE_INTERNED:
      if (at + 5 > end) broken("the data ends", at);
      next = at + 5 + u32(bytes, at + 1);
      break;
    case TYPE_TUPLE:
    case TYPE_LIST: {
      if (at + 5 > end) broken("the data ends", at);
      if (depth > DEEPEST) broken("values nest too deep", at);
      const count = u32(bytes, at + 1);
      if (count > end - at) broken("too many elements", at);
      next = at + 5;
      for (let n = 0; n < count; n++) next = skip(bytes, next, end, depth + 1);
      return next;
    }
    default:
      broken(`unknown type code ${bytes[at]}`, at);
  }
  if (next > end) broken("the data ends", at);
  return next;
}

// A text may begin with U+FEFF, which is no byte order mark here.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text at `at`; lone surrogates come out as U+FFFD. */
export function readText(bytes: Uint8Array, at: number): string {
  const length = readLength(bytes, at);
  if (bytes[at] === TYPE_BYTES) broken("expected a text", at);
  return decoder.decode(bytes.subarray(at + 5, at + 5 + length));
}

/** The size in bytes of the text or bytes at `at`, which begin at `at + 5`. */
export function readLength(bytes: Uint8Array, at: number): number {
  const type = bytes[at];
  if (type !== TYPE_TEXT && type !== TYPE_INTERNED && type !== TYPE_BYTES) {
    broken("expected a text or bytes", at);
  }
  return u32(bytes, at + 1);
}

/** The integer at `at`, of at most 53 bits. */
export function readInt(bytes: Uint8Array, at: number): number {
  if (bytes[at] === TYPE_INT) return i32(bytes, at + 1);
  if (bytes[at] !== TYPE_LONG) broken("expected an integer", at);
  const count = i32(bytes, at + 1);
  // Not only in vain: what is read before it is known to be whole may claim any number of digits.
  if (Math.abs(count) > MOST_DIGITS) broken("expected a smaller integer", at);
  let value = 0;
  for (let n = Math.abs(count) - 1; n >= 0; n--) {
    value = value * 0x8000 + (bytes[at + 5 + 2 * n]! | bytes[at + 6 + 2 * n]! << 8);
  }
  if (value > Number.MAX_SAFE_INTEGER) broken("expected a smaller integer", at);
  return count < 0 ? -value : value;
}

/** The number of elements of the tuple or list at `at`; the first one begins at `at + 5`. */
export function readCount(bytes: Uint8Array, at: number): number {
  const type = bytes[at];
  if (type !== TYPE_TUPLE && type !== TYPE_LIST) broken("expected a tuple or list", at);
  return u32(bytes, at + 1);
}

/** What a broken record in the middle of the data means to the user. */
export function channelCorrupt(error: BrokenRecord, where: string): TargetError {
  return targetError(
    "ERR_CHANNEL_CORRUPT",
    `The program's channel to the recorder holds what no agent writes (${error.message}, ${where}); ` +
      `the program must have written into the recorder's memory`,
    { where, detail: error.message },
    error,
  );
}
