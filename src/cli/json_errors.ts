import { asksForJsonErrors, type GivenFlag, type SettingName, SETTINGS } from "../policy/mod.ts";

/** What the words of a command say about `--json-errors`. */
export interface JsonErrors {
  /** Whether to end with a trailer when the command fails. */
  readonly wanted: boolean;
  /** The words without it. */
  readonly rest: string[];
}

/**
 * Takes `--json-errors` and `--no-json-errors` out of the words of a command that has no policy; the last one counts, and
 * without any the variable.
 *
 * Needs env permission.
 */
export function takeJsonErrors(words: readonly string[]): JsonErrors {
  const { flag } = SETTINGS.json_errors;
  const given = words.filter((word) => word === flag || word === `--no-${flag.slice(2)}`);
  const last = given.at(-1);
  const flags = new Map<SettingName, GivenFlag>();
  if (last !== undefined) flags.set("json_errors", { name: last, value: last === flag });
  return {
    wanted: asksForJsonErrors({ flags, environment: Deno.env.toObject() }),
    rest: words.filter((word) => !given.includes(word)),
  };
}
