import { usageError } from "../../errors/mod.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";
import { notesOf } from "./event_notes.ts";

/** Threads listed when there is none of the wanted name. */
const MAX_LISTED = 20;

/** Whether what is asked for belongs to some threads; questions are cheapest in order of steps. */
export class ThreadFilter {
  readonly #trace: TraceReader;
  readonly #wanted: ReadonlySet<string>;
  #current = "0";
  /** Thread records before this step count in {@link #current}; -1 when none has been looked for. */
  #known = -1;

  /**
   * @param wanted A thread's number, 0 for the main one; or its name, which a trace tells only of
   * threads that have printed something.
   * @throws {RecorderError} `ERR_USAGE` if the trace has no such thread.
   */
  constructor(trace: TraceReader, wanted: string) {
    this.#trace = trace;
    this.#wanted = threadsCalled(trace, wanted);
  }

  /** Whether a step belongs to a wanted thread. */
  accepts(step: number): boolean {
    if (step < this.#known - 1 || this.#known < 0) {
      this.#current = String(this.#trace.threadAt(step));
    } else {
      for (const { kind, threadId } of this.#trace.threadRecords(this.#known, step + 1)) {
        if (kind !== "threadExit") this.#current = String(threadId);
      }
    }
    this.#known = step + 1;
    return this.#wanted.has(this.#current);
  }

  /** Whether a thread is a wanted one. */
  acceptsThread(thread: number | bigint): boolean {
    return this.#wanted.has(String(thread));
  }
}

function threadsCalled(trace: TraceReader, wanted: string): ReadonlySet<string> {
  if (["0", "main", "MainThread"].includes(wanted)) return new Set(["0"]);
  const names = new Map<string, string>([["0", "main"]]);
  for (const { threadId } of trace.threadRecords()) {
    const number = String(threadId);
    // A number needs no more than that there is one.
    if (number === wanted) return new Set([number]);
    if (!names.has(number)) names.set(number, "");
  }
  const found = new Set<string>();
  for (const event of trace.events()) {
    const { thread, threadName } = notesOf(event);
    if (thread === null || threadName === null) continue;
    names.set(String(thread), threadName);
    // Several threads may have had the same name.
    if (threadName === wanted) found.add(String(thread));
  }
  if (found.size > 0) return found;
  const listed = [...names].slice(0, MAX_LISTED).map(([number, name]) =>
    name === "" ? number : `${number} (${name})`
  );
  const more = names.size > MAX_LISTED ? `, and ${names.size - MAX_LISTED} more` : "";
  throw usageError(
    "ERR_USAGE",
    `Cannot select thread '${wanted}': the trace has ${listed.join(", ")}${more}; ` +
      "names are known of threads that printed something",
    { thread: wanted },
  );
}
