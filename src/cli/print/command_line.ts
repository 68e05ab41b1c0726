import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ensureUsage, usageError } from "../../errors/mod.ts";
import type { SelectionRequest } from "./selection.ts";

/** The view of a trace; "walk" is everything. */
export type View = "walk" | "summary" | "calls" | "output" | "steps" | "variables";

/** What `ct-recorder print` was asked for. */
export interface PrintRequest extends SelectionRequest {
  /** Of the trace, as given. */
  readonly path: string;
  readonly view: View;
  /** For the view "variables": their names, separated by commas. */
  readonly variables: string;
  readonly format: "text" | "json" | "jsonl";
  readonly colours: "auto" | "always" | "never";
  readonly pager: boolean;
}

const VIEWS: readonly (readonly [Exclude<View, "walk">, string, string])[] = [
  ["summary", "", "what was recorded, and how the program ended"],
  ["calls", "", "the tree of calls, with arguments and results"],
  ["output", "", "what was printed, and where"],
  ["steps", "", "the lines that ran, one per line, without values"],
  ["variables", " <name>", "where a variable changed, call by call; several: a,b"],
];

const EXPLANATION = `
Without a view: everything, in order. "→" is a call, "←" its return; "#" shows
what changed since the call's previous step, as it was when the line began.`;

/**
 * Reads the words after `print`.
 *
 * @returns What is asked for, or the help's text.
 * @throws {RecorderError} `ERR_USAGE` if they can't be understood.
 */
export function readCommandLine(args: readonly string[]): PrintRequest | string {
  let help = "";
  const command = commandOf((text) => help += text);
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return help;
    throw usageError(
      "ERR_USAGE",
      `Cannot understand the command: ${inOneLine(error.message)}; ` +
        "see ct-recorder print --help",
      { arguments: args },
    );
  }
  const given: Record<string, unknown> = command.opts();
  const text = (value: unknown) => typeof value === "string" ? value : null;
  const request: PrintRequest = {
    path: command.args[0] ?? "",
    view: VIEWS.find(([name]) => given[name] !== undefined)?.[0] ?? "walk",
    variables: text(given.variables) ?? "",
    format: given.json === true ? "json" : given.jsonl === true ? "jsonl" : "text",
    from: typeof given.from === "number" ? given.from : 0,
    to: typeof given.to === "number" ? given.to : Infinity,
    functionName: text(given.function),
    fileName: text(given.file),
    thread: text(given.thread),
    colours: given.color === "always" || given.color === "never" ? given.color : "auto",
    pager: given.pager !== false,
  };
  ensureUsage(
    request.from <= request.to,
    "ERR_USAGE",
    () => `Cannot print steps ${request.from} to ${request.to}: the first is after the last`,
  );
  return request;
}

function commandOf(writeOut: (text: string) => void): Command {
  const command = new Command("ct-recorder print")
    .description("Shows what a trace holds: a .ct file, or a folder with one in it.")
    .usage("[options] TRACE")
    .argument("<TRACE>")
    .configureHelp({ helpWidth: 80, visibleArguments: () => [] })
    .helpOption("-h, --help", "Show this")
    .exitOverride()
    .configureOutput({ writeOut, writeErr: () => {} });
  for (const [view, value, description] of VIEWS) {
    const others = VIEWS.map(([name]) => name).filter((name) => name !== view);
    command.addOption(new Option(`--${view}${value}`, description).conflicts(others));
  }
  return command
    .option("--from <n>", "begin at this step, from 0", stepNumber)
    .option("--to <n>", "end with this step", stepNumber)
    .option("--function <name>", "only this function: add, Shape.perimeter")
    .option("--file <name>", "only this source: b.py, a/b.py, or a whole path")
    .option("--thread <which>", "only this thread: its number (0 is the main one) or name")
    .addOption(new Option("--json", "one JSON document, for programs").conflicts(["jsonl"]))
    .addOption(new Option("--jsonl", "the same as JSON lines: a header, then each event"))
    .addOption(
      new Option("--color <when>", "default: auto").choices(["auto", "always", "never"]),
    )
    .option("--no-pager", "not through CODETRACER_PAGER, PAGER or less")
    .addHelpText("after", EXPLANATION);
}

/** Commander's message; its guess stands on a line of its own. */
function inOneLine(message: string): string {
  return message.replace(/^error: /, "").replace(
    /\n\(Did you mean (.*\?)\)$/,
    " (did you mean $1)",
  );
}

function stepNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new InvalidArgumentError(`Expected the number of a step, from 0; received: ${text}`);
  }
  return Number(text);
}
