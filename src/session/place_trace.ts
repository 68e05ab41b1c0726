/** Puts a finished trace where it belongs. */
import {
  classifyError,
  environmentError,
  osErrorCode,
  type RecorderError,
  targetError,
} from "../errors/mod.ts";
import type { FinishedTrace } from "../recording/trace_worker.ts";
import { REPLACED_PREFIX, WORK_FILES } from "../recording/work_files.ts";
import { isSurelyMissing } from "../target/missing.ts";
import { baseName, under } from "../target/posix_path.ts";
import type { FileIdentity } from "../trace/file_store.ts";
import { lockFolder } from "./folder_lock.ts";
import { otherTraces } from "./other_traces.ts";
import type { PreparedOutDir } from "./types.ts";

const FAILED =
  "Cannot put the finished trace in its place; did the output folder change while the program ran?";

/** Bytes that are copied at a time. */
const PIECE = 1 << 18;

/** How long another recorder may take to put its own trace there, milliseconds; it should be one or two. */
const PATIENCE = 5000;

/**
 * Moves the trace and its metadata from the work folder to the output folder, where older ones may stand. Each takes its
 * place at once: who looks sees an old file or a new one, whole. Another recorder that puts its own into the same folder
 * does so before or after.
 *
 * Needs read and write permission for both folders.
 *
 * @param files What the trace worker has made.
 * @returns Names of other traces there, which the metadata does not belong to.
 * @throws {RecorderError} ERR_IO; ERR_CHANNEL_CORRUPT, when other files are in the work folder, or it is another one.
 *   Then the trace is not there, and one that stood there is as it was; where the system refuses to put that one back,
 *   the message says where it is, and {@link holdsOlder} is true.
 */
export async function placeTrace(
  out: PreparedOutDir,
  files: FinishedTrace["files"],
  { place = null, requireFree = () => {} }: Placing = {},
): Promise<string[]> {
  const isHeld = await place !== null;
  // Also where another one held it for too long before it was needed.
  using _held = isHeld ? null : await lock(out.dir);
  requireSameFolder(out);
  requireWorkFolder(out);
  requireSameFile(under(out.workDir, WORK_FILES.trace), files.trace);
  requireSameFile(under(out.workDir, WORK_FILES.metadata), files.metadata);
  requireFree();
  const others = attempt(out.dir, () => otherTraces(out.dir, baseName(out.tracePath)));
  // A name that nobody can have put anything under.
  const replaced = under(out.workDir, `${REPLACED_PREFIX}${crypto.randomUUID()}`);
  let replaces = false;
  try {
    replaces = !isSurelyMissing(out.dir, baseName(out.tracePath)) &&
      attempt(out.tracePath, () => keepOlder(out.tracePath, replaced));
    attempt(out.tracePath, () => {
      Deno.renameSync(under(out.workDir, WORK_FILES.trace), out.tracePath);
    });
  } catch (error) {
    dropSecond(replaced);
    throw error;
  }
  try {
    attempt(out.metadataPath, () => {
      Deno.renameSync(under(out.workDir, WORK_FILES.metadata), out.metadataPath);
    });
  } catch (error) {
    // A trace beside another one's metadata would say what is not true.
    putBack(out, replaces ? replaced : null, classifyError(error));
    throw error;
  }
  if (replaces) dropSecond(replaced);
  syncFolder(out.dir);
  return others;
}

/** Whose turn it is to put something into an output folder: see {@link holdPlace}. */
export type Place = Promise<Disposable | null>;

/** How a trace is placed; nothing of it has to be said. */
export interface Placing {
  /** Of {@link holdPlace}: then whoever called that lets go of it, too. Null where nobody did. */
  readonly place?: Place | null;
  /** Called when nobody else puts anything there: throws where what stands there is to stay. */
  readonly requireFree?: () => void;
}

/**
 * Has others wait with putting their traces into the folder, as {@link placeTrace} would: for whoever has something else
 * to wait for, which doesn't take long.
 *
 * Needs read permission for the folder.
 *
 * @returns What {@link placeTrace} takes, and {@link letGo} is to be told when that has been, or is not to be any more.
 */
export function holdPlace({ dir }: PreparedOutDir): Place {
  const place = lock(dir);
  place.catch(() => {}); // told by placeTrace
  return place;
}

/** Never rejects. */
export async function letGo(place: Place): Promise<void> {
  try {
    (await place)?.[Symbol.dispose]();
  } catch {
    // Then nothing is held.
  }
}

async function lock(dir: string): Promise<Disposable | null> {
  try {
    return await lockFolder(dir, PATIENCE);
  } catch (error) {
    throw classifyError(error, { failed: FAILED, path: dir });
  }
}

/**
 * Whether the only name of an older trace is in the work folder, which is to stay then.
 *
 * Needs read permission for it. Never throws.
 */
export function holdsOlder(workDir: string): boolean {
  try {
    return [...Deno.readDirSync(workDir)].some(({ name, isFile }) =>
      isFile && name.startsWith(REPLACED_PREFIX)
    );
  } catch {
    return false; // not there, or the folder can't be looked into, let alone removed
  }
}

/** Makes the output folder what it was. */
function putBack(out: PreparedOutDir, replaced: string | null, error: RecorderError): void {
  try {
    if (replaced === null) Deno.removeSync(out.tracePath);
    else Deno.renameSync(replaced, out.tracePath);
  } catch (cause) {
    const now = replaced === null
      ? `${out.tracePath} is there without it`
      : `${out.tracePath} is the new trace without it, and the older one is ${replaced}`;
    throw environmentError("ERR_IO", `${error.message}; ${now}`, error.context, cause);
  }
}

function dropSecond(name: string): void {
  try {
    Deno.removeSync(name);
  } catch {
    // There was no older trace; else it lies in the work folder, which then can't be removed either.
  }
}

/** A symbolic link in the place of the folder would lead the trace to where it was not meant to go. */
function requireSameFolder({ dir, identity }: PreparedOutDir): void {
  const { dev, ino } = attempt(dir, () => Deno.lstatSync(dir));
  const real = attempt(dir, () => Deno.realPathSync(dir));
  if (dev === identity.dev && ino === identity.ino && real === dir) return;
  throw environmentError("ERR_IO", `${FAILED} ${dir} is another folder now`, { path: dir, real });
}

/**
 * Whether the work folder is still the one that was made; true where that was not there to be looked at.
 *
 * Needs read permission for it. Never throws.
 */
export function isWorkFolder({ workDir, workIdentity }: PreparedOutDir): boolean {
  if (workIdentity === null) return true;
  try {
    const { dev, ino } = Deno.lstatSync(workDir);
    return dev === workIdentity.dev && ino === workIdentity.ino;
  } catch {
    return false; // gone, or out of reach
  }
}

function requireWorkFolder(out: PreparedOutDir): void {
  const { workDir } = out;
  attempt(workDir, () => Deno.lstatSync(workDir));
  if (isWorkFolder(out)) return;
  throw targetError(
    "ERR_CHANNEL_CORRUPT",
    `${FAILED} ${workDir} is another folder now: the program must have moved the recorder's; what was recorded is where ` +
      "it has moved that, and is not removed",
    { path: workDir },
  );
}

/** The program may have put something else where the trace was, such as a link. */
function requireSameFile(path: string, { dev, ino }: FileIdentity): void {
  const found = attempt(path, () => Deno.lstatSync(path));
  if (found.isFile && found.dev === dev && found.ino === ino) return;
  throw targetError(
    "ERR_CHANNEL_CORRUPT",
    `${FAILED} ${path} is not what the recorder wrote: the program must have changed the recorder's files`,
    { path },
  );
}

/** Gives an older trace a second name, from where it can be put back; false if there is none. */
function keepOlder(path: string, second: string): boolean {
  try {
    Deno.linkSync(path, second);
    return true;
  } catch (error) {
    if (osErrorCode(error) === "ENOENT") return false;
    // Else most likely a file system without hard links, each of which has an error of its own for that.
  }
  try {
    copyNew(path, second);
    return true;
  } catch (error) {
    if (osErrorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** Unlike `Deno.copyFile`, it follows no symbolic link at `to`, and overwrites nothing. */
function copyNew(from: string, to: string): void {
  const { mode } = Deno.statSync(from);
  using source = Deno.openSync(from);
  using copy = Deno.openSync(to, { write: true, createNew: true, mode: (mode ?? 0o600) & 0o777 });
  const piece = new Uint8Array(PIECE);
  for (let size = source.readSync(piece); size !== null; size = source.readSync(piece)) {
    for (let at = 0; at < size;) at += copy.writeSync(piece.subarray(at, size));
  }
}

/** So that the names, too, would survive a loss of power, where the system lets folders be synced. */
function syncFolder(dir: string): void {
  try {
    using folder = Deno.openSync(dir);
    folder.syncSync();
  } catch {
    // The files themselves are on the disk.
  }
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw classifyError(error, { failed: FAILED, path });
  }
}
