import type { TableReader } from "./table_reader.ts";
import type { Cursor } from "./_cursor.ts";

/** A place in the source. */
export interface SourcePlace {
  /** Index into the trace's paths. */
  readonly pathId: number;
  /** From 1. */
  readonly line: number;
  /** From 1; null in a trace that records lines only. */
  readonly column: number | null;
}

/** Turns the positions of the step stream into places. */
export interface PositionTable {
  /** The source paths, by id. */
  readonly paths: readonly string[];
  /**
   * The place of a position, or null when no file has it.
   *
   * @param position As decoded from the step stream.
   */
  resolve(position: number): SourcePlace | null;
}

/** In traces without columns a position is path id * this + line. */
const LINES_PER_PATH = 100_000;

/**
 * Positions without columns.
 *
 * @param paths The source paths, by id.
 * @param linesPerPath A position is path id * this + line.
 */
export function linePositions(
  paths: readonly string[],
  linesPerPath = LINES_PER_PATH,
): PositionTable {
  return new LinePositions(paths, linesPerPath);
}

/**
 * Reads `paths.dat`.
 *
 * @param table The table of paths.
 * @param columnAware Whether the trace's flags say that positions count columns.
 */
export function readPositions(table: TableReader, columnAware: boolean): PositionTable {
  return columnAware ? new ColumnPositions(table) : linePositions(table.texts());
}

class LinePositions implements PositionTable {
  constructor(readonly paths: readonly string[], private readonly linesPerPath: number) {}

  resolve(position: number): SourcePlace | null {
    const pathId = Math.floor(position / this.linesPerPath);
    if (position < 0 || pathId >= this.paths.length) return null;
    return { pathId, line: position - pathId * this.linesPerPath, column: null };
  }
}

/** Lines of one file; `starts[n]` is the position of line n + 1 relative to the file's first. */
interface LineTable {
  readonly starts: Float64Array;
  /** Number of positions in the file. */
  readonly size: number;
}

/**
 * All files' characters are numbered through, newlines not counted. Which file a position is in
 * needs the sizes of all files, which are added up at the first question; which line it is on needs
 * the lines of that file, which are decoded when a step first falls into it.
 */
class ColumnPositions implements PositionTable {
  readonly paths: readonly string[];
  readonly #table: TableReader;
  readonly #lines = new Map<number, LineTable>();
  /** Position where each file starts, and where the last one ends. */
  #fileStarts: Float64Array | undefined;

  constructor(table: TableReader) {
    this.#table = table;
    this.paths = Array.from({ length: table.count }, (_, id) => table.record(id).text());
  }

  resolve(position: number): SourcePlace | null {
    const starts = this.#fileStarts ??= this.#addUp();
    const files = this.paths.length;
    if (position < 0 || files === 0) return null;
    if (position >= starts[files]!) {
      // A step in an empty file stands where the next file would begin; the last one has no next.
      const isLastEmpty = position === starts[files] && starts[files - 1] === position;
      return isLastEmpty ? { pathId: files - 1, line: 1, column: 1 } : null;
    }
    const pathId = lastNotAbove(starts, files, position);
    const inFile = position - starts[pathId]!;
    const lines = this.#linesOf(pathId).starts;
    const line = lastNotAbove(lines, lines.length, inFile);
    // holds: the first line starts at 0, which is not above any place in the file.
    return { pathId, line: line + 1, column: inFile - lines[line]! + 1 };
  }

  #addUp(): Float64Array {
    const starts = new Float64Array(this.paths.length + 1);
    for (let id = 0; id < this.paths.length; id++) {
      const cursor = this.#table.record(id);
      let size = 0;
      forEachLine(cursor, (length) => size += length);
      starts[id + 1] = starts[id]! + size;
      if (starts[id + 1]! > Number.MAX_SAFE_INTEGER) cursor.fail("the files are too long");
    }
    return starts;
  }

  #linesOf(pathId: number): LineTable {
    let lines = this.#lines.get(pathId);
    if (lines === undefined) {
      let size = 0;
      const counted = this.#table.record(pathId);
      counted.text();
      const starts = new Float64Array(counted.count());
      forEachLine(this.#table.record(pathId), (length, index) => {
        starts[index] = size;
        size += length;
      });
      lines = { starts, size };
      this.#lines.set(pathId, lines);
    }
    return lines;
  }
}

/**
 * A record of a path: varint length and path, varint number of lines, the first line's length and
 * then the differences from line to line as signed varints.
 */
function forEachLine(cursor: Cursor, visit: (length: number, index: number) => void): void {
  cursor.text();
  const count = cursor.count();
  let length = 0;
  for (let index = 0; index < count; index++) {
    length += cursor.signed();
    if (length < 0 || length >= 2 ** 32) cursor.fail(`line ${index + 1} has length ${length}`);
    visit(length, index);
  }
  cursor.finish();
}

/**
 * Index of the last of `sorted[0, count)` that is not above `value`. Files and lines of no length
 * share their start with the next one; taking the last skips them, as they own no position.
 */
function lastNotAbove(sorted: Float64Array, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
