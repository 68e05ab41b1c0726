/** Reads the words of the commands that have a row in the table and no TARGET, and prints their help. */
import { Command, CommanderError, Option } from "../packages/commander.ts";
import { usageError } from "../errors/mod.ts";
import { SETTINGS } from "../policy/settings.ts";
import { type CommandName, type CommandOption, COMMANDS, ownOptions } from "./commands.ts";

/** Adds to an option what the table doesn't say: what it excludes, how its value is read. */
export type Refine = (option: Option, flag: CommandOption["flag"]) => void;

/** What the words of a command are. */
export interface ParsedCommand {
  /** By long name without dashes, in camel case; `--no-x` is `x: false`. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly operands: readonly string[];
}

/** Text of `ct-recorder NAME --help`. */
export function commandHelp(name: CommandName): string {
  let text = "";
  commandFor(name, (part) => text += part).outputHelp();
  return text;
}

/**
 * Reads the words after a command's name.
 *
 * @returns The help's text instead, when that was asked for.
 * @throws {UsageError} ERR_USAGE
 */
export function parseCommand(
  name: CommandName,
  words: readonly string[],
  refine: Refine = () => {},
): ParsedCommand | string {
  const command = commandFor(name, () => {}, refine);
  try {
    command.parse(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Not the text that it has written: the table's, as `ct-recorder help` has it.
    if (error.exitCode === 0) return commandHelp(name);
    const why = switchWithValue(name, error.message) ?? inOneLine(error.message);
    throw usageError(
      "ERR_USAGE",
      `Cannot understand the command: ${why}; see ct-recorder ${name} --help`,
      { arguments: words },
    );
  }
  return { options: command.opts(), operands: command.args };
}

function commandFor(
  name: CommandName,
  writeOut: (text: string) => void,
  refine: Refine = () => {},
): Command {
  const { summary, usage, options, notes, settings, ...entry } = COMMANDS[name];
  const command = new Command(`ct-recorder ${name}`)
    .description(summary)
    .usage(usage)
    .configureHelp({ helpWidth: 80, visibleArguments: () => [] })
    .helpOption("-h, --help", "Show this")
    .exitOverride()
    .configureOutput({ writeOut, writeErr: () => {} });
  for (const argument of entry.arguments) command.argument(argument);
  for (const each of options) {
    const option = new Option(namesOf(each), each.description);
    if (each.value?.choices !== undefined) option.choices(each.value.choices);
    refine(option, each.flag);
    command.addOption(option);
  }
  if (settings === "json_errors") {
    const { flag, description } = SETTINGS.json_errors;
    command.addOption(new Option(flag, description));
  }
  if (notes !== "") command.addHelpText("after", `\n${notes}`);
  return command;
}

function namesOf({ flag, short, value }: CommandOption): string {
  const names = short === undefined ? flag : `${short}, ${flag}`;
  return value === undefined ? names : `${names} <${value.name}>`;
}

/** Commander knows no such option as `--json=1`; null where that is not what it complains about. */
function switchWithValue(name: CommandName, message: string): string | null {
  const word = /unknown option '(--[^']*)'/.exec(message)?.[1] ?? "";
  const [flag = ""] = word.split("=", 1);
  return flag !== word && [...ownOptions(name).switches, "--help"].includes(flag)
    ? `${flag} takes no value, but got ${word}`
    : null;
}

/** Commander's message; its guess stands on a line of its own. */
function inOneLine(message: string): string {
  return message.replace(/^error: /, "").replace(
    /\n\(Did you mean (.*\?)\)$/,
    " (did you mean $1)",
  );
}
