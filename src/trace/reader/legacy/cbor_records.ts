import { asRecord } from "./json_records.ts";
import { exact, MAX_RECORD_DEPTH, MAX_RECORD_ITEMS, type Pieces } from "./pieces.ts";
import type { LegacyRecord } from "./record.ts";

/** The byte that ends what was begun without a length. */
const BREAK = 0xff;
const INDEFINITE = 31;

/**
 * The records of a stream of CBOR items (RFC 8949), one after the other.
 *
 * @throws {RecorderError} `ERR_TRACE_CORRUPT` if it is no such stream.
 */
export function* cborRecords(pieces: Pieces): Generator<LegacyRecord, void, undefined> {
  for (; pieces.begin(); pieces.record++) yield asRecord(cborItem(pieces), pieces);
}

/** One item: what JSON knows, byte strings, and bigints for what a number can't hold. */
export function cborItem(pieces: Pieces): unknown {
  return new ItemReader(pieces).item(0);
}

class ItemReader {
  #items = 0;

  constructor(private readonly pieces: Pieces) {}

  item(depth: number): unknown {
    const { pieces } = this;
    if (++this.#items > MAX_RECORD_ITEMS) {
      pieces.fail(`the record has more than ${MAX_RECORD_ITEMS} items`);
    }
    if (depth > MAX_RECORD_DEPTH) pieces.fail(`nested deeper than ${MAX_RECORD_DEPTH}`);
    const initial = pieces.u8();
    const low = initial & 31;
    switch (initial >> 5) {
      case 0:
        return this.#argument(low);
      case 1: {
        const argument = this.#argument(low);
        // As bigints, so that -1 - 2^53 is exact.
        return typeof argument === "number" && argument < Number.MAX_SAFE_INTEGER
          ? -1 - argument
          : exact(-1n - BigInt(argument));
      }
      case 2:
        return pieces.copy(this.#length(low));
      case 3:
        return pieces.text(this.#length(low));
      case 4:
        return this.#array(low, depth);
      case 5:
        return this.#map(low, depth);
      case 7:
        return this.#simple(low);
    }
    return pieces.fail("a tag, which no record has");
  }

  #argument(low: number): number | bigint {
    if (low < 24) return low;
    switch (low) {
      case 24:
        return this.pieces.u8();
      case 25:
        return this.pieces.view(2).getUint16(0);
      case 26:
        return this.pieces.view(4).getUint32(0);
      case 27:
        return exact(this.pieces.view(8).getBigUint64(0));
    }
    return this.pieces.fail("a number of no known form");
  }

  #length(low: number): number {
    const length = this.#argument(low);
    return typeof length === "number" ? length : this.pieces.fail(`a length of ${length}`);
  }

  /** Whether what has no length ends here. */
  #atBreak(): boolean {
    this.pieces.need(1);
    if (this.pieces.bytes[this.pieces.pos] !== BREAK) return false;
    this.pieces.pos++;
    return true;
  }

  #array(low: number, depth: number): unknown[] {
    const elements: unknown[] = [];
    if (low === INDEFINITE) { while (!this.#atBreak()) elements.push(this.item(depth + 1)); }
    else for (let left = this.#length(low); left > 0; left--) elements.push(this.item(depth + 1));
    return elements;
  }

  #map(low: number, depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = Object.create(null);
    const entry = () => {
      const key = this.item(depth + 1);
      if (typeof key !== "string") this.pieces.fail("a key that is no text");
      map[key] = this.item(depth + 1);
    };
    if (low === INDEFINITE) { while (!this.#atBreak()) entry(); }
    else for (let left = this.#length(low); left > 0; left--) entry();
    return map;
  }

  #simple(low: number): unknown {
    switch (low) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
      case 23:
        return null;
      case 26:
        return this.pieces.view(4).getFloat32(0);
      case 27:
        return this.pieces.view(8).getFloat64(0);
    }
    return this.pieces.fail("a simple value of no known form");
  }
}
