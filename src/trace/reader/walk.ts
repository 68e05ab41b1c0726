import { checkRange } from "./_range.ts";
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

/** What of a trace a walk passes over, without reading it. */
export interface WalkFilter {
  /** Whether a call's beginning and end are wanted; asked once, when it begins. */
  call(span: CallSpan): boolean;
  /** Whether steps and events directly in a call, or in none (null), can be; asked once, as well. */
  inside(call: CallSpan | null): boolean;
}

/** An open call. */
interface Frame {
  readonly span: CallSpan;
  /** The earliest exit of this call and those below it. */
  readonly firstExit: number;
  /** The filter's answers. */
  readonly call: boolean;
  readonly inside: boolean;
}

const EVERYTHING: WalkFilter = { call: () => true, inside: () => true };

/**
 * Everything by step: at each one first the calls that begin there, then the step, its events, and the calls that end
 * there, the innermost first. Events come ahead of the calls that their line makes, which begin at later steps.
 *
 * Memory grows with the depth of the call stack only.
 *
 * @param trace The open trace.
 * @param from First step; calls that are open there come first, the outermost first.
 * @param to Step after the last one; calls still open then are not ended.
 * @param filter What is wanted; everything when left out.
 * @throws {UsageError} ERR_USAGE, at once: there is no such range.
 */
export function walkTrace(
  trace: TraceReader,
  from = 0,
  to = Infinity,
  filter: WalkFilter = EVERYTHING,
): Generator<WalkItem, void, undefined> {
  checkRange(trace.path, "steps", from, to);
  // holds: without pauses there is no null.
  return walk(trace, from, to, filter, Infinity) as Generator<WalkItem, void, undefined>;
}

/**
 * The same, with a null now and then where nothing has been wanted for long, so that whoever waits
 * can do something else. Parameters as for {@link walkTrace}.
 */
export function walkWithPauses(
  trace: TraceReader,
  from: number,
  to: number,
  filter: WalkFilter,
): Generator<WalkItem | null, void, undefined> {
  return walk(trace, from, to, filter, STEPS_BETWEEN_PAUSES);
}

/** Some milliseconds' worth. */
const STEPS_BETWEEN_PAUSES = 4096;

function* walk(
  trace: TraceReader,
  from: number,
  to: number,
  filter: WalkFilter,
  stepsBetweenPauses: number,
): Generator<WalkItem | null, void, undefined> {
  const { calls, events, stepRecords } = trace.counts;
  const end = Math.min(to, stepRecords);
  if (from >= end) return;
  const outside = filter.inside(null);
  let nextCall = trace.firstCallFrom(from);
  let stack: Frame[] = [];
  for (const span of callsOpenBefore(trace, from)) {
    const frame = push(stack, span, filter);
    if (frame.call) yield { kind: "enter", span, before: true };
  }
  let nextSpan = nextCall < calls ? trace.callSpan(nextCall) : null;
  let nextEvent = trace.firstEventFrom(from);
  let event = nextEvent < events ? trace.event(nextEvent) : null;

  let untilPause = stepsBetweenPauses;
  for (let index = from; index < end;) {
    if (--untilPause === 0) {
      untilPause = stepsBetweenPauses;
      yield null;
    }
    // Not "equals": a damaged order must not hold up everything after it.
    while (nextSpan !== null && nextSpan.entryStep <= index) {
      const frame = push(stack, nextSpan, filter);
      if (frame.call) yield { kind: "enter", span: nextSpan, before: false };
      nextCall++;
      nextSpan = nextCall < calls ? trace.callSpan(nextCall) : null;
    }
    let top = stack.at(-1);
    const call = top?.span ?? null;
    const inside = top?.inside ?? outside;
    if (inside) yield { kind: "step", step: trace.step(index), call };
    while (event !== null && event.step <= index) {
      if (inside) yield { kind: "event", event, call };
      nextEvent++;
      event = nextEvent < events ? trace.event(nextEvent) : null;
    }
    for (; top !== undefined && top.span.exitStep <= index; top = stack.at(-1)) {
      stack.pop();
      if (top.call) yield { kind: "leave", call: trace.call(top.span.key) };
    }
    if (top !== undefined && top.firstExit <= index) {
      // Calls that are not nested; some recorders write them for interleaved threads.
      const left = stack.filter((frame) => frame.span.exitStep <= index).reverse();
      const open = stack.filter((frame) => frame.span.exitStep > index);
      stack = [];
      for (const frame of open) repush(stack, frame);
      for (const frame of left) {
        if (frame.call) yield { kind: "leave", call: trace.call(frame.span.key) };
      }
      top = stack.at(-1);
    }
    index++;
    if (!(top?.inside ?? outside)) {
      // Nothing is wanted before something begins, happens or ends.
      const next = Math.min(
        nextSpan?.entryStep ?? Infinity,
        top?.firstExit ?? Infinity,
        event?.step ?? Infinity,
        end,
      );
      index = Math.max(index, next);
    }
  }
}

function push(stack: Frame[], span: CallSpan, filter: WalkFilter): Frame {
  const frame = {
    span,
    firstExit: Math.min(span.exitStep, stack.at(-1)?.firstExit ?? Infinity),
    call: filter.call(span),
    inside: filter.inside(span),
  };
  stack.push(frame);
  return frame;
}

/** The same call again, above others. */
function repush(stack: Frame[], frame: Frame): void {
  const firstExit = Math.min(frame.span.exitStep, stack.at(-1)?.firstExit ?? Infinity);
  stack.push({ ...frame, firstExit });
}

/** The calls entered before a step and not left before it, the outermost first. */
export function callsOpenBefore(trace: TraceReader, step: number): CallSpan[] {
  const open: CallSpan[] = [];
  for (let key = trace.firstCallFrom(step) - 1; key >= 0;) {
    const span = trace.callSpan(key);
    if (span.exitStep >= step) open.push(span);
    key = span.parentKey;
  }
  return open.reverse();
}
