/** What happened during one recording, in numbers. */
import { internalError } from "../errors/mod.ts";

/** The counters, and whether each is one number or one per reason. */
const COUNTERS = {
  /** What is in the trace; by kind: steps, calls, output. */
  events: "by reason",
  /** Values that a filter left out; by kind of value. */
  dropped: "by reason",
  /** Values that a filter blotted out; by kind of value. */
  redacted: "by reason",
  /** Code objects that a filter kept from being recorded. */
  scopes_skipped: "one number",
  /** How often the recording ended before the program; by error code. */
  detach_reasons: "by reason",
  /** Faults of the recorder, or of a sink, that were survived. */
  caught_internal_errors: "one number",
} as const;

type Table = typeof COUNTERS;

/** Every counter there is. */
export type CounterName = keyof Table;

/** The counters that say why. */
export type ReasonedCounter = {
  [N in CounterName]: Table[N] extends "by reason" ? N : never;
}[CounterName];

/** The counters that are one number. */
export type PlainCounter = Exclude<CounterName, ReasonedCounter>;

/** All counters at one moment, as they stand in `trace_metadata.json`. Frozen. */
export type CounterSnapshot = {
  readonly [N in CounterName]: N extends ReasonedCounter ? Readonly<Record<string, number>>
    : number;
};

/** Gets every increment as it happens; for a program that embeds the recorder. */
export interface CounterSink {
  /**
   * Must return at once: the recording waits. After the first failure (thrown, or rejected) it isn't called again.
   *
   * @param value What was added; more than 0.
   * @param attributes `reason`, for the counters that have one.
   */
  count(name: CounterName, value: number, attributes: { readonly reason?: string }): void;
}

/** The counters of one recording. */
export class Counters {
  readonly #plain = new Map<PlainCounter, number>();
  readonly #reasoned = new Map<ReasonedCounter, Map<string, number>>();
  #sink: CounterSink | null;

  constructor(sink: CounterSink | null = null) {
    this.#sink = sink;
  }

  /**
   * Counts.
   *
   * @param n A whole number from 0; with 0, a reason that was not there yet is there, and the sink isn't told.
   * @throws {InternalError} ERR_UNKNOWN, when `n` is no such number.
   */
  add(name: PlainCounter, n?: number): void;
  add(name: ReasonedCounter, n: number, attributes: { readonly reason: string }): void;
  add(name: CounterName, n = 1, attributes: { readonly reason?: string } = {}): void {
    if (!Number.isSafeInteger(n) || n < 0) {
      throw internalError("ERR_UNKNOWN", `Cannot count ${n} for ${name}: it is no whole number`, {
        counter: name,
      });
    }
    if (isPlain(name)) {
      this.#plain.set(name, sum(this.#plain.get(name), n));
      this.#tell(name, n, Object.freeze({}));
      return;
    }
    const { reason } = attributes;
    if (reason === undefined) {
      throw internalError("ERR_UNKNOWN", `Cannot count for ${name}: no reason was given`, {
        counter: name,
      });
    }
    const counts = this.#reasoned.get(name) ?? new Map<string, number>();
    this.#reasoned.set(name, counts.set(reason, sum(counts.get(reason), n)));
    this.#tell(name, n, Object.freeze({ reason }));
  }

  /** The counters as they are now: all of them, those that never counted as 0 or without reasons. */
  snapshot(): CounterSnapshot {
    const names = Object.keys(COUNTERS) as CounterName[];
    const entries = names.map((name) => [
      name,
      isPlain(name)
        ? this.#plain.get(name) ?? 0
        : Object.freeze(Object.fromEntries(this.#reasoned.get(name) ?? [])),
    ]);
    return Object.freeze(Object.fromEntries(entries)) as CounterSnapshot;
  }

  #tell(name: CounterName, n: number, attributes: { readonly reason?: string }): void {
    const sink = this.#sink;
    if (sink === null || n === 0) return;
    try {
      const returned: unknown = sink.count(name, n, attributes);
      // One that is async all the same: nobody else would catch what it rejects with.
      if (returned instanceof Promise) returned.catch(() => this.#giveUp(sink));
    } catch {
      this.#giveUp(sink); // what it threw is for its owner, who wrote it
    }
  }

  /** A sink that fails is not ours to report on, and must not hurt the recording: it is counted, once. */
  #giveUp(sink: CounterSink): void {
    if (this.#sink !== sink) return;
    this.#sink = null;
    this.add("caught_internal_errors");
  }
}

function isPlain(name: CounterName): name is PlainCounter {
  return COUNTERS[name] === "one number";
}

function sum(before: number | undefined, n: number): number {
  return Math.min((before ?? 0) + n, Number.MAX_SAFE_INTEGER);
}
