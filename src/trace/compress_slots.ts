/** The memory that a trace's writer shares with a compressor beside it: contents go there, and come back as frames. */

/** How many contents there can be at once: each stream of objects fills one, while others are compressed. */
export const SLOTS = 5;
/** Of a content: the most that a chunk of 1,024 records of objects has. */
export const SLOT_BYTES = 2 << 20;

/** Words of the head: what the compressor is up to, how many contents were handed over, and how many are done, … */
const STATE = 0;
const SUBMITTED = 1;
const DONE = 2;
/** … and of each content on its way: where it is, its bytes, and those of its frame. */
const FIRST_ORDER = 4;
const [SLOT, LENGTH, FRAME_LENGTH, ORDER_WORDS] = [0, 1, 2, 3];
/** The slots begin on a page. */
const HEAD_BYTES = 4096;
/** A content, and behind it room for its frame. The system gives memory for what is used of both. */
const STRIDE = 2 * SLOT_BYTES;

/** {@link STATE}, in this order. */
const READY = 1;
const GONE = 2;

/** {@link FRAME_LENGTH} of what it could not compress. */
const FAILED = -1;

/** One side's view; both sides make one over the same memory. */
export class CompressSlots {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #slots: readonly Uint8Array<SharedArrayBuffer>[];
  readonly #frames: readonly Uint8Array<SharedArrayBuffer>[];

  constructor(
    readonly memory: SharedArrayBuffer = new SharedArrayBuffer(HEAD_BYTES + SLOTS * STRIDE),
  ) {
    this.#words = new Int32Array(memory, 0, HEAD_BYTES / 4);
    const parts = (offset: number) =>
      Array.from(
        { length: SLOTS },
        (_, slot) => new Uint8Array(memory, HEAD_BYTES + slot * STRIDE + offset, SLOT_BYTES),
      );
    this.#slots = parts(0);
    this.#frames = parts(SLOT_BYTES);
  }

  /** Whether there is a compressor that takes contents. */
  get isReady(): boolean {
    return Atomics.load(this.#words, STATE) === READY;
  }

  /** A slot's memory, for a content, which the compressor leaves as it is; always the same object. */
  slot(number: number): Uint8Array<SharedArrayBuffer> {
    return this.#slots[number]!; // holds: the numbers are those of SLOTS
  }

  /**
   * Hands a slot's content over. It must not change until {@link frameOf} is not undefined.
   *
   * @returns What to ask {@link frameOf} for.
   */
  submit(slot: number, length: number): number {
    const order = Atomics.load(this.#words, SUBMITTED);
    const at = orderAt(order);
    this.#words[at + SLOT] = slot;
    this.#words[at + LENGTH] = length;
    Atomics.store(this.#words, SUBMITTED, order + 1 | 0);
    Atomics.notify(this.#words, SUBMITTED);
    return order;
  }

  /** The frame, in place until the slot is handed over again; null if there is none, and never will be; undefined as long as there is none. */
  frameOf(order: number): Uint8Array<SharedArrayBuffer> | null | undefined {
    // Counted by 32 bits, so that only the difference means anything.
    if ((Atomics.load(this.#words, DONE) - order | 0) <= 0) {
      return Atomics.load(this.#words, STATE) === GONE ? null : undefined;
    }
    const at = orderAt(order);
    const length = this.#words[at + FRAME_LENGTH]!; // holds: within the head
    if (length === FAILED) return null;
    return this.#frames[this.#words[at + SLOT]!]!.subarray(0, length); // holds: as above; as for slot()
  }

  /** Returns when {@link frameOf} is not undefined. Blocks the thread. */
  wait(order: number): void {
    for (;;) {
      const done = Atomics.load(this.#words, DONE);
      if (this.frameOf(order) !== undefined) return;
      Atomics.wait(this.#words, DONE, done);
    }
  }

  /** The compressor ends, or has ended: it takes no more, and nobody waits for it. For any thread. */
  markGone(): void {
    Atomics.store(this.#words, STATE, GONE);
    Atomics.notify(this.#words, SUBMITTED);
    Atomics.notify(this.#words, DONE);
  }

  /**
   * For the compressor: calls `compress` for each content in turn, until {@link markGone}. Blocks the thread.
   *
   * @param compress Returns the frame, which is copied; null where it can't be made.
   */
  serve(compress: (content: Uint8Array) => Uint8Array | null): void {
    const words = this.#words;
    Atomics.compareExchange(words, STATE, 0, READY);
    for (let order = 0; this.isReady; order = order + 1 | 0) {
      while (this.isReady && Atomics.load(words, SUBMITTED) === order) {
        Atomics.wait(words, SUBMITTED, order);
      }
      if (!this.isReady) return;
      const at = orderAt(order);
      const slot = words[at + SLOT]!; // holds: within the head
      const frame = compress(this.slot(slot).subarray(0, words[at + LENGTH]!)); // holds: as above
      const fits = frame !== null && frame.length <= SLOT_BYTES;
      // Not over the content: where this was marked as gone meanwhile, the writer may be at it itself.
      if (fits) this.#frames[slot]!.set(frame); // holds: as for slot()
      words[at + FRAME_LENGTH] = fits ? frame.length : FAILED;
      Atomics.store(words, DONE, order + 1 | 0);
      Atomics.notify(words, DONE);
    }
  }
}

/** At most as many are on their way as there are slots. */
function orderAt(order: number): number {
  return FIRST_ORDER + (order >>> 0) % SLOTS * ORDER_WORDS;
}
