/**
 * Reads CodeTracer traces, and names the errors of the recorder.
 *
 * Recording is what the command does: the entry point
 * `@codetracer/recorder/cli`. This module is for programs that look at what was recorded.
 *
 * @example Which lines of a recording ran most often
 * ```ts ignore
 * import { openTrace } from "@codetracer/recorder";
 *
 * using trace = openTrace("ct-traces/app-1");
 * const runs = new Map<string, number>();
 * for (const step of trace.steps()) {
 *   const place = `${step.path}:${step.line}`;
 *   runs.set(place, (runs.get(place) ?? 0) + 1);
 * }
 * ```
 *
 * @module
 */
export {
  type CauseJson,
  EnvironmentError,
  ERROR_CODES,
  type ErrorCode,
  type ErrorCodeEntry,
  type ErrorContext,
  type ErrorKind,
  exitStatus,
  InternalError,
  isErrorCode,
  type JsonValue,
  RecorderError,
  type RecorderErrorJson,
  TargetError,
  UsageError,
} from "./src/errors/mod.ts";
export type { CallArgument, CallSpan, TraceCall } from "./src/trace/reader/calls.ts";
export type { EventClass, TraceEvent } from "./src/trace/reader/events.ts";
export type { RecordedFilter, TraceFlags, TraceInfo } from "./src/trace/reader/metadata.ts";
export { openTrace, type TraceReader, type TraceTotals } from "./src/trace/reader/open_trace.ts";
export { type RenderOptions, renderValue } from "./src/trace/reader/render.ts";
export type { StepKind, TraceStep } from "./src/trace/reader/steps.ts";
export type { EncodedVariable, TraceValue, TraceVariable } from "./src/trace/reader/values.ts";
export { type WalkItem, walkTrace } from "./src/trace/reader/walk.ts";
export { VERSION } from "./src/version.ts";
