/** Chunks of values so big that they are not kept in memory as a whole. */
import assert from "node:assert/strict";
import type { ByteBuffer } from "../../../src/trace/byte_buffer.ts";
import { openTrace } from "../../../src/trace/reader/open_trace.ts";
import { verifyTrace } from "../../../src/trace/verify/verify_trace.ts";
import { withStreams } from "./_hand_made.ts";

const FLAGS = 1 << 4 | 1 << 9 | 1 << 10;
const PER_CHUNK = 8;
const MB = 1024 * 1024;

/** A value of this many bytes, which names its step; none for a step without. */
const SIZES = [
  ...[MB, 0, 9 * MB, 100, 300_000, 20_000, 0, MB],
  // A chunk of ordinary size, and a last one that is big and not full.
  ...[10, 0, 20, 30, 0, 0, 50, 60],
  ...[5 * MB, 7, 4 * MB],
];

function withValues(check: (path: string) => void): void {
  const steps = SIZES.map((_, step) => (record: ByteBuffer) => {
    record.u8(step === 0 ? 0 : 1);
    record.u8(0);
  });
  const values = SIZES.map((size, step) => (record: ByteBuffer) => {
    if (size === 0) return;
    record.u8(0);
    record.varint(1);
    record.item(step, new Uint8Array(size).fill(step), 0, size);
  });
  withStreams(FLAGS, [
    { name: "steps", framing: "bare", recordsPerChunk: 4096, records: steps },
    { name: "values", framing: "length-prefixed", recordsPerChunk: PER_CHUNK, records: values },
  ], check);
}

Deno.test("big values are found, whichever is asked for first", () => {
  withValues((path) => {
    const forwards = [...SIZES.keys()];
    const jumps = [2, 18, 0, 7, 3, 16, 9, 5, 17, 2, 6];
    for (const order of [forwards, forwards.toReversed(), jumps]) {
      using trace = openTrace(path);
      for (const step of order) {
        const size = SIZES[step]!;
        const values = trace.encodedValues(step);
        assert.deepEqual(values.map(({ nameId }) => nameId), size === 0 ? [] : [step]);
        for (const { bytes } of values) {
          assert.equal(bytes.length, size);
          assert.ok([0, size >> 1, size - 1].every((at) => bytes[at] === step));
        }
      }
      assert.equal(trace.counts.values, SIZES.length);
    }
  });
});

Deno.test("a thousand steps that show a quarter of a megabyte each are one chunk", () => {
  const value = new Uint8Array(265_000);
  const count = 1024;
  const every = Array.from({ length: count }, (_, step) => step);
  const steps = every.map((step) => (record: ByteBuffer) => {
    record.u8(step === 0 ? 0 : 1);
    record.u8(0);
  });
  const values = every.map((step) => (record: ByteBuffer) => {
    record.u8(0);
    record.varint(1);
    value[0] = step;
    record.item(0, value, 0, value.length);
  });
  withStreams(FLAGS, [
    { name: "steps", framing: "bare", recordsPerChunk: 4096, records: steps },
    { name: "values", framing: "length-prefixed", recordsPerChunk: count, records: values },
  ], (path) => {
    using trace = openTrace(path);
    for (const step of [0, count - 1]) {
      const [shown] = trace.encodedValues(step);
      assert.deepEqual([shown?.bytes.length, shown?.bytes[0]], [value.length, step % 256]);
    }
    const { findings } = verifyTrace(path);
    assert.deepEqual(findings.filter(({ code }) => code.startsWith("chunk-")), []);
  });
});

Deno.test("a big chunk that ends inside a record is refused", () => {
  const zeros = new Uint8Array(9 * MB);
  for (const announced of [10 * MB, 2 ** 40]) {
    const values = [zeros.length, announced].map((length) => (record: ByteBuffer) => {
      record.varint(length);
      record.append(zeros);
    });
    const steps = values.map((_, step) => (record: ByteBuffer) => {
      record.u8(step === 0 ? 0 : 1);
      record.u8(0);
    });
    withStreams(FLAGS, [
      { name: "steps", framing: "bare", recordsPerChunk: 4096, records: steps },
      { name: "values", framing: "bare", recordsPerChunk: PER_CHUNK, records: values },
    ], (path) => {
      using trace = openTrace(path);
      for (const read of [() => trace.encodedValues(1), () => trace.counts]) {
        assert.throws(read, { code: "ERR_TRACE_CORRUPT", message: /ends inside a record$/ });
      }
    });
  }
});
