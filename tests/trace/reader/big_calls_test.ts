/** Calls that have made so many others that their records are not kept in memory. */
import assert from "node:assert/strict";
import type { ByteBuffer } from "../../../src/trace/byte_buffer.ts";
import { openTrace } from "../../../src/trace/reader/open_trace.ts";
import { withStreams } from "./_hand_made.ts";

const FLAGS = 1 << 4 | 1 << 9;
const [ABSOLUTE, DELTA] = [0, 1];
const PER_CHUNK = 8;
/** {kind: "None", type_id: 0} */
const NONE = [0xa2, 0x64, ...text("kind"), 0x64, ...text("None"), 0x67, ...text("type_id"), 0];
const VOID = [0xff];

function text(words: string): number[] {
  return [...new TextEncoder().encode(words)];
}

/** Calls 1 to 20 are children of call 0, at a step each; those of `children` have as many more. */
function withChildren(children: ReadonlyMap<number, number>, check: (path: string) => void): void {
  const steps = Array.from({ length: 21 }, (_, step) => (record: ByteBuffer) => {
    record.u8(step === 0 ? ABSOLUTE : DELTA);
    record.u8(0);
  });
  const calls = steps.map((_, key) => (record: ByteBuffer) => {
    record.varint(0);
    record.zigzag(key === 0 ? -1 : 0);
    record.varint(key);
    record.varint(key === 0 ? 20 : key);
    record.varint(key === 0 ? 0 : 1);
    record.varint(1);
    record.item(7, Uint8Array.from(NONE), 0, NONE.length);
    const returned = key % 2 === 0 ? NONE : VOID;
    record.varint(returned.length);
    record.append(Uint8Array.from(returned));
    record.varint(0);
    const count = children.get(key) ?? 0;
    record.varint(count);
    // As they would be compressed if they were ascending, so that all sizes of keys come.
    for (let child = 0; child < count; child++) record.varint(key + 1 + child);
  });
  withStreams(FLAGS, [
    { name: "steps", framing: "bare", recordsPerChunk: 4096, records: steps },
    { name: "calls", framing: "length-prefixed", recordsPerChunk: PER_CHUNK, records: calls },
  ], check);
}

const MANY = 450_000;

Deno.test("of a call with many children and of those behind it, all is there", () => {
  const children = new Map([[0, MANY], [1, 1], [3, 5], [9, MANY], [10, 350_000]]);
  withChildren(children, (path) => {
    using trace = openTrace(path);
    for (const key of [20, 3, 10, 0, 1, 9, 8, 15, 7]) {
      const call = trace.call(key);
      assert.equal(trace.callAt(key)?.key, key);
      assert.deepEqual([call.parentKey, call.entryStep], [key === 0 ? -1 : 0, key]);
      assert.deepEqual(call.arguments, [{ nameId: 7, value: { kind: "None", typeId: 0 } }]);
      assert.deepEqual(trace.encodedArguments(key).map(({ bytes }) => [...bytes]), [NONE]);
      assert.equal(call.returnValue?.kind, key % 2 === 0 ? "None" : undefined);
      assert.equal(call.exception, null);
      const count = children.get(key) ?? 0;
      assert.equal(call.childCount, count);
      let expected = key + 1;
      for (const child of call.children()) {
        if (child !== expected++) assert.fail(`child ${child}, expected ${expected - 1}`);
      }
      assert.equal(expected, key + 1 + count);
    }
  });
});

Deno.test("the first of many children is found without unpacking the others", () => {
  withChildren(new Map([[0, 6 * MANY]]), (path) => {
    const before = Deno.memoryUsage().external;
    let most = 0;
    for (let round = 0; round < 5; round++) {
      using trace = openTrace(path);
      const [first] = trace.call(0).children();
      assert.equal(first, 1);
      most = Math.max(most, Deno.memoryUsage().external - before);
    }
    // All of the keys have 10 MB.
    assert.ok(most < 6e6, `${most} bytes`);
  });
});
