/**
 * Records programs as the command does, reads CodeTracer traces, and names the errors of the recorder.
 *
 * Nothing here is shared between recordings: several can run at once, each with a policy of its own.
 *
 * @example Recording a program, with the switches of the command line
 * ```ts
 * import { configurePolicy, record } from "@codetracer/recorder";
 *
 * const policy = await configurePolicy({ settings: { out_dir: "traces" } });
 * const { state, trace } = await record({ command: ["app.py", "--fast"], policy });
 * console.log(state.kind, trace?.path, trace?.counts.steps);
 * ```
 *
 * @example Recording a part of a run: the program goes on without the recorder
 * ```ts
 * import { configurePolicy, startSession } from "@codetracer/recorder";
 *
 * const policy = await configurePolicy({ settings: { out_dir: "traces/part" } });
 * const session = await startSession({ command: ["app.py"], policy });
 * const { trace } = await session.stop();
 * const { code } = await session.program;
 * console.log(trace?.counts.steps, code);
 * ```
 *
 * @example Cancelling: the program is ended, and its trace is finished
 * ```ts
 * import { configurePolicy, record } from "@codetracer/recorder";
 *
 * const policy = await configurePolicy({ settings: { out_dir: "traces/short" } });
 * const { state } = await record({ command: ["app.py"], policy, signal: AbortSignal.timeout(60_000) });
 * console.log(state.kind); // "signalled", if it took longer
 * ```
 *
 * @example What can go wrong
 * ```ts
 * import { configurePolicy, record, RecorderError } from "@codetracer/recorder";
 *
 * const policy = await configurePolicy({ environment: Deno.env.toObject() });
 * try {
 *   await record({ command: ["no-such-file.py"], policy });
 * } catch (error) {
 *   if (!(error instanceof RecorderError)) throw error;
 *   console.log(error.code, error.kind, error.message); // ERR_SCRIPT_NOT_FOUND, Usage, …
 * }
 * ```
 *
 * @example Which lines of a recording ran most often
 * ```ts
 * import { openTrace } from "@codetracer/recorder";
 *
 * using trace = openTrace("traces");
 * const runs = new Map<string, number>();
 * for (const step of trace.steps()) {
 *   const place = `${step.path}:${step.line}`;
 *   runs.set(place, (runs.get(place) ?? 0) + 1);
 * }
 * console.log([...runs].sort(([, a], [, b]) => b - a).slice(0, 10));
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
export { record, type Session, type SessionOptions, startSession } from "./src/session/session.ts";
export type { SessionState } from "./src/session/state.ts";
export type { RecordedTrace, RecordingProgress, SessionOutcome } from "./src/session/types.ts";
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
