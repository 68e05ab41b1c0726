import { classifyError } from "../errors/mod.ts";
import { openTrace, type TraceReader } from "../trace/reader/open_trace.ts";
import { type PrintRequest, readCommandLine, type View } from "./print/command_line.ts";
import { type JsonEventKind, jsonText } from "./print/json.ts";
import { ReaderGone, send, StandardOutput, type TextSink } from "./print/output.ts";
import { PagedOutput, pagerCommand } from "./print/pager.ts";
import { Selection, variableIds } from "./print/selection.ts";
import { styleFor } from "./print/style.ts";
import { TextPrinter } from "./print/text.ts";

/** Events that a view has in JSON. */
const JSON_EVENTS: Readonly<Record<View, readonly JsonEventKind[]>> = {
  walk: ["call_entry", "step", "io", "call_exit"],
  summary: [],
  calls: ["call_entry", "call_exit"],
  output: ["io"],
  steps: ["step"],
  variables: [],
};

/**
 * `ct-recorder print`: shows a trace as text or as JSON on standard output; on a terminal through a
 * pager, where it does not fit the screen.
 *
 * Needs `--allow-read` for the trace; with it for the recorded sources as well, their lines are
 * shown. With `--allow-run` and `--allow-env` the pager is started; without, none is.
 *
 * @param args The words after `print`.
 * @param sink Where the text goes; standard output when left out.
 * @returns The exit status: 0, also when the reader of the output has gone.
 * @throws {RecorderError} `ERR_USAGE` for a command line that can't be understood,
 * `ERR_TRACE_MISSING` if there is no trace, `ERR_TRACE_CORRUPT` if it is damaged, `ERR_IO` if
 * reading or writing fails.
 */
export async function printCommand(args: string[], sink?: TextSink): Promise<number> {
  let output: TextSink = sink ?? new StandardOutput();
  let paged: PagedOutput | null = null;
  try {
    const request = readCommandLine(args);
    if (typeof request === "string") {
      await send([request], output);
    } else {
      if (sink === undefined && request.pager && Deno.stdout.isTerminal()) {
        const command = pagerCommand();
        if (command !== null) output = paged = new PagedOutput(command, output);
      }
      using trace = openTrace(request.path);
      await send(textOf(trace, request, output.colours), output);
    }
    await (paged === null ? output.flush() : paged.end());
  } catch (error) {
    try {
      // What was printed before the trouble began is part of the answer.
      await (paged === null ? output.flush() : paged.end());
    } catch {
      // The first error is the one to report.
    }
    if (error instanceof ReaderGone) return 0;
    throw classifyError(error, { failed: "Cannot print the trace" });
  }
  return 0;
}

function textOf(trace: TraceReader, request: PrintRequest, colours: boolean): Iterable<string> {
  const selection = new Selection(trace, request);
  const { view, format } = request;
  const variables = view === "variables" ? variableIds(trace, request.variables) : null;
  if (format !== "text") {
    const kinds = new Set(JSON_EVENTS[view]);
    const lines = format === "jsonl";
    return jsonText(trace, selection, { kinds, variableIds: variables, lines });
  }
  const wanted = request.colours === "auto" ? colours : request.colours === "always";
  const printer = new TextPrinter(trace, selection, styleFor(wanted));
  return view === "variables" ? printer.variables(variables ?? []) : printer[view]();
}
