import assert from "node:assert/strict";
import fc from "fast-check";
import { InternalError } from "../../src/errors/mod.ts";
import { ByteBuffer, utf8Length, varintLength } from "../../src/trace/byte_buffer.ts";

function written(write: (buffer: ByteBuffer) => void): number[] {
  const buffer = new ByteBuffer(16);
  write(buffer);
  return [...buffer.bytes.subarray(0, buffer.length)];
}

/** LEB128 of a bigint: slow, and obviously right. */
function leb128(n: bigint): number[] {
  const bytes = [];
  for (; n >= 0x80n; n >>= 7n) bytes.push(Number(n & 0x7Fn) | 0x80);
  return [...bytes, Number(n)];
}

const safe = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(300),
  fc.constantFrom(0, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 35, Number.MAX_SAFE_INTEGER),
);

Deno.test("fixed-width numbers are little-endian", () => {
  assert.deepEqual(written((b) => b.u8(0x1FF)), [0xFF]);
  assert.deepEqual(written((b) => b.u16le(0x1234)), [0x34, 0x12]);
  assert.deepEqual(written((b) => b.u32le(0xFEDCBA98)), [0x98, 0xBA, 0xDC, 0xFE]);
  assert.deepEqual(
    written((b) => b.u64le(Number.MAX_SAFE_INTEGER)),
    [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F, 0],
  );
  fc.assert(fc.property(safe, (n) => {
    const view = new DataView(new Uint8Array(written((b) => b.u64le(n))).buffer);
    assert.equal(view.getBigUint64(0, true), BigInt(n));
  }));
});

Deno.test("a varint is LEB128 up to 2^53 - 1", () => {
  assert.deepEqual(written((b) => b.varint(300)), [0xAC, 0x02]);
  fc.assert(fc.property(safe, (n) => {
    const expected = leb128(BigInt(n));
    assert.deepEqual(written((b) => b.varint(n)), expected);
    assert.equal(varintLength(n), expected.length);
  }));
});

Deno.test("a signed varint is zigzag and LEB128, and refuses what would lose bits", () => {
  assert.deepEqual(written((b) => b.zigzag(-1)), [1]);
  assert.deepEqual(written((b) => b.zigzag(-64)), [127]);
  assert.deepEqual(written((b) => b.zigzag(63)), [126]);
  fc.assert(fc.property(fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 }), (n) => {
    const wide = BigInt(n);
    assert.deepEqual(written((b) => b.zigzag(n)), leb128(wide < 0n ? -2n * wide - 1n : 2n * wide));
  }));
  assert.throws(() => written((b) => b.zigzag(2 ** 52)), InternalError);
  assert.throws(() => written((b) => b.zigzag(-(2 ** 52) - 1)), InternalError);
});

Deno.test("bytes of any length arrive, from sources that come once or again and again", () => {
  const piece = fc.tuple(fc.nat(1), fc.nat(20), fc.oneof(fc.nat(70), fc.nat(600)), fc.nat(2));
  fc.assert(fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
    const sources = [1, 7].map((step) => Uint8Array.from({ length: 700 }, (_, i) => i * step));
    // A part of a bigger buffer: offsets must be relative to the part.
    const views = [sources[0]!, new Uint8Array(sources[1]!.buffer, 3, 650)] as const;
    const buffer = new ByteBuffer(16);
    const expected: number[] = [];
    for (const [which, start, length, how] of pieces) {
      const source = views[which]!;
      const end = Math.min(start + length, source.length);
      const part = [...source.subarray(start, end)];
      if (how === 0) buffer.append(source, start, end);
      else if (how === 1) buffer.item(1000 * which, source, start, end);
      else {
        buffer.appendView(
          new DataView(source.buffer, source.byteOffset, source.byteLength),
          start,
          end,
        );
      }
      if (how === 1) expected.push(...leb128(BigInt(1000 * which)), ...leb128(BigInt(part.length)));
      expected.push(...part);
    }
    assert.deepEqual([...buffer.bytes.subarray(0, buffer.length)], expected);
  }));
});

Deno.test("a buffer can be appended to itself while it grows", () => {
  const buffer = new ByteBuffer(16);
  for (let i = 0; i < 10; i++) buffer.u8(i);
  for (let i = 0; i < 3; i++) buffer.append(buffer.bytes, 0, buffer.length);
  const ten = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  assert.deepEqual(
    [...buffer.bytes.subarray(0, buffer.length)],
    Array.from({ length: 8 }, () => ten).flat(),
  );
});

Deno.test("a text is UTF-8 with its length in bytes, always valid", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 100 }), fc.string()), (s) => {
      const utf8 = new TextEncoder().encode(s);
      assert.deepEqual(written((b) => b.text(s)), [...leb128(BigInt(utf8.length)), ...utf8]);
    }),
  );
  // 100 characters in 300 bytes: the length takes a byte more than it would for ASCII.
  assert.equal(written((b) => b.text("€".repeat(100))).length, 302);
  assert.deepEqual(written((b) => b.text("\uD800")), [3, 0xEF, 0xBF, 0xBD]);
});

Deno.test("a varint set aside takes the room that it needs", () => {
  for (const [reserved, n] of [[1, 5], [1, 200], [3, 5], [2, 70_000]] as const) {
    const bytes = written((b) => {
      b.u8(0xAA);
      for (let i = 0; i < reserved; i++) b.u8(0);
      for (let i = 0; i < 50; i++) b.u8(i);
      assert.equal(b.setVarint(1, reserved, n), varintLength(n));
    });
    const rest = Array.from({ length: 50 }, (_, i) => i);
    assert.deepEqual(bytes, [0xAA, ...leb128(BigInt(n)), ...rest]);
  }
});

Deno.test("clear keeps the storage, release gives it back; there is none until something is written", () => {
  const buffer = new ByteBuffer(32);
  assert.equal(buffer.bytes.length, 0);
  buffer.append(new Uint8Array(1000));
  buffer.clear();
  assert.equal(buffer.length, 0);
  assert.ok(buffer.bytes.length >= 1000);
  buffer.release();
  assert.equal(buffer.bytes.length, 0);
  buffer.u8(7);
  assert.equal(buffer.bytes.length, 32);
  assert.deepEqual(content(buffer), [7]);
});

Deno.test("a buffer that is given room has it at once where it outgrows 64 KiB, and not before", () => {
  const buffer = new ByteBuffer(16, 1 << 20);
  buffer.append(new Uint8Array(1 << 16).fill(1));
  assert.ok(buffer.bytes.length < 1 << 17);
  buffer.u8(2);
  assert.equal(buffer.bytes.length, 1 << 20);
  assert.equal(buffer.bytes.indexOf(2), 1 << 16);
  buffer.append(new Uint8Array(1 << 20));
  assert.equal(buffer.bytes.length, 1 << 22);
  buffer.append(new Uint8Array(1 << 23));
  assert.ok(buffer.bytes.length > 1 << 23);
  assert.equal(buffer.bytes.indexOf(2), 1 << 16);
  buffer.release();
  buffer.u8(3);
  assert.equal(buffer.bytes.length, 16);
});

/** A buffer that holds `bytes`, and had been used for something longer before. */
function holding(bytes: readonly number[]): ByteBuffer {
  const buffer = new ByteBuffer(16);
  buffer.append(new Uint8Array(bytes.length + 40).fill(0xee));
  buffer.clear();
  buffer.append(Uint8Array.from(bytes));
  return buffer;
}

const content = (buffer: ByteBuffer) => [...buffer.bytes.subarray(0, buffer.length)];
const counting = (count: number) => Array.from({ length: count }, (_, n) => n * 7 & 0xff);

Deno.test("what another buffer holds arrives, alone and as an item, whatever its length", () => {
  for (const count of [0, 1, 2, 3, 4, 5, 7, 8, 31, 127, 128, 255, 256, 257, 300, 70_000]) {
    const source = holding(counting(count));
    const target = holding([1, 2, 3]);
    target.appendBuffer(source);
    assert.deepEqual(content(target), [1, 2, 3, ...counting(count)]);
    for (const id of [5, 300, 2 ** 40]) {
      const expected = holding([9]);
      expected.item(id, Uint8Array.from(counting(count)), 0, count);
      const actual = holding([9]);
      actual.itemOf(id, source);
      assert.deepEqual(content(actual), content(expected));
    }
  }
});

Deno.test("what another buffer holds arrives as it is by then, whatever it held when it was copied before", () => {
  const lengths = fc.array(fc.oneof(fc.nat(20), fc.integer({ min: 250, max: 600 })), {
    minLength: 2,
    maxLength: 6,
  });
  fc.assert(fc.property(lengths, fc.nat(5), (sizes, released) => {
    const source = new ByteBuffer(16);
    const target = new ByteBuffer(16);
    const expected: number[] = [];
    for (const [n, size] of sizes.entries()) {
      if (n === released) source.release();
      source.clear();
      source.append(new Uint8Array(size).fill(n + 1));
      target.appendBuffer(source);
      expected.push(...new Array<number>(size).fill(n + 1));
    }
    assert.deepEqual(content(target), expected);
  }));
});

Deno.test("a part is replaced by one of any length, and what stands behind it stays", () => {
  for (const [length, start, end] of [[10, 0, 0], [10, 2, 5], [10, 10, 10], [300, 100, 101]]) {
    for (const count of [0, 1, 3, 48, 49, 5000]) {
      // holds: three numbers each
      const buffer = holding(counting(length!));
      const expected = counting(length!);
      expected.splice(start!, end! - start!, ...new Array<number>(count).fill(0xaa));
      const source = Uint8Array.from([1, 2, ...new Array<number>(count).fill(0xaa), 3]);
      buffer.replace(start!, end!, source, 2, 2 + count);
      assert.deepEqual(content(buffer), expected);
    }
  }
});

Deno.test("the first difference is found in any byte, and behind the end of either there is none", () => {
  const bytes = counting(21);
  const buffer = holding(bytes);
  const other = Uint8Array.from([0xff, ...bytes, 0xff]);
  const view = new DataView(other.buffer);
  assert.equal(buffer.firstDifference(view, 1, other.length), 21);
  for (let at = 0; at < 21; at++) {
    other[1 + at]! ^= 0x80; // holds: at < 21
    assert.equal(buffer.firstDifference(view, 1, other.length), at);
    assert.equal(buffer.firstDifference(view, 1, other.length, at), at);
    assert.equal(buffer.firstDifference(view, 1, other.length, at + 1), 21);
    other[1 + at]! ^= 0x80; // holds: as above
    assert.equal(buffer.firstDifference(view, 1, 1 + at), at);
  }
});

Deno.test("what a buffer holds is found again in other bytes, however long it is, or where it differs", () => {
  const length = fc.oneof(fc.nat(20), fc.nat(2000));
  fc.assert(fc.property(length, length, fc.nat(3000), fc.nat(9), (size, at, grown, start) => {
    const buffer = holding(counting(size));
    const other = Uint8Array.from([...counting(start), ...counting(size), 7, 7]);
    const view = new DataView(other.buffer);
    const end = start + size;
    assert.equal(buffer.isBeginOf(view, start, other.length), true);
    assert.equal(buffer.isBeginOf(view, start, end), true);
    assert.equal(buffer.firstDifference(view, start, other.length), size);
    if (size > 0) assert.equal(buffer.isBeginOf(view, start, end - 1), false);
    if (at < size) {
      other[start + at]! ^= 1; // holds: at < size
      assert.equal(buffer.isBeginOf(view, start, other.length), false);
      assert.equal(buffer.firstDifference(view, start, other.length), at);
      other[start + at]! ^= 1; // holds: as above
    }
    // In other memory, if it has grown, and with other bytes.
    buffer.append(Uint8Array.from(counting(grown)));
    buffer.length = size;
    assert.equal(buffer.isBeginOf(view, start, other.length), true);
    buffer.release();
    buffer.append(Uint8Array.from(counting(size).reverse()));
    const isSame = counting(size).every((byte, n) => byte === buffer.bytes[n]);
    assert.equal(buffer.isBeginOf(view, start, other.length), isSame);
  }));
});

Deno.test("what another buffer holds takes the place of as many bytes, and of no others", () => {
  for (const length of [0, 1, 7, 8, 20, 300]) {
    const buffer = holding(counting(310));
    buffer.overwrite(5, holding(new Array<number>(length).fill(0xee)));
    const expected = counting(310).fill(0xee, 5, 5 + length);
    assert.deepEqual(content(buffer), expected);
  }
});

Deno.test("a buffer that outgrows another's storage has its own again, with what it holds", () => {
  const buffer = holding(counting(5000));
  const own = buffer.bytes;
  const target = new ByteBuffer();
  target.appendBuffer(buffer);
  const lent = new Uint8Array(new SharedArrayBuffer(1000), 8, 500);
  for (let round = 0; round < 2; round++) {
    buffer.adopt(lent);
    assert.equal(buffer.bytes, lent);
    const other = counting(500).reverse();
    buffer.append(Uint8Array.from(other));
    // Not what it held when as much was copied last.
    target.clear();
    target.appendBuffer(buffer);
    assert.deepEqual(content(target), other);
    buffer.u8(7);
    assert.equal(buffer.bytes, own);
    assert.deepEqual(content(buffer), [...other, 7]);
    buffer.adopt(lent);
    buffer.takeOwn();
    assert.deepEqual([buffer.bytes, buffer.length], [own, 0]);
    buffer.takeOwn();
    assert.equal(buffer.bytes, own);
    buffer.append(Uint8Array.from(counting(500)));
    target.appendBuffer(buffer);
    assert.deepEqual(content(target), [...other, ...counting(500)]);
    assert.deepEqual([...lent], other);
  }
  buffer.adopt(lent);
  buffer.append(new Uint8Array(own.length + 1));
  assert.notEqual(buffer.bytes, own);
});

Deno.test("a text without surrogates is encoded as the engine does", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (s) => {
      const expected = new TextEncoder().encode(s);
      const length = utf8Length(s);
      if (/[\u{d800}-\u{dfff}\u{10000}-\u{10ffff}]/u.test(s)) return assert.equal(length, -1);
      assert.equal(length, expected.length);
      const buffer = holding([1]);
      buffer.utf8(s, length);
      assert.deepEqual(content(buffer), [1, ...expected]);
    }),
    { examples: [["\x7f\x80\u07ff\u0800\ud7ff\ue000\uffff"], ["\ud800"], ["x😀"], [""]] },
  );
});
