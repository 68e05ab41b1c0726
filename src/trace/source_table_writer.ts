import { internalError } from "../errors/mod.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import { compressFrame } from "./compress_frame.ts";
import type { InternalFileFactory } from "./ctfs/container_writer.ts";
import { TableWriter } from "./table_writer.ts";

/**
 * Writes the texts of the sources: `sources.dat` and `sources.off`, a table with one record per path, in the order of
 * the paths' ids. A record is empty where no text is known; else the text's length as a varint and, unless that is
 * 0, one zstd frame. Other readers pass over both files.
 *
 * Nothing is created before the first text, and nothing but one record is in memory.
 */
export class SourceTableWriter {
  readonly #container: InternalFileFactory;
  readonly #record = new ByteBuffer(64);
  #table: TableWriter | null = null;

  /** @param container Where the two files are created. */
  constructor(container: InternalFileFactory) {
    this.#container = container;
  }

  /**
   * Adds the text of a path; those between the last one and this have none.
   *
   * @throws {RecorderError} `ERR_UNKNOWN` if this path or a later one has been added.
   */
  add(pathId: number, text: Uint8Array): void {
    const table = this.#table ??= new TableWriter(this.#container, "sources");
    if (pathId < table.count) {
      throw internalError(
        "ERR_UNKNOWN",
        `Cannot keep the source of path ${pathId}: the next one in order is ${table.count}`,
      );
    }
    this.#skipTo(table, pathId);
    this.#record.clear();
    this.#record.varint(text.length);
    if (text.length > 0) this.#record.append(compressFrame(text));
    table.add(this.#record.bytes, 0, this.#record.length);
    // A big one is rare; its room is not kept.
    if (this.#record.bytes.length > KEPT_BYTES) this.#record.release();
  }

  /**
   * Closes both files.
   *
   * @param paths How many paths the trace has.
   */
  finish(paths: number): void {
    if (this.#table === null) return;
    this.#skipTo(this.#table, paths);
    this.#table.finish();
  }

  #skipTo(table: TableWriter, pathId: number): void {
    while (table.count < pathId) table.add(NOTHING);
  }
}

const NOTHING = new Uint8Array(0);
const KEPT_BYTES = 64 << 10;
