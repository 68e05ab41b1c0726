import { classifyError, type RecorderError } from "../errors/mod.ts";
import { checkGiven } from "../policy/check.ts";
import { asksForJsonErrors, type GivenFlags, SETTINGS } from "../policy/mod.ts";
import { readRecordWords } from "./record_words.ts";

/** What the words of a command say about `--json-errors`. */
export interface JsonErrors {
  /** Whether to end with a trailer when the command fails. */
  readonly wanted: boolean;
  /** The words without it. */
  readonly rest: string[];
  /** What is wrong with how it was given. */
  readonly error: RecorderError | null;
}

/**
 * Takes `--json-errors`, also with `=VALUE`, and `--no-json-errors` out of the words of a command
 * that has no policy, up to `--`; the last one counts, and without any the variable.
 *
 * Needs env permission.
 */
export async function takeJsonErrors(words: readonly string[]): Promise<JsonErrors> {
  const { flag } = SETTINGS.json_errors;
  const end = words.indexOf("--");
  const isFlag = (word: string, at: number) =>
    (end < 0 || at < end) && [flag, `--no-${flag.slice(2)}`].includes(word.split("=", 1)[0] ?? "");
  const { flags, error } = readRecordWords(words.filter(isFlag));
  return {
    wanted: asksForJsonErrors({ flags, environment: Deno.env.toObject() }),
    rest: words.filter((word, at) => !isFlag(word, at)),
    error: error ?? await wrongValue(flags),
  };
}

async function wrongValue(flags: GivenFlags): Promise<RecorderError | null> {
  const given = flags.get("json_errors");
  if (given === undefined) return null;
  try {
    await checkGiven("json_errors", given.value, { kind: "flag", name: given.name });
    return null;
  } catch (thrown) {
    return classifyError(thrown);
  }
}
