import type { Cause } from "../../trace/compare/causes.ts";
import type { ThreadComparison, TraceComparison } from "../../trace/compare/compare_traces.ts";
import type {
  Parting,
  SharedFrame,
  Spot,
  ValueDifference,
} from "../../trace/compare/compare_tracks.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";
import type { Ends } from "./ends.ts";

/** What the document is made of. */
export interface Report {
  readonly a: TraceReader;
  readonly b: TraceReader;
  readonly comparison: TraceComparison;
  readonly ends: Ends;
  readonly notes: readonly string[];
  /** What may have led to a thread's first parting. */
  readonly causesOf: (thread: ThreadComparison) => readonly Cause[];
  readonly same: boolean;
}

/** The comparison as one JSON document. */
export function reportToJson(report: Report): string {
  const { a, b, comparison, ends, notes, causesOf, same } = report;
  const [first] = comparison.threads;
  const causes = first === undefined ? [] : causesOf(first);
  const spotIn = (trace: TraceReader) => (spot: Spot | null) =>
    spot === null ? null : {
      step: spot.step,
      path: trace.paths[spot.pathId] ?? "",
      line: spot.line,
      function: spot.functionName,
      ...(spot.event === null ? {} : { event: spot.event }),
    };
  const [inA, inB] = [spotIn(a), spotIn(b)];
  const value = ({ of, name, functionName, ...rest }: ValueDifference) => ({
    of,
    name,
    function: functionName,
    value_a: rest.valueA,
    value_b: rest.valueB,
    a: inA(rest.a),
    b: inB(rest.b),
    after_a: inA(rest.setA),
    after_b: inB(rest.setB),
    called_a: inA(rest.calledA),
    count: rest.count,
  });
  const frame = (call: SharedFrame) => ({
    function: call.functionName,
    call_key_a: call.keyA,
    call_key_b: call.keyB,
    a: inA(call.a),
    b: inB(call.b),
  });
  const parting = (at: Parting) => ({
    equal_steps: at.equalSteps,
    last_a: inA(at.lastA),
    last_b: inB(at.lastB),
    a: inA(at.a),
    b: inB(at.b),
    decided_a: inA(at.decidedA),
    decided_b: inB(at.decidedB),
    stack: at.stack.map(frame),
  });
  const side = (trace: TraceReader, end: Ends["a"], partial: Ends["partialA"]) => ({
    trace: trace.path,
    recording_id: trace.metadata.recordingId,
    program: trace.metadata.program,
    args: trace.metadata.args,
    step_records: trace.counts.stepRecords,
    process_exit_status: end,
    ...(partial === null ? {} : { partial }),
  });
  const document = {
    same,
    a: side(a, ends.a, ends.partialA),
    b: side(b, ends.b, ends.partialB),
    notes,
    values_cut: comparison.valuesWereCut,
    threads: comparison.threads.map((thread) => ({
      thread_a: String(thread.threadA),
      thread_b: String(thread.threadB),
      equal_steps: thread.equalSteps,
      partings: thread.partingCount,
      first_partings: thread.partings.map(parting),
      steps_with_different_values: thread.differentSteps,
      values: thread.values.map(value),
    })),
    threads_only_a: comparison.onlyA.map(String),
    threads_only_b: comparison.onlyB.map(String),
    causes: causes.map(({ difference, readAt }) => ({
      ...value(difference),
      read_at: inA(readAt),
    })),
    streams: comparison.streams,
    functions: comparison.functions.map((row) => ({
      name: row.name,
      steps_a: row.stepsA,
      steps_b: row.stepsB,
      calls_a: row.callsA,
      calls_b: row.callsB,
    })),
    sources: comparison.sources.map(({ pathA, pathB }) => ({ path_a: pathA, path_b: pathB })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
