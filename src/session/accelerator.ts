/** Which native accelerator a recording's agent gets (adr/0012). */
import { includedLibraries, type Library } from "../agent/accelerator.ts";
import type { ResolvedPolicy } from "../policy/mod.ts";
import { hasSlash, under } from "../target/posix_path.ts";
import { pathSetting } from "./path_setting.ts";

/**
 * What the policy asks for: the path of a folder, absolute, or the libraries to lay out.
 *
 * Needs read permission for the folder.
 *
 * @param cwd Where a relative path begins, absolute.
 * @param python The interpreter's version, if its name says so: "3.12".
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE: the folder does not exist, can't be reached, or is none.
 */
export function acceleratorFor(
  resolved: ResolvedPolicy,
  cwd: string,
  python: string | null,
): string | readonly Library[] {
  const folder = acceleratorFolder(resolved, cwd);
  if (folder !== null) return folder;
  return resolved.policy.accelerator === "off" ? [] : includedLibraries(python);
}

/** The folder that the policy names; null where it names none. Otherwise as {@link acceleratorFor}. */
export function acceleratorFolder(resolved: ResolvedPolicy, cwd: string): string | null {
  const given = resolved.policy.accelerator;
  if (!hasSlash(given)) return null;
  const setting = pathSetting(resolved, "accelerator", "auto, off or a folder");
  const path = under(cwd, given);
  if (!setting.look(() => Deno.statSync(path)).isDirectory) setting.refuse("it is no folder");
  return path;
}
