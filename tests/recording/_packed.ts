/** Packed records, as the agent makes them by `struct`. */
import * as wire from "../../src/wire/protocol.ts";

/** What goes into a packed record: numbers as their site says, `true`, `false` and `null`. */
export type Packed = bigint | number | boolean | null;

/** A packed record of `kind`; `bigint` values are ints, numbers are floats. */
export function packed(kind: number, id: number, thread: number, ...values: Packed[]): number[] {
  const bytes = new DataView(new ArrayBuffer(wire.PACKED_HEAD + 8 * values.length + 1));
  bytes.setUint8(0, kind);
  bytes.setUint32(1, id, true);
  bytes.setBigInt64(5, BigInt(thread), true);
  let at = wire.PACKED_HEAD;
  for (const value of values) {
    if (typeof value === "bigint") bytes.setBigInt64(at, value, true);
    else if (typeof value === "number") bytes.setFloat64(at, value, true);
    else bytes.setUint8(at, value ? 1 : 0);
    at += typeof value === "bigint" || typeof value === "number" ? 8 : 1;
  }
  bytes.setUint8(at++, 0x4e);
  return [...new Uint8Array(bytes.buffer, 0, at)];
}
