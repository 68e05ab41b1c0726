import assert from "node:assert/strict";
import { DiskFile, diskSpool } from "../../../src/trace/file_store.ts";
import { openTrace } from "../../../src/trace/reader/open_trace.ts";
import { walkTrace } from "../../../src/trace/reader/walk.ts";
import { TraceWriter } from "../../../src/trace/trace_writer.ts";

/** {kind: "Int", i: <32 bits>, type_id: 0} */
const INT = new Uint8Array([
  0xa3,
  ...text("kind"),
  ...text("Int"),
  ...text("i"),
  0x1a,
  0,
  0,
  0,
  0,
  ...text("type_id"),
  0,
]);
const INT_AT = 1 + 5 + 4 + 2 + 1;

function text(word: string): number[] {
  return [0x60 + word.length, ...new TextEncoder().encode(word)];
}

function int(value: number): Uint8Array {
  new DataView(INT.buffer).setUint32(INT_AT, value);
  return INT;
}

const RECORDING_ID = "01a1fb4a-6f61-77b9-ba34-2bb57b97ea12";

/** Records `calls` calls of three steps each below one root, and reads the trace. */
function withTrace(calls: number, check: (path: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/t.ct`;
    const sink = DiskFile.create(path);
    const writer = new TraceWriter(sink, diskSpool(folder), {
      recordingId: RECORDING_ID,
      program: "app.py",
      args: ["a b", "ü"],
      workdir: "/app",
      recorder: "test 1",
      filters: [{ path: "f.toml", sha256: new Uint8Array(32).fill(0xab) }],
    });
    const empty = writer.pathId("/app/empty.py", []);
    const app = writer.pathId("/app/app.py", [10, 0, 20, 5]);
    const root = writer.functionId("<toplevel>");
    const work = writer.functionId("work");
    const n = writer.variableId("n");
    writer.enter(root);
    writer.step(writer.position(empty, 1, 1));
    for (let call = 0; call < calls; call++) {
      writer.enter(work);
      writer.argument(n, int(call), 0, INT.length);
      writer.step(writer.position(app, 1, 3));
      writer.value(n, int(call), 0, INT.length);
      writer.step(writer.position(app, 3, 20));
      writer.value(n, int(call + 1), 0, INT.length);
      if (call % 3 === 0) writer.raise(0, new TextEncoder().encode("müde"));
      else writer.threadSwitch(140_000_000_000_000 + call);
      writer.exit(int(call * 2), 0, INT.length);
      if (call % 10 === 0) {
        const line = new TextEncoder().encode(`line ${call}\n`);
        writer.event(call % 20 === 0 ? 0 : 12, writer.stepRecords - 1, "{}", line, 0, line.length);
      }
    }
    writer.step(writer.position(app, 4, 5));
    writer.exit(int(3), 0, INT.length);
    const counts = writer.finish();
    sink.close();
    using trace = openTrace(path);
    assert.equal(trace.counts.stepRecords, counts.stepRecords);
    assert.equal(trace.counts.calls, counts.calls);
    assert.equal(trace.counts.events, counts.events);
    check(path);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

for (const calls of [1, 100, 5000]) {
  Deno.test(`what the writer writes is what the reader reads (${calls} calls)`, () => {
    withTrace(calls, (path) => {
      using trace = openTrace(path);
      assert.equal(trace.metadata.recordingId, RECORDING_ID);
      assert.deepEqual(trace.metadata.args, ["a b", "ü"]);
      assert.deepEqual(trace.metadata.filters, [{ path: "f.toml", sha256: "ab".repeat(32) }]);
      assert.deepEqual(trace.paths, ["/app/empty.py", "/app/app.py"]);
      assert.deepEqual(trace.step(0), {
        index: 0,
        kind: "line",
        tag: 0,
        pathId: 0,
        path: "/app/empty.py",
        line: 1,
        column: 1,
      });
      const root = trace.call(0);
      assert.equal(root.childCount, calls);
      assert.deepEqual([...root.children()], Array.from({ length: calls }, (_, key) => key + 1));
      assert.equal(root.exitStep, trace.counts.stepRecords - 1);

      // Backwards, so that nothing depends on chunks that are there already.
      for (let call = calls - 1; call >= 0; call -= 97) {
        const read = trace.call(call + 1);
        assert.equal(read.parentKey, 0);
        assert.equal(trace.functionName(read.functionId), "work");
        assert.deepEqual(read.arguments, [
          { nameId: 0, value: { kind: "Int", i: call, typeId: 0 } },
        ]);
        assert.deepEqual(read.returnValue, { kind: "Int", i: call * 2, typeId: 0 });
        assert.equal(trace.callAt(read.entryStep)?.key, read.key);
        assert.equal(trace.callAt(read.exitStep)?.key, read.key);
        const first = trace.step(read.entryStep);
        assert.deepEqual([first.pathId, first.line, first.column], [1, 1, 3]);
        assert.deepEqual(trace.values(read.entryStep), [
          { nameId: 0, name: "n", value: { kind: "Int", i: call, typeId: 0 } },
        ]);
        const last = trace.step(read.exitStep);
        assert.deepEqual([last.line, last.column], [3, 20]);
        if (call % 3 === 0) {
          assert.equal(last.kind, "raise");
          assert.equal(last.exceptionMessage, "müde");
        } else assert.equal(last.threadId, 140_000_000_000_000 + call);
      }
      const events = [...trace.events()];
      assert.deepEqual(
        events.map((event) => new TextDecoder().decode(event.content)),
        Array.from({ length: Math.ceil(calls / 10) }, (_, index) => `line ${index * 10}\n`),
      );
      for (const event of events) {
        assert.equal(trace.firstEventFrom(event.step), event.index);
        assert.equal(event.class, event.index % 2 === 0 ? "stdout" : "stderr");
      }
    });
  });
}

Deno.test("a walk from the middle knows what was open, and goes on like the whole walk", () => {
  withTrace(2000, (path) => {
    using trace = openTrace(path);
    const whole = [...walkTrace(trace)].map((item) => summary(item));
    const from = 4099;
    const items = [...walkTrace(trace, from)].map((item) => summary(item));
    const begin = whole.indexOf(`step ${from}`);
    const expected = whole.slice(begin);
    const context = items.indexOf(`step ${from}`);
    assert.deepEqual(items.slice(context), expected);
    assert.equal(items[0], "enter 0");
  });
});

function summary(
  item: ReturnType<typeof walkTrace> extends Generator<infer T> ? T : never,
): string {
  switch (item.kind) {
    case "enter":
      return `enter ${item.span.key}`;
    case "step":
      return `step ${item.step.index}`;
    case "event":
      return `event ${item.event.index}`;
    case "leave":
      return `leave ${item.call.key}`;
  }
}
