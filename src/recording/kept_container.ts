import type { ByteBuffer } from "../trace/byte_buffer.ts";
import { VALUE } from "../wire/protocol.ts";

/** Bytes of a container's elements in the trace, or of an object: more than the agent keeps. */
const LONGEST_KEPT = 64 << 10;
const LONGEST_VALUE = 128 << 10;

/**
 * A container that the agent refers to, and of which it says what has changed: its elements, encoded one by one. Or any
 * other value that it refers to, which is sent anew where it changes: the only element.
 */
export class KeptContainer {
  version = -1;
  kind = 0;
  /** How many elements the program's container has beyond those that are shown. */
  leftOut = 0;
  /** Attributes and keys of it that a filter hid. */
  redacted = 0;
  dropped = 0;
  /** Number of elements: of a dict, pairs. */
  count = 0;
  /** `bytes[0 .. length)` is the elements' value records. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  length = 0;
  /** Where each element ends. */
  #ends = new Uint32Array(64);

  /** Makes it an empty one. */
  begin(version: number, kind: number): void {
    this.version = version;
    this.kind = kind;
    this.leftOut =
      this.redacted =
      this.dropped =
      this.count =
      this.length =
        0;
  }

  /**
   * Puts other elements in the place of some.
   *
   * @param start The first one that is replaced.
   * @param removed How many are.
   * @param inserted The others' value records, one after the other.
   * @param ends Where in `inserted` each of them ends.
   * @returns Whether there are such elements, and room for the others.
   */
  splice(start: number, removed: number, inserted: ByteBuffer, ends: readonly number[]): boolean {
    if (!(start >= 0 && removed >= 0 && start + removed <= this.count)) return false;
    const from = start > 0 ? this.#ends[start - 1]! : 0; // holds: start <= count
    const to = removed > 0 ? this.#ends[start + removed - 1]! : from; // holds: start + removed <= count
    const length = this.length - (to - from) + inserted.length;
    const longest = this.kind === VALUE ? LONGEST_VALUE : LONGEST_KEPT;
    if (length > longest) return false;
    const count = this.count - removed + ends.length;
    if (this.bytes.length < length) {
      this.bytes = grown(this.bytes, new Uint8Array(Math.min(2 * length, longest)));
    }
    if (this.#ends.length < count) this.#ends = grown(this.#ends, new Uint32Array(2 * count));
    this.bytes.copyWithin(from + inserted.length, to, this.length);
    this.bytes.set(inserted.bytes.subarray(0, inserted.length), from);
    this.#ends.copyWithin(start + ends.length, start + removed, this.count);
    const moved = inserted.length - (to - from);
    // holds: n < count
    for (let n = start + ends.length; moved !== 0 && n < count; n++) this.#ends[n]! += moved;
    for (let n = 0; n < ends.length; n++) this.#ends[start + n] = from + ends[n]!; // holds: n < ends.length
    this.count = count;
    this.length = length;
    return true;
  }
}

function grown<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
