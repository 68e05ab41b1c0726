/** Checks what a calling program gives for a recording; types hold for those alone that have a type checker. */
import {
  BOOLEAN,
  checkOptions,
  isObject,
  isPlainText,
  objectWith,
  TEXT,
  type Wanted,
} from "../errors/arguments.ts";
import { givenPolicy } from "../policy/given_policy.ts";
import type { SessionOptions } from "./session.ts";

const WANTED: Readonly<Record<keyof SessionOptions, Wanted>> = {
  command: {
    is: (value) => Array.isArray(value) && value.length > 0 && value.every(isPlainText),
    words: 'a list of texts, the program and its words: ["app.py", "arg"]',
  },
  policy: { is: isObject, words: "what configurePolicy returns" },
  cwd: TEXT,
  environment: {
    is: (value) => isObject(value) && Object.entries(value).every(isVariable),
    words: "an object of names and texts, such as Deno.env.toObject()",
  },
  foreground: BOOLEAN,
  id: TEXT,
  log: objectWith(
    "a log with setTraceId, debug, info, warning, error, failure and close",
    "setTraceId",
    "debug",
    "info",
    "warning",
    "error",
    "failure",
    "close",
  ),
  counterSink: objectWith("an object with the method count", "count"),
  signal: { is: (value) => value instanceof AbortSignal, words: "an AbortSignal" },
};

/**
 * The same options, with a policy that was resolved here.
 *
 * @param failed What such an error begins with.
 * @throws {UsageError} ERR_USAGE, naming what is wrong, and what it has to be; ERR_INVALID_POLICY_VALUE.
 */
export async function checkedOptions(
  failed: string,
  options: SessionOptions,
): Promise<SessionOptions> {
  const settings = "settings such as out_dir are for configurePolicy";
  checkOptions(failed, options, WANTED, ["command", "policy"], settings);
  return { ...options, policy: await givenPolicy(failed, options.policy) };
}

function isVariable([name, value]: [string, unknown]): boolean {
  return isPlainText(name) && isPlainText(value);
}
