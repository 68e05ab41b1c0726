import { osErrorCode } from "../errors/mod.ts";

/** Whether there is a folder at `path`. What can't be looked at is none. Needs read permission for it. */
export function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (thrown) {
    if (osErrorCode(thrown) === null) throw thrown;
    return false;
  }
}
