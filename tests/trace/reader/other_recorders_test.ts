/** What CodeTracer's recorders for Ruby, JavaScript and PHP write and this one doesn't. */
import assert from "node:assert/strict";
import { ChunkedStreamWriter } from "../../../src/trace/chunked_stream_writer.ts";
import { ContainerWriter } from "../../../src/trace/ctfs/container_writer.ts";
import { DiskFile } from "../../../src/trace/file_store.ts";
import { openTrace } from "../../../src/trace/reader/open_trace.ts";
import { PathTableWriter } from "../../../src/trace/table_writer.ts";

const [ABSOLUTE, DELTA, THREAD_SWITCH, THREAD_START] = [0, 1, 4, 5];
const [COLUMN_AWARE, STEPS, SPANS] = [1 << 4, 1 << 9, 1 << 13];

/** A container with nothing but steps: one path of ten lines of 10 columns. */
function withSteps(
  flags: number,
  recordsPerChunk: number,
  records: readonly (readonly [tag: number, operand: number])[],
  check: (path: string) => void,
): void {
  const path = Deno.makeTempFileSync({ suffix: ".ct" });
  Deno.removeSync(path);
  const sink = DiskFile.create(path);
  try {
    const container = new ContainerWriter(sink);
    const paths = new PathTableWriter(container);
    paths.add("/app.rb", new Array<number>(10).fill(10));
    paths.finish();
    const steps = new ChunkedStreamWriter(container, "steps", recordsPerChunk, "bare");
    for (const [tag, operand] of records) {
      steps.beginRecord();
      steps.buffer.u8(tag);
      if (tag === DELTA) steps.buffer.zigzag(operand);
      else steps.buffer.varint(operand);
      steps.endRecord();
    }
    steps.finish();
    const texts = ["01a1fb4a-6f61-77b9-ba34-2bb57b97ea12", "app.rb"]
      .flatMap((text) => [text.length, ...new TextEncoder().encode(text)]);
    container.create("meta.dat").append(
      new Uint8Array([
        ...new TextEncoder().encode("CTMD"),
        ...[3, 0, flags & 0xff, flags >> 8],
        ...texts,
        ...[0, 0, 0, 0],
      ]),
    );
    container.finish();
    check(path);
  } finally {
    sink.close();
    Deno.removeSync(path);
  }
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
