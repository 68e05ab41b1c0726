import { Command, Option } from "commander";
import { COMMAND_NAMES } from "./command_hint.ts";
import { CONFIG_FILE, CONFIG_FOLDER } from "../policy/config_file.ts";
import { type Setting, SETTINGS } from "../policy/settings.ts";

const TARGETS = `
TARGET and all that follows it are as for Python, or the command you use now:
  app.py, folder, app.pyz      a script; a folder or archive with __main__.py
  -m MODULE, -c CODE, -        a module, code, standard input
  python3.12 -X dev app.py     an interpreter, its options, and any of the above
  venv/bin/flask, flask        a console script, by its path or found on PATH
  --pytest, --unittest         a test framework, like -m pytest, -m unittest`;

const SOURCES = `A flag beats the environment variable beside it, which beats the file
${CONFIG_FOLDER}/${CONFIG_FILE}, found in the script's folder or above it (without a
script, in the working directory or above it).`;

const ABOUT = "Runs a Python program as always, and records it for CodeTracer.";
const USAGE = "[record] [options] TARGET [ARGS...]";

/** Text of `ct-recorder --help`: what it is for and the options of every day, on one screen. */
export function generalHelp(): string {
  const everyday = Object.values(SETTINGS).filter((setting) => setting.everyday);
  const help = helpCommand(
    `${USAGE}\n       ct-recorder ${
      COMMAND_NAMES.filter((name) => name !== "record").join("|")
    } ...`,
    everyday,
    shortly,
  );
  help.addHelpText(
    "after",
    `${TARGETS}

All options: ct-recorder record --help. Where settings come from: policy --help`,
  );
  return textOf(help);
}

/** Text of `ct-recorder record --help`: every option with its values and its variable. */
export function recordHelp(): string {
  const help = helpCommand(USAGE, Object.values(SETTINGS), fully);
  help.addHelpText(
    "after",
    `${TARGETS}

${SOURCES}
A program called like a command is reached by a path: ct-recorder ./print`,
  );
  return textOf(help);
}

/** Text of `ct-recorder policy --help`. */
export function policyHelp(): string {
  const help = new Command("ct-recorder policy")
    .usage("[options of record] [--json] [TARGET [ARGS...]]")
    .description(
      "Shows every setting that a recording would have, with the source that decided it, and its filters.",
    )
    .configureHelp({ helpWidth: 80 })
    .helpOption("-h, --help", "Show this")
    .option("--json", "Everything as JSON, for programs");
  help.addHelpText(
    "after",
    `
Nothing is run. TARGET only says where to look for the configuration file.

${SOURCES}

All options: ct-recorder record --help`,
  );
  return textOf(help);
}

/** Text of `ct-recorder why --help`. */
export function whyHelp(): string {
  const help = new Command("ct-recorder why")
    .usage("[options of record] [--json] FILE[:FUNCTION]... [-- TARGET...]")
    .description("Says whether code would be recorded, which of its values, and by which rule.")
    .configureHelp({ helpWidth: 80 })
    .helpOption("-h, --help", "Show this")
    .option("--value <name>", "what would be seen of a variable, attribute or key; repeatable")
    .option("--json", "Everything as JSON, for programs");
  help.addHelpText(
    "after",
    `
FILE is a path or a module's name: app/db.py, app.db, json.decoder
FUNCTION is a qualified name: get, Pool.get, make.<locals>.inner; without it, the
module's own code
TARGET is what would be recorded, as for record; without it, FILE is taken to be
imported, and the project to be FILE's or the working directory

The interpreter is started once for its folders, and to compile FILE. Nothing of the
program is run.

All options: ct-recorder record --help`,
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
    .description(ABOUT)
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
    ? `${setting.description}: ${setting.values.join(", ")}`
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
