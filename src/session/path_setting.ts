/** Settings whose value is the path of something that has to be there when a recording begins. */
import { osErrorCode, osReason, usageError } from "../errors/mod.ts";
import { describeSource, type ResolvedPolicy } from "../policy/mod.ts";

/** One of these settings, for whoever looks at what its path leads to. */
export interface PathSetting {
  /** @throws {UsageError} ERR_INVALID_POLICY_VALUE, which says why the path can't be used. */
  refuse(why: string): never;
  /**
   * What `at` returns, which looks at the path.
   *
   * @throws {UsageError} ERR_INVALID_POLICY_VALUE with the system's reason: it does not exist, or can't be reached.
   */
  look<T>(at: () => T): T;
}

/** @param accepted What the setting accepts, in words. */
export function pathSetting(
  { policy, sources }: ResolvedPolicy,
  setting: "accelerator" | "activation_path",
  accepted: string,
): PathSetting {
  const value = policy[setting];
  const source = sources[setting];
  const wrong = (why: string, facts: Record<string, unknown> = {}, cause?: unknown) =>
    usageError(
      "ERR_INVALID_POLICY_VALUE",
      `Cannot use ${JSON.stringify(value)} as ${setting}, given by ${
        describeSource(source)
      }: ${why}; accepted: ${accepted}`,
      { setting, value, source, ...facts },
      cause,
    );
  return {
    refuse: (why) => {
      throw wrong(why);
    },
    look: (at) => {
      try {
        return at();
      } catch (thrown) {
        const code = osErrorCode(thrown);
        if (code === null) throw thrown;
        throw wrong(osReason(code), { os_error: code }, thrown);
      }
    },
  };
}
