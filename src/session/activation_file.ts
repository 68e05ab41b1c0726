/** Which file's code switches a recording on. */
import type { ResolvedPolicy } from "../policy/mod.ts";
import { absolute } from "../target/posix_path.ts";
import { pathSetting } from "./path_setting.ts";

/**
 * The file that the policy names, without symbolic links: code is compared with it by its real path.
 *
 * Needs read permission for it.
 *
 * @param cwd Where a relative path begins, absolute.
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE: it does not exist, can't be reached, or is no file.
 */
export function activationFile(resolved: ResolvedPolicy, cwd: string): string | null {
  const path = resolved.policy.activation_path;
  if (path === null) return null;
  const setting = pathSetting(resolved, "activation_path", "the path of a source file");
  const real = setting.look(() => Deno.realPathSync(absolute(cwd, path)));
  const { isFile, isDirectory } = setting.look(() => Deno.statSync(real));
  if (!isFile) setting.refuse(isDirectory ? "it is a folder" : "it is no file");
  return real;
}
