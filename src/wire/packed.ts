/** Values in packed records: what each is stands in its site, not beside it. */
import { BrokenRecord } from "./marshal.ts";

/** A letter, as a char code: an int of 64 bits, a float, a bool, None. */
export type PackedKind =
  | typeof PACKED_INT
  | typeof PACKED_FLOAT
  | typeof PACKED_BOOL
  | typeof PACKED_NONE;
export const PACKED_INT = 0x69; // 'i'
export const PACKED_FLOAT = 0x66; // 'f'
export const PACKED_BOOL = 0x62; // 'b'
export const PACKED_NONE = 0x6e; // 'n'

/** @throws {BrokenRecord} If `letters` has one that means nothing. */
export function packedKinds(letters: string): PackedKind[] {
  return Array.from(letters, (letter) => {
    const kind = letter.charCodeAt(0);
    if (
      kind !== PACKED_INT && kind !== PACKED_FLOAT && kind !== PACKED_BOOL && kind !== PACKED_NONE
    ) {
      throw new BrokenRecord(`unknown kind ${letter} of a packed value,`);
    }
    return kind;
  });
}

/** Bytes that a value takes. */
export function packedSize(kind: PackedKind): number {
  return isLong(kind) ? 8 : 1;
}

/** The lower 32 bits of the int or float at `at`, with a sign; 1 for True, 0 for False and None. */
export function packedLow(kind: PackedKind, view: DataView, at: number): number {
  if (isLong(kind)) return view.getInt32(at, true);
  return kind === PACKED_BOOL && view.getUint8(at) !== 0 ? 1 : 0;
}

/** The higher 32 bits of the int or float at `at`, with a sign; 0 for others. */
export function packedHigh(kind: PackedKind, view: DataView, at: number): number {
  return isLong(kind) ? view.getInt32(at + 4, true) : 0;
}

function isLong(kind: PackedKind): boolean {
  return kind === PACKED_INT || kind === PACKED_FLOAT;
}

/** The signed integer of 64 bits at `at`, as far as a number holds it. */
export function packedNumber(view: DataView, at: number): number {
  const low = view.getInt32(at, true);
  const high = view.getInt32(at + 4, true);
  // The engine computes with whole numbers of 32 bits as long as nothing else is among them.
  return high === low >> 31 ? low : high * 2 ** 32 + (low >>> 0);
}
