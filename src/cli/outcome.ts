import { exitStatus, type RecorderError } from "../errors/mod.ts";
import type { RecorderPolicy } from "../policy/mod.ts";
import { type ProgramStatus, shellStatus } from "../session/exit_state.ts";
import { shownPath } from "../session/out_dir.ts";
import type { RecordedTrace } from "../session/types.ts";

/** What a run that the recorder itself came through ends with. */
export interface Ending {
  /** Exit status of the command. */
  readonly status: number;
  /** The one line about a status that was not passed on; null when there is nothing to say. */
  readonly warning: string | null;
}

/** The exit status by the program's: passed on or not, and then said if it was not 0. */
export function endingOf(
  program: ProgramStatus,
  policy: Pick<RecorderPolicy, "propagate_script_exit">,
): Ending {
  const status = shellStatus(program) ?? 0;
  if (policy.propagate_script_exit || status === 0) return { status, warning: null };
  const how = program.signal === null
    ? `exited with status ${status}`
    : `was killed by ${program.signal} (status ${status})`;
  return {
    status: 0,
    warning: `the program ${how}, which ct-recorder does not pass on; ` +
      "use --propagate-script-exit for that",
  };
}

/** The closing line: steps, calls, size, where, and what was not recorded. */
export function closingLine(trace: RecordedTrace, cwd: string | null): string {
  const { unrecordedChildren, partial } = trace;
  const what = partial === null ? "recorded" : `recorded in part (${partial.code})`;
  const children = unrecordedChildren === 0
    ? ""
    : `; ${count(unrecordedChildren, "child process", "child processes")} not recorded`;
  return `${what} ${contents(trace, cwd)}${children}`;
}

/** The line about a partial trace that was kept although the recording failed. */
export function keptLine(trace: RecordedTrace, cwd: string | null): string {
  return `kept the partial trace: ${contents(trace, cwd)}`;
}

function contents({ counts, bytes, path }: RecordedTrace, cwd: string | null): string {
  return `${count(counts.steps, "step", "steps")}, ${count(counts.calls, "call", "calls")}, ${
    humanSize(bytes)
  } in ${shownPath(path, cwd)}`;
}

function count(number: number, one: string, many: string): string {
  return `${grouped(number)} ${number === 1 ? one : many}`;
}

/** 1234567 → "1,234,567". */
function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Bytes in decimal units with two or three significant digits: "912 bytes", "1.2 MB", "34 MB". */
export function humanSize(bytes: number): string {
  if (bytes < 1000) return count(bytes, "byte", "bytes");
  const units = ["kB", "MB", "GB", "TB"];
  let size = bytes / 1000;
  let unit = 0;
  // 999.5 would be rounded to a fourth digit.
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size < 9.95 ? size.toFixed(1) : size.toFixed(0)} ${units[unit]}`;
}

/** The exit status for an error of the recorder itself. */
export function statusOfError(error: RecorderError): number {
  return exitStatus(error.kind);
}
