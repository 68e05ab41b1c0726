import { ensureUsage, usageError } from "../errors/mod.ts";
import { nearest } from "../text/nearest.ts";
import { COMMAND_NAMES } from "./command_hint.ts";
import { generalHelp, policyHelp, recordHelp, whyHelp } from "./help.ts";
import { print } from "./terminal.ts";

/**
 * `ct-recorder help`: prints the help, or that of one command, on standard output.
 *
 * @param words The words after `help`.
 * @returns The exit status: 0.
 * @throws {UsageError} `ERR_USAGE` for anything but one command, or none.
 */
export async function helpCommand(words: readonly string[]): Promise<number> {
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
    case "policy":
      print(policyHelp());
      return 0;
    case "why":
      print(whyHelp());
      return 0;
    case "print":
      return await (await import("./print.ts")).printCommand(["--help"]);
    case "recover":
      return await (await import("./recover.ts")).recoverCommand(["--help"]);
    case "diff":
      return await (await import("./diff.ts")).diffCommand(["--help"]);
    case "sources":
      return await (await import("./sources.ts")).sourcesCommand(["--help"]);
    case "verify":
      return (await import("./verify.ts")).verifyCommand(["--help"]);
    case "explain":
      return (await import("./explain.ts")).explainCommand(["--help"]);
  }
  const near = nearest(word, COMMAND_NAMES);
  throw usageError(
    "ERR_USAGE",
    `Cannot help with ${word}: there is no such command; ` +
      (near === null ? `commands are ${COMMAND_NAMES.join(", ")}` : `did you mean ${near}?`),
    { command: word, ...(near === null ? {} : { nearest: near }) },
  );
}
