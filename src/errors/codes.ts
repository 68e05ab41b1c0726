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
    meaning: "The command line can't be understood.",
    advice: "Compare the command with `ct-recorder --help`.",
  },
  ERR_SCRIPT_NOT_FOUND: {
    kind: "Usage",
    reserved: false,
    meaning: "The program to record does not exist, or is a folder or archive without __main__.py.",
    advice: "Check the path; it is relative to the working directory.",
  },
  ERR_INTERPRETER_UNSUPPORTED: {
    kind: "Usage",
    reserved: false,
    meaning: "The chosen interpreter is not one that can be recorded (CPython 3.8 to 3.14).",
    advice: "Choose another one with --python PATH or CODETRACER_PYTHON.",
  },
  ERR_INVALID_POLICY_VALUE: {
    kind: "Usage",
    reserved: false,
    meaning: "A setting has a value that it can't have.",
    advice: "The message names the setting, where the value came from and what is accepted.",
  },
  ERR_TRACE_DIR_CONFLICT: {
    kind: "Usage",
    reserved: false,
    meaning: "The output folder exists and is not a folder.",
    advice: "Choose another folder with --out-dir, or move what is in the way.",
  },
  ERR_TRACE_MISSING: {
    kind: "Usage",
    reserved: false,
    meaning: "A trace is required, but there is none.",
    advice: "Check the path of the trace, or why the recording wrote none.",
  },
  ERR_TRACER_INSTALL_CONFLICT: {
    kind: "Usage",
    reserved: false,
    meaning: "The program installed a tracer of its own, which ended the recording.",
    advice: "Record without the other tracer, or with Python 3.12 or later, where both can run.",
  },
  ERR_ALREADY_TRACING: {
    kind: "Usage",
    reserved: true,
    meaning: "A recording was started while another one was active in the same process.",
    advice: "Stop the first recording before starting the second.",
  },
  ERR_UNSUPPORTED_FORMAT: {
    kind: "Usage",
    reserved: true,
    meaning: "A trace format was asked for that does not exist.",
    advice: "Leave the format out: there is one.",
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
    meaning: "The system refused to read or write a file.",
    advice: "The message names the file and the system's reason.",
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
    meaning: "The trace writer can't be confined, and the policy requires it.",
    advice: "Use the ct-recorder binary, or `deno run` with --unstable-worker-options.",
  },
  ERR_TRACE_CORRUPT: {
    kind: "Environment",
    reserved: false,
    meaning: "A trace can't be read: it is damaged, or it is not a trace.",
    advice: "Record the program again.",
  },

  // Target: the recorded program, or the agent inside it, did what can't be recorded.
  ERR_TRACE_INCOMPLETE: {
    kind: "Target",
    reserved: false,
    meaning: "The recording ended before the program did; the trace is partial.",
    advice: "The trace says from where on it is incomplete and why.",
  },
  ERR_CHANNEL_CORRUPT: {
    kind: "Target",
    reserved: false,
    meaning: "What came from the program's process is not what the agent writes.",
    advice: "Check whether the program writes to files or mappings that are not its own.",
  },
  ERR_FRAME_INTROSPECTION_FAILED: {
    kind: "Target",
    reserved: true,
    meaning: "A frame of the program could not be looked at.",
    advice: "Report it, with the program's Python version.",
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

/** The codes of one kind that this program may raise: raising a reserved code doesn't compile. */
export type RaisableCode<K extends ErrorKind> = {
  [C in ErrorCode]: Table[C]["kind"] extends K ? (Table[C]["reserved"] extends false ? C : never)
    : never;
}[ErrorCode];

/** Whether a string from outside is one of our codes. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
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
