/**
 * What differs between operating systems, in one place. Linux is what the tests run on; macOS and Windows
 * take the same paths except where it says so here.
 */
import { environmentError } from "../errors/mod.ts";

/** Separates folders in PYTHONPATH. */
export const PATH_SEPARATOR = Deno.build.os === "windows" ? ";" : ":";

/**
 * The soft limit of open files that the user's shell had. Deno raises its own at start and children inherit
 * that, so the parent process is asked; null where it can't be (not Linux, or the parent is gone).
 *
 * Needs read permission for /proc.
 */
export function inheritedDescriptorLimit(): number | null {
  if (Deno.build.os !== "linux") return null;
  try {
    const line = Deno.readTextFileSync(`/proc/${Deno.ppid}/limits`).match(
      /^Max open files +(\S+)/m,
    );
    const limit = Number(line?.[1]);
    return Number.isSafeInteger(limit) ? limit : null;
  } catch {
    return null; // not readable: the limit stays as Deno made it
  }
}

/** Signals that the recorder listens to while a program runs; each would end it. */
export type Listened =
  | "SIGINT"
  | "SIGTERM"
  | "SIGHUP"
  | "SIGQUIT"
  | "SIGUSR1"
  | "SIGUSR2"
  | "SIGALRM"
  | "SIGVTALRM"
  | "SIGPROF";

/** With their numbers on Linux. */
const LISTENED: readonly (readonly [Listened, number])[] = [
  ["SIGINT", 2],
  ["SIGTERM", 15],
  ["SIGHUP", 1],
  ["SIGQUIT", 3],
  ["SIGUSR1", 10],
  ["SIGUSR2", 12],
  ["SIGALRM", 14],
  ["SIGVTALRM", 26],
  ["SIGPROF", 27],
];

/** Those of them that there are here. */
export const LISTENED_SIGNALS: readonly Listened[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : LISTENED.map(([name]) => name);

/** On Linux. */
const SIGCHLD = 17;

let ignored: ReadonlySet<Listened> | null | undefined;
let ignoredChildren = false;
/** Whether SIGCHLD is caught by now, which was ignored at the start. */
let waiting = false;

/**
 * Those of {@link LISTENED_SIGNALS} that were ignored when the recorder started (`nohup`, background jobs of a
 * script); null where that can't be known. Read once, and before any listener is added: with the first one, Deno
 * catches SIGINT, SIGTERM and SIGHUP all together, and never ignores them again. It adds one of its own half a second
 * after its start (from 2.9.2 on, for SIGUSR1): to be called as early as can be.
 *
 * Needs read permission for /proc.
 */
export function ignoredSignals(): ReadonlySet<Listened> | null {
  if (ignored === undefined) {
    const mask = readIgnoredMask();
    ignoredChildren = mask !== null && has(mask, SIGCHLD);
    ignored = listenedIn(mask);
  }
  return ignored;
}

/** The numbers of those of {@link ignoredSignals}, and SIGCHLD, that are caught by now: children would not ignore them. */
export function noLongerIgnored(): number[] {
  const before = ignoredSignals();
  if (before === null || before.size === 0 && !waiting) return [];
  const numbers = LISTENED.filter(([name]) => before.has(name)).map(([, number]) => number);
  // A listener that was just added takes them from being ignored in a moment, in another thread.
  if (waiting) return [...numbers, SIGCHLD];
  const now = readIgnoredMask();
  return numbers.filter((number) => now !== null && !has(now, number));
}

/**
 * Sees to it that how a child ends can be known: where SIGCHLD was ignored at the start, the system tells nobody. The
 * child ignores it again, by {@link noLongerIgnored}.
 */
export function waitForChildren(): void {
  ignoredSignals();
  if (!ignoredChildren || waiting) return;
  waiting = true;
  Deno.addSignalListener("SIGCHLD", () => {});
}

function has(mask: bigint, number: number): boolean {
  return (mask >> BigInt(number - 1) & 1n) === 1n;
}

function listenedIn(mask: bigint | null): ReadonlySet<Listened> | null {
  if (mask === null) return null;
  return new Set(LISTENED.filter(([, number]) => has(mask, number)).map(([name]) => name));
}

function readIgnoredMask(): bigint | null {
  if (Deno.build.os === "windows") return 0n; // nothing of the kind there
  if (Deno.build.os !== "linux") return null;
  try {
    const digits = Deno.readTextFileSync("/proc/self/status").match(/^SigIgn:\s*(\w+)/m)?.[1];
    return digits === undefined ? null : BigInt(`0x${digits}`);
  } catch {
    return null; // not readable
  }
}

/**
 * Whether a Ctrl-C that the recorder gets has reached the program as well: the terminal sends it to all of its
 * foreground process group, which both belong to. A SIGINT by any other way is meant for the recorder alone, and has
 * to be sent on.
 */
export function terminalInterruptsProgram(): boolean {
  if (Deno.build.os !== "linux") return Deno.stdin.isTerminal();
  try {
    const stat = Deno.readTextFileSync("/proc/self/stat");
    // pid (name) state ppid pgrp session tty_nr tpgid …; the name may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[2] === fields[5];
  } catch {
    return Deno.stdin.isTerminal(); // not readable: a terminal there is most likely ours
  }
}

/**
 * Makes a write beyond the file-size limit (`ulimit -f`) an error instead of the recorder's death, which is what
 * SIGXFSZ stands for by default; for the rest of the process. May be called twice.
 *
 * To be called when no signal was ignored at the start, or when the program has been started: see
 * {@link ignoredSignals}.
 */
export function surviveFileSizeLimit(): void {
  if (Deno.build.os === "windows" || surviving) return;
  surviving = true;
  // Never taken away: then the next write beyond the limit, if only to a log, would be deadly again.
  Deno.addSignalListener("SIGXFSZ", () => {});
}

let surviving = false;

/**
 * `folder` as it may stand in PYTHONPATH, which has no way to escape its separator.
 *
 * @throws {EnvironmentError} ERR_TRACE_DIR_CREATE_FAILED, when the path holds the separator.
 */
export function forPythonPath(folder: string): string {
  if (!folder.includes(PATH_SEPARATOR) || Deno.build.os === "windows") return folder;
  throw environmentError(
    "ERR_TRACE_DIR_CREATE_FAILED",
    `Cannot record into ${folder}: a folder with "${PATH_SEPARATOR}" in its path can't be handed to Python; ` +
      `choose another with --out-dir`,
    { path: folder },
  );
}
