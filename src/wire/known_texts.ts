/** Texts that come again and again, such as names of types: decoded once. */
import { readLength, readText, TYPE_BYTES } from "./marshal.ts";

/** Places for texts; each text has one, which the latest of those that share it takes. */
const PLACES = 256;
/** Longer texts are decoded each time. */
const LONGEST = 128;

/** Remembers some texts by their bytes. */
export class KnownTexts {
  readonly #bytes: (Uint8Array | undefined)[] = new Array(PLACES);
  readonly #texts: string[] = new Array(PLACES).fill("");

  /** {@link readText}: the text at `at`. */
  read(bytes: Uint8Array, at: number): string {
    const length = readLength(bytes, at);
    const start = at + 5;
    if (length === 0 || length > LONGEST || bytes[at] === TYPE_BYTES) return readText(bytes, at);
    const middle = start + (length >> 1);
    // holds: the text is not empty, and a record that ends before was refused.
    const hash = length + 31 * bytes[middle]! + 7 * bytes[start + length - 1]! + bytes[start]!;
    const place = hash % PLACES;
    const known = this.#bytes[place];
    if (known !== undefined && known.length === length) {
      let same = 0;
      while (same < length && known[same] === bytes[start + same]) same++;
      if (same === length) return this.#texts[place]!; // holds: place < PLACES
    }
    const text = readText(bytes, at);
    this.#bytes[place] = bytes.slice(start, start + length);
    return this.#texts[place] = text;
  }
}
