/**
 * A variable's value as it came last, and its record: most values repeat from step to step, and of long ones that don't
 * mostly a part does.
 */
import { ByteBuffer } from "../trace/byte_buffer.ts";
import { skip, TYPE_LIST, TYPE_MARK, TYPE_TUPLE } from "../wire/marshal.ts";
import { PACKED_INT, type PackedPlain } from "../wire/packed.ts";
import { LeafIndex } from "./leaf_index.ts";
import type { ValueTranscoder } from "./value_transcoder.ts";

/** Shorter values are encoded as a whole: that takes no longer than to find out what has changed. */
const SHORTEST_PATCHED = 48;
/** With more changes in one value it is encoded as a whole. */
const MOST_CHANGES = 16;

/** One variable of one code object. */
export class Slot {
  /** The bytes that came; none before the first, if it was packed, or where the next one is to be encoded whatever it is. */
  readonly raw = new ByteBuffer(16);
  /** The value record that they became. */
  readonly encoded = new ByteBuffer(32);
  /** What came last, where that was packed; 0 where it was not. */
  #packed: PackedPlain | 0 = 0;
  #low = 0;
  #high = 0;
  /** Attributes and keys of the value that a filter hid. */
  redacted = 0;
  dropped = 0;
  /** Another one with each value that is another one. */
  version = 0;
  /** Where the parts of a long value lie. */
  #leaves: LeafIndex | null = null;

  constructor(readonly variableId: number) {}

  /** Whether the value at `at` is the one that came last; if so it ends `raw.length` bytes further on. */
  holds(view: DataView, at: number, end: number): boolean {
    const { raw } = this;
    return raw.length > 0 && raw.isBeginOf(view, at, end);
  }

  /** Encodes the value in [start, end). */
  encode(values: ValueTranscoder, bytes: Uint8Array, start: number, end: number): void {
    this.version++;
    this.encoded.clear();
    this.#packed = 0;
    values.redacted = values.dropped = 0;
    if (end - start < SHORTEST_PATCHED) {
      this.#leaves = null;
      values.value(bytes, start, end, this.encoded);
    } else {
      this.#leaves ??= new LeafIndex();
      values.valueAndLeaves(bytes, start, end, this.encoded, this.#leaves);
    }
    this.redacted = values.redacted;
    this.dropped = values.dropped;
    this.raw.clear();
    this.raw.append(bytes, start, end);
  }

  /** Takes in a packed value: see {@link ValueTranscoder.packed}. */
  encodePacked(values: ValueTranscoder, kind: PackedPlain, low: number, high: number): void {
    if (kind === this.#packed && low === this.#low && high === this.#high) return;
    const isInt = kind === PACKED_INT && this.#packed === kind;
    this.version++;
    this.#packed = kind;
    this.#low = low;
    this.#high = high;
    // A number that counts: its record is the same but for that.
    if (isInt && values.exchangeInt(low, high, this.encoded)) return;
    this.encoded.clear();
    values.packed(kind, low, high, this.encoded);
    this.raw.clear();
    this.redacted = this.dropped = 0;
  }

  /** Shows in the place of this value, which was just encoded, that it is left out. */
  leaveOut(values: ValueTranscoder): void {
    this.version++;
    this.encoded.release();
    values.leftOut(this.encoded);
    // What is left out of this step may be shown at the next.
    this.raw.clear();
  }

  /**
   * Takes in the value at `start`, if it differs from the one that came last in a few of its leaves alone.
   *
   * @param view Of `bytes`.
   * @param end The value may end earlier.
   * @param scratch Is overwritten.
   * @returns The position behind the value; -1 if it is another one, which {@link encode} is for.
   * @throws {BrokenRecord} If it does not end before `end`, or is none.
   */
  patch(
    values: ValueTranscoder,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    scratch: ByteBuffer,
  ): number {
    const { raw, encoded } = this;
    const leaves = this.#leaves;
    if (leaves === null || raw.length === 0) return -1;
    this.version++;
    // What came last is changed leaf by leaf, so that up to `same` it is what comes now.
    let same = 0;
    for (let changes = 0; changes <= MOST_CHANGES; changes++) {
      same = raw.firstDifference(view, start, end, same);
      if (same === raw.length) return start + same;
      const leaf = leaves.find(same);
      if (leaf < 0) return -1;
      const rawStart = leaves.rawStart(leaf);
      const at = start + rawStart;
      const type = bytes[at];
      // What holds others has leaves of its own, and the mark changes what the tuple around it is.
      if (type === TYPE_TUPLE || type === TYPE_LIST || type === TYPE_MARK) return -1;
      const next = skip(bytes, at, end);
      scratch.clear();
      values.value(bytes, at, next, scratch);
      const rawEnd = leaves.rawEnd(leaf);
      const encodedStart = leaves.start(leaf);
      const encodedEnd = leaves.end(leaf);
      raw.replace(rawStart, rawEnd, bytes, at, next);
      encoded.replace(encodedStart, encodedEnd, scratch.bytes, 0, scratch.length);
      leaves.stretch(
        leaf,
        next - at - (rawEnd - rawStart),
        scratch.length - (encodedEnd - encodedStart),
      );
      same = rawStart + next - at;
    }
    return -1;
  }
}
