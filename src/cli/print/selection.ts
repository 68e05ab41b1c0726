import { ensureUsage, usageError } from "../../errors/mod.ts";
import { nearest } from "../../text/nearest.ts";
import type { CallSpan, TraceCall } from "../../trace/reader/calls.ts";
import type { TraceEvent } from "../../trace/reader/events.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";
import { callsOpenBefore, type WalkItem, walkWithPauses } from "../../trace/reader/walk.ts";
import { CallCursor } from "./call_cursor.ts";
import { notesOf } from "./event_notes.ts";
import { ThreadFilter } from "./threads.ts";

/** Which part of a trace is wanted, as given on the command line. */
export interface SelectionRequest {
  /** First step record. */
  readonly from: number;
  /** Last step record, inclusive; Infinity for all. */
  readonly to: number;
  readonly functionName: string | null;
  readonly fileName: string | null;
  /** A thread's number or name. */
  readonly thread: string | null;
}

/** What of a walk is wanted, besides what the selection says. */
export interface WalkParts {
  readonly calls: boolean;
  /** Steps and events. */
  readonly inside: boolean;
}

/** Decides what of a trace is shown. */
export class Selection {
  /** First step record. */
  readonly from: number;
  /** The one after the last; at most the number of step records. */
  readonly end: number;
  readonly #trace: TraceReader;
  readonly #functions: ReadonlySet<number> | null;
  readonly #files: ReadonlySet<number> | null;
  readonly #threads: ThreadFilter | null;

  /** @throws {RecorderError} `ERR_USAGE` if the trace has no such function, file or thread, or no step so late. */
  constructor(trace: TraceReader, request: SelectionRequest) {
    this.#trace = trace;
    const { stepRecords } = trace.counts;
    ensureUsage(
      request.from === 0 || request.from < stepRecords,
      "ERR_USAGE",
      () =>
        `Cannot print from step ${request.from}: the trace has ${stepRecords} ${
          stepRecords === 1 ? "step" : "steps"
        }, the first is step 0`,
      { from: request.from, steps: stepRecords },
    );
    this.from = request.from;
    this.end = Math.min(request.to + 1, stepRecords);
    const { functionName, fileName, thread } = request;
    this.#functions = functionName === null
      ? null
      : idsOf("function", functionName, trace.functions, matchesFunction);
    this.#files = fileName === null ? null : idsOf("file", fileName, trace.paths, matchesFile);
    this.#threads = thread === null ? null : new ThreadFilter(trace, thread);
  }

  /** Everything that is wanted, order and null as of {@link walkWithPauses}. */
  *walk(
    parts: WalkParts = { calls: true, inside: true },
  ): Generator<WalkItem | null, void, undefined> {
    const filter = {
      call: (span: CallSpan) => parts.calls && this.#acceptsCall(span),
      inside: (span: CallSpan | null) => parts.inside && this.acceptsFunction(span),
    };
    for (const item of walkWithPauses(this.#trace, this.from, this.end, filter)) {
      if (item?.kind === "step" && !this.acceptsStep(item.step.index, item.step.pathId)) continue;
      if (item?.kind === "event" && !this.#acceptsEvent(item.event)) continue;
      yield item;
    }
  }

  /** The calls that are open where the range begins, the outermost first, then those entered in it, in order. */
  *calls(): Generator<TraceCall, void, undefined> {
    const { from, end } = this;
    if (from >= end) return;
    const trace = this.#trace;
    for (const span of callsOpenBefore(trace, from)) {
      if (this.#acceptsCall(span)) yield trace.call(span.key);
    }
    for (const call of trace.calls(trace.firstCallFrom(from), trace.firstCallFrom(end))) {
      if (this.#acceptsCall(call)) yield call;
    }
  }

  /** Input and output, each with the call that it happened in. */
  *events(): Generator<{ event: TraceEvent; call: CallSpan | null }, void, undefined> {
    const { from, end } = this;
    if (from >= end) return;
    const trace = this.#trace;
    const cursor = new CallCursor(trace, from);
    for (const event of trace.events(trace.firstEventFrom(from), trace.firstEventFrom(end))) {
      const call = cursor.at(event.step);
      if (this.acceptsFunction(call) && this.#acceptsEvent(event)) yield { event, call };
    }
  }

  /** Whether anything directly in a call, or in none, can be wanted, as far as its function says. */
  acceptsFunction(call: CallSpan | null): boolean {
    return this.#functions === null || (call !== null && this.#functions.has(call.functionId));
  }

  /** Whether a step of such a call is wanted. */
  acceptsStep(index: number, pathId: number): boolean {
    if (this.#files !== null && !this.#files.has(pathId)) return false;
    return this.#threads === null || this.#threads.accepts(index);
  }

  /** By the function, and by the file and thread where the call begins. */
  #acceptsCall(call: CallSpan): boolean {
    if (!this.acceptsFunction(call)) return false;
    if (this.#files === null && this.#threads === null) return true;
    return this.acceptsStep(call.entryStep, this.#trace.step(call.entryStep).pathId);
  }

  #acceptsEvent(event: TraceEvent): boolean {
    if (this.#files !== null && !this.#files.has(this.#trace.step(event.step).pathId)) return false;
    if (this.#threads === null) return true;
    // Output may come a moment after its thread has been left.
    const { thread } = notesOf(event);
    return thread === null
      ? this.#threads.accepts(event.step)
      : this.#threads.acceptsThread(thread);
  }
}

/**
 * The ids of the names in a trace's variables, separated by commas.
 *
 * @throws {RecorderError} `ERR_USAGE` if the trace has none of one.
 */
export function variableIds(trace: TraceReader, names: string): number[] {
  const wanted = names.split(",").map((name) => name.trim()).filter((name) => name !== "");
  ensureUsage(
    wanted.length > 0,
    "ERR_USAGE",
    () => "Cannot show variables: no name is given; expected one, or several as in a,b",
  );
  return wanted.flatMap((name) => [
    ...idsOf("variable", name, trace.variables, (one) => one === name),
  ]);
}

function idsOf(
  what: string,
  wanted: string,
  names: readonly string[],
  matches: (name: string, wanted: string) => boolean,
): ReadonlySet<number> {
  const ids = new Set<number>();
  for (const [id, name] of names.entries()) if (matches(name, wanted)) ids.add(id);
  if (ids.size > 0) return ids;
  const near = nearest(lastPart(wanted), new Set(names.map(lastPart)));
  throw usageError(
    "ERR_USAGE",
    `Cannot select ${what} '${wanted}': the trace has none of that name` +
      (near === null ? "" : `; did you mean ${near}?`),
    { [what]: wanted, ...(near === null ? {} : { nearest: near }) },
  );
}

/** What people call it: a file without its folder, a function without what it is in. */
function lastPart(name: string): string {
  return name.slice(1 + Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\"))) // path
    .replace(/^.*<locals>\./, "");
}

/** `add` and `make_adder.<locals>.add` both mean the latter; `dd` does not. */
function matchesFunction(name: string, wanted: string): boolean {
  return name === wanted || name.endsWith(`.${wanted}`);
}

/** `b.py` and `a/b.py` both mean `/x/a/b.py`. */
function matchesFile(path: string, wanted: string): boolean {
  const [slashed, end] = [path.replaceAll("\\", "/"), wanted.replaceAll("\\", "/")];
  return slashed === end || slashed.endsWith(end.startsWith("/") ? end : `/${end}`);
}
