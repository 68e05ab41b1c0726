/** Which native accelerator a recording's agent gets (adr/0012). */
import { includedLibraries, type Library } from "../agent/accelerator.ts";
import { osErrorCode, osReason, usageError } from "../errors/mod.ts";
import { describeSource, type ResolvedPolicy } from "../policy/mod.ts";
import { hasSlash, under } from "../target/posix_path.ts";

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
export function acceleratorFolder(
  { policy, sources }: ResolvedPolicy,
  cwd: string,
): string | null {
  const given = policy.accelerator;
  if (!hasSlash(given)) return null;
  const source = sources.accelerator;
  const wrong = (why: string, facts: Record<string, unknown> = {}, cause?: unknown) =>
    usageError(
      "ERR_INVALID_POLICY_VALUE",
      `Cannot use ${JSON.stringify(given)} as accelerator, given by ${
        describeSource(source)
      }: ${why}; accepted: auto, off or a folder`,
      { setting: "accelerator", value: given, source, ...facts },
      cause,
    );
  const path = under(cwd, given);
  try {
    if (Deno.statSync(path).isDirectory) return path;
  } catch (thrown) {
    const code = osErrorCode(thrown);
    if (code === null) throw thrown;
    throw wrong(osReason(code), { os_error: code }, thrown);
  }
  throw wrong("it is no folder");
}
