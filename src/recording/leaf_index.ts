/** Where the leaves of one value lie, in the bytes that came and in those it became: one that changes is exchanged alone. */

/** Numbers per leaf. */
const FIELDS = 4;
const RAW_START = 0;
const RAW_END = 1;
const START = 2;
const END = 3;
/** Leaves beyond these are not remembered; 64 KiB of numbers. */
const MOST_LEAVES = 4096;

/** The leaves of a value, numbered in the order in which they come. */
export class LeafIndex {
  #numbers = new Int32Array(16 * FIELDS);
  #count = 0;

  /** Forgets all. */
  clear(): void {
    this.#count = 0;
  }

  /**
   * Adds a leaf.
   *
   * @param rawStart In the bytes that came: from here …
   * @param rawEnd … to here.
   * @param start In the value record: from here …
   * @param end … to here.
   */
  add(rawStart: number, rawEnd: number, start: number, end: number): void {
    if (this.#count === MOST_LEAVES) return;
    const at = this.#count++ * FIELDS;
    if (at === this.#numbers.length) {
      const grown = new Int32Array(2 * at);
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    const numbers = this.#numbers;
    numbers[at + RAW_START] = rawStart;
    numbers[at + RAW_END] = rawEnd;
    numbers[at + START] = start;
    numbers[at + END] = end;
  }

  /** The leaf that byte `raw` of what came belongs to; -1 when it belongs to none. */
  find(raw: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rawEnd(middle) <= raw) low = middle + 1;
      else high = middle;
    }
    return low < this.#count && this.rawStart(low) <= raw ? low : -1;
  }

  rawStart(leaf: number): number {
    return this.#numbers[leaf * FIELDS + RAW_START]!; // holds: a leaf that was found
  }

  rawEnd(leaf: number): number {
    return this.#numbers[leaf * FIELDS + RAW_END]!; // holds: as above
  }

  start(leaf: number): number {
    return this.#numbers[leaf * FIELDS + START]!; // holds: as above
  }

  end(leaf: number): number {
    return this.#numbers[leaf * FIELDS + END]!; // holds: as above
  }

  /** Leaf `leaf` has become so much longer, in what came and in the record; those behind it move. */
  stretch(leaf: number, raw: number, encoded: number): void {
    const numbers = this.#numbers;
    let at = leaf * FIELDS;
    const end = this.#count * FIELDS;
    numbers[at + RAW_END]! += raw; // holds: a leaf that was found
    numbers[at + END]! += encoded; // holds: as above
    if (raw === 0 && encoded === 0) return;
    for (at += FIELDS; at < end; at += FIELDS) {
      numbers[at + RAW_START]! += raw; // holds: at < end
      numbers[at + RAW_END]! += raw; // holds: at < end
      numbers[at + START]! += encoded; // holds: at < end
      numbers[at + END]! += encoded; // holds: at < end
    }
  }
}
