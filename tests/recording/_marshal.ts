/** Writes Python's marshal format, version 2, for hand-made records; shares nothing with the reader. */

/** A value as Python has it: numbers are ints, and what JavaScript lacks is one of the classes below. */
export type PyValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Tuple
  | Float
  | typeof MARK
  | readonly PyValue[];

export class Tuple {
  constructor(readonly items: readonly PyValue[]) {}
}

export class Float {
  constructor(readonly value: number) {}
}

export const MARK = Symbol("StopIteration");

export const tuple = (...items: PyValue[]): Tuple => new Tuple(items);

export function dumps(value: PyValue): number[] {
  if (value === null) return [0x4e];
  if (value === true) return [0x54];
  if (value === false) return [0x46];
  if (value === MARK) return [0x53];
  if (typeof value === "bigint" || typeof value === "number") return integer(BigInt(value));
  if (typeof value === "string") return sized(0x75, [...new TextEncoder().encode(value)]);
  if (value instanceof Uint8Array) return sized(0x73, [...value]);
  if (value instanceof Float) {
    return [0x67, ...new Uint8Array(new Float64Array([value.value]).buffer)];
  }
  const items = value instanceof Tuple ? value.items : value as readonly PyValue[];
  return [value instanceof Tuple ? 0x28 : 0x5b, ...u32(items.length), ...items.flatMap(dumps)];
}

function integer(value: bigint): number[] {
  if (value >= -(2n ** 31n) && value < 2n ** 31n) {
    return [0x69, ...u32(Number(BigInt.asUintN(32, value)))];
  }
  const digits: number[] = [];
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 15n) {
    digits.push(Number(rest & 0x7fffn));
  }
  const count = value < 0n ? -digits.length : digits.length;
  return [0x6c, ...u32(count >>> 0), ...digits.flatMap((digit) => [digit & 0xff, digit >> 8])];
}

const sized = (code: number, content: number[]) => [code, ...u32(content.length), ...content];
const u32 = (n: number) => [n & 0xff, n >>> 8 & 0xff, n >>> 16 & 0xff, n >>> 24 & 0xff];
