import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { classifyError, ensureUsage, usageError } from "../errors/mod.ts";
import { openTrace } from "../trace/reader/open_trace.ts";
import { type JsonEventKind, printJson } from "./print/json.ts";
import { ReaderGone, StandardOutput, type TextSink } from "./print/output.ts";
import { Selection } from "./print/selection.ts";
import { TextPrinter } from "./print/text.ts";

/** The view of a trace; "walk" is everything. */
type View = "walk" | "summary" | "calls" | "output" | "steps";

interface Options {
  readonly view: View;
  readonly format: "text" | "json" | "jsonl";
  readonly from: number;
  readonly to: number;
  readonly functionName: string | null;
  readonly fileName: string | null;
}

/** Events that a view has in JSON. */
const JSON_EVENTS: Readonly<Record<View, readonly JsonEventKind[]>> = {
  walk: ["call_entry", "step", "io", "call_exit"],
  summary: [],
  calls: ["call_entry", "call_exit"],
  output: ["io"],
  steps: ["step"],
};

const VIEWS: readonly (readonly [Exclude<View, "walk">, string])[] = [
  ["summary", "what was recorded, and how the program ended"],
  ["calls", "the tree of calls only, with arguments and results"],
  ["output", "what was printed only, and where"],
  ["steps", "the lines that ran only, one per line, without values"],
];

/**
 * `ct-recorder print`: shows a trace as text or as JSON on standard output.
 *
 * Needs `--allow-read` for the trace; with it for the recorded sources as well, their lines are
 * shown.
 *
 * @param args The words after `print`.
 * @param sink Where the text goes; standard output when left out.
 * @returns The exit status: 0, also when the reader of the output has gone.
 * @throws {RecorderError} `ERR_USAGE` for a command line that can't be understood,
 * `ERR_TRACE_MISSING` if there is no trace, `ERR_TRACE_CORRUPT` if it is damaged, `ERR_IO` if
 * reading or writing fails.
 */
// deno-lint-ignore require-await
export async function printCommand(
  args: string[],
  sink: TextSink = new StandardOutput(),
): Promise<number> {
  try {
    const request = parse(args, sink);
    if (request !== null) print(request.path, request.options, sink);
    sink.flush();
  } catch (error) {
    if (error instanceof ReaderGone) return 0;
    try {
      // What was printed before the trouble began is part of the answer.
      sink.flush();
    } catch {
      // The first error is the one to report.
    }
    throw classifyError(error, { failed: "Cannot print the trace" });
  }
  return 0;
}

function print(path: string, options: Options, sink: TextSink): void {
  using trace = openTrace(path);
  const selection = new Selection(trace, options);
  if (options.format !== "text") {
    const kinds = new Set(JSON_EVENTS[options.view]);
    printJson(trace, selection, kinds, options.format === "jsonl", sink);
    return;
  }
  const printer = new TextPrinter(trace, selection, sink);
  printer[options.view]();
}

/** The command line's meaning; null when it asked for help, which then has been given. */
function parse(args: readonly string[], sink: TextSink): { path: string; options: Options } | null {
  const command = new Command("ct-recorder print")
    .description("Shows what a trace holds: calls, lines, variables, output.")
    .usage("[options] TRACE")
    .argument("<TRACE>", "a .ct file, or a folder with one in it")
    .configureHelp({ helpWidth: 80, visibleArguments: () => [] })
    .helpOption("-h, --help", "Show this")
    .exitOverride()
    .configureOutput({ writeOut: (text) => sink.write(text), writeErr: () => {} });
  for (const [view, description] of VIEWS) {
    const others = VIEWS.map(([name]) => name).filter((name) => name !== view);
    command.addOption(new Option(`--${view}`, description).conflicts(others));
  }
  command
    .option("--from <n>", "begin at this step, from 0", stepNumber)
    .option("--to <n>", "end with this step", stepNumber)
    .option("--function <name>", "only this function: add, Shape.perimeter")
    .option("--file <name>", "only this source: b.py, a/b.py, or a whole path")
    .addOption(new Option("--json", "one JSON document, for programs").conflicts(["jsonl"]))
    .addOption(new Option("--jsonl", "the same as JSON lines: a header, then each event"))
    .addHelpText(
      "after",
      `
TRACE is a .ct file, or a folder with one in it.

Without a view: everything in the order in which it happened. "→" is a call, "←"
its return; "#" shows the variables that changed since the previous step of the
call, with the values they had when the line began.`,
    );
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    throw usageError(
      "ERR_USAGE",
      `Cannot understand the command: ${inOneLine(error.message)}; ` +
        "see ct-recorder print --help",
      { arguments: args },
    );
  }
  const given: Record<string, unknown> = command.opts();
  const options: Options = {
    view: VIEWS.find(([name]) => given[name] === true)?.[0] ?? "walk",
    format: given.json === true ? "json" : given.jsonl === true ? "jsonl" : "text",
    from: typeof given.from === "number" ? given.from : 0,
    to: typeof given.to === "number" ? given.to : Infinity,
    functionName: typeof given.function === "string" ? given.function : null,
    fileName: typeof given.file === "string" ? given.file : null,
  };
  ensureUsage(
    options.from <= options.to,
    "ERR_USAGE",
    () => `Cannot print steps ${options.from} to ${options.to}: the first is after the last`,
  );
  return { path: command.args[0] ?? "", options };
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
