import assert from "node:assert/strict";
import fc from "fast-check";
import { CallCursor } from "../../src/cli/print/call_cursor.ts";
import { Selection } from "../../src/cli/print/selection.ts";
import { variableHistory } from "../../src/cli/print/variable_history.ts";
import { openTrace, type TraceReader } from "../../src/trace/reader/open_trace.ts";
import { type Happening, withWrittenTrace } from "../support/written_trace.ts";

const EVERYTHING = { from: 0, to: Infinity, functionName: null, fileName: null, thread: null };

/** Traces of nested calls with a variable `n` that is an argument of g and comes and goes. */
const traces = fc.array(
  fc.record({ what: fc.nat(7), value: fc.nat(2) }),
  { minLength: 1, maxLength: 120 },
).map((plan) => {
  const list: Happening[] = [{ enter: "f" }, { line: 1 }];
  let depth = 0;
  for (const [at, { what, value }] of plan.entries()) {
    const line = 2 + at % 90;
    if (what < 3) list.push({ line, vars: { other: at, n: value } });
    else if (what === 3) list.push({ line, vars: { other: at } });
    else if (what === 4) list.push({ raise: "" });
    else if (what === 5) {
      depth++;
      list.push({ enter: "g", args: { n: value } }, { line: 99, vars: { n: value } });
    } else if (what === 6) {
      depth++;
      list.push({ enter: "f" }, { line: 98, vars: value === 0 ? {} : { n: value } });
    } else if (depth > 0) {
      depth--;
      list.push({ leave: null });
    }
  }
  return list;
});

/** The same by its definition: all that a call has, decoded, and each call gone through by itself. */
function expected(trace: TraceReader): string[] {
  const found: [step: number, text: string][] = [];
  const nameOf = (step: number, name: string) =>
    trace.values(step).find((variable) => variable.name === name)?.value;
  const steps = [...trace.steps()];
  const callOf = steps.map(({ index }) => trace.callAt(index));
  for (const call of trace.calls()) {
    const isArgument = call.arguments.length > 0;
    let before: string | undefined;
    let begun = false;
    for (const step of steps.filter(({ index }) => callOf[index]?.key === call.key)) {
      const value = nameOf(step.index, "n");
      const text = value === undefined ? undefined : JSON.stringify(value);
      if (text === undefined) {
        if (step.kind === "line" && before !== undefined) found.push([step.index, "gone"]);
        if (step.kind === "line") before = undefined;
      } else {
        const lastOf = (belongs: (key: number) => boolean) => {
          for (let index = step.index - 1; index >= 0; index--) {
            const older = belongs(callOf[index]!.functionId) ? nameOf(index, "n") : undefined;
            if (older !== undefined) return JSON.stringify(older);
          }
        };
        const isKnown = !begun && !isArgument &&
          (text === lastOf(() => true) || text === lastOf((id) => id === call.functionId));
        if (text !== before && !isKnown) found.push([step.index, text]);
        before = text;
      }
      begun ||= step.kind === "line";
    }
  }
  return found.sort(([a], [b]) => a - b).map(([step, text]) => `${step} ${text}`);
}

Deno.test("a variable's history is what its definition says", async () => {
  await fc.assert(
    fc.asyncProperty(traces, async (happenings) => {
      await withWrittenTrace(happenings, (path) => {
        using trace = openTrace(path);
        const id = trace.variables.indexOf("n");
        if (id < 0) return;
        const found = [...variableHistory(trace, new Selection(trace, EVERYTHING), [id])]
          .filter((change) => change !== null);
        assert.deepEqual(
          found.map(({ step, value }) =>
            `${step.index} ${value === null ? "gone" : JSON.stringify(value)}`
          ),
          expected(trace),
        );
        for (const { since, step, call } of found) {
          assert.equal(trace.callAt(step.index)?.key, call?.key);
          if (since !== null) assert.equal(trace.callAt(since.index)?.key, call?.key);
        }
      });
    }),
    { numRuns: 60 },
  );
});

Deno.test("calls are found in order, however far apart the questions are", async () => {
  await fc.assert(
    fc.asyncProperty(traces, fc.array(fc.nat(40)), async (happenings, strides) => {
      await withWrittenTrace(happenings, (path) => {
        using trace = openTrace(path);
        const cursor = new CallCursor(trace, 0);
        const { stepRecords } = trace.counts;
        let step = 0;
        for (const stride of strides) {
          if ((step += stride) >= stepRecords) break;
          assert.equal(cursor.at(step)?.key, trace.callAt(step)?.key);
          for (let same = step; same < Math.min(cursor.until, stepRecords); same++) {
            assert.equal(trace.callAt(same)?.key, trace.callAt(step)?.key);
          }
        }
      });
    }),
    { numRuns: 60 },
  );
});
