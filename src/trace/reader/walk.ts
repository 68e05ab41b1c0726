import type { CallSpan, TraceCall } from "./calls.ts";
import type { TraceEvent } from "./events.ts";
import type { TraceReader } from "./open_trace.ts";
import type { TraceStep } from "./steps.ts";

/** What happens next in a trace. */
export type WalkItem =
  /** A call begins; `before` when it had begun before the first step of the walk. */
  | { readonly kind: "enter"; readonly span: CallSpan; readonly before: boolean }
  /** `call` is the innermost call the step belongs to, null if it belongs to none. */
  | { readonly kind: "step"; readonly step: TraceStep; readonly call: CallSpan | null }
  | { readonly kind: "event"; readonly event: TraceEvent; readonly call: CallSpan | null }
  /** A call ends. */
  | { readonly kind: "leave"; readonly call: TraceCall };

/** An open call; `firstExit` is the earliest exit of this call and those below it. */
interface Frame {
  readonly span: CallSpan;
  readonly firstExit: number;
}

/**
 * Everything in the order in which it happened: at each step first the calls that begin there, then
 * the step, its events, and the calls that end there, the innermost first.
 *
 * Memory grows with the depth of the call stack only.
 *
 * @param trace The open trace.
 * @param from First step; calls that are open there come first, the outermost first.
 * @param to Step after the last one; calls still open then are not ended.
 */
export function* walkTrace(
  trace: TraceReader,
  from = 0,
  to = Infinity,
): Generator<WalkItem, void, undefined> {
  const { calls, events, stepRecords } = trace.counts;
  const end = Math.min(to, stepRecords);
  if (from >= end) return;
  let nextCall = trace.firstCallFrom(from);
  let stack: Frame[] = [];
  for (const span of openBefore(trace, nextCall, from)) {
    push(stack, span);
    yield { kind: "enter", span, before: true };
  }
  let nextSpan = nextCall < calls ? trace.callSpan(nextCall) : null;
  let nextEvent = trace.firstEventFrom(from);
  let event = nextEvent < events ? trace.event(nextEvent) : null;

  for (const step of trace.steps(from, end)) {
    // Not "equals": a damaged order must not hold up everything after it.
    while (nextSpan !== null && nextSpan.entryStep <= step.index) {
      push(stack, nextSpan);
      yield { kind: "enter", span: nextSpan, before: false };
      nextCall++;
      nextSpan = nextCall < calls ? trace.callSpan(nextCall) : null;
    }
    const call = stack.at(-1)?.span ?? null;
    yield { kind: "step", step, call };
    while (event !== null && event.step <= step.index) {
      yield { kind: "event", event, call };
      nextEvent++;
      event = nextEvent < events ? trace.event(nextEvent) : null;
    }
    let top = stack.at(-1);
    for (; top !== undefined && top.span.exitStep <= step.index; top = stack.at(-1)) {
      stack.pop();
      yield { kind: "leave", call: trace.call(top.span.key) };
    }
    if (top !== undefined && top.firstExit <= step.index) {
      // Calls that are not nested; some recorders write them for interleaved threads.
      const left = stack.filter((frame) => frame.span.exitStep <= step.index).reverse();
      const open = stack.filter((frame) => frame.span.exitStep > step.index);
      stack = [];
      for (const frame of open) push(stack, frame.span);
      for (const frame of left) yield { kind: "leave", call: trace.call(frame.span.key) };
    }
  }
}

function push(stack: Frame[], span: CallSpan): void {
  const firstExit = Math.min(span.exitStep, stack.at(-1)?.firstExit ?? Infinity);
  stack.push({ span, firstExit });
}

/** The calls entered before a step and not left before it, the outermost first. */
function openBefore(trace: TraceReader, firstAfter: number, step: number): CallSpan[] {
  const open: CallSpan[] = [];
  for (let key = firstAfter - 1; key >= 0;) {
    const span = trace.callSpan(key);
    if (span.exitStep >= step) open.push(span);
    key = span.parentKey;
  }
  return open.reverse();
}
