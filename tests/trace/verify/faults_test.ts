import assert from "node:assert/strict";
import fc from "fast-check";
import { MemorySource } from "../../../src/trace/ctfs/byte_source.ts";
import { ContainerReader } from "../../../src/trace/ctfs/container_reader.ts";
import { openContainer } from "../../../src/trace/reader/open_trace.ts";
import { FINDING_CODES } from "../../../src/trace/verify/codes.ts";
import { type Verification, verifySource } from "../../../src/trace/verify/verify_trace.ts";
import { EditedTrace } from "./_edited_trace.ts";
import { ALL_FAULTS, BIG, SMALL, SOUND_VALUES, WITH_SOURCES } from "./_faults.ts";

function verify(bytes: Uint8Array): Verification {
  return verifySource("t.ct", new MemorySource(bytes));
}

Deno.test("nothing is found in a sound trace, also when it has been taken apart", () => {
  for (const trace of [SMALL, BIG, WITH_SOURCES]) {
    assert.deepEqual(verify(trace).findings, []);
    assert.deepEqual(verify(new EditedTrace(trace).bytes()).findings, []);
  }
});

Deno.test("all is counted", () => {
  assert.deepEqual(verify(BIG).counts, {
    stepRecords: 4504,
    values: 4504,
    calls: 1802,
    events: 900,
    paths: 2,
    functions: 4,
    types: 5,
    variables: 3,
    blocks: BIG.length / 4096,
    unusedBlocks: 0,
  });
});

for (const { name, bytes, code, where, also } of ALL_FAULTS) {
  Deno.test(`found: ${name}: ${code}`, () => {
    const { findings, totals } = verify(bytes());
    const list = JSON.stringify(findings, null, 1);
    const there = findings.filter((finding) => finding.code === code).some((finding) =>
      Object.entries(where).every(([key, value]) => Reflect.get(finding.where, key) === value)
    );
    assert.ok(there, `not found at ${JSON.stringify(where)}: ${list}`);
    assert.deepEqual([...totals.keys()].sort(), [code, ...also].sort(), list);
  });
}

Deno.test("every code has a fault that leads to it", () => {
  // Those of the file beside the trace are in beside_test.ts, those of older formats in older_test.ts.
  const elsewhere = /^(beside|older)-/;
  const tried = new Set<string>(ALL_FAULTS.map(({ code }) => code));
  const untried = Object.keys(FINDING_CODES).filter((code) =>
    !tried.has(code) && !elsewhere.test(code)
  );
  assert.deepEqual(untried, []);
});

Deno.test("of damaged texts, what the reader refuses has a finding", () => {
  const sound = new EditedTrace(WITH_SOURCES);
  let refused = 0;
  const damage = fc.record({
    file: fc.constantFrom("sources.dat", "sources.off"),
    at: fc.nat(60),
    change: fc.integer({ min: 1, max: 255 }),
    cut: fc.option(fc.integer({ min: 0, max: 30 })),
  });
  fc.assert(
    fc.property(damage, ({ file, at, change, cut }) => {
      const trace = new EditedTrace(sound.files);
      trace.editFile(file, (bytes) => bytes[at % bytes.length]! ^= change);
      if (cut !== null) trace.files.set(file, trace.file(file).slice(0, cut));
      const bytes = trace.bytes();
      using reader = openContainer(new ContainerReader("t.ct", new MemorySource(bytes)));
      try {
        for (const id of reader.paths.keys()) reader.source(id);
      } catch {
        // Which error it is, is the reader's matter.
        refused++;
        assert.equal(verify(bytes).worst, "error");
      }
    }),
    { numRuns: 100 },
  );
  assert.ok(refused > 20, "damage was met");
});

Deno.test("values of every kind and form are sound", () => {
  const trace = new EditedTrace(SMALL);
  trace.editVariables(2, () => SOUND_VALUES.map((value, at) => [at, value]));
  trace.setTable("varnames", SOUND_VALUES.map((_, at) => new TextEncoder().encode(`v${at}`)));
  assert.deepEqual(verify(trace.bytes()).findings, []);
});

Deno.test("many findings of a kind are counted, not kept", () => {
  const trace = new EditedTrace(BIG);
  trace.setTable("types", []);
  const { findings, totals, severities } = verify(trace.bytes());
  assert.equal(findings.length, 10);
  assert.equal(totals.get("type-id"), severities.error);
  // Values, arguments, results and exceptions, raises and catches.
  assert.ok((totals.get("type-id") ?? 0) > 9 * 900);
});
