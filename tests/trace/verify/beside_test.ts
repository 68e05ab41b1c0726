import assert from "node:assert/strict";
import { verifyTrace } from "../../../src/trace/verify/verify_trace.ts";
import { BIG, SMALL } from "./_faults.ts";
import { RECORDING_ID } from "./_traces.ts";

/** What the recorder writes beside the small trace. */
const METADATA = {
  schema_version: 2,
  recorder: "ct-recorder",
  recording_id: RECORDING_ID,
  program: "/app/a.py",
  args: ["one", "zwei ü"],
  workdir: "/app",
  trace: "t.ct",
  counts: { steps: 10, calls: 8, events: 3 },
  partial: false,
};

/** What is found with that file beside the trace: code and message. */
function found(beside: unknown, trace = SMALL): string[] {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeFileSync(`${folder}/t.ct`, trace);
    if (beside !== undefined) {
      const text = typeof beside === "string" ? beside : JSON.stringify(beside);
      Deno.writeTextFileSync(`${folder}/trace_metadata.json`, text);
    }
    return verifyTrace(folder).findings.map(({ code, where, message }) => {
      assert.deepEqual(where, { file: "trace_metadata.json" });
      return `${code}: ${message}`;
    });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("nothing beside the trace, or what fits, is no finding", () => {
  assert.deepEqual(found(undefined), []);
  assert.deepEqual(found(METADATA), []);
  assert.deepEqual(found({ ...METADATA, program: "/else.py", recorder: "another" }), []);
});

Deno.test("a chunk may begin with the step before it", () => {
  const counts = { steps: 2701, calls: 1802, events: 900 };
  for (const [steps, findings] of [[2701, 0], [2702, 0], [2700, 1], [2703, 1]]) {
    assert.equal(found({ ...METADATA, counts: { ...counts, steps } }, BIG).length, findings);
  }
});

Deno.test("what is beside the trace and contradicts it is found", () => {
  const cases: [Partial<Record<keyof typeof METADATA, unknown>>, string][] = [
    [{ recording_id: "x" }, `recording_id: "x", not "${RECORDING_ID}"`],
    [{ program: "/app/c.py" }, 'program: "/app/c.py", not "/app/a.py"'],
    [{ args: [] }, 'args: [], not ["one","zwei ü"]'],
    [{ workdir: null }, 'workdir: null, not "/app"'],
    [{ counts: { ...METADATA.counts, calls: 7 } }, "counts.calls: 7, not 8"],
    [{ counts: { ...METADATA.counts, events: 4 } }, "counts.events: 4, not 3"],
    [{ counts: { calls: 8, events: 3 } }, "counts.steps: nothing, not 10"],
  ];
  for (const [change, message] of cases) {
    assert.deepEqual(found({ ...METADATA, ...change }), [`beside-contradicts: ${message}`]);
  }
});

Deno.test("what belongs to another trace, a partial one, and no JSON are told apart", () => {
  assert.deepEqual(found({ ...METADATA, recording_id: "x", trace: "u.ct", args: [] }), [
    'beside-other: it is about "u.ct"',
  ]);
  assert.deepEqual(
    found({ ...METADATA, partial: true, reason: "ERR_IO", detail: "no space" }),
    ["beside-partial: ERR_IO: no space"],
  );
  for (const text of ["", "{", "[]", "null"]) {
    assert.match(found(text).join(), /^beside-unreadable: it is no JSON/);
  }
});
