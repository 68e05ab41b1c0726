import { type UsageError, usageError } from "../errors/mod.ts";
import {
  acceptedValues,
  isUsableText,
  type RecorderPolicy,
  type Setting,
  SETTING_NAMES,
  type SettingName,
  SETTINGS,
} from "./settings.ts";

/** Where a value came from; `name` is what the user wrote: a flag, a variable, a file's path. */
export type PolicySource =
  | { readonly kind: "flag"; readonly name: string }
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "file"; readonly name: string }
  | { readonly kind: "default" };

/** A flag as it was given: `true` for `--quiet`, `false` for `--no-quiet`, text for the rest. */
export interface GivenFlag {
  /** As typed: `-q`, `--no-quiet`, `--out-dir`. */
  readonly name: string;
  readonly value: boolean | string;
}

/** All places that settings come from, strongest first. */
export interface PolicyInput {
  readonly flags: ReadonlyMap<SettingName, GivenFlag>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A configuration file's values, not checked yet. */
  readonly file?: {
    readonly path: string;
    readonly values: Readonly<Partial<Record<SettingName, unknown>>>;
  };
}

/** The policy, and for every setting the source that won. */
export interface ResolvedPolicy {
  readonly policy: RecorderPolicy;
  readonly sources: { readonly [K in SettingName]: PolicySource };
}

/**
 * Decides every setting: flag over environment over file over default.
 *
 * Only the winning value of a setting is checked; an empty variable counts as unset.
 *
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE, naming the source, the value and what is accepted.
 */
export async function resolvePolicy(input: PolicyInput): Promise<ResolvedPolicy> {
  const values: [SettingName, unknown][] = [];
  const sources: [SettingName, PolicySource][] = [];
  for (const name of SETTING_NAMES) {
    const given = strongest(name, input);
    sources.push([name, Object.freeze(given.source)]);
    values.push([
      name,
      given.source.kind === "default"
        ? SETTINGS[name].default
        : await check(name, given.value, given.source),
    ]);
  }
  return Object.freeze({
    // Each value was checked against the same row of the table that its type is made from.
    policy: Object.freeze(Object.fromEntries(values)) as RecorderPolicy,
    sources: Object.freeze(Object.fromEntries(sources)) as ResolvedPolicy["sources"],
  });
}

function strongest(name: SettingName, input: PolicyInput): {
  value: unknown;
  source: PolicySource;
} {
  const flag = input.flags.get(name);
  if (flag !== undefined) {
    return { value: flag.value, source: { kind: "flag", name: flag.name } };
  }
  const variable = SETTINGS[name].variable;
  const inEnvironment = input.environment[variable];
  if (inEnvironment !== undefined && inEnvironment !== "") {
    return { value: inEnvironment, source: { kind: "environment", name: variable } };
  }
  const inFile = input.file?.values[name];
  if (input.file !== undefined && inFile !== undefined) {
    return { value: inFile, source: { kind: "file", name: input.file.path } };
  }
  return { value: undefined, source: { kind: "default" } };
}

async function check(name: SettingName, given: unknown, source: PolicySource): Promise<unknown> {
  const setting: Setting = SETTINGS[name];
  // The two cases that nearly every recording consists of need no schema, and loading one takes
  // as long as a small recording.
  if (setting.type === "boolean" && typeof given === "boolean") return given;
  if (setting.type === "text" && typeof given === "string" && isUsableText(given)) return given;
  const { checkValue } = await import("./schema.ts");
  const checked = checkValue(setting, given);
  if (!checked.ok) throw invalidValue(name, given, source, checked.reason);
  return checked.value;
}

function invalidValue(
  name: SettingName,
  given: unknown,
  source: PolicySource,
  reason: string,
): UsageError {
  const accepted = acceptedValues(SETTINGS[name]);
  const because = reason === "" ? "" : `${reason}; `;
  return usageError(
    "ERR_INVALID_POLICY_VALUE",
    `Cannot use ${JSON.stringify(given)} as ${name}, given by ${describeSource(source)}: ` +
      `${because}accepted: ${accepted}`,
    { setting: name, value: given, source, accepted },
  );
}

/**
 * A source in words that follow "given by": "--quiet", "the environment variable CODETRACER_QUIET".
 */
export function describeSource(source: PolicySource): string {
  switch (source.kind) {
    case "flag":
      return source.name;
    case "environment":
      return `the environment variable ${source.name}`;
    case "file":
      return `the file ${source.name}`;
    case "default":
      return "default";
  }
}

/**
 * The hash by which a trace names the policy it was made under.
 *
 * @returns SHA-256 of the policy as JSON with sorted keys, as 64 hexadecimal digits.
 */
export async function policyHash(policy: RecorderPolicy): Promise<string> {
  const entries = Object.entries(policy).sort(([a], [b]) => (a < b ? -1 : 1));
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const digest = await crypto.subtle.digest("SHA-256", json);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
