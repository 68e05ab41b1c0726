/** What can be completed, drawn together from the tables of commands and settings. */
import { ERROR_CODES } from "../../errors/codes.ts";
import { type Setting, SETTING_NAMES, type SettingName, SETTINGS } from "../../policy/settings.ts";
import { FRAMEWORK_WORDS } from "../../target/frameworks.ts";
import { COMMAND_NAMES } from "../command_hint.ts";
import {
  type CommandName,
  type CommandOption,
  COMMANDS,
  type OperandKind,
  type OptionValue,
  SHELL_NAMES,
} from "../commands.ts";

/** An option under all its names. */
export interface GrammarOption {
  /** `-o`, `--out-dir`; each means the same. */
  readonly names: readonly string[];
  /** Null for a switch. */
  readonly value: OptionValue | null;
  readonly description: string;
}

/** A command, with the settings that are its options. */
export interface GrammarCommand {
  readonly name: CommandName;
  readonly summary: string;
  readonly options: readonly GrammarOption[];
  readonly operands: OperandKind;
  /** What the operands can be, where they are few; else none. */
  readonly words: readonly string[];
}

/** All of it. */
export interface Grammar {
  readonly commands: readonly GrammarCommand[];
  /** Options that stand for a TARGET: all behind them belongs to the program. */
  readonly targetOptions: readonly string[];
}

/** The grammar of this version. */
export function grammar(): Grammar {
  return {
    commands: COMMAND_NAMES.map(commandOf),
    targetOptions: [...FRAMEWORK_WORDS.keys()],
  };
}

function commandOf(name: CommandName): GrammarCommand {
  const { summary, operands, options, settings } = COMMANDS[name];
  const taken: readonly SettingName[] = settings === "all" ? SETTING_NAMES : ["json_errors"];
  return {
    name,
    summary,
    operands,
    words: wordsFor(operands),
    options: [
      ...options.map(ownOption),
      ...taken.flatMap(settingOptions),
      ...(operands === "target" ? frameworkOptions() : []),
      { names: ["-h", "--help"], value: null, description: "Show the help" },
      ...(settings === "all"
        ? [{ names: ["-V", "--version"], value: null, description: "Show the version" }]
        : []),
    ],
  };
}

function wordsFor(operands: OperandKind): readonly string[] {
  switch (operands) {
    case "error code":
      return Object.keys(ERROR_CODES);
    case "command":
      return COMMAND_NAMES;
    case "shell":
      return SHELL_NAMES;
    case "target":
    case "file":
    case "folder":
    case "none":
      return [];
  }
}

function ownOption({ flag, short, value, description }: CommandOption): GrammarOption {
  return {
    names: short === undefined ? [flag] : [short, flag],
    value: value ?? null,
    description,
  };
}

function settingOptions(name: SettingName): GrammarOption[] {
  const setting: Setting = SETTINGS[name];
  const { flag, short, description } = setting;
  const option = {
    names: short === undefined ? [flag] : [short, flag],
    value: valueOf(name, setting),
    description,
  };
  if (setting.type !== "boolean") return [option];
  const negated = `--no-${flag.slice(2)}`;
  return [option, { names: [negated], value: null, description: `Not ${flag}` }];
}

function valueOf(name: SettingName, setting: Setting): OptionValue | null {
  switch (setting.type) {
    case "boolean":
      return null;
    case "choice":
      return {
        name: "how",
        kind: setting.orFolder === undefined ? "text" : "folder",
        choices: setting.values,
      };
    case "integer":
    case "limit":
      return { name: setting.placeholder, kind: "text" };
    case "text": {
      const { placeholder } = setting;
      const kind = name === "python" ? "interpreter" : placeholder === "DIR" ? "folder" : "file";
      return { name: placeholder, kind };
    }
  }
}

function frameworkOptions(): GrammarOption[] {
  return [...FRAMEWORK_WORDS].map(([flag, framework]) => ({
    names: [flag],
    value: null,
    description: `Run ${framework}; all that follows belongs to it`,
  }));
}
