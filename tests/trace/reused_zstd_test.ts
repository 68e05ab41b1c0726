import assert from "node:assert/strict";
import { constants, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { PiecewiseZstd, ReusedZstd, WINDOW_LOG } from "../../src/trace/reused_zstd.ts";

const PARAMS = {};

/**
 * A stream of node:zlib whose handle leaves `content` and these bytes, and `room`: below zero, what is left beyond as many.
 */
function stream(room: number, content: number, bytes: number[]): object {
  const left = Uint32Array.of(0, 0);
  const writeSync = (
    ...[, , , , to, at, length]: [number, Uint8Array, number, number, Uint8Array, number, number]
  ) => {
    to.set(bytes, at);
    left.set([room < 0 ? length + room : room, content]);
  };
  return { _handle: { writeSync }, _writeState: left };
}

Deno.test("this runtime has what is needed", () => {
  assert(ReusedZstd.of(PARAMS) !== null);
});

Deno.test("each frame stands for itself, whatever came before", () => {
  const zstd = ReusedZstd.of(PARAMS);
  const words = fc.constantFrom("call", "return", "step 12", "x", "").map((word) =>
    [...word].map((letter) => letter.charCodeAt(0))
  );
  const text = fc.array(words, { minLength: 1, maxLength: 200 }).map((texts) => texts.flat());
  const noise = fc.array(fc.nat(255), { minLength: 1, maxLength: 600 });
  fc.assert(
    fc.property(fc.array(fc.oneof(text, noise), { minLength: 2, maxLength: 6 }), (contents) => {
      const frames = contents.filter((content) => content.length > 0).map((content) => ({
        content,
        frame: zstd?.frame(Uint8Array.from(content))?.slice() ?? null,
      }));
      for (const { content, frame } of frames) {
        assert(frame !== null);
        assert.deepEqual([...zstdDecompressSync(frame)], content);
      }
    }),
  );
});

Deno.test("frames take no memory of their own", () => {
  const zstd = ReusedZstd.of(PARAMS);
  const [one, other] = [300, 3].map((length) => zstd?.frame(new Uint8Array(length)) ?? null);
  assert(one && other && one.buffer === other.buffer);
});

Deno.test("what can't be made shorter has room", () => {
  const noise = new Uint8Array(1 << WINDOW_LOG);
  for (let at = 0; at < noise.length; at += 1 << 16) {
    crypto.getRandomValues(noise.subarray(at, at + (1 << 16)));
  }
  const frame = ReusedZstd.of(PARAMS)?.frame(noise) ?? null;
  assert(frame !== null);
  assert.deepEqual(new Uint8Array(zstdDecompressSync(frame)), noise);
});

Deno.test("a frame has a checksum where it is asked for", () => {
  const zstd = ReusedZstd.of({ [constants.ZSTD_c_checksumFlag]: 1 });
  const content = Uint8Array.from({ length: 300 }, (_, n) => n * n);
  for (let n = 0; n < 2; n++) {
    const frame = zstd?.frame(content) ?? null;
    assert(frame !== null);
    assert.deepEqual(new Uint8Array(zstdDecompressSync(frame)), content);
    const last = frame.length - 1;
    assert.throws(() => zstdDecompressSync(frame.with(last, frame[last]! ^ 1))); // holds: not empty
  }
});

Deno.test("a stream that is another one is not used", () => {
  for (const other of [{}, { _handle: null }, { _handle: {} }, { _handle: { writeSync() {} } }]) {
    assert.equal(ReusedZstd.of(PARAMS, WINDOW_LOG, () => other), null);
  }
});

Deno.test("a handle that does something else is found out", () => {
  const head = [0x28, 0xb5, 0x2f, 0xfd, 0, 0x40];
  const attempt = (room: number, content: number, bytes: number[]) =>
    ReusedZstd.of(PARAMS, WINDOW_LOG, () => stream(room, content, bytes))?.frame(Uint8Array.of(7));
  assert(attempt(-9, 0, [...head, 9, 0, 7]) instanceof Uint8Array);
  assert.equal(attempt(-9, 1, [...head, 9, 0, 7]), null, "content is left");
  assert.equal(attempt(0, 0, head), null, "no room is left");
  assert.equal(attempt(-5, 0, head), null, "shorter than a head");
  assert.equal(attempt(-9, 0, [...head.with(4, 0x20), 9, 0, 7]), null, "another descriptor");
  const refusing = () => {
    throw new TypeError("not so");
  };
  const refused = { _handle: { writeSync: refusing }, _writeState: Uint32Array.of(0, 0) };
  assert.equal(
    ReusedZstd.of(PARAMS, WINDOW_LOG, () => refused)?.frame(Uint8Array.of(7)),
    null,
    "it throws",
  );
});

Deno.test("a frame of a content that comes in pieces is a frame, one after the other", () => {
  const zstd = PiecewiseZstd.of(PARAMS);
  assert(zstd !== null);
  for (const pieces of [[3, 1], [1 << 17, 1 << 17], [70_000, 1, 200_000], [300_000]]) {
    const content = Uint8Array.from(
      { length: pieces.reduce((a, b) => a + b) },
      (_, n) => n * n >> 9,
    );
    let at = 0;
    for (const length of pieces.slice(0, -1)) zstd.add(content.subarray(at, at += length));
    const frame = zstd.end(content.subarray(at));
    assert.deepEqual(new Uint8Array(zstdDecompressSync(frame)), content);
    // The size, behind magic, descriptor and window.
    assert.equal(new DataView(frame.buffer, frame.byteOffset).getUint32(6, true), content.length);
  }
});

Deno.test("pieces go to no stream that is another one", () => {
  for (const other of [{}, { _handle: null }, { _handle: { writeSync() {} } }]) {
    assert.equal(PiecewiseZstd.of(PARAMS, () => other), null);
  }
  const head = [0x28, 0xb5, 0x2f, 0xfd, 0, 0x40];
  assert.equal(PiecewiseZstd.of(PARAMS, () => stream(-9, 0, [...head, 9, 0, 7])), null, "content");
  assert.equal(PiecewiseZstd.of(PARAMS, () => stream(0, 4, head)), null, "takes nothing in");
  const refusing = () => {
    throw new TypeError("not so");
  };
  const refused = { _handle: { writeSync: refusing }, _writeState: Uint32Array.of(0, 0) };
  assert.equal(PiecewiseZstd.of(PARAMS, () => refused), null, "it throws");
});
