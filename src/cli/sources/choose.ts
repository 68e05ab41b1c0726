import { resolve } from "node:path";
import { usageError } from "../../errors/mod.ts";
import { nearest } from "../../text/nearest.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";

/**
 * The source that a word means: a path of the trace, one relative to the folder that the program was started in, or
 * the end of a path, from a slash on, that no other one has.
 *
 * @returns The path's index.
 * @throws {UsageError} `ERR_USAGE` if there is none, or more than one.
 */
export function chooseSource(trace: TraceReader, word: string): number {
  const { paths, metadata } = trace;
  const exact = paths.indexOf(word);
  if (exact >= 0) return exact;
  const inFolder = metadata.workdir === "" ? -1 : paths.indexOf(resolve(metadata.workdir, word));
  if (inFolder >= 0) return inFolder;
  const end = `/${word.replaceAll("\\", "/").replace(/^\.?\/+/, "")}`;
  const found = paths.flatMap((path, id) => path.replaceAll("\\", "/").endsWith(end) ? [id] : []);
  const [only = -1, ...others] = found;
  if (only >= 0 && others.length === 0) return only;
  const context = { path: word, trace: trace.path };
  if (only < 0) {
    const names = paths.map(lastName);
    const near = nearest(lastName(word), names);
    throw usageError(
      "ERR_USAGE",
      `Cannot show ${word}: the trace has no such source; ` +
        (near === null ? "ct-recorder sources TRACE lists them" : `did you mean ${near}?`),
      context,
    );
  }
  const examples = found.slice(0, 2).map((id) => paths[id]).join(", ");
  throw usageError(
    "ERR_USAGE",
    `Cannot show ${word}: ${found.length} sources end so (${examples}${
      found.length > 2 ? ", …" : ""
    }); name one by more of its path`,
    context,
  );
}

function lastName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
