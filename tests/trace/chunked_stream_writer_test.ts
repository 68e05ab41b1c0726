import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { ChunkedStreamWriter } from "../../src/trace/chunked_stream_writer.ts";
import { compressFrame, type FrameKind, frameLength } from "../../src/trace/compress_frame.ts";
import { type Compressor, ownThread } from "../../src/trace/compressor.ts";
import type {
  InternalFileFactory,
  InternalFileWriter,
} from "../../src/trace/ctfs/container_writer.ts";
import { ByteBuffer } from "../../src/trace/byte_buffer.ts";

/** What node:zlib appends when its output exceeds `chunkSize`. */
const EMPTY_FRAME = [0x28, 0xB5, 0x2F, 0xFD, 0x20, 0, 1, 0, 0];

const encoder = new TextEncoder();

/** Internal files in plain buffers, in place of a container. */
function fakeContainer(): {
  container: InternalFileFactory;
  content: (name: string) => Uint8Array;
} {
  const files = new Map<string, ByteBuffer>();
  const create = (name: string): InternalFileWriter => {
    const buffer = new ByteBuffer();
    files.set(name, buffer);
    return {
      get size() {
        return buffer.length;
      },
      append: (bytes, start, end) => buffer.append(bytes, start, end),
      close: () => {},
    };
  };
  const content = (name: string) => files.get(name)!.bytes.slice(0, files.get(name)!.length);
  return { container: { create }, content };
}

function random(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    seed = Math.imul(seed ^ seed >>> 15, 0x2C1B3C6D) + 0x9E3779B9 | 0;
    bytes[i] = seed >>> 24;
  }
  return bytes;
}

/** The content size that a frame states, or null: RFC 8878, section 3.1.1.1. */
function statedSize(frame: Uint8Array): number | null {
  const descriptor = frame[4]!;
  const single = descriptor >> 5 & 1;
  const width = [single, 2, 4, 8][descriptor >> 6]!;
  if (width === 0) return null;
  const at = 5 + 1 - single + [0, 1, 2, 4][descriptor & 3]!;
  let size = 0;
  for (let i = width - 1; i >= 0; i--) size = 256 * size + frame[at + i]!;
  return size + (width === 2 ? 256 : 0);
}

/** Records of eight objects out of forty each, in ever new orders, a field of one of which changes from record to record. */
function objects(count: number): Uint8Array[] {
  const objects = Array.from({ length: 40 }, (_, n) => [n, 7 * n, 11 * n, 13 * n]);
  const chosen = random(10 * count, 2);
  return Array.from({ length: count }, (_, n) => {
    const [which = 0, field = 0, ...shown] = chosen.subarray(10 * n, 10 * n + 10);
    objects[which % 40]![field & 3] = n; // holds: so many objects, of so many fields
    return encoder.encode(
      shown.map((object) => JSON.stringify({ kind: "Struct", values: objects[object % 40] }))
        .join(),
    );
  });
}

function framesOf(index: Uint8Array, data: Uint8Array): Uint8Array[] {
  const view = new DataView(index.buffer);
  const offsets: number[] = [];
  for (let at = 4; at < index.length; at += 8) offsets.push(Number(view.getBigUint64(at, true)));
  return offsets.map((start, n) => data.subarray(start, offsets[n + 1] ?? data.length));
}

/** How a frame was made: as one of its content as a whole would be. */
function kindOf(frame: Uint8Array): FrameKind | undefined {
  const content = new Uint8Array(zstdDecompressSync(frame));
  return (["fast", "thorough", "quick"] as const).find((kind) =>
    Buffer.compare(compressFrame(content, kind), frame) === 0
  );
}

function chunksOf(index: Uint8Array, data: Uint8Array): { perChunk: number; chunks: Uint8Array[] } {
  const view = new DataView(index.buffer);
  const chunks = framesOf(index, data).map((frame) => {
    assert.equal(frameLength(frame), frame.length);
    const content = zstdDecompressSync(frame);
    assert.equal(statedSize(frame), content.length);
    return new Uint8Array(content);
  });
  return { perChunk: view.getUint32(0, true), chunks };
}

Deno.test("a chunk is one frame that states its size, however big its output", () => {
  const sizes = [1, 10, 255, 256, 16_384, 16_385, 65_536, 65_791, 65_792, 262_144, 262_145];
  for (const length of [...sizes, 400_000]) {
    for (const content of [random(length), new Uint8Array(length), random(length).fill(7, 100)]) {
      const frame = compressFrame(content);
      assert.equal(statedSize(frame), length);
      assert.equal(frameLength(frame), frame.length);
      assert.deepEqual(new Uint8Array(zstdDecompressSync(frame)), content);
    }
  }
});

Deno.test("content that looks like the appended empty frame is not cut off", () => {
  for (const length of [1000, 100_000]) {
    const content = random(length);
    content.set(EMPTY_FRAME, length - EMPTY_FRAME.length);
    assert.deepEqual(new Uint8Array(zstdDecompressSync(compressFrame(content))), content);
  }
});

Deno.test("what is no whole frame is refused", () => {
  const frame = compressFrame(random(300_000));
  assert.throws(() => frameLength(frame.subarray(0, frame.length - 1)), /cut short/);
  assert.throws(() => frameLength(frame.subarray(0, 9)), /cut short/);
  assert.throws(() => frameLength(new Uint8Array(20)), /no frame/);
  assert.throws(() => frameLength(new Uint8Array(0)), /no frame/);
  const both = new Uint8Array([...frame, ...EMPTY_FRAME]);
  assert.equal(frameLength(both), frame.length);
});

Deno.test("records come back from their chunks, all full but the last", () => {
  const lengths = fc.array(fc.oneof(fc.nat(5), fc.nat(300), fc.constantFrom(127, 128, 16_384)), {
    maxLength: 40,
  });
  fc.assert(fc.property(lengths, fc.integer({ min: 1, max: 7 }), (lengths, perChunk) => {
    const { container, content } = fakeContainer();
    const stream = new ChunkedStreamWriter(container, "s", perChunk, "length-prefixed");
    lengths.forEach((length, i) => {
      stream.beginRecord();
      stream.buffer.append(random(length, i));
      stream.endRecord();
      const { buffer, recordStart } = stream;
      assert.deepEqual(buffer.bytes.slice(recordStart, buffer.length), random(length, i));
    });
    stream.finish();
    const read = chunksOf(content("s.idx"), content("s.dat"));
    assert.equal(read.perChunk, perChunk);
    assert.equal(read.chunks.length, Math.ceil(lengths.length / perChunk));
    const expected = new ByteBuffer();
    read.chunks.forEach((chunk, number) => {
      expected.clear();
      for (let i = number * perChunk; i < Math.min((number + 1) * perChunk, lengths.length); i++) {
        expected.varint(lengths[i]!);
        expected.append(random(lengths[i]!, i));
      }
      assert.deepEqual(chunk, expected.bytes.slice(0, expected.length));
    });
  }));
});

Deno.test("bare records have nothing between them", () => {
  const { container, content } = fakeContainer();
  const stream = new ChunkedStreamWriter(container, "b", 2, "bare");
  for (let i = 1; i <= 3; i++) {
    assert.equal(stream.nextBeginsChunk, i !== 2);
    stream.beginRecord();
    stream.buffer.u8(i);
    stream.endRecord();
  }
  stream.finish();
  const { chunks } = chunksOf(content("b.idx"), content("b.dat"));
  assert.deepEqual(chunks, [new Uint8Array([1, 2]), new Uint8Array([3])]);
});

Deno.test("a stream without records has an index without chunks", () => {
  const { container, content } = fakeContainer();
  new ChunkedStreamWriter(container, "e", 64, "bare").finish();
  assert.deepEqual(content("e.idx"), new Uint8Array([64, 0, 0, 0]));
  assert.equal(content("e.dat").length, 0);
});

Deno.test("a record beyond 64 MiB is stored, and its memory is given back", () => {
  const { container, content } = fakeContainer();
  const stream = new ChunkedStreamWriter(container, "h", 1, "length-prefixed");
  const huge = new Uint8Array(65 * 2 ** 20).fill(1);
  stream.beginRecord();
  stream.buffer.append(huge);
  stream.endRecord();
  stream.beginRecord();
  stream.endRecord();
  assert.ok(stream.buffer.bytes.length < 2 ** 20);
  stream.finish();
  const { chunks } = chunksOf(content("h.idx"), content("h.dat"));
  assert.equal(chunks[0]!.length, huge.length + 4);
  assert.ok(chunks[0]!.subarray(4).every((byte) => byte === 1));
  assert.deepEqual(chunks[1], new Uint8Array([0]));
});

/** Records that are as long as a chunk needs to be handed over in parts; bytes of each change. */
function* longRecords(count: number, length: number, seed: number): Generator<Uint8Array> {
  const record = random(length, seed);
  for (let n = 0; n < count; n++) {
    for (let at = 0; at < 8; at++) record[(n * 8191 + at * 977) % length] = n;
    yield record;
  }
}

Deno.test("a chunk of long records never is in memory as a whole, and its frame is that of the whole", () => {
  for (const length of [2100, 10_000, 100_000, 1 << 20]) {
    const { container, content } = fakeContainer();
    const stream = new ChunkedStreamWriter(container, "m", 1024, "length-prefixed");
    const count = Math.min(1100, Math.ceil(12e6 / length));
    let most = 0;
    for (const record of longRecords(count, length, 1)) {
      stream.beginRecord();
      stream.buffer.append(record);
      stream.endRecord();
      most = Math.max(most, stream.buffer.bytes.length);
      const { buffer, recordStart } = stream;
      assert.equal(Buffer.compare(buffer.bytes.subarray(recordStart, buffer.length), record), 0);
    }
    stream.finish();
    assert(most <= 4 << 20, `${most} bytes`);
    const frames = framesOf(content("m.idx"), content("m.dat"));
    assert.equal(frames.length, Math.ceil(count / 1024));
    for (const frame of frames) assert.notEqual(kindOf(frame), undefined);
    const expected = new ByteBuffer();
    for (const record of longRecords(count, length, 1)) {
      expected.varint(length);
      expected.append(record);
    }
    const { chunks } = chunksOf(content("m.idx"), content("m.dat"));
    assert.equal(
      Buffer.compare(Buffer.concat(chunks), expected.bytes.subarray(0, expected.length)),
      0,
    );
  }
});

Deno.test("long chunks of two streams grow side by side", () => {
  const { container, content } = fakeContainer();
  const streams = ["a", "b"].map((name) =>
    new ChunkedStreamWriter(container, name, 1024, "length-prefixed")
  );
  const records = streams.map((_, n) => longRecords(600, 9000, n + 5));
  for (let n = 0; n < 600; n++) {
    for (const [which, stream] of streams.entries()) {
      stream.beginRecord();
      stream.buffer.append(records[which]!.next().value!); // holds: as many records as streams, of so many
      stream.endRecord();
    }
  }
  for (const [which, stream] of streams.entries()) {
    stream.finish();
    const name = ["a", "b"][which];
    const { chunks: [chunk] } = chunksOf(content(`${name}.idx`), content(`${name}.dat`));
    const expected = new ByteBuffer();
    for (const record of longRecords(600, 9000, which + 5)) {
      expected.varint(record.length);
      expected.append(record);
    }
    assert.equal(Buffer.compare(chunk!, expected.bytes.subarray(0, expected.length)), 0);
  }
});

Deno.test("a long chunk stands behind those that were compressed when it began", () => {
  const { container, content } = fakeContainer();
  const waiting: (() => void)[] = [];
  const late: Compressor = {
    compress(buffer, kind, take) {
      const frame = compressFrame(buffer.bytes.subarray(0, buffer.length), kind).slice();
      buffer.clear();
      waiting.push(() => take(frame));
    },
    settle: () => waiting.splice(0).forEach((give) => give()),
  };
  const stream = new ChunkedStreamWriter(container, "w", 1024, "length-prefixed", late);
  for (const [n, length] of [300, 9000, 300].entries()) {
    for (const record of longRecords(1024, length, n)) {
      stream.beginRecord();
      stream.buffer.append(record);
      stream.endRecord();
    }
  }
  stream.finish();
  const { chunks } = chunksOf(content("w.idx"), content("w.dat"));
  assert.deepEqual(chunks.map((chunk) => chunk.length), [302, 9002, 302].map((n) => n * 1024));
});

Deno.test("long records that repeat as a whole are made no longer by looking less for what repeats", () => {
  const record = random(5000);
  const content = new Uint8Array(record.length * 1000);
  for (let n = 0; n < 1000; n++) {
    // A list of which an element changes.
    record[50 * (n % 100)] = n;
    content.set(record, record.length * n);
  }
  const frames = (["fast", "quick"] as const).map((kind) => compressFrame(content, kind).slice());
  for (const frame of frames) {
    assert.equal(statedSize(frame), content.length);
    assert.equal(zstdDecompressSync(frame).compare(content), 0);
  }
  const [fast, quick] = frames.map((frame) => frame.length);
  assert.notEqual(quick, fast);
  assert(quick! < 1.05 * fast!, `${quick} and ${fast} bytes`); // holds: of two
});

Deno.test("how a chunk is compressed follows from its records, and from the chunk before", () => {
  const asked: FrameKind[] = [];
  const compressor: Compressor = {
    ...ownThread,
    compress(buffer, kind, take) {
      asked.push(kind);
      ownThread.compress(buffer, kind, take);
    },
  };
  const { container, content } = fakeContainer();
  const stream = new ChunkedStreamWriter(container, "k", 1000, "bare", compressor);
  const chunkOf = (record: Uint8Array, changes: boolean) => {
    for (let n = 0; n < 1000; n++) {
      stream.beginRecord();
      stream.buffer.append(changes ? random(record.length, n) : record);
      stream.endRecord();
    }
  };
  const long = random(4000);
  chunkOf(random(255), false);
  chunkOf(random(256), false);
  chunkOf(random(2048), false);
  chunkOf(long, false);
  chunkOf(long, true);
  chunkOf(long, false);
  chunkOf(long, false);
  chunkOf(random(300), false);
  chunkOf(long, false);
  stream.finish();
  // Those that are handed over in parts are told by what became of them.
  const kinds = framesOf(content("k.idx"), content("k.dat")).map((frame) =>
    statedSize(frame)! > 2 << 20 ? kindOf(frame) : asked.shift()
  );
  assert.deepEqual(kinds, [
    "fast",
    "thorough",
    "thorough",
    "fast",
    "quick",
    "fast",
    "quick",
    "thorough",
    "fast",
  ]);
});

Deno.test("records with objects are made shorter than others are", () => {
  const size = (kind: FrameKind, records: readonly Uint8Array[]) => {
    const content = records.flatMap((record) => [...record]);
    const frame = compressFrame(Uint8Array.from(content), kind);
    assert.equal(frameLength(frame), frame.length);
    assert.equal(statedSize(frame), content.length);
    assert.deepEqual([...zstdDecompressSync(frame)], content);
    return frame.length;
  };
  for (const count of [100, 1000]) {
    const records = objects(count);
    const [fast, thorough] = [size("fast", records), size("thorough", records)];
    assert(thorough < fast, `${thorough} and ${fast} bytes`);
  }
});
