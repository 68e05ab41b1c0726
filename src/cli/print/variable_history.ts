import type { CallSpan } from "../../trace/reader/calls.ts";
import { hash53 } from "../../trace/reader/changes.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";
import type { TraceStep } from "../../trace/reader/steps.ts";
import type { TraceValue } from "../../trace/reader/values.ts";
import { CallCursor } from "./call_cursor.ts";
import { goesOn } from "./call_pieces.ts";
import type { Selection } from "./selection.ts";

/** A variable has another value than at the step of its call before. */
export interface VariableChange {
  /** The first step with that value, which it had when the line began. */
  readonly step: TraceStep;
  readonly call: CallSpan | null;
  readonly nameId: number;
  /** Null when the variable is no longer there. */
  readonly value: TraceValue | null;
  /** The step of the same call before this one, during which it changed; null for the first. */
  readonly since: TraceStep | null;
}

/** Some milliseconds' worth. */
const STEPS_BETWEEN_PAUSES = 4096;
/** Hashes stay below 2^53. */
const UNSEEN = -1;

/** What is known of an open call. */
interface Frame {
  readonly key: number;
  readonly exitStep: number;
  /** Hash of each variable's value, or {@link UNSEEN}. */
  readonly seen: number[];
  /** The same of what was seen last in any call of the function. */
  readonly latest: number[];
  readonly call: CallSpan | null;
  /**
   * Whether each is an argument that the call begins with, and not goes on with; null until one is
   * visible, which in most calls none is.
   */
  isArgument: readonly boolean[] | null;
  lastStep: number;
  /** Whether a line has run: other records may come ahead of it, and have no variables. */
  begun: boolean;
}

/** Ended calls are forgotten when there are more frames than this, and twice those that were open. */
const MIN_FRAMES = 64;

/**
 * Where variables changed, call by call, in order; null now and then, so that whoever waits can do
 * something else. Values are compared as they are stored, by a hash
 * of their bytes, and decoded only where they have changed.
 *
 * What a call has from its first step on without being one of its arguments is a global, a variable
 * of an enclosing function, or that of a generator or thread that goes on: it counts as a change only
 * if its value is another one than it was last under that name, in any call or in one of the same
 * function.
 *
 * @param nameIds Which variables.
 */
export function* variableHistory(
  trace: TraceReader,
  selection: Selection,
  nameIds: readonly number[],
): Generator<VariableChange | null, void, undefined> {
  const { from, end } = selection;
  if (from >= end) return;
  let untilPause = STEPS_BETWEEN_PAUSES;
  const cursor = new CallCursor(trace, from);
  const frames = new Frames(trace, nameIds);
  /** The hash seen last under each name, in any call. */
  const latest = nameIds.map(() => UNSEEN);
  for (let index = from; index < end; index++) {
    if (--untilPause === 0) {
      untilPause = STEPS_BETWEEN_PAUSES;
      yield null;
    }
    const call = cursor.at(index);
    if (!selection.acceptsFunction(call)) {
      index = Math.min(cursor.until, end) - 1;
      continue;
    }
    const frame = frames.of(call, index);
    for (const [at, nameId] of nameIds.entries()) {
      const bytes = trace.encodedValue(index, nameId);
      // holds: one for each name, here and below
      const before = frame.seen[at]!;
      if (bytes === null) {
        // Records of other kinds than lines may have no variables at all.
        if (before === UNSEEN || !isLine(trace.step(index))) continue;
        frame.seen[at] = UNSEEN;
      } else {
        const hash = hash53(bytes);
        const isKnown = !frame.begun && !frames.isArgument(frame, at) &&
          (hash === latest[at] || hash === frame.latest[at]);
        frame.seen[at] = latest[at] = frame.latest[at] = hash;
        if (hash === before || isKnown) continue;
      }
      const step = trace.step(index);
      if (!selection.acceptsStep(index, step.pathId)) continue;
      yield {
        step,
        call,
        nameId,
        value: bytes === null ? null : trace.decodeValue(index, bytes),
        since: frame.begun ? trace.step(frame.lastStep) : null,
      };
    }
    frame.begun ||= isLine(trace.step(index));
    frame.lastStep = index;
  }
}

/** The frames of open calls, and some of ended ones. */
class Frames {
  readonly #trace: TraceReader;
  readonly #nameIds: readonly number[];
  readonly #frames = new Map<number, Frame>();
  readonly #latest = new Map<number, number[]>();
  #max = MIN_FRAMES;
  #last: Frame | undefined;

  constructor(trace: TraceReader, nameIds: readonly number[]) {
    this.#trace = trace;
    this.#nameIds = nameIds;
  }

  /** The frame of a call (null: of steps outside of any), at a step that belongs to it. */
  of(call: CallSpan | null, step: number): Frame {
    const key = call?.key ?? -1;
    if (this.#last?.key === key) return this.#last;
    let frame = this.#frames.get(key);
    if (frame === undefined) {
      this.#frames.set(key, frame = this.#begin(call));
      if (this.#frames.size > this.#max) this.#forget(step);
    }
    return this.#last = frame;
  }

  /** Whether the name at an index is an argument that the frame's call begins with. */
  isArgument(frame: Frame, at: number): boolean {
    frame.isArgument ??= this.#argumentsOf(frame.call);
    return frame.isArgument[at] === true;
  }

  #begin(call: CallSpan | null): Frame {
    const functionId = call?.functionId ?? -1;
    let latest = this.#latest.get(functionId);
    if (latest === undefined) {
      this.#latest.set(functionId, latest = this.#nameIds.map(() => UNSEEN));
    }
    const seen = this.#nameIds.map(() => UNSEEN);
    const [key, exitStep] = call === null ? [-1, Infinity] : [call.key, call.exitStep];
    return { key, exitStep, seen, latest, call, isArgument: null, lastStep: -1, begun: false };
  }

  #argumentsOf(call: CallSpan | null): boolean[] {
    if (call === null || goesOn(this.#trace, call)) return [];
    const ids = this.#trace.encodedArguments(call.key).map(({ nameId }) => nameId);
    return this.#nameIds.map((nameId) => ids.includes(nameId));
  }

  #forget(step: number): void {
    for (const { key, exitStep } of this.#frames.values()) {
      if (exitStep < step) this.#frames.delete(key);
    }
    this.#max = Math.max(MIN_FRAMES, 2 * this.#frames.size);
  }
}

function isLine(step: TraceStep): boolean {
  return step.kind === "line" || step.kind === "column";
}
