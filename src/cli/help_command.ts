import { ensureUsage, usageError } from "../errors/mod.ts";
import { nearest } from "../text/nearest.ts";
import { shownValue } from "../text/shown_value.ts";
import { COMMAND_NAMES } from "./command_hint.ts";
import { commandHelp } from "./command_parser.ts";
import { generalHelp, recordHelp } from "./help.ts";
import { print } from "./terminal.ts";

/**
 * `ct-recorder help`: prints the help, or that of one command, on standard output.
 *
 * @param words The words after `help`.
 * @returns The exit status: 0.
 * @throws {UsageError} `ERR_USAGE` for anything but one command, or none.
 */
export function helpCommand(words: readonly string[]): number {
  ensureUsage(
    words.length < 2,
    "ERR_USAGE",
    () => `Cannot help with ${words.join(" ")}: give one command, or none`,
    { arguments: words },
  );
  const [word = "help"] = words;
  switch (word) {
    case "help":
    case "-h":
    case "--help":
      print(generalHelp());
      return 0;
    case "record":
      print(recordHelp());
      return 0;
  }
  const command = COMMAND_NAMES.find((name) => name === word);
  if (command !== undefined) {
    print(commandHelp(command));
    return 0;
  }
  const near = nearest(word, COMMAND_NAMES);
  throw usageError(
    "ERR_USAGE",
    `Cannot help with ${shownValue(word)}: there is no such command; ` +
      (near === null ? `commands are ${COMMAND_NAMES.join(", ")}` : `did you mean ${near}?`),
    { command: word, ...(near === null ? {} : { nearest: near }) },
  );
}
