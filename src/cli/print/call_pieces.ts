import type { CallSpan, TraceCall } from "../../trace/reader/calls.ts";
import { typeNameOf } from "../../trace/reader/names.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";

/** Type of the return value of a call that is only interrupted (trace-format.md). */
const PIECE = "<piece>";

/** Whether a call is the next piece of one that was interrupted by another thread. */
export function goesOn(trace: TraceReader, call: CallSpan): boolean {
  return trace.step(call.entryStep).kind === "threadSwitch";
}

/** Finds the pieces of calls together: calls of the container nest, those of threads don't. */
export class CallPieces {
  readonly #trace: TraceReader;
  /** Keys of the interrupted calls, by thread, depth and function. */
  readonly #interrupted = new Map<string, number>();

  /** Most traces have none, and need no looking at what each call returned. */
  readonly #hasPieces: boolean;

  constructor(trace: TraceReader) {
    this.#trace = trace;
    this.#hasPieces = trace.types.includes(PIECE);
  }

  /** Takes note of a call that ends, and says whether it is only interrupted. */
  keep(call: TraceCall): boolean {
    if (!this.#hasPieces) return false;
    const value = call.returnValue;
    if (value?.kind !== "Raw" || typeNameOf(this.#trace, value.typeId) !== PIECE) return false;
    this.#interrupted.set(this.#place(call), call.key);
    return true;
  }

  /** Says whether a call is the next piece of one that was kept, and hands over that one's key. */
  takeEarlier(call: CallSpan, take: (key: number) => void): boolean {
    if (this.#interrupted.size === 0 || !goesOn(this.#trace, call)) return false;
    const place = this.#place(call);
    const key = this.#interrupted.get(place);
    if (key === undefined) return false;
    this.#interrupted.delete(place);
    take(key);
    return true;
  }

  #place({ entryStep, depth, functionId }: CallSpan): string {
    return `${this.#trace.threadAt(entryStep)} ${depth} ${functionId}`;
  }
}
