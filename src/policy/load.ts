import { type ConfigFile, findConfigFile, readConfigFile, trustedOwners } from "./config_file.ts";
import {
  type Environment,
  type GivenFlags,
  type ResolvedPolicy,
  resolvePolicy,
} from "./resolve.ts";

/** What a command line knows when it needs its policy. */
export interface LoadInput {
  readonly flags: GivenFlags;
  readonly environment: Environment;
  /** Where the search for a configuration file begins, absolute; see `configStartFolder`. */
  readonly configStart: string;
  /** The code that is going to run, whose owner may say how; see `codeOf`. */
  readonly code: string | null;
  /** Called with the file once it is found valid: what it says holds although the rest may not. */
  readonly onFile?: (file: ConfigFile) => void;
}

/**
 * Decides every setting from flags, environment, the nearest configuration file and defaults.
 *
 * Needs read permission for the file and the folders above it, and `--allow-sys=uid` if there is one.
 *
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE
 * @throws {EnvironmentError} ERR_IO: there is a file, and it can't be read.
 */
export async function loadPolicy(input: LoadInput): Promise<ResolvedPolicy> {
  const path = findConfigFile(input.configStart);
  const file = path === null ? undefined : await readConfigFile(path, trustedOwners(input.code));
  if (file !== undefined) input.onFile?.(file);
  return await resolvePolicy({ flags: input.flags, environment: input.environment, file });
}
