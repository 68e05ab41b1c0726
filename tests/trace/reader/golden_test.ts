import assert from "node:assert/strict";
import { openTrace } from "../../../src/trace/reader/open_trace.ts";
import { walkTrace } from "../../../src/trace/reader/walk.ts";
import { printCommand } from "../../../src/cli/print.ts";
import { GOLDEN_NAMES, goldenJson, goldenPath } from "./_golden.ts";

interface GoldenEvent {
  kind: string;
  [key: string]: unknown;
}

async function printed(...args: string[]): Promise<string> {
  let text = "";
  await printCommand(args, { write: (part) => text += part, flush: () => {}, colours: false });
  return text;
}

/** Our events without what the golden printer does not have. */
function reduced(events: readonly GoldenEvent[]): GoldenEvent[] {
  return events
    .filter((event) => event.step_kind !== "sekDeltaColumn")
    .map((event) => {
      if (event.kind !== "io") return event;
      const { io_ordinal: _, metadata: __, ...rest } = event;
      return rest;
    }) as GoldenEvent[];
}

for (const name of GOLDEN_NAMES) {
  Deno.test(`${name}: --json has all that CodeTracer's printer has`, async () => {
    const golden = goldenJson(name, ".full.json");
    const ours = JSON.parse(await printed(goldenPath(name, ".ct"), "--json"));
    const { recording_id, ...metadata } = ours.metadata;
    assert.match(recording_id, /^[0-9a-f-]{36}$/);
    assert.deepEqual(metadata, golden.metadata);
    const { step_records, ...counts } = ours.counts;
    assert.ok(step_records >= counts.steps);
    assert.deepEqual(counts, golden.counts);
    for (const table of ["paths", "functions", "varnames", "types", "source_views"]) {
      assert.deepEqual(ours[table], golden[table], table);
    }
    assert.deepEqual(reduced(ours.events), golden.events);
  });

  Deno.test(`${name}: --jsonl has the same events as --json`, async () => {
    const [header, ...events] = (await printed(goldenPath(name, ".ct"), "--jsonl"))
      .trimEnd().split("\n").map((line) => JSON.parse(line));
    const document = JSON.parse(await printed(goldenPath(name, ".ct"), "--json"));
    assert.deepEqual({ ...header, events }, document);
  });

  Deno.test(`${name}: steps, calls, values and output one by one`, () => {
    const golden = goldenJson(name, ".steps.json") as Record<string, GoldenEvent[]>;
    using trace = openTrace(goldenPath(name, ".ct"));
    const tags = [
      "sekAbsoluteStep",
      "sekDeltaStep",
      "sekRaise",
      "sekCatch",
      "sekThreadSwitch",
      "sekThreadStart",
      "sekThreadExit",
      "sekDeltaColumn",
    ];
    const steps = [...trace.steps()].map((step) => ({
      index: step.index,
      path_id: step.pathId,
      line: step.line,
      path: step.path,
      kind: tags[step.tag],
    }));
    assert.deepEqual(steps, golden.steps);
    const calls = [...trace.calls()].map((call) => ({
      call_key: call.key,
      function_id: call.functionId,
      function: trace.functionName(call.functionId),
      entry_step: call.entryStep,
      exit_step: call.exitStep,
      depth: call.depth,
      arg_count: call.arguments.length,
      children_count: call.childCount,
    }));
    assert.deepEqual(calls, golden.calls);
    const values = steps.flatMap(({ index }) =>
      trace.values(index).map(({ nameId, name, value }) => ({
        step: index,
        varname_id: nameId,
        varname: name,
        type_id: "typeId" in value ? value.typeId : 0,
        type: trace.typeName("typeId" in value ? value.typeId : 0),
      }))
    );
    assert.deepEqual(values, golden.values);
    const output = [...trace.events()].map((event) => ({
      index: event.index,
      kind: "ioStdout",
      step_id: event.step,
      data: new TextDecoder().decode(event.content),
    }));
    assert.deepEqual(output, golden.ioEvents);
  });

  Deno.test(`${name}: random access gives what a walk gives`, () => {
    using trace = openTrace(goldenPath(name, ".ct"));
    const { stepRecords } = trace.counts;
    for (let from = 0; from < stepRecords; from += 7) {
      for (const item of walkTrace(trace, from, from + 9)) {
        if (item.kind !== "step") continue;
        assert.deepEqual(trace.step(item.step.index), item.step);
        assert.equal(trace.callAt(item.step.index)?.key, item.call?.key);
      }
    }
    const innermost = (step: number) =>
      [...trace.calls()].filter((call) => call.entryStep <= step && call.exitStep >= step).at(-1);
    for (let step = 0; step < stepRecords; step++) {
      assert.equal(trace.callAt(step)?.key, innermost(step)?.key, `step ${step}`);
    }
  });

  Deno.test(`${name}: every call of a walk begins once and ends once, in order`, () => {
    using trace = openTrace(goldenPath(name, ".ct"));
    const open: number[] = [];
    let calls = 0;
    for (const item of walkTrace(trace)) {
      if (item.kind === "enter") {
        assert.equal(item.before, false);
        open.push(item.span.key);
        calls++;
      } else if (item.kind === "leave") assert.equal(open.pop(), item.call.key);
    }
    assert.deepEqual(open, []);
    assert.equal(calls, trace.counts.calls);
  });
}

Deno.test("children are those calls that name the call as their parent", () => {
  using trace = openTrace(goldenPath("flow", ".ct"));
  for (const call of trace.calls()) {
    const named = [...trace.calls()].filter((other) => other.parentKey === call.key);
    // Interleaved on purpose: reading other calls must not disturb the iteration.
    const children: number[] = [];
    for (const child of call.children()) {
      children.push(child);
      assert.ok(call.childCount >= children.length);
      trace.call(child).arguments;
    }
    assert.deepEqual(children, named.map((other) => other.key));
  }
});
