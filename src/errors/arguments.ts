/** What a program without a type checker may get wrong when it calls the library. */
import { A_TABLE, shownValue } from "../text/shown_value.ts";
import { nearest } from "../text/nearest.ts";
import { usageError } from "./constructors.ts";
import type { UsageError } from "./recorder_error.ts";

/** What an argument has to be. */
export interface Wanted {
  is(value: unknown): boolean;
  /** In words that follow "has to be". */
  readonly words: string;
}

/** Neither a list nor null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Text that the system can be given. */
export function isPlainText(value: unknown): value is string {
  return typeof value === "string" && !value.includes("\0");
}

/** @returns An object on which these can be called. */
export function objectWith(words: string, ...methods: readonly string[]): Wanted {
  const has = (value: object, name: string) => typeof Reflect.get(value, name) === "function";
  return { words, is: (value) => isObject(value) && methods.every((name) => has(value, name)) };
}

export const TEXT: Wanted = { is: isPlainText, words: "a text without the character NUL" };
export const BOOLEAN: Wanted = {
  is: (value) => typeof value === "boolean",
  words: "true or false",
};
export const OBJECT: Wanted = { is: isObject, words: "an object" };

/**
 * Checks one argument.
 *
 * @param failed What can't be done, for the message: "Cannot open a trace".
 * @throws {UsageError} ERR_USAGE, naming the argument, what it is and what it has to be.
 */
export function checkArgument(failed: string, name: string, value: unknown, wanted: Wanted): void {
  if (wanted.is(value)) return;
  const found = value === undefined ? "is missing" : `is ${shownArgument(value)}`;
  throw usageError("ERR_USAGE", `${failed}: ${name} ${found}; it has to be ${wanted.words}`, {
    argument: name,
  });
}

/**
 * Checks an object of options. Those that are undefined are left out.
 *
 * @param required Which ones have to be there.
 * @param hint What to say besides to an option that there is not; follows a semicolon.
 * @throws {UsageError} ERR_USAGE
 */
export function checkOptions(
  failed: string,
  options: unknown,
  wanted: Readonly<Record<string, Wanted>>,
  required: readonly string[],
  hint?: string,
): void {
  checkArgument(failed, "the argument", options, {
    is: isObject,
    words: `an object with the options ${Object.keys(wanted).join(", ")}`,
  });
  const given = Object.entries(options as object); // holds: that was just checked
  for (const [name, value] of given) {
    const known = Object.hasOwn(wanted, name) ? wanted[name] : undefined;
    if (known === undefined) throw unknownOption(failed, name, Object.keys(wanted), hint);
    if (value !== undefined) checkArgument(failed, name, value, known);
  }
  const there = new Set(given.filter(([, value]) => value !== undefined).map(([name]) => name));
  for (const name of required) {
    const lacks = wanted[name];
    if (!there.has(name) && lacks !== undefined) checkArgument(failed, name, undefined, lacks);
  }
}

function unknownOption(
  failed: string,
  name: string,
  names: readonly string[],
  hint: string | undefined,
): UsageError {
  const near = nearest(name, names);
  const help = near === null ? `options are ${names.join(", ")}` : `did you mean ${near}?`;
  return usageError(
    "ERR_USAGE",
    `${failed}: there is no option ${shownValue(name)}; ${help}${
      hint === undefined ? "" : `; ${hint}`
    }`,
    { argument: name, ...(near === null ? {} : { nearest: near }) },
  );
}

/** Members of a list that are shown. */
const MAX_MEMBERS = 3;

function shownArgument(value: unknown): string {
  if (Array.isArray(value)) {
    const more = value.length > MAX_MEMBERS ? ", …" : "";
    return `[${value.slice(0, MAX_MEMBERS).map(shownValue).join(", ")}${more}]`;
  }
  if (value instanceof Promise) return "a promise, which has to be awaited";
  const shown = shownValue(value);
  return shown === A_TABLE ? "an object" : shown;
}
