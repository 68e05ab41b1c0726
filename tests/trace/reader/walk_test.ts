import assert from "node:assert/strict";
import fc from "fast-check";
import { openTrace } from "../../../src/trace/reader/open_trace.ts";
import { type WalkItem, walkTrace, walkWithPauses } from "../../../src/trace/reader/walk.ts";
import { type Happening, withWrittenTrace } from "../../support/written_trace.ts";

/** Numbers that say what happens next; every list of them is a trace. */
const plans = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 80 });

function happenings(plan: readonly number[]): Happening[] {
  const list: Happening[] = [{ enter: "root" }, { line: 1, vars: { n: 0 } }];
  // Ends of calls, which hold at least one step each.
  let depth = 0;
  for (const [at, number] of plan.entries()) {
    if (number < 3) list.push({ line: number + 1, vars: number === 0 ? {} : { m: 9, n: at } });
    else if (number < 5) {
      depth++;
      list.push({ enter: number === 3 ? "f" : "g" }, { line: 10 + number, vars: { n: at } });
    } else if (number < 7 && depth > 0) {
      depth--;
      list.push({ leave: at });
    } else if (number === 7) list.push({ output: `${at}` });
    else if (number > 7) {
      list.push({ thread: (["start", "switch", "exit"] as const)[at % 3]!, id: number + at % 4 });
    }
  }
  return list;
}

function shown(item: WalkItem): string {
  switch (item.kind) {
    case "enter":
      return `enter ${item.span.key} ${item.before}`;
    case "step":
      return `step ${item.step.index} in ${item.call?.key}`;
    case "event":
      return `event ${item.event.index} in ${item.call?.key}`;
    case "leave":
      return `leave ${item.call.key}`;
  }
}

Deno.test("a walk with a filter is the walk without what is not wanted", async () => {
  await fc.assert(
    fc.asyncProperty(plans, fc.nat(60), fc.nat(60), fc.nat(7), async (plan, from, more, mask) => {
      await withWrittenTrace(happenings(plan), (path) => {
        using trace = openTrace(path);
        const wanted = (functionId: number) => (mask >> functionId & 1) === 1;
        const filter = {
          call: (span: { functionId: number }) => wanted(span.functionId),
          inside: (span: { functionId: number } | null) => span !== null && wanted(span.functionId),
        };
        const all = [...walkTrace(trace, from, from + more)].filter((item) =>
          filter.inside(item.kind === "enter" ? item.span : item.call)
        );
        assert.deepEqual(
          [...walkTrace(trace, from, from + more, filter)].map(shown),
          all.map(shown),
        );
      });
    }),
    { numRuns: 60 },
  );
});

Deno.test("threads and single variables are found as a walk over everything finds them", async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      await withWrittenTrace(happenings(plan), (path) => {
        using trace = openTrace(path);
        let thread: number | bigint = 0;
        const records: number[] = [];
        for (const step of trace.steps()) {
          if (step.threadId !== undefined) records.push(step.index);
          if (step.kind === "threadStart" || step.kind === "threadSwitch") {
            thread = step.threadId ?? 0;
          }
          assert.equal(trace.threadAt(step.index), thread);
          for (const [nameId] of trace.variables.entries()) {
            const variable = trace.encodedValues(step.index).find((one) => one.nameId === nameId);
            assert.deepEqual(trace.encodedValue(step.index, nameId), variable?.bytes ?? null);
          }
        }
        assert.deepEqual([...trace.threadRecords()].map(({ index }) => index), records);
        const middle = records[records.length >> 1];
        if (middle !== undefined) {
          assert.deepEqual([...trace.threadRecords(middle, middle + 1)].length, 1);
        }
      });
    }),
    { numRuns: 40 },
  );
});

Deno.test("a walk with pauses is the same walk, and pauses where nothing is wanted", async () => {
  const list: Happening[] = [{ enter: "root" }];
  for (let step = 0; step < 10_000; step++) list.push({ line: 1 + step % 100 });
  for (let call = 0; call < 10_000; call++) list.push({ enter: "f" }, { line: 1 }, { leave: 0 });
  await withWrittenTrace(list, (path) => {
    using trace = openTrace(path);
    const filter = {
      call: ({ key }: { key: number }) => key === 9000,
      inside: () => false,
    };
    const items = [...walkWithPauses(trace, 0, Infinity, filter)];
    assert.deepEqual(items.filter((item) => item !== null).map(shown), [
      "enter 9000 false",
      "leave 9000",
    ]);
    // A pause for each few thousand looks; what is jumped over needs none.
    assert.equal(items.length - 2, 2);
  });
});

Deno.test("threads are found across chunks", async () => {
  const list: Happening[] = [{ enter: "root" }];
  for (let step = 0; step < 20_000; step++) {
    list.push(step === 9_000 ? { thread: "start", id: 7 } : { line: 1 });
  }
  await withWrittenTrace(list, (path) => {
    using trace = openTrace(path);
    assert.equal(trace.threadAt(19_999), 7);
    assert.equal(trace.threadAt(9_000), 7);
    assert.equal(trace.threadAt(8_999), 0);
    assert.deepEqual([...trace.threadRecords()].map(({ index }) => index), [9_000]);
    assert.deepEqual([...trace.threadRecords(9_001)], []);
  });
});
