/**
 * Compresses chunks in a thread beside the one that writes them, once there is much to compress. Frames are the same wherever
 * they are made.
 */
import type { ByteBuffer } from "./byte_buffer.ts";
import { compressFrame, type FrameKind } from "./compress_frame.ts";
import { CompressSlots, SLOT_BYTES, SLOTS } from "./compress_slots.ts";
import { type Compressor, SHORTEST_ALONE } from "./compressor.ts";

/**
 * So much is compressed thoroughly before another thread is asked for. To make one takes as long as to compress twice as
 * much; what comes behind so much is mostly far more.
 */
const MANY_BYTES = 2 << 20;
/** Frames that were made here, and wait for one that is made elsewhere; with more, the thread waits. */
const MOST_WAITING = 32;

/** A frame that is to be taken when those before it were. */
interface Waiting {
  /** Made here; null if it is made elsewhere. */
  readonly frame: Uint8Array | null;
  readonly order: number;
  readonly slot: number;
  /** Of the content. */
  readonly length: number;
  readonly take: (frame: Uint8Array) => void;
}

/** The writer's side. */
export class SharedCompressor implements Compressor {
  readonly #ask: (memory: SharedArrayBuffer) => void;
  readonly #manyBytes: number;
  #slots: CompressSlots | null = null;
  /** Compressed before anybody was asked. */
  #bytes = 0;
  readonly #free: number[] = Array.from({ length: SLOTS }, (_, slot) => slot);
  /** By slot: whose storage it is, if that did not need more room since. */
  readonly #holders: (ByteBuffer | undefined)[] = [];
  readonly #waiting: Waiting[] = [];
  /** Bytes of the longest content that was handed over. */
  #longest = 0;

  /**
   * @param ask Is called once, for a thread that runs `serveCompressor` with this memory. There may never be one.
   * @param manyBytes Compressed here before that.
   */
  constructor(ask: (memory: SharedArrayBuffer) => void, manyBytes = MANY_BYTES) {
    this.#ask = ask;
    this.#manyBytes = manyBytes;
  }

  /** Bytes of contents whose frames have not been taken. */
  get waitingBytes(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, 0);
  }

  /** Bytes that the frames on their way take at most, as long as no content is longer than those so far. */
  get mostOnTheirWay(): number {
    return SLOTS * this.#longest;
  }

  compress(buffer: ByteBuffer, kind: FrameKind, take: (frame: Uint8Array) => void): void {
    this.#takeThoseDone();
    const { length } = buffer;
    if (length >= SHORTEST_ALONE) {
      if (kind === "thorough") {
        const slots = this.#slots ?? this.#askFor(length);
        const slot = slots?.isReady ? this.#slotOf(slots, buffer) : null;
        if (slots !== null && slot !== null) {
          if (length > this.#longest) this.#longest = length;
          const order = slots.submit(slot, length);
          this.#waiting.push({ frame: null, order, slot, length, take });
          return;
        }
      } else this.settle();
    }
    const frame = compressFrame(buffer.bytes.subarray(0, length), kind);
    buffer.clear();
    if (this.#waiting.length === 0) return take(frame);
    this.#waiting.push({ frame: frame.slice(), order: 0, slot: -1, length, take });
    while (this.#waiting.length > MOST_WAITING) this.#takeFirst();
  }

  settle(): void {
    while (this.#waiting.length > 0) this.#takeFirst();
  }

  #askFor(length: number): CompressSlots | null {
    this.#bytes += length;
    if (this.#bytes < this.#manyBytes) return null;
    this.#slots = new CompressSlots();
    this.#ask(this.#slots.memory);
    return this.#slots;
  }

  /** The slot in which the buffer's content is now, while the buffer is empty; null if there is none for it. */
  #slotOf(slots: CompressSlots, buffer: ByteBuffer): number | null {
    const held = this.#holders.indexOf(buffer);
    if (held >= 0) {
      this.#holders[held] = undefined;
      if (buffer.bytes === slots.slot(held)) {
        this.#swap(slots, buffer);
        return held;
      }
      this.#free.push(held);
    }
    const { length } = buffer;
    const slot = length <= SLOT_BYTES ? this.#free.pop() : undefined;
    if (slot === undefined) return null;
    slots.slot(slot).set(buffer.bytes.subarray(0, length));
    this.#swap(slots, buffer);
    return slot;
  }

  /** Another storage for what comes next. */
  #swap(slots: CompressSlots, buffer: ByteBuffer): void {
    const slot = this.#free.pop();
    if (slot === undefined) return buffer.takeOwn();
    buffer.adopt(slots.slot(slot));
    this.#holders[slot] = buffer;
  }

  #takeThoseDone(): void {
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined) return;
      if (first.frame === null && this.#slots?.frameOf(first.order) === undefined) return;
      this.#takeFirst();
    }
  }

  /** Waits for the first one where it has to. */
  #takeFirst(): void {
    const first = this.#waiting.shift();
    const slots = this.#slots;
    if (first === undefined || slots === null) return;
    if (first.frame !== null) return first.take(first.frame);
    try {
      slots.wait(first.order);
      // Where none was made, the content stands there all the same.
      const content = slots.slot(first.slot).subarray(0, first.length);
      first.take(slots.frameOf(first.order) ?? compressFrame(content, "thorough"));
    } finally {
      this.#free.push(first.slot);
    }
  }
}
