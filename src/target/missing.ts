/** Asks whether there is nothing at a path in the way that takes the least time. */
import { existsSync } from "node:fs";
import { under } from "./posix_path.ts";

/**
 * Whether it is certain, and can be known at once, that in `folder` nothing has that name. Where it isn't, whoever asks has
 * to look, and may find nothing all the same.
 *
 * Deno's own ways to look throw an error for what isn't there: 40 µs each, and the first of a process a millisecond. In a
 * program that is not compiled, and may lack permissions, nothing is certain: this would take what may not be read for missing.
 *
 * @param folder Absolute.
 */
export function isSurelyMissing(folder: string, name: string): boolean {
  return Deno.build.standalone && leadsNowhere(folder, name);
}

/**
 * Whether `folder` can be looked into, and the name in it leads to nothing: there is none, or it is a symbolic link to
 * nowhere. False without read permission for the folder.
 */
export function leadsNowhere(folder: string, name: string): boolean {
  return existsSync(`${folder}/.`) && !existsSync(under(folder, name));
}
