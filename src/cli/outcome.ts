import { exitStatus, isRaisableCode, type RecorderError, recorderError } from "../errors/mod.ts";
import type { RecorderPolicy } from "../policy/mod.ts";
import { shownPath } from "../session/out_dir.ts";
import type { ProgramStatus, RecordOutcome } from "../session/types.ts";

/** Numbers on Linux; the first fifteen but SIGBUS are the same everywhere. */
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
};

const SIGNAL_NUMBERS_DARWIN: Readonly<Record<string, number>> = {
  SIGBUS: 10,
  SIGSYS: 12,
  SIGURG: 16,
  SIGSTOP: 17,
  SIGTSTP: 18,
  SIGCONT: 19,
  SIGCHLD: 20,
  SIGIO: 23,
  SIGUSR1: 30,
  SIGUSR2: 31,
};

/**
 * How a program ended as a shell would say it: its exit status, or 128 and the signal's number.
 *
 * @returns 0 to 255; 0 when it isn't known.
 */
export function shellStatus({ code, signal }: ProgramStatus): number {
  if (signal === null) return code ?? 0;
  const numbers = Deno.build.os === "darwin"
    ? { ...SIGNAL_NUMBERS, ...SIGNAL_NUMBERS_DARWIN }
    : SIGNAL_NUMBERS;
  const number = Object.hasOwn(numbers, signal) ? numbers[signal] : undefined;
  // Real-time signals have no fixed name; Deno then says 128 and the number as the code.
  return number === undefined ? code ?? 128 : 128 + number;
}

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
  const status = shellStatus(program);
  if (policy.propagate_script_exit) return { status, warning: null };
  if (status === 0) return { status: 0, warning: null };
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
export function closingLine(outcome: RecordOutcome, cwd: string): string {
  const { counts, bytes, tracePath, partial, unrecordedChildren } = outcome;
  const what = partial === null ? "recorded" : `recorded in part (${partial})`;
  const children = unrecordedChildren === 0
    ? ""
    : `; ${count(unrecordedChildren, "child process", "child processes")} not recorded`;
  return `${what} ${count(counts.steps, "step", "steps")}, ${
    count(counts.calls, "call", "calls")
  }, ${humanSize(bytes)} in ${shownPath(tracePath, cwd)}${children}`;
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

/** The reason for a partial trace as the error that the trailer reports. */
export function detachment(outcome: RecordOutcome): RecorderError | null {
  const { partial, tracePath } = outcome;
  if (partial === null) return null;
  return recorderError(
    isRaisableCode(partial) ? partial : "ERR_TRACE_INCOMPLETE",
    "The recording ended before the program did; the trace is partial",
    { reason: partial, path: tracePath },
  );
}

/** The exit status for an error of the recorder itself. */
export function statusOfError(error: RecorderError): number {
  return exitStatus(error.kind);
}
