import { Command, Option } from "../packages/commander.ts";
import { COMMAND_NAMES } from "./command_hint.ts";
import { COMMANDS, TARGET_NOTES } from "./commands.ts";
import { choicesOf, type Setting, SETTINGS } from "../policy/settings.ts";

const USAGE = "[record] [options] TARGET [ARGS...]";

/** How many commands stand in the usage, in a line that fits; the others stand at the end. */
const IN_USAGE = 8;

/** Text of `ct-recorder --help`: what it is for and the options of every day, on one screen. */
export function generalHelp(): string {
  const everyday = Object.values(SETTINGS).filter((setting) => setting.everyday);
  const others = COMMAND_NAMES.filter((name) => name !== "record");
  const help = helpCommand(
    `${USAGE}\n       ct-recorder ${others.slice(0, IN_USAGE).join("|")} ...`,
    everyday,
    shortly,
  );
  help.addHelpText(
    "after",
    `
${TARGET_NOTES}

All options: record --help. Also: ${
      others.slice(IN_USAGE).filter((name) => name !== "help").join(", ")
    }`,
  );
  return textOf(help);
}

/** Text of `ct-recorder record --help`: every option with its values and its variable. */
export function recordHelp(): string {
  const help = helpCommand(USAGE, Object.values(SETTINGS), fully);
  help.addHelpText(
    "after",
    `
${COMMANDS.record.notes}`,
  );
  return textOf(help);
}

function helpCommand(
  usage: string,
  settings: readonly Setting[],
  describe: (setting: Setting) => string,
): Command {
  const command = new Command("ct-recorder")
    .usage(usage)
    .description(COMMANDS.record.summary)
    .configureHelp({ helpWidth: 80 })
    .helpOption("-h, --help", "Show this")
    .version("", "-V, --version", "Show the version");
  for (const setting of settings) {
    command.addOption(new Option(namesOf(setting), describe(setting)));
  }
  return command;
}

function namesOf(setting: Setting): string {
  const names = setting.short === undefined ? setting.flag : `${setting.short}, ${setting.flag}`;
  switch (setting.type) {
    case "boolean":
      return names;
    case "choice":
      return `${names} <how>`;
    case "integer":
    case "limit":
    case "text":
      return `${names} <${setting.placeholder}>`;
  }
}

function shortly(setting: Setting): string {
  return setting.type === "choice"
    ? `${setting.description}: ${choicesOf(setting).join(", ")}`
    : setting.description;
}

function fully(setting: Setting): string {
  return `${shortly(setting)}${remark(setting)} [${setting.variable}]`;
}

function remark(setting: Setting): string {
  switch (setting.type) {
    case "boolean":
      // Only what is on unless it is switched off needs saying so.
      return setting.default ? ` (default: yes; --no-${setting.flag.slice(2)})` : "";
    case "integer":
      return `, ${setting.min} to ${setting.max} (default: ${setting.default})`;
    case "choice":
      return ` (default: ${setting.default})`;
    case "limit":
      return `, with ${setting.unitNames} (default: no limit)`;
    case "text":
      return ` (default: ${setting.default ?? setting.otherwise})`;
  }
}

function textOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => text += part });
  command.outputHelp();
  return text;
}
