/** `ct-recorder completions`: what a shell needs to complete our words. */
import { ensureUsage } from "../errors/mod.ts";
import { shownValue } from "../text/shown_value.ts";
import { parseCommand } from "./command_parser.ts";
import { isShell, type Shell, SHELL_NAMES } from "./commands.ts";
import { bashCompletions } from "./completions/bash.ts";
import { fishCompletions } from "./completions/fish.ts";
import { type Grammar, grammar } from "./completions/grammar.ts";
import { zshCompletions } from "./completions/zsh.ts";
import { print } from "./terminal.ts";

const SCRIPTS: Readonly<Record<Shell, (grammar: Grammar) => string>> = {
  bash: bashCompletions,
  zsh: zshCompletions,
  fish: fishCompletions,
};

/**
 * Prints the script of a shell.
 *
 * @param words The words after `completions`.
 * @returns The exit status: 0.
 * @throws {UsageError} `ERR_USAGE` for anything but one shell that is known.
 */
export function completionsCommand(words: readonly string[]): number {
  const parsed = parseCommand("completions", words);
  if (typeof parsed === "string") {
    print(parsed);
    return 0;
  }
  const shell = parsed.operands[0] ?? "";
  ensureUsage(
    isShell(shell),
    "ERR_USAGE",
    () => `Cannot complete for ${shownValue(shell)}: shells are ${SHELL_NAMES.join(", ")}`,
    { shell },
  );
  print(SCRIPTS[shell](grammar()));
  return 0;
}
