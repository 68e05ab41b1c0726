/**
 * How a recorded program came to its end, and what the trace and its metadata say of it. Imports
 * nothing: the trace worker uses it as well.
 */

/** How a process ended, as its parent sees it. */
export interface ProgramStatus {
  /** Exit status, 0 to 255; null when a signal ended it or it is not known. */
  readonly code: number | null;
  /** The signal's name ("SIGTERM"); null when it exited by itself or it is not known. */
  readonly signal: string | null;
}

/** One variant for each row of design-docs/exit-statuses.md. */
export type SessionExitState =
  /** It ended: `sys.exit`, `os._exit`, or after its last line. */
  | { readonly kind: "exited"; readonly code: number }
  /** An exception that nobody caught ended it. `exception` is the name of its type. */
  | { readonly kind: "uncaught"; readonly code: number; readonly exception: string }
  | { readonly kind: "signalled"; readonly signal: string; readonly code: number }
  /** It replaced itself by another program; `code` is what that one ended with. */
  | { readonly kind: "replaced"; readonly code: number | null }
  /** The recorder failed and went away, the program went on; `code` is the program's. */
  | { readonly kind: "disabled"; readonly code: number | null }
  /** The recording ended before the program, and nobody said with what. */
  | { readonly kind: "unknown" };

/** What is known besides the status of the process. */
export interface ExitFacts {
  /** Type name of the exception that left the program's main module; null for none. */
  readonly uncaught: string | null;
  /** The last thing the program did was to replace itself. */
  readonly replaced: boolean;
  /** The recorder had failed before. */
  readonly disabled: boolean;
}

/** The state that follows from all that is known. */
export function exitStateOf(status: ProgramStatus, facts: ExitFacts): SessionExitState {
  const code = shellStatus(status);
  if (facts.disabled) return { kind: "disabled", code };
  if (facts.replaced) return { kind: "replaced", code };
  if (code === null) return { kind: "unknown" };
  if (status.signal !== null) return { kind: "signalled", signal: status.signal, code };
  // An exception can leave the main module of a program that `atexit` functions end otherwise.
  if (facts.uncaught !== null && code !== 0) {
    return { kind: "uncaught", code, exception: facts.uncaught };
  }
  return { kind: "exited", code };
}

/** What `<toplevel>` returns: a number, or a marker. */
export function rootReturn(state: SessionExitState): number | string {
  switch (state.kind) {
    case "exited":
    case "uncaught":
      return state.code;
    case "signalled":
      return `<signal ${state.signal}>`;
    case "replaced":
      return "<exec>";
    case "disabled":
      return "<disabled>";
    case "unknown":
      return "<exit>";
  }
}

/** `process_exit_status` of `trace_metadata.json`. */
export interface ProcessExitStatus {
  /** As a shell would say it; null when it is not known. */
  readonly code: number | null;
  /** What the code alone does not say: a signal, an exception, `exec`, `disabled`. */
  readonly label: string | null;
}

/** What the metadata says of the state. */
export function processExitStatus(state: SessionExitState): ProcessExitStatus {
  switch (state.kind) {
    case "exited":
      return { code: state.code, label: null };
    case "uncaught":
      return { code: state.code, label: state.exception };
    case "signalled":
      return { code: state.code, label: state.signal };
    case "replaced":
      return { code: state.code, label: "exec" };
    case "disabled":
      return { code: state.code, label: "disabled" };
    case "unknown":
      return { code: null, label: null };
  }
}

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
  ...realTimeSignals(),
};

/** Numbers 32 to 64, which have no fixed names: glibc keeps two for itself, and counts the others from the first. */
function realTimeSignals(): Record<string, number> {
  const numbers: Record<string, number> = { SIG32: 32, SIG33: 33, SIGRTMIN: 34, SIGRTMAX: 64 };
  for (let number = 35; number < 64; number++) numbers[`SIGRTMIN+${number - 34}`] = number;
  return numbers;
}

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
 * @returns 0 to 255; null when it is not known.
 */
export function shellStatus({ code, signal }: ProgramStatus): number | null {
  if (signal === null) return code;
  const numbers = signalNumbers();
  const number = Object.hasOwn(numbers, signal) ? numbers[signal] : undefined;
  // A name that is new to us: all that is known is that it was a signal.
  return number === undefined ? code ?? 128 : 128 + number;
}

/** A signal's name by its number: "SIGTERM", "SIGRTMIN+2"; "SIG99" for one that has none. */
export function signalName(number: number): string {
  const named = Object.entries(signalNumbers()).find(([, each]) => each === number);
  return named?.[0] ?? `SIG${number}`;
}

function signalNumbers(): Readonly<Record<string, number>> {
  return Deno.build.os === "darwin"
    ? { ...SIGNAL_NUMBERS, ...SIGNAL_NUMBERS_DARWIN }
    : SIGNAL_NUMBERS;
}
