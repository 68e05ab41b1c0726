import { isAbsolute, resolve } from "node:path";
import { decodeSource } from "../../text/source_text.ts";
import { intactSource } from "../../trace/reader/intact_source.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";
import { printable } from "../../trace/reader/render.ts";
import { tellDamagedSource } from "./damaged_sources.ts";

/** Larger files are no sources, and only lines of them would be shown anyway. */
const MAX_SOURCE_BYTES = 16 * 1024 * 1024;
/** Files kept in memory. */
const CACHED_FILES = 32;
/** Longer lines are cut: minified code would fill the screen. */
const MAX_LINE = 200;
const NEWLINE = /\r\n|\r|\n/;

/** The text of recorded lines: as the trace has it undamaged, or else from the files as they are now. */
export class Sources {
  readonly #trace: TraceReader;
  readonly #labels: readonly string[];
  readonly #files = new Map<number, readonly string[] | null>();
  readonly #modified: number[] = [];
  readonly #reported = new Set<number>();

  constructor(trace: TraceReader) {
    this.#trace = trace;
    this.#labels = shortNames(trace.paths).map(printable);
  }

  /** A short name for a path that is not the short name of another path of the trace as well. */
  label(pathId: number): string {
    return this.#labels[pathId] ?? "?";
  }

  /** The text of a line, printable and without its indentation; null if it can't be had. */
  line(pathId: number, line: number): string | null {
    let lines = this.#files.get(pathId);
    if (lines === undefined) {
      lines = this.#read(pathId);
      if (this.#files.size >= CACHED_FILES) {
        this.#files.delete(this.#files.keys().next().value as number);
      }
      this.#files.set(pathId, lines);
    }
    const text = lines?.[line - 1]?.trim();
    if (text === undefined) return null;
    return printable(text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}…` : text);
  }

  /** Paths read since the last call that were modified after the recording; each is told once. */
  takeModified(): number[] {
    return this.#modified.splice(0);
  }

  #read(pathId: number): readonly string[] | null {
    const { metadata, paths } = this.#trace;
    const kept = pathId < paths.length
      ? intactSource(this.#trace, pathId, tellDamagedSource)
      : null;
    if (kept !== null) return decodeSource(kept).split(NEWLINE);
    const recorded = paths[pathId] ?? "";
    // Names such as "<string>" are no files, and without a folder there is nothing to resolve them by.
    if (recorded === "" || (!isAbsolute(recorded) && metadata.workdir === "")) return null;
    const path = resolve(metadata.workdir, recorded);
    try {
      // Without permission Deno would ask; source lines are not worth a question.
      if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return null;
      const stat = Deno.statSync(path);
      // A path in a trace may name anything; a device or a pipe would never end.
      if (!stat.isFile || stat.size > MAX_SOURCE_BYTES) return null;
      const text = decodeSource(Deno.readFileSync(path));
      const { recordedAt } = metadata;
      if (recordedAt !== null && stat.mtime !== null && stat.mtime > recordedAt) {
        if (!this.#reported.has(pathId)) this.#modified.push(pathId);
        this.#reported.add(pathId);
      }
      return text.split(NEWLINE);
    } catch {
      // Steps are shown without their source then, as on a machine that doesn't have it.
      return null;
    }
  }
}

/** The last component where that is unique, the last two where those are, otherwise the path. */
function shortNames(paths: readonly string[]): string[] {
  const tail = (path: string, parts: number) =>
    path.split(/[\\/]/).filter((part) => part !== "").slice(-parts).join("/") || path;
  const uses = new Map<string, number>();
  for (const parts of [1, 2]) {
    for (const path of paths) {
      const name = `${parts}:${tail(path, parts)}`;
      uses.set(name, (uses.get(name) ?? 0) + 1);
    }
  }
  return paths.map((path) => {
    const parts = [1, 2].find((count) => uses.get(`${count}:${tail(path, count)}`) === 1);
    return parts === undefined ? path : tail(path, parts);
  });
}
