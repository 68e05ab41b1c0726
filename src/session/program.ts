/** Starts the user's program and stands between it and the terminal as little as possible. */
import { classifyError, environmentError } from "../errors/mod.ts";
import type { ResolvedTarget } from "../target/mod.ts";
import type { OutputRelay } from "./output_relay.ts";
import { type ProgramStatus, signalName } from "./exit_state.ts";
import {
  ignoredSignals,
  type Listened,
  LISTENED_SIGNALS,
  noLongerIgnored,
  surviveFileSizeLimit,
  terminalInterruptsProgram,
  waitForChildren,
} from "./platform.ts";

/** How long a program that was told to end (SIGTERM) has for it, before SIGKILL; milliseconds. */
const GRACE = 5000;

/** Milliseconds from a program's start in which it can't have got to its first line. */
const LOADING = 10;

/**
 * Becomes the program, which ignores the signals whose numbers are the first argument. The other two are those that Python
 * ignores by itself; the environment is the one that it was given, ahead of what Python makes of it.
 */
const IGNORE_AGAIN = `
import os, signal, sys
for each in signal.SIGPIPE, signal.SIGXFSZ: signal.signal(each, signal.SIG_DFL)
for each in sys.argv[1].split(","): signal.signal(int(each), signal.SIG_IGN)
with open("/proc/self/environ", "rb") as file:
    given = dict(each.split(b"=", 1) for each in file.read().split(b"\\0") if b"=" in each)
os.execvpe(sys.argv[2], sys.argv[2:], given)
`;

/** A started program. */
export interface RunningProgram {
  /** Its process id. */
  readonly pid: number;
  readonly status: Promise<ProgramStatus>;
  /** The last signal that the recorder got while it ran, as far as it listened; null for none. */
  readonly lastSignal: Listened | null;
  /** Ends it: SIGTERM, and SIGKILL when it does not go, or `atOnce`. Settles when it has ended. */
  terminate(atOnce?: boolean): Promise<void>;
  /**
   * Leaves signals to the system again, when it has ended. Where this process `exits` at once, they come to nothing until
   * then: one of them would give it another status than what it has done.
   */
  stopListening(exits?: boolean): void;
}

/**
 * Starts `words` with the recorder's own stdin, stdout and stderr, but for those that `relay` takes.
 *
 * In the foreground Ctrl-C is the program's while it runs: the terminal sends it to both, and the recorder ignores
 * its copy. Ahead of the program's first line it is sent on: it may be from before there was a process, or from when that
 * was not yet the interpreter; where that has got it, it ends by it, and a second one is the same wish. How late the
 * recorder gets to heed it, on a busy machine, doesn't matter so. Signals sent to the recorder itself ({@link Listened}) are sent on. Those that were ignored when the
 * recorder started are ignored by both.
 *
 * @param ahead From before the first file was made, where that can be; it ends with `stopListening`.
 * @param late Gets those that come when it has ended, until `stopListening`, and when that was; null for a program
 *   that is not in the foreground.
 * @param isLoaded Whether the program may have got to its first line; null where only the clock tells.
 * Needs run permission for the interpreter.
 *
 * @throws {EnvironmentError} ERR_INTERPRETER_NOT_FOUND, when the interpreter can't be started.
 */
export function startProgram(
  target: ResolvedTarget,
  words: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
  late: ((signal: Listened, endedAt: number) => void) | null,
  relay: OutputRelay | null = null,
  ahead: Listening | null = null,
  isLoaded: (() => boolean) | null = null,
): RunningProgram {
  const ignored = ignoredSignals();
  let child: Deno.ChildProcess | undefined;
  let startedAt = Infinity;
  let endedAt: number | null = null;
  let lastSignal: Listened | null = null;
  let stopListening = (_exits: boolean) => {};
  const listen = () => {
    surviveFileSizeLimit();
    if (late === null) return;
    const listening = ahead ?? new Listening();
    stopListening = (exits) => {
      if (exits) listening.heed = nothing;
      else listening.stop();
    };
    listening.heed = (signal) => {
      if (endedAt !== null) return late(signal, endedAt);
      lastSignal = signal;
      const loaded = isLoaded?.() ?? performance.now() - startedAt > LOADING;
      if (signal === "SIGINT" && loaded && terminalInterruptsProgram()) return;
      send(child, signal);
    };
  };
  // A listener takes SIGINT, SIGTERM and SIGHUP from being ignored, for children too: where one may be, the program
  // has to be there first. Otherwise no signal must come in between.
  const listenFirst = ignored?.size === 0;
  if (listenFirst) listen();
  try {
    const { interpreter } = target;
    waitForChildren();
    const lost = noLongerIgnored();
    child = new Deno.Command(interpreter, {
      args: lost.length === 0
        ? [...words]
        : ["-I", "-S", "-c", IGNORE_AGAIN, lost.join(), interpreter, ...words],
      cwd,
      clearEnv: true,
      env: environment,
      stdin: "inherit",
      stdout: relay?.takes(1) ? "piped" : "inherit",
      stderr: relay?.takes(2) ? "piped" : "inherit",
    }).spawn();
    startedAt = performance.now();
  } catch (thrown) {
    stopListening(false);
    if (thrown instanceof Deno.errors.NotFound || thrown instanceof Deno.errors.PermissionDenied) {
      throw environmentError(
        "ERR_INTERPRETER_NOT_FOUND",
        `Cannot start the interpreter ${target.interpreter} (chosen by ${target.how}): ${thrown.message}`,
        { interpreter: target.interpreter, how: target.how },
        thrown,
      );
    }
    throw classifyError(thrown);
  }
  relay?.start(child);
  if (!listenFirst) listen();
  for (const signal of ahead?.early.splice(0) ?? []) {
    lastSignal = signal;
    send(child, signal);
  }
  const status = statusOf(child).finally(() => endedAt = performance.now());
  const terminate = async (atOnce = false) => {
    // Of one that a real-time signal ended, Deno does not notice that its number may be another's by now.
    if (endedAt === null) send(child, atOnce ? "SIGKILL" : "SIGTERM");
    const timer = setTimeout(() => send(child, "SIGKILL"), GRACE);
    await status;
    clearTimeout(timer);
  };
  return {
    pid: child.pid,
    status,
    get lastSignal() {
      return lastSignal;
    },
    terminate,
    stopListening: (exits = false) => {
      const stop = () => stopListening(exits);
      void status.then(stop, stop);
    },
  };
}

/** How `child` ended. Of a real-time signal Deno knows no name, and says its number in an error. */
async function statusOf(child: Deno.ChildProcess): Promise<ProgramStatus> {
  try {
    const { code, signal } = await child.status;
    return { code: signal === null ? code : null, signal };
  } catch (thrown) {
    const number = thrown instanceof Error && /^Invalid signal: (\d+)$/.exec(thrown.message)?.[1];
    if (!number) throw thrown;
    return { code: null, signal: signalName(Number(number)) };
  }
}

/** Listens to the signals of the recorder, so that they don't end it. */
export class Listening {
  /** What came before there was a program to get it. */
  readonly early: Listened[] = [];
  heed: (signal: Listened) => void = (signal) => this.early.push(signal);
  /** Leaves signals to the system again. */
  readonly stop: () => void;

  constructor() {
    this.stop = listenToSignals((signal) => this.heed(signal));
  }

  /**
   * Settles when what has come so far has been heeded: for that the event loop needs a turn of a millisecond, and after it
   * stood still up to three, as timers that are due come first.
   */
  async catchUp(turns: number): Promise<void> {
    for (let left = turns; left > 0; left--) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
}

/**
 * Begins to listen before anything is made that a death would leave behind; null where that has to wait for the program,
 * see {@link startProgram}.
 */
export function listenAhead(): Listening | null {
  return ignoredSignals()?.size === 0 ? new Listening() : null;
}

function nothing(): void {}

/** Of the signals that were ignored at the start: those that come to nothing by now. */
const swallowed = new Set<Listened>();

/**
 * Calls `heed` with each signal that was not ignored at the start; the others come to nothing, for the rest of the
 * process. Returns how to stop.
 */
function listenToSignals(heed: (signal: Listened) => void): () => void {
  const ignored = ignoredSignals();
  // Those first that must not be caught for a moment without a listener.
  const signals = LISTENED_SIGNALS.toSorted((a, b) =>
    Number(ignored?.has(b) ?? false) - Number(ignored?.has(a) ?? false)
  );
  const stops = signals.flatMap((signal) => {
    if (ignored?.has(signal)) {
      // For good: it would end the recorder when nobody listens, as Deno has caught it.
      if (!swallowed.has(signal)) Deno.addSignalListener(signal, nothing);
      swallowed.add(signal);
      return [];
    }
    const listener = () => heed(signal);
    Deno.addSignalListener(signal, listener);
    return [() => Deno.removeSignalListener(signal, listener)];
  });
  return () => stops.forEach((stop) => stop());
}

function send(child: Deno.ChildProcess | undefined, signal: Deno.Signal): void {
  try {
    child?.kill(signal);
  } catch {
    // It has ended meanwhile, which is what the signal was for.
  }
}
