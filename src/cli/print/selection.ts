import { ensureUsage } from "../../errors/mod.ts";
import type { CallSpan } from "../../trace/reader/calls.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";
import type { WalkItem } from "../../trace/reader/walk.ts";

/** Which part of a trace is wanted, as given on the command line. */
export interface SelectionRequest {
  /** First step record. */
  readonly from: number;
  /** Last step record, inclusive; Infinity for all. */
  readonly to: number;
  readonly functionName: string | null;
  readonly fileName: string | null;
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

  /** @throws {RecorderError} `ERR_USAGE` if the trace has no such function or file. */
  constructor(trace: TraceReader, request: SelectionRequest) {
    this.#trace = trace;
    this.from = request.from;
    this.end = Math.min(request.to + 1, trace.counts.stepRecords);
    this.#functions = idsOf("function", request.functionName, trace.functions, matchesFunction);
    this.#files = idsOf("file", request.fileName, trace.paths, matchesFile);
  }

  /** Whether the whole trace is wanted. */
  get isEverything(): boolean {
    return this.from === 0 && this.end === this.#trace.counts.stepRecords &&
      this.#functions === null && this.#files === null;
  }

  /** Whether an item of a walk is wanted. */
  accepts(item: WalkItem): boolean {
    switch (item.kind) {
      case "enter":
        return this.acceptsCall(item.span);
      case "leave":
        return this.acceptsCall(item.call);
      case "step":
        return this.#acceptsFunction(item.call) && this.#acceptsFile(item.step.pathId);
      case "event":
        return this.acceptsEvent(item.event.step, item.call);
    }
  }

  /** Whether a call is wanted: by its function, and by the file where it begins. */
  acceptsCall(call: CallSpan): boolean {
    if (!this.#acceptsFunction(call)) return false;
    return this.#files === null || this.#files.has(this.#trace.step(call.entryStep).pathId);
  }

  /** Whether an event that happened at a step of a call is wanted. */
  acceptsEvent(step: number, call: CallSpan | null): boolean {
    if (!this.#acceptsFunction(call)) return false;
    return this.#files === null || this.#files.has(this.#trace.step(step).pathId);
  }

  /** Whether answering needs to know which call something belongs to. */
  get needsCall(): boolean {
    return this.#functions !== null;
  }

  #acceptsFunction(call: CallSpan | null): boolean {
    return this.#functions === null || (call !== null && this.#functions.has(call.functionId));
  }

  #acceptsFile(pathId: number): boolean {
    return this.#files === null || this.#files.has(pathId);
  }
}

function idsOf(
  what: string,
  wanted: string | null,
  names: readonly string[],
  matches: (name: string, wanted: string) => boolean,
): ReadonlySet<number> | null {
  if (wanted === null) return null;
  const ids = new Set<number>();
  for (const [id, name] of names.entries()) if (matches(name, wanted)) ids.add(id);
  ensureUsage(
    ids.size > 0,
    "ERR_USAGE",
    () => `Cannot select ${what} '${wanted}': the trace has none of that name`,
    { [what]: wanted },
  );
  return ids;
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
