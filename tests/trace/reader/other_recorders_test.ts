/** What CodeTracer's recorders for Ruby, JavaScript and PHP write and this one doesn't. */
import assert from "node:assert/strict";
import type { ByteBuffer } from "../../../src/trace/byte_buffer.ts";
import { openTrace } from "../../../src/trace/reader/open_trace.ts";
import { withStreams } from "./_hand_made.ts";

const [ABSOLUTE, DELTA, THREAD_SWITCH, THREAD_START] = [0, 1, 4, 5];
const [COLUMN_AWARE, STEPS, SPANS] = [1 << 4, 1 << 9, 1 << 13];

/** A container with nothing but steps. */
function withSteps(
  flags: number,
  recordsPerChunk: number,
  steps: readonly (readonly [tag: number, operand: number])[],
  check: (path: string) => void,
): void {
  const records = steps.map(([tag, operand]) => (record: ByteBuffer) => {
    record.u8(tag);
    if (tag === DELTA) record.zigzag(operand);
    else record.varint(operand);
  });
  withStreams(flags, [{ name: "steps", framing: "bare", recordsPerChunk, records }], check);
}

Deno.test("a chunk may begin with a thread; what follows goes on from the chunk before", () => {
  const records = [
    [THREAD_START, 1],
    [DELTA, 20],
    [DELTA, 10],
    // A chunk without an absolute step …
    [THREAD_SWITCH, 2],
    [DELTA, -10],
    [THREAD_SWITCH, 1],
    // … and one with one.
    [THREAD_SWITCH, 2],
    [DELTA, 30],
    [ABSOLUTE, 95],
    [THREAD_SWITCH, 1],
  ] as const;
  withSteps(COLUMN_AWARE | STEPS | SPANS, 3, records, (path) => {
    using trace = openTrace(path);
    const places = [...trace.steps()].map(({ kind, line, column }) => `${kind} ${line}:${column}`);
    const expected = [
      "threadStart 1:1",
      "line 3:1",
      "line 4:1",
      "threadSwitch 4:1",
      "line 3:1",
      "threadSwitch 3:1",
      "threadSwitch 3:1",
      "line 6:1",
      "line 10:6",
      "threadSwitch 10:6",
    ];
    assert.deepEqual(places, expected);
    // Without what a walk leaves in memory.
    for (let index = records.length - 1; index >= 0; index--) {
      using again = openTrace(path);
      const { kind, line, column } = again.step(index);
      assert.equal(`${kind} ${line}:${column}`, expected[index]);
    }
  });
});

Deno.test("spans beside the streams change nothing", () => {
  const records = [[ABSOLUTE, 0], [DELTA, 10]] as const;
  for (const flags of [0, SPANS]) {
    withSteps(COLUMN_AWARE | STEPS | flags, 4096, records, (path) => {
      using trace = openTrace(path);
      assert.deepEqual([...trace.steps()].map((step) => step.line), [1, 2]);
    });
  }
});
