import { type RecorderError, usageError } from "../errors/mod.ts";
import { nearest } from "../text/nearest.ts";

/** The commands' names, as typed. */
export const COMMAND_NAMES = [
  "record",
  "print",
  "verify",
  "diff",
  "sources",
  "recover",
  "policy",
  "why",
  "python-api",
  "explain",
  "doctor",
  "completions",
  "man",
  "licenses",
  "help",
] as const;

/**
 * The error about a program that is not there, with the command that may have been meant.
 *
 * @param word What the command line began with, which belongs to `record` as it is no command's name.
 */
export function withCommandHint(error: RecorderError, word: string | undefined): RecorderError {
  if (word === undefined || error.code !== "ERR_SCRIPT_NOT_FOUND" || error.context.path !== word) {
    return error;
  }
  const command = nearest(word, COMMAND_NAMES);
  if (command === null) return error;
  // A file of a similar name may have been named already.
  const message = error.message.endsWith("?")
    ? `${error.message.slice(0, -1)}, or the command ${command}?`
    : `${error.message}; did you mean the command ${command}?`;
  return usageError(error.code, message, { ...error.context, command }, error.cause);
}
