import assert from "node:assert/strict";
import fc from "fast-check";
import { BrokenRecord } from "../../src/wire/marshal.ts";
import { LONGEST_PLAIN, packedKinds, packedNumber, unpack } from "../../src/wire/packed.ts";
import { dumps, Float, type PyValue } from "../recording/_marshal.ts";

/** What becomes of a value packed as `letter`, behind a byte that is not its own. */
function unpacked(letter: string, write: (view: DataView) => void): number[] {
  const bytes = new Uint8Array(9).fill(0xaa);
  write(new DataView(bytes.buffer));
  const plain = new Uint8Array(LONGEST_PLAIN);
  const [kind] = packedKinds(letter);
  return [...plain.subarray(0, unpack(kind!, bytes, 1, plain))];
}

const INTEGERS = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 33n), max: 2n ** 33n }),
);

Deno.test("a packed value is the one that marshal would have brought", () => {
  const same = (letter: string, value: PyValue, write: (view: DataView) => void) =>
    assert.deepEqual(unpacked(letter, write), dumps(value));
  const integer = (n: bigint) => same("i", n, (view) => view.setBigInt64(1, n, true));
  for (const n of [0n, 2n ** 31n, -(2n ** 31n), 2n ** 63n - 1n, -(2n ** 63n), -(2n ** 32n)]) {
    integer(n);
  }
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

Deno.test("a packed thread has its sign", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (n) => {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigInt64(0, BigInt(n), true);
      assert.equal(packedNumber(bytes, 0), n);
    }),
  );
});

Deno.test("letters that mean nothing are a broken record", () => {
  assert.throws(() => packedKinds("ix"), BrokenRecord);
});
