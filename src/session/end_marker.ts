/** Finds in a pipe's bytes the mark that was put there to tell what came before from what came after. */
export class EndMarker {
  /** Random: nobody else writes it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes that may be the beginning of the mark. */
  #held = 0;

  constructor(bytes: Uint8Array<ArrayBuffer> = crypto.getRandomValues(new Uint8Array(16))) {
    this.bytes = bytes;
  }

  /**
   * Takes the mark out of what came, wherever it was cut.
   *
   * @returns What stands before the mark, and what behind it; `after` is null as long as it has not come.
   */
  take(piece: Uint8Array): { before: Uint8Array; after: Uint8Array | null } {
    const bytes = new Uint8Array(this.#held + piece.length);
    bytes.set(this.bytes.subarray(0, this.#held));
    bytes.set(piece, this.#held);
    let at = 0;
    while (at < bytes.length && !this.#standsAt(bytes, at)) at++;
    const before = bytes.subarray(0, at);
    const whole = at + this.bytes.length <= bytes.length;
    this.#held = whole ? 0 : bytes.length - at;
    return { before, after: whole ? bytes.subarray(at + this.bytes.length) : null };
  }

  /** What was held back, when no more is coming. */
  rest(): Uint8Array {
    const rest = this.bytes.slice(0, this.#held);
    this.#held = 0;
    return rest;
  }

  #standsAt(bytes: Uint8Array, at: number): boolean {
    const length = Math.min(this.bytes.length, bytes.length - at);
    for (let n = 0; n < length; n++) if (bytes[at + n] !== this.bytes[n]) return false;
    return true;
  }
}
