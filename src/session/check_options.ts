/** Checks what a calling program gives for a recording; types hold for those alone that have a type checker. */
import {
  BOOLEAN,
  checkArgument,
  checkOptions,
  isObject,
  isPlainText,
  objectWith,
  TEXT,
  type Wanted,
} from "../errors/arguments.ts";
import type { SessionOptions } from "./session.ts";

const WANTED: Readonly<Record<keyof SessionOptions, Wanted>> = {
  command: {
    is: (value) => Array.isArray(value) && value.every(isPlainText),
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

/** What such an error begins with. */
export const NOT_STARTED = "Cannot start the recording";

/** @throws {UsageError} ERR_USAGE, naming what is wrong, and what it has to be. */
export function checkSessionOptions(options: SessionOptions): void {
  const settings = "settings such as out_dir are for configurePolicy";
  checkOptions(NOT_STARTED, options, WANTED, ["command", "policy"], settings);
  const { command, foreground } = options;
  // To a person at the command line it is said otherwise, further on.
  if (foreground === true) return;
  const notEmpty = { ...WANTED.command, is: () => command.length > 0 };
  checkArgument(NOT_STARTED, "command", command, notEmpty);
}

function isVariable([name, value]: [string, unknown]): boolean {
  return isPlainText(name) && isPlainText(value);
}
