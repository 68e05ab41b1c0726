import type { CallSpan } from "../../trace/reader/calls.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";

/** Finds the calls of steps that are asked for in order, without searching all calls for each. */
export class CallCursor {
  readonly #trace: TraceReader;
  readonly #count: number;
  /** Key of the first call entered after the latest step. */
  #next: number;
  #call: CallSpan | null = null;
  #until = -1;

  /**
   * @param trace The open trace.
   * @param from The first step that will be asked for; none may be before an earlier one.
   */
  constructor(trace: TraceReader, from: number) {
    this.#trace = trace;
    this.#count = trace.counts.calls;
    this.#next = trace.firstCallFrom(from);
  }

  /** The innermost call that a step belongs to, or null. */
  at(step: number): CallSpan | null {
    if (step < this.#until) return this.#call;
    this.#advance(step);
    this.#call = this.#lastOpenAt(step);
    const nextEntry = this.#next < this.#count ? this.#entry(this.#next) : Infinity;
    this.#until = Math.min(nextEntry, (this.#call?.exitStep ?? Infinity) + 1);
    return this.#call;
  }

  /** The step up to which the latest answer holds, exclusive; Infinity for the rest of the trace. */
  get until(): number {
    return this.#until;
  }

  #entry(key: number): number {
    return this.#trace.callSpan(key).entryStep;
  }

  /** Doubles its strides and halves them again: near is found at once, far with few looks. */
  #advance(step: number): void {
    let low = this.#next;
    let stride = 1;
    while (low + stride <= this.#count && this.#entry(low + stride - 1) <= step) {
      low += stride;
      stride *= 2;
    }
    let high = Math.min(low + stride - 1, this.#count);
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#entry(middle) <= step) low = middle + 1;
      else high = middle;
    }
    this.#next = low;
  }

  #lastOpenAt(step: number): CallSpan | null {
    for (let key = this.#next - 1; key >= 0;) {
      const span = this.#trace.callSpan(key);
      if (span.exitStep >= step) return span;
      key = span.parentKey;
    }
    return null;
  }
}
