import { typeNameOf } from "../reader/names.ts";
import type { TraceReader } from "../reader/open_trace.ts";
import type { TraceStep } from "../reader/steps.ts";
import { isCopy } from "./copies.ts";
import type { Stretch } from "./threads.ts";

/** The type of what a call returns whose thread goes on later (adr/0005). */
const PIECE = "<piece>";

/** An open call of a track. */
export interface TrackFrame {
  /** Key of the call, of its latest piece. */
  key: number;
  functionId: number;
  exitStep: number;
  /** Index of the latest step of its own; -1 before the first. */
  lastStep: number;
  /** Of the one before that. */
  stepBefore: number;
}

/** A call that has ended. */
export interface LeftCall {
  readonly key: number;
  readonly functionId: number;
  /** How many calls were open around it. */
  readonly depth: number;
  readonly lastStep: number;
}

/** What ran, by function: grows with the functions of the trace. */
export class FunctionCounts {
  readonly steps: number[] = [];
  readonly calls: number[] = [];

  addStep(functionId: number): void {
    this.steps[functionId] = (this.steps[functionId] ?? 0) + 1;
  }

  addCall(functionId: number): void {
    this.calls[functionId] = (this.calls[functionId] ?? 0) + 1;
  }
}

/**
 * What one thread did, step by step, with the calls that are open. Calls that the container has in pieces are one
 * again; records that say which thread goes on are left out, and so is the copy of a step that the writer puts at the
 * start of a chunk. Memory grows with the depth of the stack.
 */
export class Track {
  readonly trace: TraceReader;
  /** The step that it is at; null before the first and behind the last. */
  step: TraceStep | null = null;
  /** The open calls, the outermost first. */
  readonly frames: TrackFrame[] = [];
  /** The calls that ended between the step before and this one, the innermost first. */
  readonly left: LeftCall[] = [];
  /** How deep the stack was when it was least deep since the step before. */
  lowest = 0;
  readonly #stretches: readonly Stretch[];
  readonly #counts: FunctionCounts | null;
  readonly #calls: number;
  #stretch = -1;
  #at = -1;
  #end = 0;
  #nextCall = 0;
  #nextEntry = 0;
  /** Calls of a stretch before that go on in this one; 0 when there are none, or all have been met. */
  #suspended = 0;
  #met = 0;
  /** The record before, of whatever kind. */
  #previous: TraceStep | null = null;

  /**
   * @param stretches Where the thread's records are.
   * @param counts Takes what runs.
   */
  constructor(trace: TraceReader, stretches: readonly Stretch[], counts: FunctionCounts | null) {
    this.trace = trace;
    this.#stretches = stretches;
    this.#counts = counts;
    this.#calls = trace.counts.calls;
  }

  /** Another one that is where this one is, to look ahead with; it counts nothing. */
  copy(): Track {
    const copy = new Track(this.trace, this.#stretches, null);
    copy.step = this.step;
    copy.frames.push(...this.frames.map((frame) => ({ ...frame })));
    copy.left.push(...this.left);
    copy.lowest = this.lowest;
    copy.#stretch = this.#stretch;
    copy.#at = this.#at;
    copy.#end = this.#end;
    copy.#nextCall = this.#nextCall;
    copy.#nextEntry = this.#nextEntry;
    copy.#previous = this.#previous;
    return copy;
  }

  /**
   * Goes on to the next step.
   *
   * @returns False when there is none; then all calls have ended.
   */
  next(): boolean {
    this.left.length = 0;
    this.lowest = this.frames.length;
    for (;;) {
      if (!this.#advance()) {
        this.step = null;
        this.#leaveAll();
        return false;
      }
      const step = this.trace.step(this.#at);
      const skipped = isAboutThreads(step) || isCopy(this.trace, step, this.#previous);
      this.#previous = step;
      if (skipped) continue;
      this.step = step;
      const frame = this.frames.at(-1);
      if (frame !== undefined) {
        frame.stepBefore = frame.lastStep;
        frame.lastStep = this.#at;
        this.#counts?.addStep(frame.functionId);
      }
      return true;
    }
  }

  /** To the next record of the thread: the calls that end before it are left, those that begin with it entered. */
  #advance(): boolean {
    if (this.#at >= 0) this.#leave(this.#at);
    this.#at++;
    if (this.#at >= this.#end) {
      const stretch = this.#stretches[++this.#stretch];
      if (stretch === undefined) return false;
      this.#begin(stretch);
    }
    while (this.#nextEntry <= this.#at) {
      const { key, functionId, exitStep } = this.trace.callSpan(this.#nextCall);
      this.#enter(key, functionId, exitStep);
      this.#toCall(this.#nextCall + 1);
    }
    // What was open and does not go on with the first record has ended meanwhile.
    if (this.#suspended > 0) {
      this.#cut(Math.max(this.#met, this.#firstOwn()));
      this.#suspended = 0;
    }
    return true;
  }

  #begin({ start, end }: Stretch): void {
    const isFirst = this.#at === 0 && start === 0;
    this.#at = start;
    this.#end = end;
    if (isFirst) return this.#toCall(0);
    if (this.frames.length === 0) this.#enterAround(start);
    this.#suspended = this.frames.length;
    this.#met = this.#firstOwn();
    this.#toCall(this.trace.firstCallFrom(start));
  }

  /** The root is around all threads, and never in pieces. */
  #firstOwn(): number {
    return this.frames[0]?.key === 0 ? 1 : 0;
  }

  /** The root of the trace, if it is open where a thread begins. It is no call of that thread's. */
  #enterAround(start: number): void {
    if (this.#calls === 0) return;
    const { key, functionId, exitStep, parentKey, entryStep } = this.trace.callSpan(0);
    if (parentKey !== -1 || entryStep >= start || exitStep < start) return;
    this.frames.push({ key, functionId, exitStep, lastStep: -1, stepBefore: -1 });
  }

  #toCall(key: number): void {
    this.#nextCall = key;
    this.#nextEntry = key < this.#calls ? this.trace.callSpan(key).entryStep : Infinity;
  }

  #enter(key: number, functionId: number, exitStep: number): void {
    const known = this.#met < this.#suspended ? this.frames[this.#met] : undefined;
    if (known?.functionId === functionId) {
      known.key = key;
      known.exitStep = exitStep;
      this.#met++;
      return;
    }
    if (this.#suspended > 0) {
      this.#cut(this.#met);
      this.#suspended = 0;
    }
    this.frames.push({ key, functionId, exitStep, lastStep: -1, stepBefore: -1 });
    this.#counts?.addCall(functionId);
  }

  /** Ends the calls that a record is the last of, up to the first that goes on in another stretch. */
  #leave(at: number): void {
    const mayGoOn = at === this.#end - 1 && this.#stretches.length > 1;
    for (let frame = this.frames.at(-1); frame !== undefined; frame = this.frames.at(-1)) {
      if (frame.exitStep > at) return;
      if (mayGoOn && this.#isPiece(frame.key)) return;
      this.#pop();
    }
  }

  #cut(depth: number): void {
    while (this.frames.length > depth) this.#pop();
  }

  #leaveAll(): void {
    this.#cut(0);
  }

  #pop(): void {
    const frame = this.frames.pop();
    if (frame === undefined) return;
    const { key, functionId, lastStep } = frame;
    const depth = this.frames.length;
    this.left.push({ key, functionId, depth, lastStep });
    if (depth < this.lowest) this.lowest = depth;
  }

  #isPiece(key: number): boolean {
    const { returned } = this.trace.encodedResult(key);
    if (returned === null) return false;
    const value = this.trace.decodeValue(0, returned);
    return "typeId" in value && typeNameOf(this.trace, value.typeId) === PIECE;
  }
}

function isAboutThreads({ kind }: TraceStep): boolean {
  return kind === "threadSwitch" || kind === "threadStart" || kind === "threadExit";
}
