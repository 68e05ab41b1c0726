import { classifyError, ensureUsage } from "../errors/mod.ts";
import { oneLine } from "../text/one_line.ts";
import { openTrace, type TraceReader } from "../trace/reader/open_trace.ts";
import { parseCommand } from "./command_parser.ts";
import { chooseSource } from "./sources/choose.ts";
import { extractSources } from "./sources/extract.ts";
import { describeSource, type ListedSource } from "./sources/list.ts";
import { writeStdoutBytes } from "./stdout.ts";
import { print } from "./terminal.ts";

/** What the words ask for. */
interface Request {
  readonly trace: string;
  readonly path: string | null;
  readonly folder: string | null;
  readonly json: boolean;
}

/** Digits of a hash in the list for people. */
const HASH_DIGITS = 12;

/**
 * `ct-recorder sources`: lists the sources that a trace holds, prints one, or writes them out.
 *
 * Needs read permission for the trace; with it for the paths as recorded as well, they are compared. `--extract` needs
 * write permission for its folder.
 *
 * @param args The words after `sources`.
 * @returns The exit status: 0.
 * @throws {RecorderError} `ERR_USAGE` for a command line that can't be understood, a source that isn't there, or a
 * folder that isn't empty; `ERR_TRACE_MISSING`; `ERR_TRACE_CORRUPT`, for a damaged text when all are listed; `ERR_IO` if
 * reading or writing fails.
 */
export async function sourcesCommand(args: readonly string[]): Promise<number> {
  const request = parse(args);
  if (typeof request === "string") {
    print(request);
    return 0;
  }
  using trace = openTrace(request.trace);
  const chosen = request.path === null ? null : chooseSource(trace, request.path);
  if (request.folder !== null) await extract(trace, request.folder, chosen, request.json);
  else if (chosen === null || request.json) await list(trace, chosen, request.json);
  else show(trace, chosen);
  return 0;
}

function show(trace: TraceReader, id: number): void {
  const text = trace.source(id);
  ensureUsage(
    text !== null,
    "ERR_USAGE",
    () => `Cannot show ${trace.paths[id]}: the trace has no text of it`,
    { path: trace.paths[id] ?? "", trace: trace.path },
  );
  writeStdoutBytes(text);
}

async function extract(
  trace: TraceReader,
  folder: string,
  only: number | null,
  json: boolean,
): Promise<void> {
  const written = await extractSources(trace, folder, only);
  if (json) return print(`${JSON.stringify({ trace: trace.path, extracted: written }, null, 2)}\n`);
  print(written.map(({ file, path }) => `${oneLine(file)}  ← ${oneLine(path)}\n`).join(""));
  if (written.length === 0) print("the trace has no text of any source\n");
}

async function list(trace: TraceReader, only: number | null, json: boolean): Promise<void> {
  // One after the other: no two texts are in memory at a time.
  const sources: ListedSource[] = [];
  for (const id of trace.paths.keys()) {
    if (only === null || only === id) sources.push(await describeSource(trace, id));
  }
  if (json) {
    const facts = sources.map(({ id, path, text, disk, damage }) => ({
      path_id: id,
      path,
      kept: text !== null,
      ...(text === null ? {} : text),
      ...(damage === null ? {} : { damaged: damage.context.reason ?? damage.message }),
      disk,
    }));
    print(`${JSON.stringify({ trace: trace.path, sources: facts }, null, 2)}\n`);
  } else print(listing(sources));
  const damage = sources.find((source) => source.damage !== null)?.damage ?? null;
  if (damage !== null) throw classifyError(damage);
}

function listing(sources: readonly ListedSource[]): string {
  const rows = sources.map(({ path, text, disk, damage }) => [
    text === null ? "-" : String(text.lines),
    text === null ? "-" : String(text.bytes),
    text === null ? "-" : text.sha256.slice(0, HASH_DIGITS),
    damage !== null ? "damaged" : text === null ? "no text" : disk,
    oneLine(path),
  ]);
  return table([["lines", "bytes", "SHA-256", "this disk", "path"], ...rows]);
}

/** Columns, numbers to the right; the last one as it is. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length))
  );
  return rows.map((row) =>
    row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column < 2 ? cell.padStart(width) : cell.padEnd(width);
    }).join("  ").trimEnd() + "\n"
  ).join("");
}

/** The command line's meaning, or the help's text. */
function parse(args: readonly string[]): Request | string {
  const parsed = parseCommand("sources", args);
  if (typeof parsed === "string") return parsed;
  const { options, operands } = parsed;
  return {
    trace: operands[0] ?? "",
    path: operands[1] ?? null,
    folder: typeof options.extract === "string" ? options.extract : null,
    json: options.json === true,
  };
}
