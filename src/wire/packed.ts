/** Values in packed records: what each is stands in its site, not beside it. */
import { BrokenRecord, TYPE_INT, TYPE_MARK, TYPE_TUPLE } from "./marshal.ts";
import { AS_KEPT } from "./protocol.ts";

/** A letter, as a char code: a plain value, or a container that is kept. */
export type PackedKind = PackedPlain | typeof PACKED_KEPT;
/** An int of 64 bits, a float, a bool, None. */
export type PackedPlain =
  | typeof PACKED_INT
  | typeof PACKED_FLOAT
  | typeof PACKED_BOOL
  | typeof PACKED_NONE;
export const PACKED_INT = 0x69; // 'i'
export const PACKED_FLOAT = 0x66; // 'f'
export const PACKED_BOOL = 0x62; // 'b'
export const PACKED_NONE = 0x6e; // 'n'
/** A slot and a version; behind all values of other kinds. */
export const PACKED_KEPT = 0x6b; // 'k'

/** A tuple: the mark, AS_KEPT, slot, version. */
const REFERENCE = [
  ...[TYPE_TUPLE, 4, 0, 0, 0, TYPE_MARK],
  ...[TYPE_INT, AS_KEPT, 0, 0, 0],
  ...[TYPE_INT, 0, 0, 0, 0],
  ...[TYPE_INT, 0, 0, 0, 0],
];
const SLOT = 12;
const VERSION = 17;

/** @throws {BrokenRecord} If `letters` has one that means nothing. */
export function packedKinds(letters: string): PackedKind[] {
  return Array.from(letters, (letter) => {
    const kind = letter.charCodeAt(0);
    if (
      kind !== PACKED_INT && kind !== PACKED_FLOAT && kind !== PACKED_BOOL &&
      kind !== PACKED_NONE && kind !== PACKED_KEPT
    ) {
      throw new BrokenRecord(`unknown kind ${letter} of a packed value,`);
    }
    return kind;
  });
}

/** Bytes that a value takes. */
export function packedSize(kind: PackedKind): number {
  return isLong(kind) || kind === PACKED_KEPT ? 8 : 1;
}

/** What refers to a container that is kept, in marshal's form: each has the same length. */
export class PackedReference {
  readonly bytes = Uint8Array.from(REFERENCE);
  readonly view = new DataView(this.bytes.buffer);

  /** Takes in the one that is packed at `at`. */
  read(view: DataView, at: number): void {
    this.view.setInt32(SLOT, view.getInt32(at, true), true);
    this.view.setInt32(VERSION, view.getInt32(at + 4, true), true);
  }
}

/** The lower 32 bits of the int or float at `at`, with a sign; 1 for True, 0 for False and None. */
export function packedLow(kind: PackedPlain, view: DataView, at: number): number {
  if (isLong(kind)) return view.getInt32(at, true);
  return kind === PACKED_BOOL && view.getUint8(at) !== 0 ? 1 : 0;
}

/** The higher 32 bits of the int or float at `at`, with a sign; 0 for others. */
export function packedHigh(kind: PackedPlain, view: DataView, at: number): number {
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
