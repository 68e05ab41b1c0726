import { errorTrailer, type RecorderError } from "../errors/mod.ts";

/** Writes a line to stderr. Nobody reading it any more is no reason to fail. */
export function tell(line: string): void {
  write(Deno.stderr, `${line}\n`);
}

/** Writes text to stdout; for commands that print, never while recording. */
export function print(text: string): void {
  write(Deno.stdout, text);
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  } catch {
    // Closed, or a pipe without a reader: there is no place left to complain to.
  }
}

/** What identifies a run in the trailer. */
export interface RunIds {
  readonly runId: string;
  /** Null as long as nothing of the program has run. */
  readonly traceId: string | null;
}

/**
 * Reports an error on stderr: one line of text, and with `--json-errors` one of JSON, the last.
 */
export function reportError(error: RecorderError, json: boolean, ids: RunIds): void {
  tell(`ct-recorder: error ${error.code}: ${error.message}`);
  if (json) tell(errorTrailer(error, ids.runId, ids.traceId));
}
