import { variableNameOf } from "./names.ts";
import type { TraceReader } from "./open_trace.ts";
import type { TraceStep } from "./steps.ts";
import type { TraceVariable } from "./values.ts";

/** What of a step's variables is not as it was at the step of its call before. */
export interface StepChanges {
  /** Those that are new or have another value. */
  readonly changed: readonly TraceVariable[];
  /** Ids of the names of those that are no longer there; none in traces of other recorders, which may leave some out. */
  readonly gone: readonly number[];
}

/**
 * Tells which variables changed from one step of a call to its next one. Calls made in between do
 * not count: what changed meanwhile shows at the step after they return.
 *
 * Values are compared as stored, by a 53-bit hash of their bytes, so that a step with nothing new
 * costs no decoding and a deep stack needs a few numbers per variable.
 */
export class ChangeTracker {
  readonly #trace: TraceReader;
  readonly #frames = new Map<number, Frame>();
  /** Whether each step has all variables; other recorders leave out some that are still there. */
  readonly #hasAll: boolean;

  /** @param trace The open trace. */
  constructor(trace: TraceReader) {
    this.#trace = trace;
    this.#hasAll = trace.metadata.recorder.startsWith("ct-recorder ");
  }

  /**
   * A call begins; its arguments count as seen. So does, at its first step, what its caller has
   * under the same name with the same value: recorders that store globals store them in every call.
   *
   * @param callKey The call.
   * @param callerKey The call it was made from; -1 for none.
   */
  enter(callKey: number, callerKey = -1): void {
    const seen = new Map<number, number>();
    for (const { nameId, bytes } of this.#trace.encodedArguments(callKey)) {
      seen.set(nameId, hash53(bytes));
    }
    const caller = this.#frames.get(callerKey)?.seen ?? null;
    this.#frames.set(callKey, { seen, caller, visible: NOBODY });
  }

  /** A call goes on under another key, with what was seen of it until then. */
  goOn(pausedKey: number, callKey: number): void {
    const frame = this.#frames.get(pausedKey);
    if (frame === undefined) return;
    this.#frames.delete(pausedKey);
    this.#frames.set(callKey, frame);
  }

  /** A call has ended; nothing about it is kept. */
  leave(callKey: number): void {
    this.#frames.delete(callKey);
  }

  /**
   * What is new, has another value than at the call's previous step, or is gone.
   *
   * @param step A step record; those of one call must come in order. Only those of lines, and of columns, lose variables:
   * others may have none at all.
   * @param callKey The call that it belongs to; -1 for none.
   */
  next({ index: step, kind }: TraceStep, callKey: number): StepChanges {
    const trace = this.#trace;
    let frame = this.#frames.get(callKey);
    if (frame === undefined) {
      this.#frames.set(callKey, frame = { seen: new Map(), caller: null, visible: NOBODY });
    }
    const { seen, caller } = frame;
    const changed: TraceVariable[] = [];
    // Some recorders store a name twice; readers take the first.
    const inThisStep = new Set<number>();
    for (const { nameId, bytes } of trace.encodedValues(step)) {
      if (inThisStep.has(nameId)) continue;
      inThisStep.add(nameId);
      const hash = hash53(bytes);
      const before = seen.get(nameId) ?? caller?.get(nameId);
      seen.set(nameId, hash);
      if (before === hash) continue;
      const value = trace.decodeValue(step, bytes);
      changed.push({ nameId, name: variableNameOf(trace, nameId), value });
    }
    if (inThisStep.size > 0) frame.caller = null;
    const gone: number[] = [];
    if (this.#hasAll && (kind === "line" || kind === "column")) {
      for (const nameId of frame.visible) {
        if (inThisStep.has(nameId)) continue;
        gone.push(nameId);
        // The same value again is news then.
        seen.delete(nameId);
      }
      frame.visible = inThisStep;
    }
    return { changed, gone };
  }
}

/** What is known of an open call's variables: a hash of each one's value, by name id. */
interface Frame {
  readonly seen: Map<number, number>;
  /** The caller's, up to the first step with variables. */
  caller: ReadonlyMap<number, number> | null;
  /** Ids of the names at the latest line or column. */
  visible: ReadonlySet<number>;
}

const NOBODY: ReadonlySet<number> = new Set();

/** Two multiplicative hashes of 32 bits, mixed, of which 53 bits are kept. */
export function hash53(bytes: Uint8Array): number {
  let a = 0xdeadbeef ^ bytes.length;
  let b = 0x41c6ce57;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    a = Math.imul(a ^ byte, 2654435761);
    b = Math.imul(b ^ byte, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (b & 0x1fffff) * 2 ** 32 + (a >>> 0);
}
