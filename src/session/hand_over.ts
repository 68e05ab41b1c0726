/** Leaves to the owner of a recording what another user, mostly root, has made of it. */
import fs from "node:fs";
import type { FileIdentity } from "../trace/file_store.ts";

/**
 * Gives a file to whoever owns `like`, where that is somebody else and the system lets this process do so.
 *
 * Needs read and write permission for both. Never throws: a file that stays this process's own is whole all the same.
 *
 * @param identity Which file it is: with any other one nothing is done, wherever the path leads by now.
 */
export function handOver(path: string, identity: FileIdentity, like: string): void {
  try {
    const { uid, gid } = fs.lstatSync(like);
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
    const file = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const found = fs.fstatSync(file);
      const same = found.dev === identity.dev && found.ino === identity.ino;
      if (same && found.uid !== uid) fs.fchownSync(file, uid, gid);
    } finally {
      fs.closeSync(file);
    }
  } catch {
    // Not root, another user's, or a system without owners.
  }
}
