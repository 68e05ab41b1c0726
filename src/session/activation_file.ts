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
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE: it does not exist, can't be reached, or is no file.
 */
export function activationFile({ policy, sources }: ResolvedPolicy, cwd: string): string | null {
  const path = policy.activation_path;
  if (path === null) return null;
  const source = sources.activation_path;
  const wrong = (why: string, facts: Record<string, unknown> = {}, cause?: unknown) =>
    usageError(
      "ERR_INVALID_POLICY_VALUE",
      `Cannot use ${JSON.stringify(path)} as activation_path, given by ${
        describeSource(source)
      }: ${why}; accepted: the path of a source file`,
      { setting: "activation_path", value: path, source, ...facts },
      cause,
    );
  let real: string;
  let found: Deno.FileInfo;
  try {
    real = Deno.realPathSync(absolute(cwd, path));
    found = Deno.statSync(real);
  } catch (thrown) {
    const code = osErrorCode(thrown);
    if (code === null) throw thrown;
    throw wrong(osReason(code), { os_error: code }, thrown);
  }
  if (!found.isFile) throw wrong(found.isDirectory ? "it is a folder" : "it is no file");
  return real;
}
