import { type UsageError, usageError } from "../errors/mod.ts";
import { nearest } from "../text/nearest.ts";
import { shownValue } from "../text/shown_value.ts";
import {
  acceptedValues,
  acceptedWords,
  isChoice,
  isUsableText,
  type Setting,
  SETTING_NAMES,
  type SettingName,
  SETTINGS,
  type SettingValue,
} from "./settings.ts";
import { describeSource, type PolicySource } from "./source.ts";

/**
 * The value that something given for a setting stands for.
 *
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE, naming the source, the value, what is accepted and
 * what may have been meant.
 */
export async function checkGiven(
  name: SettingName,
  given: unknown,
  source: PolicySource,
): Promise<SettingValue> {
  const setting: Setting = SETTINGS[name];
  // The cases that nearly every recording consists of need no schema, and loading one takes as long
  // as a small recording.
  if (setting.type === "boolean" && typeof given === "boolean") return given;
  if (setting.type === "text" && typeof given === "string" && isUsableText(given)) return given;
  if (setting.type === "choice" && typeof given === "string" && isChoice(setting, given)) {
    return given;
  }
  const { checkValue } = await import("./schema.ts");
  const checked = checkValue(setting, given);
  if (!checked.ok) throw invalidValue(name, given, source, checked.reason);
  return checked.value;
}

/**
 * Refuses a value of another language, which no setting can have.
 *
 * @param shown The value in words.
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE
 */
export function refuseForeign(key: string, shown: string, source: PolicySource): never {
  refuseUnknown(key, source);
  throw invalidValue(key as SettingName, null, source, null, shown);
}

function invalidValue(
  name: SettingName,
  given: unknown,
  source: PolicySource,
  reason: string | null,
  shown = shownValue(given),
): UsageError {
  const setting = SETTINGS[name];
  const accepted = acceptedValues(setting);
  // Where there is a reason the word was understood.
  const near = reason === null && typeof given === "string"
    ? nearest(given, acceptedWords(setting))
    : null;
  const because = reason === null ? "" : `${reason}; `;
  const hint = near === null ? "" : `; did you mean ${near}?`;
  return usageError(
    "ERR_INVALID_POLICY_VALUE",
    `Cannot use ${shown} as ${name}, given by ${describeSource(source)}: ` +
      `${because}accepted: ${accepted}${hint}`,
    { setting: name, value: given, source, accepted, ...(near === null ? {} : { nearest: near }) },
  );
}

/** What to say to a name that is no setting's. */
export interface UnknownSetting {
  /** In words that follow "there is no setting …: ". */
  readonly hint: string;
  /** For the error's context. */
  readonly context: { readonly key: string; readonly nearest?: string };
}

/** Null when there is such a setting. */
export function unknownSetting(key: string): UnknownSetting | null {
  if (SETTING_NAMES.some((name) => name === key)) return null;
  const near = nearest(key, SETTING_NAMES);
  return near === null
    ? { hint: `settings are ${SETTING_NAMES.join(", ")}`, context: { key } }
    : { hint: `did you mean ${near}?`, context: { key, nearest: near } };
}

/** @throws {UsageError} ERR_INVALID_POLICY_VALUE, for a name that is no setting's. */
export function refuseUnknown(key: string, source: PolicySource): void {
  const unknown = unknownSetting(key);
  if (unknown === null) return;
  throw usageError(
    "ERR_INVALID_POLICY_VALUE",
    `There is no setting ${shownValue(key)}, given by ${describeSource(source)}: ${unknown.hint}`,
    { ...unknown.context, source },
  );
}
