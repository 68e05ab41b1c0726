/** What lies in the folder of a recording that was cut off: what is the recorder's own, and what is to be kept. */
import { classifyError, environmentError, osErrorCode, type RecorderError } from "../errors/mod.ts";
import { relayedName, REPLACED_PREFIX, WORK_FILES } from "../recording/work_files.ts";
import { under } from "../target/posix_path.ts";
import { UUID_V7 } from "../text/uuid.ts";
import { SPOOL_FILES } from "../trace/spool_files.ts";
import { HEADER_SIZE, SEGMENT_COUNT, SEGMENT_SIZE } from "../wire/protocol.ts";

/** How the names of work folders begin; the recording's id follows. */
export const WORK_PREFIX = ".recording-";
/** As {@link WORK_PREFIX}, of folders in which a trace is made again. */
export const RECOVERY_PREFIX = ".recovering-";

/** Files that a trace worker makes, and can make again. */
const MADE = [
  WORK_FILES.trace,
  WORK_FILES.metadata,
  ...Object.values(SPOOL_FILES),
] as const;
const AGENT_FOLDER = "agent";
/** The description first: what is half removed must not look like what can be recovered. */
const OWN: readonly string[] = [
  WORK_FILES.description,
  WORK_FILES.end,
  ...MADE,
  AGENT_FOLDER,
  relayedName(1),
  relayedName(2),
  WORK_FILES.journal,
  WORK_FILES.ring,
];

const FAILED = "Cannot recover the recording";

/** The id of the recording that a folder of this name is of; null where no recorder has made it. */
export function recordingIdOf(name: string): string | null {
  const id = name.slice(WORK_PREFIX.length);
  return name.startsWith(WORK_PREFIX) && UUID_V7.test(id) ? id : null;
}

/**
 * Whether a recorder has made something in the folder, or nobody has.
 *
 * Needs read permission for it.
 *
 * @throws What the system says, where it can't be read.
 */
export function isRecorders(workDir: string): boolean {
  const there = names(workDir);
  return there.length === 0 || there.some((name) => OWN.includes(name));
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

/**
 * The program can write into the work folder: nothing in it may lead elsewhere, nor keep whoever opens it waiting.
 *
 * Needs read permission for it.
 *
 * @throws {RecorderError} ERR_TRACE_CORRUPT.
 */
export function requirePlain(workDir: string): void {
  for (const { name, isFile, isDirectory, isSymlink } of Deno.readDirSync(workDir)) {
    const path = under(workDir, name);
    if (isSymlink) {
      throw corrupt(path, `${path} is a symbolic link, which no recorder has made`);
    }
    if (OWN.includes(name) && !(name === AGENT_FOLDER ? isDirectory : isFile)) {
      throw corrupt(path, `${path} is not what a recorder makes of that name`);
    }
  }
}

/**
 * The path of a file that holds something of what the program did; null if there is none.
 *
 * Needs read permission for the work folder, in which all {@link requirePlain}.
 *
 * @throws What the system says, where it can't be read.
 */
export function holdsRecords(workDir: string): string | null {
  for (const name of [WORK_FILES.journal, relayedName(1), relayedName(2)]) {
    const path = under(workDir, name);
    if ((sizeOf(path) ?? 0) > 0) return path;
  }
  const path = under(workDir, WORK_FILES.ring);
  return sizeOf(path) !== null && holdsSegments(path) ? path : null;
}

function holdsSegments(path: string): boolean {
  using ring = Deno.openSync(path);
  ring.seekSync(HEADER_SIZE, Deno.SeekMode.Start);
  const block = new Uint8Array(SEGMENT_SIZE);
  for (let left = SEGMENT_COUNT; left > 0; left--) {
    // As many as there are: a part of a segment is looked at, too.
    const count = ring.readSync(block);
    if (count === null) return false;
    if (block.subarray(0, count).some((byte) => byte !== 0)) return true;
  }
  return false;
}

function sizeOf(path: string): number | null {
  try {
    return Deno.lstatSync(path).size;
  } catch (error) {
    if (osErrorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/**
 * Removes what a recorder has made in the folder, and the folder, unless somebody else has put something there.
 *
 * Needs write permission for it and the one around it.
 *
 * @throws {RecorderError} ERR_IO.
 */
export function removeWork(workDir: string): void {
  try {
    if (!isFolderItself(workDir)) return;
    const replaced = names(workDir).filter((name) => name.startsWith(REPLACED_PREFIX));
    for (const name of [...OWN, ...replaced]) remove(under(workDir, name), name === AGENT_FOLDER);
    remove(workDir, false);
  } catch (error) {
    if (osErrorCode(error) === "ENOTEMPTY") return;
    throw notRemoved(error, workDir);
  }
}

/**
 * Removes what a trace worker has made in the folder and would make again: room for that.
 *
 * Needs write permission for it.
 *
 * @throws {RecorderError} ERR_IO.
 */
export function removeMade(workDir: string): void {
  try {
    for (const name of MADE) remove(under(workDir, name), false);
  } catch (error) {
    throw notRemoved(error, workDir);
  }
}

/** No symbolic link to one. */
function isFolderItself(path: string): boolean {
  try {
    return Deno.lstatSync(path).isDirectory;
  } catch (error) {
    if (osErrorCode(error) === "ENOENT") return false;
    throw error;
  }
}

function remove(path: string, recursive: boolean): void {
  try {
    Deno.lstatSync(path);
    Deno.removeSync(path, { recursive });
  } catch (error) {
    if (osErrorCode(error) === "ENOENT") return;
    throw error;
  }
}

function notRemoved(error: unknown, path: string): RecorderError {
  return classifyError(error, { failed: "Cannot remove what the recording left behind", path });
}

function corrupt(path: string, why: string): RecorderError {
  return environmentError("ERR_TRACE_CORRUPT", `${FAILED}: ${why}`, { path });
}
