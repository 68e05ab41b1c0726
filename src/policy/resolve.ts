import { sha256Hex } from "../text/sha256.ts";
import { checkGiven } from "./check.ts";
import {
  BOOLEAN_WORDS,
  type RecorderPolicy,
  type Setting,
  SETTING_NAMES,
  type SettingName,
  SETTINGS,
} from "./settings.ts";
import { CALLER, type PolicySource } from "./source.ts";

/** A flag as it was given: `true` for `--quiet`, `false` for `--no-quiet`, text for the rest. */
export interface GivenFlag {
  /** As typed: `-q`, `--no-quiet`, `--out-dir`. */
  readonly name: string;
  readonly value: boolean | string;
}

/** Flags by the setting they are for. */
export type GivenFlags = ReadonlyMap<SettingName, GivenFlag>;

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Values of some settings, not checked yet. */
export type GivenValues = Readonly<Partial<Record<SettingName, unknown>>>;

/** All places that settings come from, strongest first. */
export interface PolicyInput {
  /** What an embedding program sets; it has no flags. */
  readonly caller?: GivenValues;
  readonly flags: GivenFlags;
  readonly environment: Environment;
  /** See `readConfigFile`. */
  readonly file?: { readonly path: string; readonly values: GivenValues } | undefined;
}

/** The policy, and for every setting the source that won. */
export interface ResolvedPolicy {
  readonly policy: RecorderPolicy;
  readonly sources: { readonly [K in SettingName]: PolicySource };
  /** The configuration file that was read, whether or not any of its values won; null if none. */
  readonly configFile: string | null;
}

/**
 * Decides every setting: flag (or calling program) over environment over file over default.
 *
 * Of settings that are joined all sources count. Only the winning value of the others is checked, since a file has been checked as a whole when it
 * was read. An empty variable counts as unset, but for settings to which empty means something.
 *
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE, naming the source, the value and what is accepted.
 */
export async function resolvePolicy(input: PolicyInput): Promise<ResolvedPolicy> {
  const values: [SettingName, unknown][] = [];
  const sources: [SettingName, PolicySource][] = [];
  for (const name of SETTING_NAMES) {
    const given = givenFor(name, input);
    const [strongest] = given;
    sources.push([name, Object.freeze(strongest?.source ?? { kind: "default" })]);
    values.push([
      name,
      strongest === undefined ? SETTINGS[name].default : await valueOf(name, given),
    ]);
  }
  const result: ResolvedPolicy = Object.freeze({
    // Each value was checked against the same row of the table that its type is made from.
    policy: Object.freeze(Object.fromEntries(values)) as RecorderPolicy,
    sources: Object.freeze(Object.fromEntries(sources)) as ResolvedPolicy["sources"],
    configFile: input.file?.path ?? null,
  });
  resolved.add(result);
  return result;
}

/** Whether this is what {@link resolvePolicy} returned, and not a copy of it. */
export function isResolved(value: unknown): value is ResolvedPolicy {
  return typeof value === "object" && value !== null && resolved.has(value);
}

const resolved = new WeakSet<object>();

/** A value that a source gives, not checked yet. */
interface Given {
  readonly value: unknown;
  readonly source: PolicySource;
}

/** What the sources say of a setting, the strongest first. */
function givenFor(name: SettingName, input: PolicyInput): Given[] {
  const given: Given[] = [];
  const fromCaller = input.caller?.[name];
  if (fromCaller !== undefined) given.push({ value: fromCaller, source: CALLER });
  const flag = input.flags.get(name);
  if (flag !== undefined) {
    given.push({ value: flag.value, source: { kind: "flag", name: flag.name } });
  }
  const setting: Setting = SETTINGS[name];
  const variable = setting.variable;
  const inEnvironment = input.environment[variable];
  const emptyIsUnset = setting.type !== "text" || setting.emptyIsNull !== true;
  if (inEnvironment !== undefined && !(inEnvironment === "" && emptyIsUnset)) {
    given.push({ value: inEnvironment, source: { kind: "environment", name: variable } });
  }
  const inFile = input.file?.values[name];
  if (input.file !== undefined && inFile !== undefined) {
    given.push({ value: inFile, source: { kind: "file", name: input.file.path } });
  }
  return given;
}

/** The strongest, checked; or all of them, joined. */
async function valueOf(name: SettingName, given: readonly Given[]): Promise<unknown> {
  const setting: Setting = SETTINGS[name];
  const joinedBy = setting.type === "text" ? setting.joinedBy : undefined;
  const used = joinedBy === undefined ? given.slice(0, 1) : given;
  const values = [];
  for (const { value, source } of used) values.push(await checkGiven(name, value, source));
  if (joinedBy === undefined) return values[0];
  const texts = values.filter((value) => value !== null);
  return texts.length === 0 ? null : texts.reverse().join(joinedBy);
}

/**
 * The hash by which a trace names the policy it was made under.
 *
 * @returns SHA-256 of the policy as JSON with sorted keys, as 64 hexadecimal digits.
 */
export async function policyHash(policy: RecorderPolicy): Promise<string> {
  const entries = Object.entries(policy).sort(([a], [b]) => (a < b ? -1 : 1));
  return await sha256Hex(JSON.stringify(Object.fromEntries(entries)));
}

/**
 * Whether errors are to end with a line of JSON, as far as that can be said before the policy is
 * resolved: the error to report may be that it can't be.
 *
 * @param input With the configuration file once it has been read.
 */
export function asksForJsonErrors(input: PolicyInput): boolean {
  const [strongest] = givenFor("json_errors", input);
  const given = strongest?.value ?? "";
  if (typeof given !== "string") return given === true;
  return BOOLEAN_WORDS.true.some((word) => word === given.toLowerCase());
}

/** Where to tell progress as JSON, as far as that can be said before the policy is resolved. */
export interface ProgressAskedFor {
  /** Null for stderr. Relative to the working directory. */
  readonly file: string | null;
}

/**
 * Whether a parent process waits for events, in the same way as {@link asksForJsonErrors}.
 *
 * @returns Null when it does not.
 */
export function asksForProgress(input: PolicyInput): ProgressAskedFor | null {
  const given = (name: SettingName) => givenFor(name, input)[0]?.value ?? "";
  const kind = given("progress");
  if (typeof kind !== "string" || kind.toLowerCase() !== "json") return null;
  const file = given("progress_file");
  return { file: typeof file === "string" && file !== "" ? file : null };
}
