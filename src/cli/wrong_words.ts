import type { CommanderError } from "commander";

/** The message about words that commander doesn't understand, with its guess in it and where the help is. */
export function wrongWords(error: CommanderError, command: string): string {
  const message = error.message.replace(/^error: /, "").replace(
    // The guess stands on a line of its own.
    /\n\(Did you mean (.*\?)\)$/,
    " (did you mean $1)",
  );
  return `Cannot understand the command: ${message}; see ct-recorder ${command} --help`;
}
