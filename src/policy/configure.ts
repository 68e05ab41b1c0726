import { absolute } from "../target/posix_path.ts";
import { workingDirectory } from "../target/working_directory.ts";
import { refuseUnknown } from "./check.ts";
import { findConfigFile, readConfigFile, trustedOwners } from "./config_file.ts";
import { type Environment, type ResolvedPolicy, resolvePolicy } from "./resolve.ts";
import type { RecorderPolicy } from "./settings.ts";
import { CALLER } from "./source.ts";

/** What an embedding program says about its policy; what it leaves out has no say. */
export interface PolicyOptions {
  /** Beat all other sources, as flags do. `null` is a value too: "none", where there can be none. */
  readonly settings?: Readonly<Partial<RecorderPolicy>>;
  /** Variables that count, such as `Deno.env.toObject()`; none when left out. */
  readonly environment?: Environment;
  /**
   * The configuration file to read, whoever owns it. Null: none. When left out, the nearest
   * `.codetracer/recorder.toml` from `script` upwards, or none without `script`.
   */
  readonly configFile?: string | null;
  /** The script that is going to be recorded, or a folder to begin the search at. */
  readonly script?: string;
}

/**
 * Decides every setting, by the rules and with the messages of the command line. Looks at nothing
 * that the options don't name, and changes nothing: recordings get the result passed.
 *
 * Needs read permission for the configuration file; to find one, also for the folders above the
 * script, for the working directory if the script's path is relative, and `--allow-sys=uid`.
 *
 * @example
 * ```ts ignore
 * const resolved = await configurePolicy({
 *   settings: { quiet: true, value_max_depth: 5 },
 *   environment: Deno.env.toObject(),
 *   script: "src/app.py",
 * });
 * ```
 *
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE: an unknown setting or a value that it can't have.
 * @throws {UsageError} ERR_USAGE: an unknown option, or one of another kind.
 * @throws {EnvironmentError} ERR_IO: the configuration file can't be read.
 */
export async function configurePolicy(options: PolicyOptions = {}): Promise<ResolvedPolicy> {
  // For callers without a type checker; the command line has no use for it.
  const { checkPolicyOptions } = await import("./check_options.ts");
  checkPolicyOptions(options);
  const caller = options.settings ?? {};
  for (const key of Object.keys(caller)) refuseUnknown(key, CALLER);
  return await resolvePolicy({
    caller,
    flags: new Map(),
    environment: options.environment ?? {},
    file: await fileOf(options),
  });
}

async function fileOf({ configFile, script }: PolicyOptions) {
  if (configFile === null) return undefined;
  if (configFile !== undefined) return await readConfigFile(configFile, null);
  if (script === undefined) return undefined;
  const code = absolute(script.startsWith("/") ? "/" : workingDirectory(), script);
  const path = findConfigFile(code);
  return path === null ? undefined : await readConfigFile(path, trustedOwners(code));
}
