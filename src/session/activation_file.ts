/** Which file's code switches a recording on. */
import { osErrorCode, osReason, usageError } from "../errors/mod.ts";
import { describeSource, type ResolvedPolicy } from "../policy/mod.ts";
import { absolute } from "../target/posix_path.ts";

/**
 * The file that the policy names, without symbolic links: code is compared with it by its real path.
 *
 * Needs read permission for it.
 *
 * @param cwd Where a relative path begins, absolute.
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE: it does not exist, or can't be reached.
 */
export function activationFile({ policy, sources }: ResolvedPolicy, cwd: string): string | null {
  const path = policy.activation_path;
  if (path === null) return null;
  try {
    return Deno.realPathSync(absolute(cwd, path));
  } catch (thrown) {
    const code = osErrorCode(thrown);
    if (code === null) throw thrown;
    const source = sources.activation_path;
    throw usageError(
      "ERR_INVALID_POLICY_VALUE",
      `Cannot use ${JSON.stringify(path)} as activation_path, given by ${
        describeSource(source)
      }: ` +
        `${osReason(code)}; accepted: the path of a source file`,
      { setting: "activation_path", value: path, source, os_error: code },
      thrown,
    );
  }
}
