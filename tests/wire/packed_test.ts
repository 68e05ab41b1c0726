import assert from "node:assert/strict";
import fc from "fast-check";
import { ValueTranscoder } from "../../src/recording/value_transcoder.ts";
import { ByteBuffer } from "../../src/trace/byte_buffer.ts";
import { BrokenRecord } from "../../src/wire/marshal.ts";
import {
  PACKED_KEPT,
  packedHigh,
  packedKinds,
  packedLow,
  packedNumber,
  PackedReference,
} from "../../src/wire/packed.ts";
import { AS_KEPT } from "../../src/wire/protocol.ts";
import { dumps, Float, MARK, type PyValue, tuple } from "../recording/_marshal.ts";

const types: string[] = ["NoneType"];
const values = new ValueTranscoder({
  typeId: (name) => types.includes(name) ? types.indexOf(name) : types.push(name) - 1,
});

/** The value record of a value packed as `letter`, behind a byte that is not its own. */
function unpacked(letter: string, write: (view: DataView) => void): Uint8Array {
  const view = new DataView(new Uint8Array(9).fill(0xaa).buffer);
  write(view);
  const kind = packedKinds(letter)[0]!; // holds: the tests give a letter
  assert(kind !== PACKED_KEPT);
  const out = new ByteBuffer();
  values.packed(kind, packedLow(kind, view, 1), packedHigh(kind, view, 1), out);
  return out.bytes.slice(0, out.length);
}

/** That of the same value in marshal's form. */
function marshalled(value: PyValue): Uint8Array {
  const bytes = Uint8Array.from(dumps(value));
  const out = new ByteBuffer();
  values.value(bytes, 0, bytes.length, out);
  return out.bytes.slice(0, out.length);
}

const INTEGERS = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 33n), max: 2n ** 33n }),
);

Deno.test("a packed value becomes what it would have in marshal's form", () => {
  const same = (letter: string, value: PyValue, write: (view: DataView) => void) =>
    assert.deepEqual(unpacked(letter, write), marshalled(value));
  const integer = (n: bigint) => same("i", n, (view) => view.setBigInt64(1, n, true));
  for (let bits = 0n; bits < 63n; bits++) {
    for (const near of [-1n, 0n, 1n]) {
      integer(2n ** bits + near);
      integer(-(2n ** bits) + near);
    }
  }
  integer(2n ** 63n - 1n);
  integer(-(2n ** 63n));
  fc.assert(fc.property(INTEGERS, integer));
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (x) => {
      same("f", new Float(x), (view) => view.setFloat64(1, x, true));
    }),
  );
  same("b", true, (view) => view.setUint8(1, 1));
  same("b", false, (view) => view.setUint8(1, 0));
  same("n", null, (view) => view.setUint8(1, 0));
});

Deno.test("a packed reference to a container is the one that marshal would have brought", () => {
  const reference = new PackedReference();
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (slot, version) => {
      const view = new DataView(new ArrayBuffer(9));
      view.setInt32(1, slot, true);
      view.setInt32(5, version, true);
      reference.read(view, 1);
      const marshalled = Uint8Array.from(dumps(tuple(MARK, AS_KEPT, slot, version)));
      assert.deepEqual(reference.bytes, marshalled);
    }),
  );
});

Deno.test("a packed thread has its sign", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (n) => {
      const view = new DataView(new ArrayBuffer(8));
      view.setBigInt64(0, BigInt(n), true);
      assert.equal(packedNumber(view, 0), n);
    }),
  );
});

Deno.test("letters that mean nothing are a broken record", () => {
  assert.throws(() => packedKinds("ix"), BrokenRecord);
});
