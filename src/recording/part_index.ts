/**
 * Where the parts of one value lie, in the bytes that came and in those it became: one that changes is exchanged alone. Parts
 * are the value itself, and each leaf and each container in it that is encoded in the same way wherever it stands.
 */

/** Numbers per part. */
const FIELDS = 5;
const RAW_START = 0;
const RAW_END = 1;
const START = 2;
const END = 3;
/** The number of the part around it; -1 of the value itself. */
const AROUND = 4;
/** Parts beyond these are not remembered; 80 KiB of numbers. */
const MOST_PARTS = 4096;

/** The parts of a value, numbered in the order in which they begin: 0 is the value itself. */
export class PartIndex {
  #numbers = new Int32Array(16 * FIELDS);
  #count = 0;
  /** The container that the next part stands in. */
  #open = -1;

  /** Of memory. */
  get bytes(): number {
    return this.#numbers.byteLength;
  }

  /** Forgets all. */
  clear(): void {
    this.#count = 0;
    this.#open = -1;
  }

  /**
   * Adds a leaf.
   *
   * @param rawStart In the bytes that came: from here …
   * @param rawEnd … to here.
   * @param start In the value record: from here …
   * @param end … to here.
   */
  leaf(rawStart: number, rawEnd: number, start: number, end: number): void {
    if (this.#count === MOST_PARTS) return;
    const at = this.#count++ * FIELDS;
    this.#ensure(at + FIELDS);
    const numbers = this.#numbers;
    numbers[at + RAW_START] = rawStart;
    numbers[at + RAW_END] = rawEnd;
    numbers[at + START] = start;
    numbers[at + END] = end;
    numbers[at + AROUND] = this.#open;
  }

  /** Adds a container, and until it is closed all parts to it; returns its number. */
  open(rawStart: number, start: number): number {
    if (this.#count === MOST_PARTS) return -1;
    const part = this.#count;
    this.leaf(rawStart, 0, start, 0);
    return this.#open = part;
  }

  /** Says where the container ends that was opened last. @param part Its number. */
  close(part: number, rawEnd: number, end: number): void {
    if (part < 0) return;
    const at = part * FIELDS;
    const numbers = this.#numbers;
    numbers[at + RAW_END] = rawEnd;
    numbers[at + END] = end;
    this.#open = numbers[at + AROUND]!; // holds: a part that was opened
  }

  /** The innermost part that byte `raw` of what came belongs to. */
  find(raw: number): number {
    // The last one that begins ahead of it, or one around that.
    let low = 0;
    let high = this.#count;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.rawStart(middle) <= raw) low = middle;
      else high = middle;
    }
    while (low > 0 && this.rawEnd(low) <= raw) low = this.around(low);
    return low;
  }

  rawStart(part: number): number {
    return this.#numbers[part * FIELDS + RAW_START]!; // holds: a part that was found
  }

  rawEnd(part: number): number {
    return this.#numbers[part * FIELDS + RAW_END]!; // holds: as above
  }

  start(part: number): number {
    return this.#numbers[part * FIELDS + START]!; // holds: as above
  }

  end(part: number): number {
    return this.#numbers[part * FIELDS + END]!; // holds: as above
  }

  around(part: number): number {
    return this.#numbers[part * FIELDS + AROUND]!; // holds: as above
  }

  /** How many parts there are around it: it nests as deep, or deeper. */
  depth(part: number): number {
    let depth = 0;
    for (let outer = this.around(part); outer >= 0; outer = this.around(outer)) depth++;
    return depth;
  }

  /**
   * Puts another value in the place of a part; those behind it move.
   *
   * @param part Not the value itself.
   * @param raw How many bytes came.
   * @param encoded How many its record has.
   * @param fresh Its parts; null if it is a leaf.
   * @returns Whether there was room for them; if not, all is as it was.
   */
  exchange(part: number, raw: number, encoded: number, fresh: PartIndex | null): boolean {
    const rawStart = this.rawStart(part);
    const rawEnd = this.rawEnd(part);
    const start = this.start(part);
    const rawGrown = raw - (rawEnd - rawStart);
    const grown = encoded - (this.end(part) - start);
    const count = fresh === null ? 1 : fresh.#count;
    let behind = part + 1;
    while (behind < this.#count && this.rawStart(behind) < rawEnd) behind++;
    const parts = count - (behind - part);
    if (parts !== 0) {
      if (this.#count + parts > MOST_PARTS) return false;
      this.#move(behind, parts);
    }
    if (fresh !== null) this.#copy(part, fresh, rawStart, start);
    if (rawGrown === 0 && grown === 0 && parts === 0) return true;
    const numbers = this.#numbers;
    let outer = fresh === null ? part : this.around(part);
    for (; outer >= 0; outer = this.around(outer)) {
      numbers[outer * FIELDS + RAW_END]! += rawGrown; // holds: a part that was found, or around it
      numbers[outer * FIELDS + END]! += grown; // holds: as above
    }
    this.#shift(part + count, part, parts, rawGrown, grown);
    return true;
  }

  /** Those behind this one are so many more. */
  #move(behind: number, parts: number): void {
    this.#ensure((this.#count + parts) * FIELDS);
    this.#numbers.copyWithin((behind + parts) * FIELDS, behind * FIELDS, this.#count * FIELDS);
    this.#count += parts;
  }

  #copy(part: number, fresh: PartIndex, rawStart: number, start: number): void {
    const numbers = this.#numbers;
    const from = fresh.#numbers;
    const around = this.around(part);
    let to = part * FIELDS;
    for (let at = 0; at < fresh.#count * FIELDS; at += FIELDS, to += FIELDS) {
      numbers[to + RAW_START] = from[at + RAW_START]! + rawStart; // holds: there is room for as many
      numbers[to + RAW_END] = from[at + RAW_END]! + rawStart; // holds: as above
      numbers[to + START] = from[at + START]! + start; // holds: as above
      numbers[to + END] = from[at + END]! + start; // holds: as above
      numbers[to + AROUND] = at === 0 ? around : from[at + AROUND]! + part; // holds: as above
    }
  }

  /** All from `first` on are moved, as are those around them that stand behind `part`. */
  #shift(first: number, part: number, parts: number, raw: number, encoded: number): void {
    const numbers = this.#numbers;
    const end = this.#count * FIELDS;
    for (let at = first * FIELDS; at < end; at += FIELDS) {
      numbers[at + RAW_START]! += raw; // holds: at < end
      numbers[at + RAW_END]! += raw; // holds: at < end
      numbers[at + START]! += encoded; // holds: at < end
      numbers[at + END]! += encoded; // holds: at < end
      if (numbers[at + AROUND]! > part) numbers[at + AROUND]! += parts; // holds: at < end
    }
  }

  #ensure(length: number): void {
    if (length <= this.#numbers.length) return;
    const grown = new Int32Array(Math.max(length, 2 * this.#numbers.length));
    grown.set(this.#numbers);
    this.#numbers = grown;
  }
}
