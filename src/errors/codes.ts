/**
 * The table of error codes: the one source that constructors, exit statuses, documentation and
 * `explain` are made from.
 *
 * Names and meanings are a promise to scripts and to CodeTracer's desktop program: a code never
 * changes its meaning, and a code that nothing raises (any more, or yet) stays here as *reserved*.
 */

/** Who has to act on an error; each kind has its own exit status ({@link exitStatus}). */
export type ErrorKind = "Usage" | "Environment" | "Target" | "Internal";

/** One row of the table. */
export interface ErrorCodeEntry {
  /** Who has to act. */
  readonly kind: ErrorKind;
  /** Nothing in this program raises the code; it is kept so that its name is not used again. */
  readonly reserved: boolean;
  /** What happened, as one sentence. */
  readonly meaning: string;
  /** What the reader can do about it. */
  readonly advice: string;
}

/** All codes, grouped by kind. */
export const ERROR_CODES = {
  // Usage: the command, or what it was given, is wrong.
  ERR_USAGE: {
    kind: "Usage",
    reserved: false,
    meaning: "The command can't be understood, or asks for what there is not.",
    advice: "The message says what is wrong with it; `ct-recorder --help` shows what is possible.",
  },
  ERR_SCRIPT_NOT_FOUND: {
    kind: "Usage",
    reserved: false,
    meaning: "The program to record does not exist, or is a folder or archive without __main__.py.",
    advice:
      "Check the path, which is relative to the working directory; a mere name is also looked " +
      "up on PATH.",
  },
  ERR_INTERPRETER_UNSUPPORTED: {
    kind: "Usage",
    reserved: false,
    meaning: "The chosen interpreter is not one that can be recorded (CPython 3.8 to 3.15).",
    advice: "Choose another one with --python PATH or CODETRACER_PYTHON.",
  },
  ERR_INVALID_POLICY_VALUE: {
    kind: "Usage",
    reserved: false,
    meaning: "A setting has a value that it can't have, or there is no such setting.",
    advice: "The message names the setting, where it came from and what is accepted.",
  },
  ERR_TRACE_DIR_CONFLICT: {
    kind: "Usage",
    reserved: false,
    meaning:
      "What was named as the output folder is not a folder, or what stands in it is in the way.",
    advice: "Choose another folder with --out-dir, or move what is in the way.",
  },
  ERR_TRACE_MISSING: {
    kind: "Usage",
    reserved: false,
    meaning: "A trace is required, but there is none.",
    advice:
      "Check the path of the trace. After a recording: the lines before this one say why it " +
      "wrote none.",
  },
  ERR_TRACER_INSTALL_CONFLICT: {
    kind: "Usage",
    reserved: false,
    meaning: "The program installed a tracer of its own, which ended the recording.",
    advice: "Record without the other tracer, or with Python 3.12 or later, where both can run.",
  },
  ERR_ALREADY_TRACING: {
    kind: "Usage",
    reserved: false,
    meaning: "A recording was started while another one was active in the same process.",
    advice: "Stop the first recording before starting the second.",
  },
  ERR_UNSUPPORTED_FORMAT: {
    kind: "Usage",
    reserved: true,
    meaning: "A trace format was asked for that does not exist.",
    advice: "Leave the format out: there is only one.",
  },
  ERR_MISSING_POSITIONAL_ARG: {
    kind: "Usage",
    reserved: true,
    meaning: "A call to the recording library lacks a positional argument.",
    advice: "Pass the argument that the message names.",
  },
  ERR_MISSING_KEYWORD_ARG: {
    kind: "Usage",
    reserved: true,
    meaning: "A call to the recording library lacks a keyword argument.",
    advice: "Pass the argument that the message names.",
  },

  // Environment: the command is right, the machine is not ready for it.
  ERR_IO: {
    kind: "Environment",
    reserved: false,
    meaning: "The system refused an operation, such as reading or writing a file.",
    advice: "The message names the file, if there is one, and the system's reason.",
  },
  ERR_TRACE_DIR_CREATE_FAILED: {
    kind: "Environment",
    reserved: false,
    meaning: "The output folder can't be created or written to.",
    advice: "Choose a folder that you may write to with --out-dir.",
  },
  ERR_SCRIPT_UNREADABLE: {
    kind: "Environment",
    reserved: false,
    meaning: "The program to record exists but can't be read.",
    advice: "Check the permissions of the file and of the folders above it.",
  },
  ERR_INTERPRETER_NOT_FOUND: {
    kind: "Environment",
    reserved: false,
    meaning: "No Python interpreter was found, or the chosen one can't be started.",
    advice: "Name one with --python PATH or CODETRACER_PYTHON.",
  },
  ERR_SANDBOX_UNAVAILABLE: {
    kind: "Environment",
    reserved: false,
    meaning:
      "The part of the recorder that handles the program's data can't be confined, and the " +
      "settings require it.",
    advice:
      "Use the ct-recorder binary, or `deno run` with --unstable-worker-options, or let it run " +
      "Deno (--allow-run and its path), and no folder below /dev; " +
      "--sandbox preferred goes on without.",
  },
  ERR_TRACE_CORRUPT: {
    kind: "Environment",
    reserved: false,
    meaning:
      "A trace, or what a killed recorder left of one, can't be read: it is damaged, or it is something else.",
    advice: "Check the path; if it is right, record the program again.",
  },

  // Target: the recorded program, or the agent inside it, did what can't be recorded.
  ERR_TRACE_INCOMPLETE: {
    kind: "Target",
    reserved: false,
    meaning: "The recording ended before the program did, never began, or was given up.",
    advice: "The message says why. A partial trace is good up to where it ends; the " +
      "trace_metadata.json beside it names the reason.",
  },
  ERR_CHANNEL_CORRUPT: {
    kind: "Target",
    reserved: false,
    meaning: "What came from the program's process is not what the recorder's part in it writes.",
    advice: "Check whether the program writes to memory or files that are not its own.",
  },
  ERR_FRAME_INTROSPECTION_FAILED: {
    kind: "Target",
    reserved: false,
    meaning:
      "The recorder's part in the program failed to look at a frame, and ended the recording.",
    advice: "Report it, with the message and the program's Python version.",
  },
  ERR_GLOBALS_INTROSPECTION_FAILED: {
    kind: "Target",
    reserved: true,
    meaning: "The globals of a frame could not be looked at.",
    advice: "Report it, with the program's Python version.",
  },

  // Internal: the recorder's own fault.
  ERR_UNKNOWN: {
    kind: "Internal",
    reserved: false,
    meaning: "The recorder itself failed in a way that nobody foresaw.",
    advice: "Report it, with the message and what was being recorded.",
  },
} as const satisfies Record<string, ErrorCodeEntry>;

type Table = typeof ERROR_CODES;

/** Every code there is, reserved ones included. */
export type ErrorCode = keyof Table;

/** The codes that this program may raise, of one kind or of all: raising a reserved one doesn't compile. */
export type RaisableCode<K extends ErrorKind = ErrorKind> = {
  [C in ErrorCode]: Table[C]["kind"] extends K ? (Table[C]["reserved"] extends false ? C : never)
    : never;
}[ErrorCode];

/** Whether a string from outside is one of our codes. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}

/** Whether a string from outside is a code that this program may raise. */
export function isRaisableCode(text: string): text is RaisableCode {
  return isErrorCode(text) && !ERROR_CODES[text].reserved;
}

const EXIT_STATUS: Record<ErrorKind, number> = {
  Usage: 2,
  Environment: 10,
  Target: 20,
  Internal: 70,
};

/**
 * The exit status of the command when the recorder (not the program) failed.
 *
 * @param kind The error's kind.
 * @returns Usage 2, Environment 10, Target 20, Internal 70.
 */
export function exitStatus(kind: ErrorKind): number {
  return EXIT_STATUS[kind];
}
