/** Finds recordings whose recorder was killed. */
import { under } from "../target/posix_path.ts";
import { isHeld } from "./folder_lock.ts";
import { runs } from "./process_identity.ts";
import { recorderOf } from "./recording_description.ts";
import { isRecorders, recordingIdOf } from "./work_folder.ts";

/** Milliseconds after which nobody is just beginning to write into a folder. */
const OLD = 60_000;

/**
 * Whether a recording in `dir` was left behind, as far as that can be known from here.
 *
 * Needs read permission for `dir` and for /proc. Never throws: a folder that can't be read has none.
 */
export function hasLeftBehind(dir: string): boolean {
  try {
    return workFolders(dir).some((name) => isLeft(under(dir, name)));
  } catch {
    return false; // told by whoever needs to read it
  }
}

/**
 * Names of the folders of recordings in `dir` that may have been left behind: those of which it can't be known are among
 * them.
 *
 * Needs read permission for `dir` and for /proc.
 *
 * @throws What the system says, where `dir` can't be read.
 */
export function mayBeLeftBehind(dir: string): string[] {
  return workFolders(dir).filter((name) => {
    try {
      const workDir = under(dir, name);
      if (!isRecorders(workDir)) return false;
      const recorder = recorderOf(workDir);
      return recorder === null ? isOld(workDir) : runs(recorder) !== true;
    } catch {
      return true; // it is told why when it is to be recovered
    }
  }).sort();
}

/**
 * Process ids of the recorders that are known to be at work in `dir`.
 *
 * Needs read permission for `dir` and for /proc.
 *
 * @throws What the system says, where `dir` can't be read.
 */
export function livingRecorders(dir: string): number[] {
  return workFolders(dir).flatMap((name) => {
    try {
      const recorder = recorderOf(under(dir, name));
      return recorder !== null && runs(recorder) === true ? [recorder.pid] : [];
    } catch {
      return []; // what can't be read is not known
    }
  });
}

/** Whether whoever made a folder without a description can't be just about to write that. */
export function isOld(folder: string): boolean {
  const { mtime } = Deno.statSync(folder);
  return mtime !== null && Date.now() - mtime.getTime() > OLD;
}

function workFolders(dir: string): string[] {
  return [...Deno.readDirSync(dir)]
    .filter(({ name, isDirectory }) => isDirectory && recordingIdOf(name) !== null)
    .map(({ name }) => name);
}

function isLeft(workDir: string): boolean {
  try {
    const recorder = recorderOf(workDir);
    if (recorder === null) return false;
    // Before the machine was started again, or in another container: a recorder that lives holds its folder.
    return !(runs(recorder) ?? isHeld(workDir));
  } catch {
    return false; // another user's, most likely
  }
}
