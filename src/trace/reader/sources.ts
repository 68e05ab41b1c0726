import { zstdDecompressSync } from "node:zlib";
import type { ContainerReader, InternalFile } from "../ctfs/container_reader.ts";
import { corrupt } from "./_corrupt.ts";
import { Cursor } from "./_cursor.ts";

/** The longest text that is unpacked; the recorder keeps none above 4 MiB. */
const MAX_SOURCE_BYTES = 64 << 20;
/** A text's length takes this many bytes at most. */
const MAX_VARINT = 10;

/**
 * The texts of the sources: `sources.dat` and `sources.off`, a table by path id, of which a record is read when it is
 * asked for. A record is empty (no text), or the text's length as a varint and a zstd frame (none for no bytes).
 */
export class SourceReader {
  readonly #container: ContainerReader;
  readonly #data: InternalFile | null;
  readonly #offsets: InternalFile | null;
  /** Number of records; 0 in a trace without texts. */
  readonly count: number;

  /** @throws {RecorderError} `ERR_TRACE_CORRUPT` if one of the two files is missing, or of no possible size. */
  constructor(container: ContainerReader) {
    this.#container = container;
    this.#data = container.file("sources.dat") ?? null;
    this.#offsets = container.file("sources.off") ?? null;
    this.count = 0;
    if (this.#data === null && this.#offsets === null) return;
    const place = container.place("sources.off");
    if (this.#offsets === null) throw corrupt(place, "the file is missing");
    if (this.#data === null) throw corrupt(container.place("sources.dat"), "the file is missing");
    const { size } = this.#offsets;
    if (size < 8 || size % 8 !== 0) {
      throw corrupt(place, `size ${size} is not 8 for each record and 8 more`);
    }
    this.count = size / 8 - 1;
  }

  /**
   * The text of a path.
   *
   * @returns A new array, or null where the trace has none.
   * @throws {RecorderError} `ERR_TRACE_CORRUPT`
   */
  text(pathId: number): Uint8Array<ArrayBuffer> | null {
    if (this.#data === null || this.#offsets === null || pathId >= this.count) return null;
    const bounds = new DataView(
      this.#container.read(this.#offsets, 8 * pathId, 8 * pathId + 16).buffer,
    );
    const [start, end] = [
      Number(bounds.getBigUint64(0, true)),
      Number(bounds.getBigUint64(8, true)),
    ];
    const place = this.#container.place(this.#data.name);
    const at = { record: pathId };
    if (start > end || end > this.#data.size) {
      throw corrupt(
        this.#container.place("sources.off"),
        `the record is from ${start} to ${end} of ${this.#data.size} bytes`,
        at,
      );
    }
    if (start === end) return null;
    const head = this.#container.read(this.#data, start, Math.min(end, start + MAX_VARINT));
    const cursor = new Cursor(head, place, pathId);
    const length = cursor.varint();
    const from = start + cursor.pos;
    if (length > MAX_SOURCE_BYTES) throw corrupt(place, `a text of ${length} bytes`, at);
    if (length === 0 && from === end) return new Uint8Array(0);
    let text: Uint8Array<ArrayBuffer>;
    try {
      const unpacked = zstdDecompressSync(this.#container.read(this.#data, from, end), {
        maxOutputLength: Math.max(length, 1),
      });
      text = new Uint8Array(unpacked);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw corrupt(place, `the zstd frame can't be unpacked (${reason})`, at);
    }
    if (text.length !== length) {
      throw corrupt(place, `${text.length} bytes unpacked, but ${length} are announced`, at);
    }
    return text;
  }
}
