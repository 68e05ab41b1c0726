/**
 * What the session and its trace worker tell each other while the worker is busy: a few numbers in shared
 * memory. Messages are only for the start and the end, because a worker that polls reads none.
 */

/** Of which the numbers behind them need an even count. */
const FLAGS = 2;
const ENDED = 0;
const WAKE = 1;

/** One side's view; both sides make one over the same buffer. */
export class SharedState {
  readonly #flags: Int32Array<SharedArrayBuffer>;
  readonly #numbers: Float64Array<SharedArrayBuffer>;

  constructor(
    readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(FLAGS * 4 + 2 * 8),
  ) {
    this.#flags = new Int32Array(buffer, 0, FLAGS);
    this.#numbers = new Float64Array(buffer, FLAGS * 4, 2);
  }

  /** The program is no more; what is in the ring is all there will be. */
  markEnded(): void {
    Atomics.store(this.#flags, ENDED, 1);
    Atomics.store(this.#flags, WAKE, 1);
    Atomics.notify(this.#flags, WAKE);
  }

  get ended(): boolean {
    return Atomics.load(this.#flags, ENDED) === 1;
  }

  /** Blocks for at most `milliseconds`, less when the program ends. For the worker only. */
  pause(milliseconds: number): void {
    Atomics.wait(this.#flags, WAKE, 0, milliseconds);
  }

  /** Shown as progress: a torn read would do no harm. */
  report(steps: number, bytes: number): void {
    this.#numbers[0] = steps;
    this.#numbers[1] = bytes;
  }

  get steps(): number {
    return this.#numbers[0]!;
  }

  /** Bytes of the container so far. */
  get bytes(): number {
    return this.#numbers[1]!;
  }
}
