/**
 * The values of a step as the trace holds them, one behind the other: at the next one with the same variables most are as
 * they were, and what is copied as a whole takes a fraction of the time that it takes one by one.
 */
import { ByteBuffer } from "../trace/byte_buffer.ts";
import type { Slot } from "./slot.ts";

const NONE: number[] = [];

/** The values of some variables, as they were at the latest step with these. */
export class StepValues {
  /** Varint id, varint length and record of each. */
  readonly items = new ByteBuffer(64);
  /** Attributes and keys that a filter hid, in all of them. */
  redacted = 0;
  dropped = 0;
  /**
   * By slot: which value of it stands here, … Empty until they are needed: each name that a module binds makes a layout of all
   * its names so far, which are mostly too many to be copied as a whole.
   */
  #versions: number[] = NONE;
  /** … of how many bytes, … */
  #lengths: number[] = NONE;
  /** … and where it ends. */
  #ends: number[] = NONE;

  constructor(readonly slots: readonly Slot[]) {}

  /** Gives the memory back. */
  forget(): void {
    this.items.release();
    this.#versions = this.#lengths = this.#ends = NONE;
    this.redacted = this.dropped = 0;
  }

  /** Takes in what the slots hold now. */
  refresh(): void {
    const { slots } = this;
    if (this.#versions === NONE) this.#begin();
    const versions = this.#versions;
    for (let n = 0; n < slots.length; n++) {
      if (slots[n]!.version !== versions[n]) return this.#refreshFrom(n); // holds: n < slots.length
    }
  }

  #begin(): void {
    this.#versions = this.slots.map(() => -1);
    this.#lengths = this.slots.map(() => -1);
    this.#ends = this.slots.map(() => 0);
  }

  #refreshFrom(first: number): void {
    const { slots } = this;
    let hides = this.redacted > 0 || this.dropped > 0;
    for (let n = first; n < slots.length; n++) {
      const slot = slots[n]!; // holds: n < slots.length
      if (slot.version === this.#versions[n]) continue;
      const { encoded } = slot;
      if (slot.redacted > 0 || slot.dropped > 0) hides = true;
      if (encoded.length !== this.#lengths[n]) {
        if (this.#writeFrom(n)) hides = true;
        break;
      }
      this.#versions[n] = slot.version;
      this.items.overwrite(this.#ends[n]! - encoded.length, encoded); // holds: as many as slots
    }
    if (hides) this.#countHidden();
  }

  /** From slot `first` on all values stand somewhere else. Returns whether something is hidden in them. */
  #writeFrom(first: number): boolean {
    const { items, slots } = this;
    let hides = false;
    items.length = first === 0 ? 0 : this.#ends[first - 1]!; // holds: as many as slots
    for (let n = first; n < slots.length; n++) {
      const slot = slots[n]!; // holds: n < slots.length
      items.itemOf(slot.variableId, slot.encoded);
      this.#versions[n] = slot.version;
      this.#lengths[n] = slot.encoded.length;
      this.#ends[n] = items.length;
      if (slot.redacted > 0 || slot.dropped > 0) hides = true;
    }
    return hides;
  }

  #countHidden(): void {
    this.redacted = this.dropped = 0;
    for (const { redacted, dropped } of this.slots) {
      this.redacted += redacted;
      this.dropped += dropped;
    }
  }
}
