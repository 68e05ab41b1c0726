import { type UsageError, usageError } from "../errors/mod.ts";
import { nearest } from "../text/nearest.ts";
import { type CommandName, ownOptions } from "./commands.ts";

/**
 * The error about an option that a command hasn't, or that it has without a value.
 *
 * @param word As it was given, perhaps with `=` and a value.
 */
export function unknownOption(command: CommandName, word: string): UsageError {
  const [name = ""] = word.split("=", 1);
  const { switches, valued } = ownOptions(command);
  const see = `see ct-recorder ${command} --help`;
  if ([...switches, "--help"].includes(name)) {
    return usageError("ERR_USAGE", `${name} takes no value, but got ${word}; ${see}`, {
      option: name,
    });
  }
  const near = name.startsWith("--") ? nearest(name, [...switches, ...valued]) : null;
  const hint = near === null ? see : `did you mean ${near}?`;
  return usageError("ERR_USAGE", `Unknown option ${name}: ${hint}`, {
    option: name,
    ...(near === null ? {} : { nearest: near }),
  });
}
