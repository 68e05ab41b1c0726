import assert from "node:assert/strict";
import { RecorderError } from "../../../src/errors/mod.ts";
import { findTrace, openTrace } from "../../../src/trace/reader/open_trace.ts";
import { goldenPath } from "./_golden.ts";

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof RecorderError, String(error));
    return error.code;
  }
  return "no error";
}

Deno.test("a folder stands for the only trace in it", () => {
  const folder = Deno.makeTempDirSync();
  try {
    assert.equal(codeOf(() => findTrace(folder)), "ERR_TRACE_MISSING");
    Deno.copyFileSync(goldenPath("flow", ".ct"), `${folder}/a.ct`);
    Deno.writeTextFileSync(`${folder}/trace_metadata.json`, "{}");
    Deno.mkdirSync(`${folder}/folder.ct`);
    using trace = openTrace(folder);
    assert.equal(trace.path, `${folder}/a.ct`);
    Deno.writeTextFileSync(`${folder}/b.ct`, "");
    assert.equal(codeOf(() => openTrace(folder)), "ERR_USAGE");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("a folder without a container stands for its older trace", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const json = '["DropLastStep"]';
    Deno.writeTextFileSync(`${folder}/trace.json`, json);
    Deno.writeTextFileSync(`${folder}/trace_metadata.json`, "{}");
    assert.equal(findTrace(folder), `${folder}/trace.json`);
    Deno.writeTextFileSync(`${folder}/trace.bin`, json);
    assert.equal(codeOf(() => findTrace(folder)), "ERR_USAGE");
    // A container comes first, as in CodeTracer.
    Deno.copyFileSync(goldenPath("flow", ".ct"), `${folder}/a.ct`);
    assert.equal(findTrace(folder), `${folder}/a.ct`);
    // Which format a file has is said by its content.
    Deno.renameSync(`${folder}/a.ct`, `${folder}/container`);
    Deno.renameSync(`${folder}/trace.bin`, `${folder}/records`);
    using container = openTrace(`${folder}/container`);
    assert.equal(container.counts.calls, 36);
    using records = openTrace(`${folder}/records`);
    assert.equal(records.counts.stepRecords, 1);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("what is no trace is refused, with the code that fits", () => {
  assert.equal(codeOf(() => openTrace("")), "ERR_TRACE_MISSING");
  assert.equal(codeOf(() => openTrace("/nowhere/at/all.ct")), "ERR_TRACE_MISSING");
  assert.equal(codeOf(() => openTrace("/dev/null")), "ERR_TRACE_MISSING");
  assert.equal(codeOf(() => openTrace(goldenPath("flow", ".py"))), "ERR_TRACE_CORRUPT");
  const empty = Deno.makeTempFileSync();
  try {
    assert.equal(codeOf(() => openTrace(empty)), "ERR_TRACE_CORRUPT");
  } finally {
    Deno.removeSync(empty);
  }
});

Deno.test("asking for what is not there is an error of usage", () => {
  using trace = openTrace(goldenPath("flow", ".ct"));
  const { stepRecords, calls, events } = trace.counts;
  for (const index of [-1, 0.5, NaN, Infinity, stepRecords]) {
    assert.equal(codeOf(() => trace.step(index)), "ERR_USAGE");
    assert.equal(codeOf(() => trace.values(index)), "ERR_USAGE");
    assert.equal(codeOf(() => trace.callAt(index)), "ERR_USAGE");
  }
  assert.equal(codeOf(() => trace.call(calls)), "ERR_USAGE");
  assert.equal(codeOf(() => trace.event(events)), "ERR_USAGE");
  assert.equal(codeOf(() => [...trace.steps(-1)]), "ERR_USAGE");
  assert.deepEqual([...trace.steps(stepRecords, stepRecords + 5)], []);
  assert.equal([...trace.steps(stepRecords - 2, Infinity)].length, 2);
});

Deno.test("a closed trace says so, and may be closed again", () => {
  const trace = openTrace(goldenPath("flow", ".ct"));
  trace.close();
  trace.close();
  assert.equal(codeOf(() => trace.step(0)), "ERR_USAGE");
});

Deno.test("the recording's time comes from its id", () => {
  using trace = openTrace(goldenPath("flow", ".ct"));
  assert.equal(trace.metadata.recordedAt?.toISOString().slice(0, 10), "2026-11-20");
});
