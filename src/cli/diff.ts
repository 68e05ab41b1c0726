import { Command, CommanderError, Option } from "commander";
import { classifyError, type UsageError, usageError } from "../errors/mod.ts";
import { compile, matches } from "../filter/automaton.ts";
import { parseGlob } from "../filter/glob.ts";
import { PatternError } from "../filter/pattern_error.ts";
import { likelyCauses } from "../trace/compare/causes.ts";
import { compareTraces, didTheSame } from "../trace/compare/compare_traces.ts";
import { openTrace } from "../trace/reader/open_trace.ts";
import { endsOf } from "./diff/ends.ts";
import { type Report, reportToJson } from "./diff/json.ts";
import { notesOn } from "./diff/notes.ts";
import { DiffPrinter } from "./diff/text.ts";
import { ReaderGone, StandardOutput, type TextSink } from "./print/output.ts";
import { Sources } from "./print/sources.ts";
import { wrongWords } from "./wrong_words.ts";

/** Exit statuses, as those of diff(1); trouble has those of all commands. */
const SAME = 0;
const DIFFERENT = 1;

/** What the words ask for. */
interface Request {
  readonly paths: readonly [string, string];
  readonly ignored: readonly string[];
  readonly json: boolean;
}

/**
 * `ct-recorder diff`: shows where two recordings of a program part, and what led there.
 *
 * Needs read permission for the traces; with it for the recorded sources as well, lines are shown that the traces have
 * no text of.
 *
 * @param args The words after `diff`.
 * @param sink Where the text goes; standard output when left out.
 * @returns The exit status: 0 if both programs did the same, 1 if not.
 * @throws {RecorderError} `ERR_USAGE` for a command line that can't be understood, `ERR_TRACE_MISSING` if there is no
 * trace, `ERR_TRACE_CORRUPT` if it is damaged, `ERR_IO` if reading or writing fails.
 */
// deno-lint-ignore require-await
export async function diffCommand(
  args: readonly string[],
  sink: TextSink = new StandardOutput(),
): Promise<number> {
  let status = SAME;
  try {
    const request = parse(args, sink);
    if (request !== null) {
      status = diff(request, sink);
    }
    sink.flush();
  } catch (error) {
    // Whoever has seen enough knows no less of the result.
    if (error instanceof ReaderGone) return status;
    throw classifyError(error, { failed: "Cannot compare the traces" });
  }
  return status;
}

function diff({ paths, ignored, json }: Request, sink: TextSink): number {
  using a = openTrace(paths[0]);
  using b = openTrace(paths[1]);
  const comparison = compareTraces(a, b, { ignores: ignoring(ignored) });
  const ends = endsOf(a, b);
  const [first] = comparison.threads;
  const [parting] = first?.partings ?? [];
  const sources = new Sources(a);
  const causes = first === undefined || parting === undefined ? [] : likelyCauses(
    parting,
    first.values.slice(0, parting.knownValues),
    ({ pathId, line }) => sources.line(pathId, line),
  );
  const same = didTheSame(comparison) && ends.same;
  const notes = notesOn(a, b, comparison);
  const report: Report = { a, b, comparison, ends, notes, causes, same };
  const status = same ? SAME : DIFFERENT;
  try {
    if (json) sink.write(reportToJson(report));
    else new DiffPrinter(report, sink).print();
    sink.flush();
  } catch (error) {
    if (!(error instanceof ReaderGone)) throw classifyError(error);
  }
  return status;
}

/** Whether a variable's name is one of those, or matches a glob among them. */
function ignoring(globs: readonly string[]): (name: string) => boolean {
  const automata = globs.map((glob) => {
    try {
      const automaton = compile(parseGlob(glob, false));
      if (automaton !== null) return automaton;
    } catch (error) {
      if (!(error instanceof PatternError)) throw classifyError(error);
      throw wrongGlob(glob, error.message);
    }
    throw wrongGlob(glob, "it is too long");
  });
  return (name) => automata.some((automaton) => matches(automaton, name));
}

function wrongGlob(glob: string, why: string): UsageError {
  return usageError("ERR_USAGE", `Cannot ignore ${glob}: ${why}`, { ignore: glob });
}

/** The command line's meaning; null when it asked for help, which then has been given. */
function parse(args: readonly string[], sink: TextSink): Request | null {
  const command = new Command("ct-recorder diff")
    .description("Shows where two recordings of a program part, and what led there.")
    .usage("[options] A B")
    .argument("<A>", "a .ct file, or a folder with one in it")
    .argument("<B>", "another one")
    .configureHelp({ helpWidth: 80, visibleArguments: () => [] })
    .helpOption("-h, --help", "Show this")
    .exitOverride()
    .configureOutput({ writeOut: (text) => sink.write(text), writeErr: () => {} })
    .addOption(
      new Option(
        "--ignore <name>",
        "pass over variables and attributes of this name, or glob; repeatable",
      )
        .argParser((name: string, before: readonly string[]) => [...before, name]).default([], " "),
    )
    .addOption(new Option("--json", "one JSON document, for programs"))
    .addHelpText(
      "after",
      `
A and B are .ct files, or folders with one in them. Sources are the same where
they lie at the same place below the folder that the program was started in, or
end in the same names; addresses and the order of sets don't count.

Exit status: 0 if both did the same, 1 if not, another one for trouble.`,
    );
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    throw usageError("ERR_USAGE", wrongWords(error, "diff"), { arguments: args });
  }
  const given: Record<string, unknown> = command.opts();
  const [a = "", b = ""] = command.args;
  return {
    paths: [a, b],
    ignored: Array.isArray(given.ignore) ? given.ignore.map(String) : [],
    json: given.json === true,
  };
}
