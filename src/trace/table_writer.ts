import { internalError } from "../errors/mod.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import type { InternalFileFactory, InternalFileWriter } from "./ctfs/container_writer.ts";

/**
 * Writes a table: `NAME.dat` holds the records back to back, `NAME.off` one u64 offset per record
 * and a last one for the end.
 */
export class TableWriter {
  readonly #data: InternalFileWriter;
  readonly #offsets: InternalFileWriter;
  readonly #offset = new ByteBuffer(16);
  #count = 0;

  /**
   * @param container Where `NAME.dat` and `NAME.off` are created.
   * @param name At most 8 characters.
   */
  constructor(container: InternalFileFactory, name: string) {
    this.#data = container.create(`${name}.dat`);
    this.#offsets = container.create(`${name}.off`);
    this.#writeOffset();
  }

  /** Records so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds a record.
   *
   * @returns Its id: 0, 1, 2, …
   */
  add(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
    this.#data.append(bytes, start, end);
    this.#writeOffset();
    return this.#count++;
  }

  /** Closes both files. */
  finish(): void {
    this.#data.close();
    this.#offsets.close();
  }

  #writeOffset(): void {
    this.#offset.clear();
    this.#offset.u64le(this.#data.size);
    this.#offsets.append(this.#offset.bytes, 0, 8);
  }
}

/**
 * A table of names, each stored once. In memory are the distinct names, which grow with the
 * program's source and not with its running time.
 */
export class NameTableWriter {
  readonly #table: TableWriter;
  readonly #ids = new Map<string, number>();
  readonly #encoder = new TextEncoder();

  /** Parameters as for {@link TableWriter}. */
  constructor(container: InternalFileFactory, name: string) {
    this.#table = new TableWriter(container, name);
  }

  /** Names so far. */
  get count(): number {
    return this.#table.count;
  }

  /**
   * The id of `name`, which is added if it is new. Unpaired surrogates become U+FFFD, as readers
   * refuse what is not UTF-8; names that differ only in these share an id.
   */
  id(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const wellFormed = name.toWellFormed();
    const id = wellFormed === name
      ? this.#table.add(this.#encoder.encode(name))
      : this.id(wellFormed);
    this.#ids.set(name, id);
    return id;
  }

  /** Closes the table's files. */
  finish(): void {
    this.#table.finish();
  }
}

/**
 * The table of source paths, with the line lengths that make positions: a position is a number for
 * one column of one line of one file, counted through all files.
 */
export class PathTableWriter {
  readonly #table: TableWriter;
  readonly #record = new ByteBuffer(1024);
  readonly #known = new Set<string>();
  /** Per path: position of its first column. */
  readonly #bases: number[] = [];
  /** Per path and line: position relative to the base; one more for the end of the path. */
  readonly #lineStarts: (Uint32Array | Float64Array)[] = [];
  /** Position after the last column of the last path. */
  #end = 0;

  /** @param container Where `paths.dat` and `paths.off` are created. */
  constructor(container: InternalFileFactory) {
    this.#table = new TableWriter(container, "paths");
  }

  /** All paths, in order of their ids. */
  get paths(): Iterable<string> {
    return this.#known;
  }

  /** Paths so far. */
  get count(): number {
    return this.#table.count;
  }

  /**
   * Adds a path.
   *
   * @param path Not empty and not added before; unpaired surrogates become U+FFFD.
   * @param lineLengths Columns of each line, without its newline. No lines count as one; an empty
   * line as one column, since a line of none owns no position and a step can't be shown on it.
   * @returns Its id.
   * @throws {RecorderError} `ERR_UNKNOWN` if the path is empty or known, or a length is no u32.
   */
  add(path: string, lineLengths: ArrayLike<number>): number {
    const name = path.toWellFormed();
    if (name === "" || this.#known.has(name)) {
      const why = name === "" ? "it is empty" : "it has an id already";
      throw internalError("ERR_UNKNOWN", `Cannot register the source path "${name}": ${why}`);
    }
    const lineCount = Math.max(lineLengths.length, 1);
    const starts = new Float64Array(lineCount + 1);
    this.#record.clear();
    this.#record.text(name);
    this.#record.varint(lineCount);
    let previous = 0;
    let size = 0;
    for (let line = 0; line < lineCount; line++) {
      const length = Math.max(lineLengths[line] ?? 0, 1);
      if (!Number.isInteger(length) || length >= 2 ** 32) {
        throw internalError(
          "ERR_UNKNOWN",
          `Cannot register the source path "${name}": line ${line + 1} has length ${length}`,
        );
      }
      this.#record.zigzag(length - previous);
      starts[line + 1] = size += length;
      previous = length;
    }
    this.#known.add(name);
    this.#bases.push(this.#end);
    // Half the memory for every file that has less than 4 GiB, which is every file.
    this.#lineStarts.push(size < 2 ** 32 ? Uint32Array.from(starts) : starts);
    this.#end += size;
    return this.#table.add(this.#record.bytes, 0, this.#record.length);
  }

  /**
   * The position of a place in the source; what lies outside of the file or the line is moved to
   * the nearest line or column.
   *
   * @param pathId As returned by {@link add}.
   * @param line From 1.
   * @param column From 1.
   * @throws {RecorderError} `ERR_UNKNOWN` if there is no such path.
   */
  position(pathId: number, line: number, column: number): number {
    const starts = this.#lineStarts[pathId];
    if (starts === undefined) {
      throw internalError("ERR_UNKNOWN", `Cannot place a step: there is no source path ${pathId}`);
    }
    const lastLine = starts.length - 2;
    const index = line <= 1 ? 0 : line > lastLine ? lastLine : line - 1;
    const start = starts[index]!;
    const length = starts[index + 1]! - start;
    const offset = column <= 1 ? 0 : column > length ? length - 1 : column - 1;
    // holds: a path's base and its lines are added together.
    return this.#bases[pathId]! + start + offset;
  }

  /** Closes the table's files. */
  finish(): void {
    this.#table.finish();
  }
}
