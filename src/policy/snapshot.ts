import { VERSION } from "../version.ts";
import { isResolved, policyHash, type ResolvedPolicy } from "./resolve.ts";
import { SETTING_NAMES, type SettingName, SETTINGS, type SettingValue } from "./settings.ts";
import type { PolicySource } from "./source.ts";

/** Grows when a part of {@link PolicySnapshot} changes its meaning, not when a setting is added. */
export const SNAPSHOT_SCHEMA_VERSION = 1;

/** One setting of a snapshot. */
export interface SettingSnapshot {
  readonly value: SettingValue;
  /** Null: decided later, by looking around. */
  readonly default: SettingValue;
  readonly source: PolicySource;
  readonly flag: string;
  readonly variable: string;
}

/** A policy with all that is known about it; as JSON it loses nothing. */
export interface PolicySnapshot {
  readonly schema_version: number;
  readonly recorder_version: string;
  /** See `policyHash`. */
  readonly policy_hash: string;
  /** The configuration file that was read; null if there was none. */
  readonly config_file: string | null;
  /** In the order of the help. */
  readonly settings: { readonly [K in SettingName]: SettingSnapshot };
}

/**
 * Says what a policy is and why, for programs and logs.
 *
 * @throws {UsageError} ERR_USAGE: it is not what `configurePolicy` returns.
 */
export async function policySnapshot(policy: ResolvedPolicy): Promise<PolicySnapshot> {
  const resolved = isResolved(policy)
    ? policy
    : await (await import("./given_policy.ts")).givenPolicy("Cannot tell a policy", policy);
  const rows = SETTING_NAMES.map((name): [SettingName, SettingSnapshot] => {
    const { flag, variable, default: byDefault } = SETTINGS[name];
    const value = resolved.policy[name];
    const source = resolved.sources[name];
    return [name, { value, default: byDefault, source, flag, variable }];
  });
  return {
    schema_version: SNAPSHOT_SCHEMA_VERSION,
    recorder_version: VERSION,
    policy_hash: await policyHash(resolved.policy),
    config_file: resolved.configFile,
    settings: Object.fromEntries(rows) as PolicySnapshot["settings"],
  };
}
