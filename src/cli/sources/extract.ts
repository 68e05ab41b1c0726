import { join } from "node:path";
import { classifyError, ensureUsage, osErrorCode, usageError } from "../../errors/mod.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";
import { safePaths } from "./safe_paths.ts";

/** A source that was written out. */
export interface ExtractedSource {
  /** As recorded. */
  readonly path: string;
  /** Where it is now: the folder as it was named, and the path below it. */
  readonly file: string;
  readonly bytes: number;
}

/**
 * Writes the texts of a trace below a folder, which is made if it isn't there. Nothing is written outside of it, and
 * nothing that exists is changed: no link is followed, each folder and each file is new.
 *
 * Needs read and write permission for the folder.
 *
 * @param only Index of the one path wanted; null for all.
 * @returns What was written, in the order of the trace's paths.
 * @throws {RecorderError} `ERR_USAGE` if the folder is there and not an empty folder, `ERR_IO` if it can't be
 * written, `ERR_TRACE_CORRUPT` if a text is damaged; what was written by then stays.
 */
export async function extractSources(
  trace: TraceReader,
  folder: string,
  only: number | null,
): Promise<ExtractedSource[]> {
  prepare(folder);
  const made = new Set<string>();
  const written: ExtractedSource[] = [];
  const places = await safePaths(trace.paths);
  for (const [id, path] of trace.paths.entries()) {
    if (only !== null && only !== id) continue;
    const text = trace.source(id);
    const place = places[id];
    if (text === null || place === undefined) continue;
    const file = join(folder, place);
    attempt(file, () => {
      const names = place.split("/");
      for (let depth = 1; depth < names.length; depth++) {
        const inner = join(folder, ...names.slice(0, depth));
        // One that is there and not ours was put there meanwhile, and may be a link: that is an error.
        if (!made.has(inner)) Deno.mkdirSync(inner, { mode: 0o700 });
        made.add(inner);
      }
      Deno.writeFileSync(file, text, { createNew: true, mode: 0o600 });
    });
    written.push({ path, file, bytes: text.length });
  }
  return written;
}

/** Makes sure that the folder is there, and empty. */
function prepare(folder: string): void {
  ensureUsage(
    folder !== "" && !folder.includes("\0"),
    "ERR_USAGE",
    "Cannot extract the sources: the folder has no name that is possible",
  );
  let first: string | undefined;
  try {
    first = [...Deno.readDirSync(folder)][0]?.name;
  } catch (error) {
    const code = osErrorCode(error);
    if (code === "ENOENT") {
      attempt(folder, () => Deno.mkdirSync(folder, { recursive: true, mode: 0o700 }));
      return;
    }
    if (code === "ENOTDIR") {
      throw usageError("ERR_USAGE", `Cannot extract the sources to ${folder}: it is no folder`, {
        path: folder,
      }, error);
    }
    throw classifyError(error, { failed: "Cannot extract the sources", path: folder });
  }
  ensureUsage(
    first === undefined,
    "ERR_USAGE",
    () => `Cannot extract the sources to ${folder}: it is not empty (${first}); name a new folder`,
    { path: folder },
  );
}

function attempt(path: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw classifyError(error, { failed: "Cannot extract the sources", path, remedy: false });
  }
}
