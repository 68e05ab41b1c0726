/** `ct-recorder man`: the manual page, made from the tables of commands, settings and error kinds. */
import { exitStatus } from "../errors/mod.ts";
import { acceptedValues, choicesOf, type Setting, SETTINGS } from "../policy/settings.ts";
import { VERSION } from "../version.ts";
import { parseCommand } from "./command_parser.ts";
import { COMMAND_NAMES } from "./command_hint.ts";
import { type CommandEntry, type CommandOption, COMMANDS, TARGET_NOTES } from "./commands.ts";
import { print } from "./terminal.ts";

/**
 * Prints the page, in the `man` macros of roff.
 *
 * @param words The words after `man`.
 * @returns The exit status: 0.
 * @throws {UsageError} `ERR_USAGE` for a command line that can't be understood.
 */
export function manCommand(words: readonly string[]): number {
  const parsed = parseCommand("man", words);
  print(typeof parsed === "string" ? parsed : manPage());
  return 0;
}

/** The page's text. */
export function manPage(): string {
  const settings = Object.values(SETTINGS);
  return [
    `.TH CT-RECORDER 1 "" "ct\\-recorder ${escaped(VERSION)}" "User Commands"`,
    ".SH NAME",
    `ct\\-recorder \\- record a program for CodeTracer`,
    ".SH SYNOPSIS",
    `.B ct\\-recorder`,
    escaped(COMMANDS.record.usage),
    ".br",
    `.B ct\\-recorder`,
    escaped(`COMMAND ...`),
    ".SH DESCRIPTION",
    ...first(
      `${COMMANDS.record.summary} The first word is the command; without one, record is meant.`,
    ),
    ...paragraphs(TARGET_NOTES),
    ".SH COMMANDS",
    ...COMMAND_NAMES.flatMap((name) => commandSection(name, COMMANDS[name])),
    ".SH OPTIONS OF RECORD",
    ...first(
      "They come before TARGET. What is yes or no has an opposite: --no-quiet, --no-record-sources.",
    ),
    ...settings.flatMap(settingEntry),
    ".TP",
    "\\fB\\-h\\fR, \\fB\\-\\-help\\fR",
    "Show the help",
    ".TP",
    "\\fB\\-V\\fR, \\fB\\-\\-version\\fR",
    "Show the version; as the first word, with \\fB\\-\\-json\\fR behind it, all versions",
    ".SH ENVIRONMENT",
    ...settings.flatMap((setting: Setting) => [
      ".TP",
      `.B ${escaped(setting.variable)}`,
      `as ${bold(setting.flag)}: ${escaped(acceptedValues(setting))}`,
    ]),
    ".TP",
    ".B CODETRACER_PAGER\\fR, \\fBPAGER\\fR, \\fBNO_COLOR",
    "how print shows a trace on a terminal",
    ".SH FILES",
    ".TP",
    ".I .codetracer/recorder.toml",
    "settings of a project",
    ".TP",
    ".I .codetracer/trace\\-filter.toml",
    "what is recorded and what is hidden",
    ".TP",
    ".I .recording\\-*",
    "a recording that is going on, or whose recorder was killed",
    ".SH EXIT STATUS",
    ...EXIT_STATUSES.flatMap(([status, when]) => [".TP", `.B ${status}`, escaped(when)]),
    ".SH SEE ALSO",
    ".BR python3 (1)",
    "",
  ].join("\n");
}

const EXIT_STATUSES: readonly (readonly [number, string])[] = [
  [0, "the recorder did its work, whatever the program did; see --propagate-script-exit"],
  [1, "of verify: the trace has errors"],
  [exitStatus("Usage"), "the command is wrong"],
  [exitStatus("Environment"), "the machine is not ready for it"],
  [exitStatus("Target"), "the program did what can't be recorded"],
  [exitStatus("Internal"), "a fault of the recorder"],
];

function commandSection(name: string, command: CommandEntry): string[] {
  const { summary, usage, options, settings } = command;
  const lines = [
    `.SS ${escaped(`ct-recorder ${name} ${usage}`.trimEnd())}`,
    ...first(summary),
    ...options.flatMap(optionEntry),
  ];
  if (settings === "all") lines.push(".PP", "Options: those of record, below.");
  else lines.push(...settingEntry(SETTINGS.json_errors));
  // Of the notes on record, what is said of TARGET stands at the top.
  const notes = name === "record" ? command.notes.slice(TARGET_NOTES.length) : command.notes;
  return [...lines, ...paragraphs(notes)];
}

function optionEntry({ flag, short, value, description }: CommandOption): string[] {
  const choices = value?.choices === undefined ? "" : `; one of ${value.choices.join(", ")}`;
  return [".TP", tag(flag, short, value?.name), escaped(`${description}${choices}`)];
}

function settingEntry(setting: Setting): string[] {
  const value = setting.type === "boolean"
    ? undefined
    : setting.type === "choice"
    ? "how"
    : setting.placeholder;
  return [
    ".TP",
    tag(setting.flag, setting.short, value),
    escaped(`${setting.description}${remark(setting)}`),
  ];
}

function remark(setting: Setting): string {
  switch (setting.type) {
    case "boolean":
      return setting.default ? `; default: yes, --no-${setting.flag.slice(2)} switches it off` : "";
    case "choice":
      return `: ${choicesOf(setting).join(", ")}; default: ${setting.default}`;
    case "integer":
      return `, ${setting.min} to ${setting.max}; default: ${setting.default}`;
    case "limit":
      return `, with ${setting.unitNames}; default: no limit`;
    case "text":
      return `; default: ${setting.default ?? setting.otherwise}`;
  }
}

function tag(flag: string, short: string | undefined, value: string | undefined): string {
  const names = [...short === undefined ? [] : [bold(short)], bold(flag)].join(", ");
  return value === undefined ? names : `${names} \\fI${escaped(value)}\\fR`;
}

function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

/** Paragraphs of plain text; lines that are set out, by indent or columns, stay lines. */
function paragraphs(text: string): string[] {
  return text.split("\n\n").filter((part) => part.trim() !== "").flatMap((part) => {
    const lines = part.split("\n").filter((line) => line !== "");
    if (!lines.some((line) => /^ |\S {2,}\S/.test(line))) return [".PP", ...lines.map(escaped)];
    return [".PP", ".nf", ...lines.map(escaped), ".fi"];
  });
}

/** The same below a heading, which begins a paragraph by itself. */
function first(text: string): string[] {
  return paragraphs(text).slice(1);
}

/** As text, whatever it begins with. */
function escaped(text: string): string {
  return text.replace(/\\/g, "\\e").replace(/-/g, "\\-").replace(/'/g, "\\(aq")
    .replace(/→/g, "\\(->").replace(/←/g, "\\(<-").replace(/^\./, "\\&.");
}
