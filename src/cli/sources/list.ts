import { isAbsolute, resolve } from "node:path";
import { osErrorCode, type RecorderError } from "../../errors/mod.ts";
import { sha256Hex } from "../../text/sha256.ts";
import { intactSource } from "../../trace/reader/intact_source.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";

/**
 * What the file of that name on this disk is, compared with the text in the trace. `unknown`: it can't be read, or the
 * trace has no text to compare with.
 */
export type OnDisk = "same" | "differs" | "missing" | "unknown";

/** A source of a trace. */
export interface ListedSource {
  /** Index of the path in the trace. */
  readonly id: number;
  /** As recorded. */
  readonly path: string;
  /** What the trace has of it; null where it has no text, or a damaged one. */
  readonly text: { readonly lines: number; readonly bytes: number; readonly sha256: string } | null;
  readonly disk: OnDisk;
  /** The `ERR_TRACE_CORRUPT` of a text that is damaged. */
  readonly damage: RecorderError | null;
}

/**
 * A source's facts.
 *
 * Needs read permission for the path as recorded; without it, `disk` is `unknown`.
 */
export async function describeSource(trace: TraceReader, id: number): Promise<ListedSource> {
  const path = trace.paths[id] ?? "";
  let damage: RecorderError | null = null;
  const text = intactSource(trace, id, (_, error) => damage = error);
  if (text === null) return { id, path, text: null, disk: "unknown", damage };
  return {
    id,
    path,
    text: { lines: lineCount(text), bytes: text.length, sha256: await sha256Hex(text) },
    disk: onDisk(trace.metadata.workdir, path, text),
    damage,
  };
}

/** A last line without an end counts, too; ends are `\n`, `\r\n` and `\r`. */
function lineCount(text: Uint8Array): number {
  let lines = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === LF || (text[at] === CR && text[at + 1] !== LF)) lines++;
  }
  const last = text.at(-1);
  return last === undefined || last === LF || last === CR ? lines : lines + 1;
}

const [LF, CR] = [10, 13];

function onDisk(workdir: string, path: string, text: Uint8Array): OnDisk {
  if (path === "" || (!isAbsolute(path) && workdir === "")) return "unknown";
  const file = resolve(workdir, path);
  try {
    // Without permission Deno would ask.
    if (Deno.permissions.querySync({ name: "read", path: file }).state !== "granted") {
      return "unknown";
    }
    const stat = Deno.statSync(file);
    // A device or a pipe would never end.
    if (!stat.isFile) return "unknown";
    if (stat.size !== text.length) return "differs";
    const there = Deno.readFileSync(file);
    return there.length === text.length && there.every((byte, at) => byte === text[at])
      ? "same"
      : "differs";
  } catch (error) {
    const code = osErrorCode(error);
    return code === "ENOENT" || code === "ENOTDIR" ? "missing" : "unknown";
  }
}
