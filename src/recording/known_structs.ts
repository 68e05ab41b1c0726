/**
 * What stands around the values of an object in its record: the name of its type, and those of its fields. They come with each
 * object, and are mostly those of one that came before.
 */
import { ByteBuffer } from "../trace/byte_buffer.ts";
import { u32 } from "../wire/marshal.ts";

/** A power of two. */
const PLACES = 64;
/** Bytes that came; longer ones are not remembered. */
const LONGEST = 1024;

/** The names of one class of objects. */
export class KnownStruct {
  /** The bytes that came: the type's name, and the tuple of the fields' names. */
  readonly raw = new ByteBuffer();
  /** What stands behind the values in the record. */
  readonly tail = new ByteBuffer();
  /** How many names there are. */
  count = 0;
  /** How often its place was taken: an object among the values may do so. */
  taken = 0;
}

/** The latest of them, by a few of their bytes. */
export class KnownStructs {
  readonly #known: (KnownStruct | undefined)[] = new Array(PLACES);
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);

  /**
   * The names that come again.
   *
   * @param at Where the type's name begins, which ends at `names`, where those of the fields begin.
   * @returns Null if they are not known. If they are, the values begin `raw.length` bytes behind `at`.
   */
  find(bytes: Uint8Array, at: number, names: number, end: number): KnownStruct | null {
    const known = this.#known[place(bytes, at, names)];
    if (known === undefined || known.count === 0) return null;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return known.raw.isBeginOf(this.#view, at, end) ? known : null;
  }

  /**
   * Remembers names, of as many fields as there are values.
   *
   * @param values Where the values begin.
   * @param count How many there are.
   * @param tail Where in `out` begins what stands behind them.
   */
  remember(
    bytes: Uint8Array,
    at: number,
    names: number,
    values: number,
    count: number,
    out: ByteBuffer,
    tail: number,
  ): void {
    if (values - at > LONGEST) return;
    const known = this.#known[place(bytes, at, names)] ??= new KnownStruct();
    known.raw.clear();
    known.raw.append(bytes, at, values);
    known.tail.clear();
    known.tail.append(out.bytes, tail, out.length);
    known.count = count;
    known.taken++;
  }
}

function place(bytes: Uint8Array, at: number, names: number): number {
  const last = bytes[names - 1]!; // holds: a text that was skipped
  const middle = bytes[(at + names) >> 1]!; // holds: as above
  return (names - at) * 31 + last * 7 + middle + u32(bytes, names + 1) * 13 & PLACES - 1;
}
