import { errorTrailer, type RecorderError } from "../errors/mod.ts";
import { oneLine } from "../text/one_line.ts";
import { writeStdout } from "./stdout.ts";

/**
 * Writes a line to stderr, one whatever is in it. Nobody reading it any more is no reason to fail.
 */
export function tell(line: string): void {
  let bytes = new TextEncoder().encode(`${oneLine(line)}\n`);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(Deno.stderr.writeSync(bytes));
  } catch {
    // Closed, or a pipe without a reader: there is no place left to complain to.
  }
}

/**
 * Writes text to stdout; for commands that print, never while recording. A reader that has gone
 * (`| head`) is no reason to fail.
 *
 * @throws {EnvironmentError} ERR_IO, when it can't be written.
 */
export function print(text: string): void {
  writeStdout(text);
}

/** What identifies a run in the trailer. */
export interface RunIds {
  readonly runId: string;
  /** Null as long as nothing of the program has run. */
  readonly traceId: string | null;
}

/** Reports an error to the person on stderr. */
export function reportError(error: RecorderError): void {
  tell(`ct-recorder: error ${error.code}: ${error.message}`);
}

/** The same for an error that the policy lets pass, and for a recording that saw only a part. */
export function reportWarning(error: RecorderError): void {
  tell(`ct-recorder: warning ${error.code}: ${error.message}`);
}

/** Ends stderr with the line of JSON that `--json-errors` asks for. Nothing may be told after it. */
export function reportTrailer(error: RecorderError, ids: RunIds): void {
  tell(errorTrailer(error, ids.runId, ids.traceId));
}
