import {
  asksForJsonErrors,
  type GivenFlags,
  loadPolicy,
  type ResolvedPolicy,
} from "../policy/mod.ts";
import { codeOf, configStartFolder, namesFramework } from "../target/mod.ts";

/** What the commands that record, or tell of a recording, were given. */
export interface GivenSettings {
  readonly flags: GivenFlags;
  readonly environment: Readonly<Record<string, string>>;
}

/** The settings of one recording, and where its configuration begins. */
export interface RecordingPolicy {
  readonly resolved: ResolvedPolicy;
  /** Where the search for a project's configuration and filter starts, absolute. */
  readonly start: string;
  /** Whether the target is a test framework whose internals are to be left out. */
  readonly frameworks: boolean;
}

/**
 * The settings that a recording of `target` goes by, from flags, environment and configuration file.
 *
 * Needs read permission for the configuration file and the folders above the target.
 *
 * @param onJson Told whether failures are to be told as JSON, as soon as the configuration file was read.
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE and its like.
 */
export async function recordingPolicy(
  given: GivenSettings,
  target: readonly string[],
  cwd: string,
  onJson: (json: boolean) => void,
): Promise<RecordingPolicy> {
  const start = configStartFolder(target, cwd);
  const resolved = await loadPolicy({
    ...given,
    configStart: start,
    code: codeOf(target, cwd),
    onFile: (file) => onJson(asksForJsonErrors({ ...given, file })),
  });
  const frameworks = resolved.policy.framework_filters && namesFramework(target);
  return { resolved, start, frameworks };
}
