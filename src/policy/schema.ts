import { z } from "../packages/zod.ts";
import {
  BOOLEAN_WORDS,
  type ChoiceSetting,
  type IntegerSetting,
  isChoice,
  isUsableText,
  type LimitSetting,
  NO_LIMIT,
  type Setting,
  type SettingValue,
  type TextSetting,
} from "./settings.ts";

/**
 * The schema of one setting's value. It takes the value as such and, because flags and variables
 * are text, every text that stands for it.
 */
function schemaOf(setting: Setting): z.ZodType<SettingValue> {
  switch (setting.type) {
    case "boolean":
      return z.union([
        z.boolean(),
        // In a file they are numbers, in a variable words.
        z.literal([0, 1]).transform((bit) => bit === 1),
        z.stringbool({
          truthy: [...BOOLEAN_WORDS.true],
          falsy: [...BOOLEAN_WORDS.false],
          case: "insensitive",
        }),
      ]);
    case "choice":
      return choiceSchema(setting);
    case "integer":
      return integerSchema(setting);
    case "limit":
      return limitSchema(setting);
    case "text":
      return textSchema(setting);
  }
}

function textSchema(setting: TextSetting): z.ZodType<string | null> {
  // Null can come from a calling program alone: neither text nor TOML has it.
  const usable = z.string().refine(isUsableText).nullable();
  if (setting.joinedBy !== undefined) {
    const { joinedBy } = setting;
    const list = z.array(z.string().refine(isUsableText)).min(1);
    return z.union([usable, list.transform((texts) => texts.join(joinedBy))]);
  }
  if (setting.emptyIsNull === undefined) return usable;
  return z.union([z.literal("").transform(() => null), usable]);
}

function choiceSchema(setting: ChoiceSetting): z.ZodType<string> {
  const synonyms = new Map(Object.entries(setting.synonyms ?? {}));
  return z.string().transform((text, context) => {
    if (isChoice(setting, text)) return text;
    const word = text.toLowerCase();
    const value = synonyms.get(word) ?? word;
    if (setting.values.includes(value)) return value;
    context.addIssue({ code: "custom" });
    return z.NEVER;
  });
}

function integerSchema(setting: IntegerSetting): z.ZodType<number> {
  const range = z.int().min(setting.min).max(setting.max);
  // Digits only: Number() would also take "", " 5", "0x10" and "1e3".
  const text = z.string().regex(/^[0-9]{1,15}$/).transform(Number).pipe(range);
  return z.union([range, text]);
}

function limitSchema(setting: LimitSetting): z.ZodType<number | null> {
  const range = z.int().min(setting.min);
  const units = Object.keys(setting.units).join("|");
  const text = z.string().regex(new RegExp(`^[0-9]{1,15}(?:${units})?$`, "i"))
    .transform((text) => {
      const digits = parseInt(text, 10);
      return digits * (setting.units[text.replace(/^[0-9]+/, "").toLowerCase()] ?? 1);
    }).pipe(range);
  const none = z.string().toLowerCase().pipe(z.literal(NO_LIMIT)).transform(() => null);
  return z.union([range, text, none, z.null()]);
}

/** What checking one value gave. */
export type Checked =
  | { readonly ok: true; readonly value: SettingValue }
  /** `reason` is null unless there is more to say than what is accepted. */
  | { readonly ok: false; readonly reason: string | null };

const schemas = new Map<Setting, z.ZodType<SettingValue>>();

const NO_NUL = "no path can have the character NUL (\\u0000) in it";

function isPath(setting: Setting): boolean {
  return setting.type === "text" || setting.type === "choice" && setting.orFolder !== undefined;
}

function hasNul(given: unknown): boolean {
  return typeof given === "string" && given.includes("\0");
}

/** Checks one value of one setting. */
export function checkValue(setting: Setting, given: unknown): Checked {
  let schema = schemas.get(setting);
  if (schema === undefined) schemas.set(setting, schema = schemaOf(setting));
  const result = schema.safeParse(given);
  if (result.success) return { ok: true, value: result.data };
  if (isPath(setting) && [given].flat().some(hasNul)) return { ok: false, reason: NO_NUL };
  return { ok: false, reason: null };
}
