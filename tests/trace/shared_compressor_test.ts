import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { ByteBuffer } from "../../src/trace/byte_buffer.ts";
import { compressFrame, type FrameKind, frameLength } from "../../src/trace/compress_frame.ts";
import { CompressSlots, SLOT_BYTES, SLOTS } from "../../src/trace/compress_slots.ts";
import { SHORTEST_ALONE } from "../../src/trace/compressor.ts";
import { SharedCompressor } from "../../src/trace/shared_compressor.ts";
import { type CompressorThread, startCompressor } from "../../src/session/compressor_thread.ts";
import { DiskFile } from "../../src/trace/file_store.ts";

/** Bytes that can be told from those of others, and don't get much shorter. */
function content(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed * 2654435761 + 1 >>> 0;
  for (let at = 0; at < length; at++) {
    state = state * 1664525 + 1013904223 >>> 0;
    bytes[at] = at % 3 === 0 ? state >>> 24 : seed;
  }
  return bytes;
}

/** Memory that a thread compresses for, which is there already. */
async function withThread(action: (slots: CompressSlots) => void | Promise<void>): Promise<void> {
  const slots = new CompressSlots();
  const thread = startCompressor(slots.memory);
  try {
    while (!slots.isReady) await new Promise((resolve) => setTimeout(resolve, 1));
    await action(slots);
  } finally {
    thread.end();
  }
}

/** What a thread has to begin with for a compressor that asks at once, and gets one: the number of `compress` until it did. */
async function started(
  threads: CompressorThread[],
): Promise<{ compressor: SharedCompressor; memory: SharedArrayBuffer }> {
  let memory: SharedArrayBuffer | null = null;
  const compressor = new SharedCompressor((asked) => {
    memory = asked;
    threads.push(startCompressor(asked));
  }, 0);
  const first = new ByteBuffer();
  first.append(content(SHORTEST_ALONE, 1));
  compressor.compress(first, "thorough", () => {});
  assert(memory !== null);
  const slots = new CompressSlots(memory);
  while (!slots.isReady) await new Promise((resolve) => setTimeout(resolve, 1));
  return { compressor, memory };
}

Deno.test("frames are the same wherever they are made, and come in the order in which they were asked for", async () => {
  const threads: CompressorThread[] = [];
  const { compressor } = await started(threads);
  const lengths = fc.oneof(
    fc.integer({ min: 1, max: 3000 }),
    fc.constantFrom(SHORTEST_ALONE - 1, SHORTEST_ALONE, 300_000, SLOT_BYTES, SLOT_BYTES + 1),
  );
  const kinds = fc.constantFrom<FrameKind>("fast", "thorough", "thorough", "thorough", "quick");
  const asked = fc.tuple(lengths, kinds, fc.integer({ min: 0, max: 2 }));
  // What streams hold goes on from one run to the next.
  const buffers = [new ByteBuffer(), new ByteBuffer(), new ByteBuffer()];
  try {
    fc.assert(
      fc.property(fc.array(asked, { minLength: 1, maxLength: 12 }), (all) => {
        const taken: number[] = [];
        all.forEach(([length, kind, stream], index) => {
          const buffer = buffers[stream]!; // holds: 0 to 2
          const bytes = content(length, index);
          buffer.append(bytes);
          let isTaken = false;
          compressor.compress(buffer, kind, (inPlace) => {
            isTaken = true;
            taken.push(index);
            const frame = inPlace.slice();
            assert.equal(Buffer.compare(frame, compressFrame(bytes, kind)), 0);
            assert.equal(zstdDecompressSync(frame).compare(bytes), 0);
          });
          assert.equal(buffer.length, 0);
          assert(isTaken || kind === "thorough" || length < SHORTEST_ALONE);
        });
        compressor.settle();
        assert.deepEqual(taken, all.map((_, index) => index));
        assert.equal(compressor.waitingBytes, 0);
      }),
      { numRuns: 30 },
    );
  } finally {
    for (const thread of threads) thread.end();
  }
});

Deno.test("nobody is asked before there is much to compress thoroughly, and then once", () => {
  let asked = 0;
  const compressor = new SharedCompressor(() => asked++, 3 * SHORTEST_ALONE);
  const buffer = new ByteBuffer();
  const taken: number[] = [];
  const compress = (kind: FrameKind, length: number) => {
    buffer.append(content(length, 1));
    compressor.compress(buffer, kind, (frame) => taken.push(frameLength(frame)));
    return asked;
  };
  for (let n = 0; n < 5; n++) assert.equal(compress("fast", SHORTEST_ALONE), 0);
  for (let n = 0; n < 5; n++) assert.equal(compress("thorough", SHORTEST_ALONE - 1), 0);
  assert.equal(compress("thorough", SHORTEST_ALONE), 0);
  assert.equal(compress("thorough", SHORTEST_ALONE), 0);
  assert.equal(compress("thorough", SHORTEST_ALONE), 1);
  // Nobody has come.
  assert.equal(compress("thorough", SHORTEST_ALONE), 1);
  assert.equal(taken.length, 14);
});

Deno.test("a stream whose chunks have no room in a slot in turn goes on in the storage that it had", async () => {
  const threads: CompressorThread[] = [];
  const { compressor } = await started(threads);
  try {
    const buffer = new ByteBuffer();
    const storages = new Set<Uint8Array>();
    for (let n = 0; n < 6 * SLOTS; n++) {
      buffer.append(content(n % 2 === 0 ? SLOT_BYTES + 1 : SHORTEST_ALONE, n));
      storages.add(buffer.bytes);
      compressor.compress(buffer, n % 2 === 0 ? "fast" : "thorough", () => {});
      storages.add(buffer.bytes);
    }
    // Thousands of them would be garbage that the collector is slow to see.
    assert(storages.size <= SLOTS + 1);
    // Without a free slot.
    for (let n = 0; n < 3 * SLOTS; n++) {
      buffer.append(content(SHORTEST_ALONE, n));
      compressor.compress(buffer, "thorough", () => {});
      storages.add(buffer.bytes);
    }
    assert(storages.size <= SLOTS + 1);
    compressor.settle();
  } finally {
    for (const thread of threads) thread.end();
  }
});

Deno.test("a frame that comes when nobody waits for it any more leaves the content as it was", () => {
  const slots = new CompressSlots();
  const bytes = content(1000, 1);
  slots.slot(0).set(bytes);
  const order = slots.submit(0, bytes.length);
  slots.serve((handed) => {
    slots.markGone();
    assert.equal(slots.frameOf(order), null);
    return new Uint8Array(handed.length);
  });
  assert.deepEqual(new Uint8Array(slots.slot(0).subarray(0, bytes.length)), bytes);
});

Deno.test("a thread that ends leaves nothing behind that is not compressed", async () => {
  const threads: CompressorThread[] = [];
  const { compressor } = await started(threads);
  const buffers = Array.from({ length: SLOTS }, () => new ByteBuffer());
  const taken: Buffer[] = [];
  const contents = buffers.map((buffer, index) => {
    const bytes = content(1_000_000, index);
    buffer.append(bytes);
    return bytes;
  });
  for (const buffer of buffers) {
    compressor.compress(
      buffer,
      "thorough",
      (frame) => taken.push(zstdDecompressSync(frame.slice())),
    );
  }
  for (const thread of threads) thread.end();
  compressor.settle();
  assert.deepEqual(taken.map((bytes, index) => bytes.compare(contents[index]!)), [0, 0, 0, 0, 0]); // holds: as many
  const [buffer] = buffers;
  buffer!.append(contents[0]!); // holds: SLOTS of them
  compressor.compress(buffer!, "thorough", (frame) => taken.push(Buffer.from(frame))); // holds: as above
  assert.equal(zstdDecompressSync(taken.at(-1)!).compare(contents[0]!), 0); // holds: just pushed; SLOTS of them
});

Deno.test("what a taker throws comes out, and nothing is taken twice", async () => {
  const threads: CompressorThread[] = [];
  const { compressor } = await started(threads);
  try {
    const buffer = new ByteBuffer();
    const taken: number[] = [];
    for (let n = 0; n < 3 * SLOTS; n++) {
      buffer.append(content(SHORTEST_ALONE, n));
      const take = () => {
        taken.push(n);
        if (n % 2 === 0) throw new RangeError("no room");
      };
      // An error may be that of one before, which leaves this one where it is.
      while (buffer.length > 0) {
        try {
          compressor.compress(buffer, "thorough", take);
        } catch (error) {
          assert(error instanceof RangeError);
        }
      }
    }
    for (let left = true; left;) {
      try {
        compressor.settle();
        left = false;
      } catch (error) {
        assert(error instanceof RangeError);
      }
    }
    assert.deepEqual(taken, Array.from({ length: 3 * SLOTS }, (_, n) => n));
  } finally {
    for (const thread of threads) thread.end();
  }
});

Deno.test("what the compressor can't do is told", async () => {
  const slots = new CompressSlots();
  const order = slots.submit(0, 10);
  assert.equal(slots.frameOf(order), undefined);
  const module = new URL("./_failing_compressor.ts", import.meta.url);
  const worker = new Worker(module, { type: "module", deno: { permissions: "none" } });
  worker.postMessage(slots.memory);
  slots.wait(order);
  assert.equal(slots.frameOf(order), null);
  const second = slots.submit(1, 10);
  slots.wait(second);
  assert.equal(slots.frameOf(second), null);
  slots.markGone();
  worker.terminate();
  // Whether it ends is for the runtime: nothing is left to wait for.
  await Promise.resolve();
});

Deno.test("frames and contents in shared memory can be written to files, and compressed in any way", async () => {
  await withThread((slots) => {
    const bytes = content(100_000, 3);
    slots.slot(0).set(bytes);
    slots.wait(slots.submit(0, bytes.length));
    const frame = slots.frameOf(0);
    assert(frame instanceof Uint8Array);
    const path = Deno.makeTempFileSync();
    try {
      Deno.removeSync(path);
      const file = DiskFile.create(path);
      file.writeAt(frame, 0);
      file.close();
      assert.equal(zstdDecompressSync(Deno.readFileSync(path)).compare(bytes), 0);
    } finally {
      Deno.removeSync(path);
    }
    slots.slot(1).set(bytes);
    for (const kind of ["fast", "thorough", "quick"] as const) {
      const made = compressFrame(slots.slot(1).subarray(0, bytes.length), kind);
      assert.equal(zstdDecompressSync(made.slice()).compare(bytes), 0);
    }
  });
});
