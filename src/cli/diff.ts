import { classifyError, ensureUsage, type UsageError, usageError } from "../errors/mod.ts";
import { compile, matches } from "../filter/automaton.ts";
import { parseGlob } from "../filter/glob.ts";
import { PatternError } from "../filter/pattern_error.ts";
import { likelyCauses } from "../trace/compare/causes.ts";
import {
  compareTraces,
  didTheSame,
  type ThreadComparison,
  type TraceComparison,
} from "../trace/compare/compare_traces.ts";
import { openTrace } from "../trace/reader/open_trace.ts";
import { parseCommand } from "./command_parser.ts";
import { endsOf } from "./diff/ends.ts";
import { type Report, reportToJson } from "./diff/json.ts";
import { notesOn } from "./diff/notes.ts";
import { DiffPrinter } from "./diff/text.ts";
import { tellDamagedSource } from "./print/damaged_sources.ts";
import { ReaderGone, StandardOutput, type TextSink } from "./print/output.ts";
import { Sources } from "./print/sources.ts";
import { ThreadFilter } from "./print/threads.ts";

/** Exit statuses, as those of diff(1); trouble has those of all commands. */
const SAME = 0;
const DIFFERENT = 1;

/** What the words ask for. */
interface Request {
  readonly paths: readonly [string, string];
  readonly ignored: readonly string[];
  /** Number or name of the thread to show in full; null for the first one. */
  readonly thread: string | null;
  /** Whether what was written counts for nothing. */
  readonly ignoresOutput: boolean;
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
    const request = parse(args);
    if (typeof request === "string") sink.write(request);
    else status = diff(request, sink);
    sink.flush();
  } catch (error) {
    // Whoever has seen enough knows no less of the result.
    if (error instanceof ReaderGone) return status;
    throw classifyError(error, { failed: "Cannot compare the traces" });
  }
  return status;
}

function diff({ paths, ignored, thread, ignoresOutput, json }: Request, sink: TextSink): number {
  using a = openTrace(paths[0]);
  using b = openTrace(paths[1]);
  const ends = endsOf(a, b);
  const partial = { a: ends.partialA !== null, b: ends.partialB !== null };
  const wanted = thread === null ? null : new ThreadFilter(a, thread);
  const found = compareTraces(a, b, {
    ignores: ignoring(ignored),
    partial,
    damagedSource: tellDamagedSource,
  });
  const comparison = wanted === null ? found : withFirst(found, wanted);
  const sources = new Sources(a);
  const causesOf = ({ partings: [parting], values }: ThreadComparison) =>
    parting === undefined ? [] : likelyCauses(
      parting,
      values.slice(0, parting.knownValues),
      ({ pathId, line }) => sources.line(pathId, line),
    );
  const streams = comparison.streams.filter(({ stream }) => !ignoresOutput || stream === "stdin");
  const same = didTheSame({ ...comparison, streams }) && ends.same;
  const notes = notesOn(a, b, comparison);
  const report: Report = { a, b, comparison, ends, notes, causesOf, same };
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

/** The same with the first of some threads ahead of the others. */
function withFirst(comparison: TraceComparison, wanted: ThreadFilter): TraceComparison {
  const { threads } = comparison;
  const isWanted = ({ threadA }: ThreadComparison) => wanted.acceptsThread(threadA);
  const first = threads.find(isWanted);
  if (first === undefined) {
    throw usageError(
      "ERR_USAGE",
      "Cannot show that thread: the second trace has none that belongs to it; leave --thread out",
    );
  }
  return { ...comparison, threads: [first, ...threads.filter((other) => other !== first)] };
}

/** Whether a variable's name is one of those, or matches a glob among them. */
function ignoring(globs: readonly string[]): (name: string) => boolean {
  ensureUsage(!globs.includes(""), "ERR_USAGE", "--ignore needs a name, or a glob");
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

/** The command line's meaning, or the help's text. */
function parse(args: readonly string[]): Request | string {
  const parsed = parseCommand("diff", args, (option, flag) => {
    if (flag !== "--ignore") return;
    option.argParser((name: string, before: readonly string[]) => [...before, name]).default(
      [],
      " ",
    );
  });
  if (typeof parsed === "string") return parsed;
  const { options: { ignore, thread, ignoreOutput, json }, operands: [a = "", b = ""] } = parsed;
  return {
    paths: [a, b],
    ignored: Array.isArray(ignore) ? ignore.map(String) : [],
    thread: typeof thread === "string" ? thread : null,
    ignoresOutput: ignoreOutput === true,
    json: json === true,
  };
}
