import {
  classifyError,
  type EnvironmentError,
  environmentError,
  osErrorCode,
  osReason,
  type RecorderError,
  type UsageError,
  usageError,
} from "../errors/mod.ts";
import type { RecorderPolicy } from "../policy/mod.ts";
import { WORK_FILES } from "../recording/work_files.ts";
import { isFolder } from "../target/is_folder.ts";
import { isSurelyMissing } from "../target/missing.ts";
import { absolute, baseName, folderOf, under } from "../target/posix_path.ts";
import { holdsOlder, isWorkFolder } from "./place_trace.ts";
import type { PreparedOutDir } from "./types.ts";
import { WORK_PREFIX } from "./work_folder.ts";

/** Where recordings go that were not told where to go, in the working directory. */
const DEFAULT_PARENT = "ct-traces";

/**
 * Makes the folder that a recording is written to, and the scratch folder in it.
 *
 * With `out_dir`, that folder, created with its parents when missing. Without, a new folder
 * `ct-traces/<stem>-<n>` in the working directory, n being one more than the highest there is; two
 * recordings that start at once get two folders.
 *
 * Folders follow the umask; the scratch folder is for its owner alone. That it can be created is
 * the proof that the output folder can be written to. On failure nothing is left behind.
 *
 * Needs read and write permission for the folder.
 *
 * @param stem Plain file name; see `src/target/stem.ts`.
 * @param cwd Absolute.
 * @param recordingId Becomes part of the scratch folder's name.
 * @throws {UsageError} ERR_TRACE_DIR_CONFLICT: `out_dir` exists and is no folder.
 * @throws {EnvironmentError} ERR_TRACE_DIR_CREATE_FAILED
 */
export function prepareOutDir(
  policy: Pick<RecorderPolicy, "out_dir">,
  stem: string,
  cwd: string,
  recordingId: string,
): PreparedOutDir {
  const created: string[] = [];
  try {
    const { dir, identity } = lookAt(
      policy.out_dir === null
        ? makeNumbered(absolute(cwd, DEFAULT_PARENT), stem, created)
        : makeFolder(absolute(cwd, policy.out_dir), created),
    );
    const before = policy.out_dir === null ? precedingFolder(dir) : [];
    const tracePath = under(dir, `${stem}.ct`);
    const metadataPath = under(dir, WORK_FILES.metadata);
    for (const path of [tracePath, metadataPath]) refuseFolder(path);
    requireReadable(dir);
    const workDir = under(dir, `${WORK_PREFIX}${recordingId}`);
    try {
      Deno.mkdirSync(workDir, { mode: 0o700 });
    } catch (thrown) {
      throw cannotCreate(thrown, workDir, `Cannot write to the output folder ${dir}`);
    }
    const { dev, ino } = Deno.lstatSync(workDir);
    return {
      dir,
      identity,
      tracePath,
      metadataPath,
      workDir,
      workIdentity: { dev, ino },
      before,
      created,
    };
  } catch (thrown) {
    removeIfEmpty(created);
    throw thrown;
  }
}

/**
 * An output folder for a trace that was recorded before, created with its parents when missing.
 *
 * Needs read and write permission for it.
 *
 * @param dir Absolute.
 * @param traceName The trace's file name.
 * @param workDir Where it comes from.
 * @throws {RecorderError} As {@link prepareOutDir}.
 */
export function openOutDir(dir: string, traceName: string, workDir: string): PreparedOutDir {
  const created: string[] = [];
  try {
    const found = lookAt(makeFolder(dir, created));
    const tracePath = under(found.dir, traceName);
    const metadataPath = under(found.dir, WORK_FILES.metadata);
    for (const path of [tracePath, metadataPath]) refuseFolder(path);
    requireReadable(found.dir);
    return {
      ...found,
      tracePath,
      metadataPath,
      workDir,
      workIdentity: null,
      before: [],
      created,
    };
  } catch (thrown) {
    removeIfEmpty(created);
    throw thrown;
  }
}

/** Where it really is: from here on no symbolic link on the way counts. */
function lookAt(folder: string): Pick<PreparedOutDir, "dir" | "identity"> {
  try {
    const dir = Deno.realPathSync(folder);
    const { dev, ino } = Deno.lstatSync(dir);
    return { dir, identity: { dev, ino } };
  } catch (thrown) {
    throw cannotCreate(thrown, folder);
  }
}

/** How often the scratch folder is tried to be removed, and how long after one another, milliseconds. */
const DISCARD_TRIES = 50;
const DISCARD_PAUSE = 10;

/**
 * Undoes {@link prepareOutDir}: removes the scratch folder with all that is in it, and those of the
 * created folders that nobody has put anything into. A scratch folder that {@link holdsOlder} stays, and so does what the
 * program has put in its place.
 *
 * Never throws: it runs when something else has failed already, and that is what is to be told.
 */
export function discardOutDir(out: PreparedOutDir): void {
  if (isWorkFolder(out) && !holdsOlder(out.workDir)) removeWork(out.workDir);
  removeIfEmpty(out.created);
}

/**
 * Removes the agent's files, which a program that has ended needs no more, ahead of the rest of the scratch folder.
 *
 * Never throws, and leaves what it can't remove to {@link discardOutDir}.
 *
 * @param folder In the scratch folder.
 */
export function discardAgent(out: PreparedOutDir, folder: string): void {
  if (!isWorkFolder(out)) return;
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch {
    // See above.
  }
}

function removeWork(workDir: string): void {
  try {
    // First of all: what is half removed must not look like what can be recovered.
    Deno.removeSync(`${workDir}/${WORK_FILES.description}`);
  } catch {
    // Not written yet, or gone with the folder.
  }
  for (let left = DISCARD_TRIES; left > 0; left--) {
    try {
      Deno.removeSync(workDir, { recursive: true });
      break;
    } catch (thrown) {
      // A trace worker that is just being ended may make one more file. Else it is gone, or not ours to remove any more.
      if (osErrorCode(thrown) !== "ENOTEMPTY") break;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, DISCARD_PAUSE);
    }
  }
}

/** Innermost first. A folder that another recording uses by now is not empty, and stays. */
function removeIfEmpty(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      Deno.removeSync(folder);
    } catch {
      return; // not empty: so are those around it
    }
  }
}

/** `mkdir -p`, keeping book of what was made. */
function makeFolder(dir: string, created: string[]): string {
  const parent = folderOf(dir);
  try {
    if (!isSurelyMissing(parent, baseName(dir))) {
      if (Deno.statSync(dir).isDirectory) return dir;
      throw conflict(dir);
    }
  } catch (thrown) {
    const code = osErrorCode(thrown);
    if (code === null) throw thrown;
    if (code !== "ENOENT") throw cannotCreate(thrown, dir);
  }
  if (parent !== dir) makeFolder(parent, created);
  try {
    Deno.mkdirSync(dir);
    created.push(dir);
  } catch (thrown) {
    // Somebody else may have made it since we looked.
    if (osErrorCode(thrown) !== "EEXIST") throw cannotCreate(thrown, dir);
    if (!isFolder(dir)) throw linkToNowhere(dir) ?? cannotCreate(thrown, dir);
  }
  return dir;
}

function makeNumbered(parent: string, stem: string, created: string[]): string {
  makeFolder(parent, created);
  for (let number = highestNumber(parent, stem) + 1;; number++) {
    const dir = `${parent}/${stem}-${number}`;
    try {
      Deno.mkdirSync(dir);
    } catch (thrown) {
      // mkdir is what decides between two recordings that start at once; the loser takes the next.
      if (osErrorCode(thrown) === "EEXIST") continue;
      throw cannotCreate(thrown, dir);
    }
    created.push(dir);
    return dir;
  }
}

/** The folder with the next lower number, if there is one; by its name alone. */
function precedingFolder(dir: string): string[] {
  const dash = dir.lastIndexOf("-");
  const number = Number(dir.slice(dash + 1));
  return number > 1 ? [`${dir.slice(0, dash)}-${number - 1}`] : [];
}

/** The trace takes its place after a look around; what is in the way of that is to be told before the program starts. */
function requireReadable(dir: string): void {
  try {
    for (const _ of Deno.readDirSync(dir)) return;
  } catch (thrown) {
    throw cannotCreate(thrown, dir);
  }
}

function highestNumber(parent: string, stem: string): number {
  let highest = 0;
  try {
    for (const { name } of Deno.readDirSync(parent)) {
      if (!name.startsWith(`${stem}-`)) continue;
      const digits = name.slice(stem.length + 1);
      if (/^[1-9][0-9]{0,8}$/.test(digits)) highest = Math.max(highest, Number(digits));
    }
  } catch (thrown) {
    throw cannotCreate(thrown, parent);
  }
  return highest;
}

/** What would stand in the trace's way only when the program has run to its end. */
function refuseFolder(path: string): void {
  if (isSurelyMissing(folderOf(path), baseName(path)) || !isFolder(path)) return;
  throw usageError(
    "ERR_TRACE_DIR_CONFLICT",
    `Cannot record into ${folderOf(path)}: a folder stands where ${baseName(path)} is to go. ` +
      "Choose another folder with --out-dir, or move what is in the way",
    { path },
  );
}

function conflict(dir: string): UsageError {
  return usageError(
    "ERR_TRACE_DIR_CONFLICT",
    `Cannot use ${dir} as output folder: it exists and is not a folder. ` +
      "Choose another one with --out-dir",
    { path: dir },
  );
}

/** What the system calls "exists", though whoever looks finds nothing: null where it is no symbolic link. */
function linkToNowhere(dir: string): EnvironmentError | null {
  let leadsTo;
  try {
    leadsTo = Deno.readLinkSync(dir);
  } catch {
    return null; // no link, or not to be read: what the system said will do
  }
  return environmentError(
    "ERR_TRACE_DIR_CREATE_FAILED",
    `Cannot create the output folder ${dir}: it is a symbolic link to ${leadsTo}, and nothing is there. ` +
      "Make that folder, remove the link, or choose another folder with --out-dir",
    { path: dir, link: leadsTo, os_error: "EEXIST" },
  );
}

function cannotCreate(
  thrown: unknown,
  path: string,
  failed = `Cannot create the output folder ${path}`,
): RecorderError {
  const code = osErrorCode(thrown);
  if (code === null) return classifyError(thrown, { failed, path });
  return environmentError(
    "ERR_TRACE_DIR_CREATE_FAILED",
    `${failed}: ${osReason(code)}`,
    { path, os_error: code },
    thrown,
  );
}

/** The path as a person in `cwd` would write it; whole when there is no such folder any more (null). */
export function shownPath(path: string, cwd: string | null): string {
  if (cwd === null) return path;
  const prefix = cwd.endsWith("/") ? cwd : `${cwd}/`;
  if (!path.startsWith(prefix)) return path;
  const short = path.slice(prefix.length);
  return short === "" ? baseName(path) : short;
}

/** Says that the metadata beside a trace is not that of the others there. */
export function belongsTo(tracePath: string, others: readonly string[]): string {
  return `${WORK_FILES.metadata} now belongs to ${
    baseName(tracePath)
  }, not to what else is there: ${others.join(", ")}`;
}
