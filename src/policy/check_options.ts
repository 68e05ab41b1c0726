import { checkOptions, isObject, OBJECT, TEXT, type Wanted } from "../errors/arguments.ts";
import type { PolicyOptions } from "./configure.ts";

/** @throws {UsageError} ERR_USAGE: these are no options of `configurePolicy`. */
export function checkPolicyOptions(options: unknown): void {
  checkOptions("Cannot configure a policy", options, WANTED, [], "settings stand below settings");
}

const WANTED: Readonly<Record<keyof PolicyOptions, Wanted>> = {
  settings: OBJECT,
  environment: {
    is: (value) => isObject(value) && Object.values(value).every(isVariable),
    words: "an object of names and texts, such as Deno.env.toObject()",
  },
  configFile: {
    is: (value) => value === null || TEXT.is(value),
    words: "the path of a file, or null",
  },
  script: TEXT,
};

function isVariable(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}
