/**
 * Records programs as the command does, reads CodeTracer traces, and names the errors of the recorder.
 *
 * @example Recording a program, with the switches of the command line
 * ```ts ignore
 * import { configurePolicy, startSession } from "@codetracer/recorder";
 *
 * const policy = await configurePolicy({ settings: { out_dir: "traces", on_recorder_error: "disable" } });
 * const session = await startSession({ command: ["app.py", "--fast"], policy });
 * const { state, trace } = await session.finished; // or session.stop()
 * console.log(state.kind, trace?.path);
 * ```
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
export {
  configurePolicy,
  type PolicyOptions,
  type PolicySnapshot,
  policySnapshot,
  type PolicySource,
  type RecorderPolicy,
  type ResolvedPolicy,
  type SettingName,
} from "./src/policy/mod.ts";
export type { LogLevel, RecorderLog } from "./src/logging/mod.ts";
export type { CounterName, CounterSink, CounterSnapshot } from "./src/session/counters.ts";
export type { ProgramStatus, SessionExitState } from "./src/session/exit_state.ts";
export { type Session, type SessionOptions, startSession } from "./src/session/session.ts";
export type { SessionState } from "./src/session/state.ts";
export type { RecordedTrace, SessionOutcome } from "./src/session/types.ts";
export type { CallArgument, CallSpan, EncodedResult, TraceCall } from "./src/trace/reader/calls.ts";
export type { EventClass, TraceEvent } from "./src/trace/reader/events.ts";
export type { RecordedFilter, TraceFlags, TraceInfo } from "./src/trace/reader/metadata.ts";
export { openTrace, type TraceReader, type TraceTotals } from "./src/trace/reader/open_trace.ts";
export { type RenderOptions, renderValue } from "./src/trace/reader/render.ts";
export type { StepKind, TraceStep } from "./src/trace/reader/steps.ts";
export type {
  EncodedVariable,
  StoredValues,
  TraceValue,
  TraceVariable,
} from "./src/trace/reader/values.ts";
export { type WalkFilter, type WalkItem, walkTrace } from "./src/trace/reader/walk.ts";
export { VERSION } from "./src/version.ts";
