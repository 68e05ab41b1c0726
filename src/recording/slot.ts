/**
 * A variable's value as it came last, and its record: most values repeat from step to step, and of long ones that don't
 * mostly a part does.
 */
import { ByteBuffer } from "../trace/byte_buffer.ts";
import { skip, TYPE_LIST, TYPE_MARK, TYPE_TUPLE } from "../wire/marshal.ts";
import { PACKED_INT, type PackedPlain } from "../wire/packed.ts";
import { PartIndex } from "./part_index.ts";
import { MOST_BY_REFERENCE, type ValueTranscoder } from "./value_transcoder.ts";

/** Shorter values are encoded as a whole: that takes no longer than to find out what has changed. */
const SHORTEST_PATCHED = 48;
/** With more changes in one value it is encoded as a whole. */
const MOST_CHANGES = 16;

/** The parts of what comes in the place of another part. */
const freshParts = new PartIndex();

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
  #parts: PartIndex | null = null;
  /** Whether something in it stands in the trace as it was described or kept. */
  #refers = false;

  constructor(readonly variableId: number) {}

  /** Of memory, for what came and what it became. */
  get bytes(): number {
    return this.raw.bytes.length + this.encoded.bytes.length + (this.#parts?.bytes ?? 0);
  }

  /** Gives the memory back: the next value is taken in as the first one was. */
  forget(): void {
    this.version++;
    this.raw.release();
    this.encoded.release();
    this.#parts = null;
    this.#packed = 0;
    this.redacted = this.dropped = 0;
  }

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
    values.refers = false;
    if (end - start < SHORTEST_PATCHED) {
      this.#parts = null;
      values.value(bytes, start, end, this.encoded);
    } else {
      this.#parts ??= new PartIndex();
      values.valueAndParts(bytes, start, end, this.encoded, this.#parts);
    }
    this.#refers = values.refers;
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
   * Takes in the value at `start`, if it differs from the one that came last in a few of its parts alone.
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
    const { raw } = this;
    const parts = this.#parts;
    if (parts === null || raw.length === 0) return -1;
    this.version++;
    // What came last is changed part by part, so that up to `same` it is what comes now.
    let same = 0;
    for (let changes = 0; changes <= MOST_CHANGES; changes++) {
      same = raw.firstDifference(view, start, end, same);
      if (same === raw.length) return start + same;
      let part = parts.find(same);
      // The mark changes what the tuple around it is.
      if (bytes[start + parts.rawStart(part)] === TYPE_MARK) part = parts.around(part);
      if (part <= 0) return -1;
      same = this.#exchange(values, bytes, start, end, scratch, parts, part);
      if (same < 0) return -1;
    }
    return -1;
  }

  /** Takes in one part of the value at `start`. Returns where it ends; -1 if what stands around it may change as well. */
  #exchange(
    values: ValueTranscoder,
    bytes: Uint8Array,
    start: number,
    end: number,
    scratch: ByteBuffer,
    parts: PartIndex,
    part: number,
  ): number {
    const { raw, encoded } = this;
    const rawStart = parts.rawStart(part);
    const rawEnd = parts.rawEnd(part);
    // How many of them a container hides isn't known.
    const hides = this.redacted > 0 || this.dropped > 0;
    if (hides && isContainer(raw.bytes[rawStart])) return -1;
    const at = start + rawStart;
    const next = skip(bytes, at, end, parts.depth(part));
    scratch.clear();
    values.redacted = values.dropped = 0;
    values.refers = false;
    const fresh = isContainer(bytes[at]) ? freshParts : null;
    if (fresh === null) values.value(bytes, at, next, scratch);
    else values.valueAndParts(bytes, at, next, scratch, fresh);
    if (values.redacted > 0 || values.dropped > 0) return -1;
    this.#refers ||= values.refers;
    const encodedStart = parts.start(part);
    const encodedEnd = parts.end(part);
    const longest = encoded.length + Math.max(0, scratch.length - (encodedEnd - encodedStart));
    // Behind so many bytes a reference is left out.
    if (this.#refers && longest > MOST_BY_REFERENCE) return -1;
    if (!parts.exchange(part, next - at, scratch.length, fresh)) return -1;
    raw.replace(rawStart, rawEnd, bytes, at, next);
    encoded.replace(encodedStart, encodedEnd, scratch.bytes, 0, scratch.length);
    return rawStart + next - at;
  }
}

function isContainer(type: number | undefined): boolean {
  return type === TYPE_TUPLE || type === TYPE_LIST;
}
