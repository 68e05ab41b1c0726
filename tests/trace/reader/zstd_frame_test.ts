import assert from "node:assert/strict";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import {
  framePrefix,
  maxContentSize,
  maxFrameStart,
  statedContentSize,
} from "../../../src/trace/reader/_zstd_frame.ts";

/** Content of several blocks, of what compresses and what doesn't. */
const content = fc.array(
  fc.tuple(fc.constantFrom("zeros", "noise", "text"), fc.integer({ min: 1, max: 200_000 })),
  { minLength: 1, maxLength: 4 },
).map((parts) => {
  const bytes = new Uint8Array(parts.reduce((sum, [, length]) => sum + length, 0));
  let at = 0;
  let seed = 1;
  for (const [what, length] of parts) {
    for (const end = at + length; at < end; at++) {
      seed = Math.imul(seed, 48271);
      bytes[at] = what === "zeros" ? 0 : what === "noise" ? seed >> 16 : at % 97 + (seed >> 30);
    }
  }
  return bytes;
});

function compressed(bytes: Uint8Array, level: number, checksum: boolean): Uint8Array {
  const options = {
    pledgedSrcSize: bytes.length,
    chunkSize: 2 * bytes.length + 1024,
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0,
    },
  };
  return zstdCompressSync(bytes, options);
}

Deno.test("the first blocks of a frame unpack to the start of its content", () => {
  fc.assert(
    fc.property(content, fc.constantFrom(1, 3, 9), fc.boolean(), (bytes, level, checksum) => {
      const frame = compressed(bytes, level, checksum);
      assert.equal(statedContentSize(frame), bytes.length);
      assert.ok(maxContentSize(frame) >= bytes.length);
      let before = 0;
      for (let blocks = 1;; blocks++) {
        const prefix = framePrefix(frame, blocks);
        const ofStart = framePrefix(frame.subarray(0, maxFrameStart(blocks)), blocks);
        assert.deepEqual(ofStart, prefix);
        if (prefix === null) break;
        const start = zstdDecompressSync(prefix);
        assert.ok(start.length > before && start.length < bytes.length);
        assert.ok(start.equals(bytes.subarray(0, start.length)));
        before = start.length;
      }
      // All but the last of its blocks.
      assert.ok(bytes.length - before <= 128 * 1024);
    }),
    { numRuns: 25 },
  );
});

Deno.test("a frame that is cut or none has no first blocks", () => {
  const frame = compressed(new Uint8Array(400_000).map((_, at) => at * at >> 5), 3, false);
  assert.notEqual(framePrefix(frame, 1), null);
  assert.equal(framePrefix(frame.subarray(0, 20), 1), null);
  assert.equal(framePrefix(new Uint8Array(100), 1), null);
  assert.equal(statedContentSize(frame.subarray(0, 6)), null);
  assert.equal(maxContentSize(new Uint8Array(100)), 0);
});
