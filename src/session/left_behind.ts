/** Finds recordings whose recorder was killed. */
import { recorderOf, WORK_PREFIX } from "./recording_description.ts";
import { runs } from "./process_identity.ts";
import { under } from "../target/posix_path.ts";

/**
 * Names of the work folders in `dir` whose recorder does not run any more.
 *
 * Needs read permission for `dir` and for /proc. Never throws: a folder that can't be read has none.
 *
 * @param options `unknown`: also those of which that can't be known from here.
 */
export function leftBehind(dir: string, options = { unknown: false }): string[] {
  try {
    return [...Deno.readDirSync(dir)]
      .filter(({ name, isDirectory }) => isDirectory && name.startsWith(WORK_PREFIX))
      .filter(({ name }) => isLeft(under(dir, name), options.unknown))
      .map(({ name }) => name)
      .sort();
  } catch {
    return []; // told by whoever needs to read it
  }
}

/** Milliseconds after which nobody is just beginning to write into a folder. */
const OLD = 60_000;

function isOld(folder: string): boolean {
  const { mtime } = Deno.statSync(folder);
  return mtime !== null && Date.now() - mtime.getTime() > OLD;
}

function isLeft(workDir: string, unknown: boolean): boolean {
  const recorder = recorderOf(workDir);
  // One that is just being made has none yet.
  if (recorder === null) return unknown && isOld(workDir);
  const alive = runs(recorder);
  return alive === null ? unknown : !alive;
}
