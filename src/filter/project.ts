import { isSurelyMissing } from "../target/missing.ts";
import { absolute, folderOf } from "../target/posix_path.ts";
import { isMissing, refuseUnreadable } from "./unreadable.ts";

/** A project's own filter, in the project's folder. */
export const PROJECT_FILTER = ".codetracer/trace-filter.toml";
const [FOLDER = ""] = PROJECT_FILTER.split("/");

/**
 * The nearest folder, from `folder` upwards, with a project's filter in it; null if there is none.
 *
 * Needs read permission for what it looks at.
 *
 * @param folder Absolute; may be a file, or not exist.
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE for one that can't be looked at.
 */
export function findProject(folder: string): string | null {
  for (let at = absolute(folder, ".");; at = folderOf(at)) {
    const path = absolute(at, PROJECT_FILTER);
    try {
      if (!isSurelyMissing(at, FOLDER) && Deno.statSync(path).isFile) return at;
    } catch (error) {
      if (!isMissing(error)) refuseUnreadable(path, "the project's filter", error);
    }
    if (at === "/") return null;
  }
}
