import type { ContainerReader } from "../ctfs/container_reader.ts";
import { corrupt } from "./_corrupt.ts";
import { Cursor } from "./_cursor.ts";

/**
 * A table: `NAME.dat` holds the records back to back, `NAME.off` one u64 offset more than there are
 * records. Both are read as a whole: they grow with the program's source, not with its running time.
 */
export class TableReader {
  /** Number of records; 0 if the table is not there. */
  readonly count: number;
  readonly #container: ContainerReader;
  readonly #fileName: string;
  readonly #bytes: Uint8Array;
  readonly #offsets: Float64Array;

  /**
   * @param container The open container.
   * @param name "paths", "funcs", "types" or "varnames".
   * @throws {RecorderError} `ERR_TRACE_CORRUPT` if the offsets are not those of a table.
   */
  constructor(container: ContainerReader, name: string) {
    this.#container = container;
    this.#fileName = `${name}.dat`;
    const data = container.file(this.#fileName);
    const offsetsFile = container.file(`${name}.off`);
    if (data === undefined && offsetsFile === undefined) {
      this.count = 0;
      this.#bytes = new Uint8Array(0);
      this.#offsets = new Float64Array(1);
      return;
    }
    const place = container.place(`${name}.off`);
    if (offsetsFile === undefined) throw corrupt(place, "the file is missing");
    if (data === undefined) throw corrupt(container.place(this.#fileName), "the file is missing");
    if (offsetsFile.size < 8 || offsetsFile.size % 8 !== 0) {
      throw corrupt(place, `size ${offsetsFile.size} is not 8 for each record and 8 more`);
    }
    const view = new DataView(container.read(offsetsFile).buffer);
    this.count = offsetsFile.size / 8 - 1;
    this.#offsets = new Float64Array(this.count + 1);
    let previous = 0;
    for (let record = 0; record <= this.count; record++) {
      const offset = view.getUint32(8 * record, true) +
        view.getUint32(8 * record + 4, true) * 2 ** 32;
      if (offset < previous || (record === 0 && offset !== 0)) {
        throw corrupt(place, `offset ${offset} after ${previous}`, { record });
      }
      this.#offsets[record] = previous = offset;
    }
    if (previous !== data.size) {
      throw corrupt(place, `the last record ends at ${previous} of ${data.size} bytes`);
    }
    this.#bytes = container.read(data);
  }

  /** A cursor on a record; the record must exist. */
  record(number: number): Cursor {
    return new Cursor(
      this.#bytes,
      this.#container.place(this.#fileName),
      number,
      this.#offsets[number],
      this.#offsets[number + 1],
    );
  }

  /** All records as texts, for the tables whose records are bare names. */
  texts(): string[] {
    return Array.from({ length: this.count }, (_, number) => this.record(number).rest());
  }
}
