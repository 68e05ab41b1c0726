import { environmentError, osErrorCode } from "../errors/mod.ts";

/** What a recording takes at the least, beyond what is there before it has made anything. Measured. */
const NEEDS = {
  descriptors: 19,
  // A trace worker that is a process has one more.
  tasks: Deno.build.standalone ? 4 : 5,
};

/** More descriptors where the program's output goes through the recorder: its pipes, and what reads them. */
const RELAYING = 8;

/** Limits from which on nothing is counted. */
const AMPLE = 256;

/** CAP_SYS_ADMIN and CAP_SYS_RESOURCE: whoever has one of them may start any number of processes. */
const UNLIMITED = 1n << 21n | 1n << 24n;

/** What there is to know of this process, as texts of `/proc/self` and numbers of what is in use. */
export interface OwnState {
  readonly limits: string;
  readonly status: () => string;
  readonly descriptors: () => number;
  readonly tasks: () => number;
}

/** What is too little. */
export interface Shortage {
  readonly limit: number;
  readonly needed: number;
  /** "only 20 files may be open, …" */
  readonly told: string;
  /** The command that helps. */
  readonly remedy: string;
}

/**
 * Refuses to record where too few files may be open, or processes run: where Deno can't start a thread, or open what that
 * needs, it ends by a panic, and what was made by then stays. To be called ahead of that.
 *
 * @param relays Whether the program's output goes through the recorder.
 * @throws {EnvironmentError} ERR_IO.
 */
export function requireRoom(relays: boolean): void {
  const lacking = ownShortage(relays);
  if (lacking === null) return;
  const { told, remedy, limit, needed } = lacking;
  throw environmentError("ERR_IO", `Cannot record: ${told}. Raise the limit: \`${remedy}\``, {
    limit,
    needed,
  });
}

/**
 * What is too little for a recording by this process; null where nothing is, or that can't be known: of the user's other
 * processes nothing is known.
 *
 * Needs read permission for /proc.
 *
 * @param relays As for {@link requireRoom}.
 */
export function ownShortage(relays: boolean): Shortage | null {
  if (Deno.build.os !== "linux") return null;
  try {
    return shortage({
      limits: Deno.readTextFileSync("/proc/self/limits"),
      status: () => Deno.readTextFileSync("/proc/self/status"),
      descriptors: () => countOf("/proc/self/fd"),
      tasks: () => countOf("/proc/self/task"),
    }, relays ? { ...NEEDS, descriptors: NEEDS.descriptors + RELAYING } : NEEDS);
  } catch (thrown) {
    if (osErrorCode(thrown) === null) throw thrown;
    return null; // not to be read: whatever lacks something will say so
  }
}

/** What is too little in that state; null if nothing is. */
export function shortage(
  { limits, status, descriptors, tasks }: OwnState,
  needs: typeof NEEDS = NEEDS,
): Shortage | null {
  const files = softLimit(limits, "Max open files");
  if (files < AMPLE) {
    const needed = descriptors() + needs.descriptors;
    if (needed > files) return tooFew(files, needed, "files may be open", "n");
  }
  const processes = softLimit(limits, "Max processes");
  if (processes < AMPLE && !isUnlimited(status())) {
    const needed = tasks() + needs.tasks;
    if (needed > processes) {
      return tooFew(processes, needed, "processes and threads of yours may run", "u");
    }
  }
  return null;
}

function softLimit(limits: string, name: string): number {
  const [, found] = new RegExp(`^${name} +(\\d+)`, "m").exec(limits) ?? [];
  return found === undefined ? Infinity : Number(found);
}

function countOf(folder: string): number {
  return [...Deno.readDirSync(folder)].length;
}

function isUnlimited(status: string): boolean {
  const [, digits = "0"] = /^CapEff:\s*(\w+)/m.exec(status) ?? [];
  return (BigInt(`0x${digits}`) & UNLIMITED) !== 0n;
}

function tooFew(limit: number, needed: number, what: string, option: string): Shortage {
  return {
    limit,
    needed,
    told: `only ${limit} ${what}, and the recorder needs ${needed} or more by itself`,
    remedy: `ulimit -${option} ${AMPLE}`,
  };
}
