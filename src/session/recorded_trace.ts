import { RecorderError } from "../errors/mod.ts";
import type { FinishedTrace } from "../recording/trace_worker.ts";
import type { RecordedTrace } from "./types.ts";

/** What is told of a trace that the worker has finished and that stands at `path`. */
export function recordedTrace(
  path: string,
  { bytes, counts, partial, children }: FinishedTrace,
): RecordedTrace {
  return {
    path,
    bytes,
    counts,
    partial: partial === null ? null : RecorderError.fromJSON(partial),
    unrecordedChildren: children,
  };
}
