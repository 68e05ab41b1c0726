import type { Fields } from "./fields.ts";

/** Places that are remembered; of more, those that were filled first are forgotten. */
const MAX_PLACES = 200_000;
/** What is followed of a value that is spread over places. */
const MAX_DEPTH = 64;
const MAX_NODES = 10_000;

interface Cell {
  readonly kind: "Cell";
  readonly place: unknown;
}

/**
 * Values that a recorder did not write with their variables, but to places, once and when they
 * change: a variable has a place, and the elements of what is there may be in places of their own.
 */
export class Places {
  readonly #values = new Map<number | bigint, unknown>();
  readonly #fields: Fields;
  #nodesLeft = 0;

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  /** A place has this value from here on. */
  set(place: unknown, value: unknown): void {
    const key = this.#fields.integer(place, "place");
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > MAX_PLACES) {
      for (const oldest of this.#values.keys()) {
        this.#values.delete(oldest);
        break;
      }
    }
  }

  /** An element of the value at a place is at another place from here on. */
  setItem(place: unknown, index: unknown, itemPlace: unknown): void {
    const at = this.#fields.id(index, "index");
    const cell: Cell = { kind: "Cell", place: this.#fields.integer(itemPlace, "item_place") };
    const value = this.#values.get(this.#fields.integer(place, "place"));
    const elements = value === undefined ? undefined : this.#fields.get(value, "elements");
    // A value that was forgotten has no elements; one that is longer than it was is told anew.
    if (!Array.isArray(elements) || at >= elements.length) return;
    const changed = elements.slice();
    changed[at] = cell;
    this.set(place, { ...value as object, elements: changed });
  }

  /** What is at a place, with what is at the places of its elements; the place itself if unknown. */
  at(place: number | bigint): unknown {
    this.#nodesLeft = MAX_NODES;
    return this.#resolved({ kind: "Cell", place }, 0);
  }

  #resolved(value: unknown, depth: number): unknown {
    if (--this.#nodesLeft < 0 || depth > MAX_DEPTH) return value;
    const kind = this.#fields.get(value, "kind");
    if (kind === "Cell") {
      const place = this.#fields.integer(this.#fields.get(value, "place"), "place");
      const held = this.#values.get(place);
      return held === undefined ? value : this.#resolved(held, depth + 1);
    }
    for (const key of ["elements", "field_values"]) {
      const inner = this.#fields.get(value, key);
      if (!Array.isArray(inner)) continue;
      return { ...value as object, [key]: inner.map((each) => this.#resolved(each, depth + 1)) };
    }
    return value;
  }
}
