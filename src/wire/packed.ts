/** Values in packed records: what each is stands in its site, not beside it. */
import {
  BrokenRecord,
  i32,
  TYPE_FALSE,
  TYPE_FLOAT,
  TYPE_INT,
  TYPE_LONG,
  TYPE_NONE,
  TYPE_TRUE,
} from "./marshal.ts";

/** A letter, as a char code: an int of 64 bits, a float, a bool, None. */
export type PackedKind = typeof INT | typeof FLOAT | typeof BOOL | typeof NONE;
const INT = 0x69; // 'i'
const FLOAT = 0x66; // 'f'
const BOOL = 0x62; // 'b'
const NONE = 0x6e; // 'n'

/** The longest value in marshal's form: an integer of five digits. */
export const LONGEST_PLAIN = 15;

/** @throws {BrokenRecord} If `letters` has one that means nothing. */
export function packedKinds(letters: string): PackedKind[] {
  return Array.from(letters, (letter) => {
    const kind = letter.charCodeAt(0);
    if (kind !== INT && kind !== FLOAT && kind !== BOOL && kind !== NONE) {
      throw new BrokenRecord(`unknown kind ${letter} of a packed value,`);
    }
    return kind;
  });
}

/** Bytes that a value takes. */
export function packedSize(kind: PackedKind): number {
  return kind === INT || kind === FLOAT ? 8 : 1;
}

/**
 * Writes the value at `at` to the beginning of `plain` as marshal has it.
 *
 * @param plain At least {@link LONGEST_PLAIN} bytes.
 * @returns How many bytes it took.
 */
export function unpack(
  kind: PackedKind,
  bytes: Uint8Array,
  at: number,
  plain: Uint8Array,
): number {
  if (kind === INT) return unpackInt(bytes, at, plain);
  if (kind === FLOAT) {
    plain[0] = TYPE_FLOAT;
    for (let n = 0; n < 8; n++) plain[n + 1] = bytes[at + n]!;
    return 9;
  }
  plain[0] = kind === NONE ? TYPE_NONE : bytes[at] === 0 ? TYPE_FALSE : TYPE_TRUE;
  return 1;
}

/** As {@link unpack}, for an integer of 64 bits. */
export function unpackInt(bytes: Uint8Array, at: number, plain: Uint8Array): number {
  let low = i32(bytes, at);
  let high = i32(bytes, at + 4);
  if (high === low >> 31) {
    plain[0] = TYPE_INT;
    for (let n = 0; n < 4; n++) plain[n + 1] = bytes[at + n]!;
    return 5;
  }
  const negative = high < 0;
  if (negative) {
    low = -low | 0;
    high = low === 0 ? -high | 0 : ~high;
  }
  let digits = 0;
  while (low !== 0 || high !== 0) {
    plain[5 + 2 * digits] = low & 0xff;
    plain[6 + 2 * digits] = low >>> 8 & 0x7f;
    low = low >>> 15 | high << 17;
    high >>>= 15;
    digits++;
  }
  plain[0] = TYPE_LONG;
  const count = negative ? -digits : digits;
  for (let n = 0; n < 4; n++) plain[n + 1] = count >> 8 * n & 0xff;
  return 5 + 2 * digits;
}

/** The signed integer of 64 bits at `at`, as far as a number holds it. */
export function packedNumber(bytes: Uint8Array, at: number): number {
  const low = i32(bytes, at);
  const high = i32(bytes, at + 4);
  return high === low >> 31 ? low : high * 2 ** 32 + (low >>> 0);
}
