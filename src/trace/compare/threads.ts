import { functionNameOf, variableNameOf } from "../reader/names.ts";
import type { TraceReader } from "../reader/open_trace.ts";
import { isCopy } from "./copies.ts";
import { canonicalText } from "./values.ts";

/** A stretch of step records of one thread: `start` up to and without `end`. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** A thread of a trace. */
export interface TraceThread {
  /** As the trace numbers it; 0 is the main thread. */
  readonly id: number | bigint;
  readonly stretches: readonly Stretch[];
}

/** The thread of a trace's first records, where they don't say. */
const MAIN_THREAD = 0;

/**
 * The threads of a trace, in order of appearance, and when each of them ran. Reads the kinds of all steps; memory grows
 * with the number of switches between threads alone.
 */
export function threadsOf(trace: TraceReader): TraceThread[] {
  const threads = new Map<number | bigint, Stretch[]>();
  let current: number | bigint = MAIN_THREAD;
  let start = 0;
  const end = (at: number) => {
    if (at === start) return;
    const stretches = threads.get(current);
    if (stretches === undefined) threads.set(current, [{ start, end: at }]);
    else stretches.push({ start, end: at });
    start = at;
  };
  for (const step of trace.threadRecords()) {
    // A thread that ends is over with that record, but it is one of its own.
    if (step.kind === "threadExit") continue;
    // The copy of a step that a chunk begins with is in the calls of what comes behind it.
    const before = step.index > 0 ? trace.step(step.index - 1) : null;
    end(before !== null && isCopy(trace, before) ? before.index : step.index);
    current = step.threadId ?? MAIN_THREAD;
  }
  end(trace.counts.stepRecords);
  return [...threads].map(([id, stretches]) => ({ id, stretches }));
}

/**
 * Pairs the threads of two traces: the main ones, then those that begin with the same call, then those that begin with
 * the same function, each in order of appearance. Which one began first is chance.
 *
 * @returns Pairs; null where the other trace has none left.
 */
export function pairThreads(
  a: TraceReader,
  threadsA: readonly TraceThread[],
  b: TraceReader,
  threadsB: readonly TraceThread[],
): (readonly [TraceThread | null, TraceThread | null])[] {
  const pairs: [TraceThread | null, TraceThread | null][] = [];
  const left = { a: [...threadsA], b: [...threadsB] };
  // With one thread each there is nothing to choose.
  const keys = threadsA.length <= 1 && threadsB.length <= 1
    ? []
    : [beginsWith(true), beginsWith(false)];
  for (
    const key of [(_: TraceReader, { id }: TraceThread) => id === MAIN_THREAD ? "" : null, ...keys]
  ) {
    const byKey = new Map<string, TraceThread[]>();
    for (const thread of left.b) {
      const name = key(b, thread);
      if (name !== null) byKey.set(name, [...byKey.get(name) ?? [], thread]);
    }
    for (const thread of [...left.a]) {
      const name = key(a, thread);
      const other = name === null ? undefined : byKey.get(name)?.shift();
      if (other === undefined) continue;
      pairs.push([thread, other]);
      left.a.splice(left.a.indexOf(thread), 1);
      left.b.splice(left.b.indexOf(other), 1);
    }
  }
  return [
    ...pairs,
    ...left.a.map((thread) => [thread, null] as const),
    ...left.b.map((thread) => [null, thread] as const),
  ];
}

/** What a thread's outermost call is, with its arguments or without. */
function beginsWith(withArguments: boolean) {
  return (trace: TraceReader, thread: TraceThread): string | null => {
    const first = thread.stretches[0];
    if (first === undefined) return null;
    const key = trace.firstCallFrom(first.start);
    if (key >= trace.counts.calls) return "";
    const call = trace.call(key);
    const name = functionNameOf(trace, call.functionId);
    if (!withArguments) return name;
    return [
      name,
      ...call.arguments.map(({ nameId, value }) =>
        `${variableNameOf(trace, nameId)}=${canonicalText(trace, value)}`
      ),
    ].join("\0");
  };
}
