import type { RecorderError } from "./recorder_error.ts";

/**
 * The trailer of `--json-errors`: one line of JSON, without the line's end.
 *
 * @param error The error, or the reason why the recorder detached from the program.
 * @param runId Identifies this run of the command.
 * @param traceId The recording's id; null when it had not started.
 */
export function errorTrailer(error: RecorderError, runId: string, traceId: string | null): string {
  return JSON.stringify({
    run_id: runId,
    trace_id: traceId,
    error_code: error.code,
    error_kind: error.kind,
    message: error.message,
    context: error.context,
  });
}
