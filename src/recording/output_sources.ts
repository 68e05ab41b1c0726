/**
 * Tells apart what came through a descriptor: what the program's own streams wrote there, which is recorded already,
 * and what others did: native code, child processes.
 *
 * The streams' writes are known before they reach the descriptor, as pieces; those of one writer come in order, and
 * whole unless they were cut where a buffer or the pipe was full. So the bytes are searched for the earliest place
 * where the oldest piece of some writer stands; what lies before it is others'. Where pieces are whole and there is
 * one writer, this finds every one of them, whatever the others write.
 */

/** Bytes that are known of one write; the rest of a longer one is taken by its length. */
export const KNOWN_OF_WRITE = 60_000;
/** A stream writes a part of a piece only when at least so much goes out in one go: a page, the smallest buffer. */
const SMALLEST_BUFFER = 4096;
/** Pieces that are this far behind went elsewhere: no stream of Python's holds so much back. */
const MOST_WAITING = 1 << 20;
/** What one waiting piece counts for beyond its bytes. */
const PER_PIECE = 64;

interface Piece {
  readonly data: Uint8Array;
  /** Bytes of `data` that have come. */
  done: number;
  /** Bytes that follow `data` in the same write, unknown. */
  readonly rest: number;
}

interface Writer {
  readonly pieces: Piece[];
  /** Index of the oldest that has not come. */
  first: number;
}

/** What becomes of bytes that no stream of the program wrote. */
export type TakeForeign = (bytes: Uint8Array, start: number, end: number) => void;

/** One descriptor's, or that of two descriptors which are the same file. */
export class OutputSources {
  readonly #writers = new Map<number, Writer>();
  readonly #foreign: TakeForeign;
  #waiting = 0;
  /** Undecided: the bytes may be the beginning of a piece whose rest is still to come. */
  #held: Uint8Array = new Uint8Array(0);
  /** Bytes of the streams' own that came last, one after the other. */
  #run = 0;
  /** Bytes of a long write that are still to come, known by their number alone. */
  #rest = 0;

  constructor(foreign: TakeForeign) {
    this.#foreign = foreign;
  }

  /**
   * A stream is about to write.
   *
   * @param writer The thread and the stream, as one number: its writes come in order.
   * @param data The first {@link KNOWN_OF_WRITE} bytes; kept.
   * @param length Of the whole write.
   */
  expect(writer: number, data: Uint8Array, length: number): void {
    if (data.length === 0) return;
    if (this.#waiting > MOST_WAITING) this.#forget();
    let known = this.#writers.get(writer);
    if (known === undefined) this.#writers.set(writer, known = { pieces: [], first: 0 });
    known.pieces.push({ data, done: 0, rest: length - data.length });
    this.#waiting += data.length + PER_PIECE;
  }

  /** The writer's latest write failed: what of it has not come may never come. */
  withdraw(writer: number): void {
    const known = this.#writers.get(writer);
    if (known === undefined || known.first === known.pieces.length) return;
    const piece = known.pieces.pop();
    if (piece !== undefined) this.#waiting -= piece.data.length + PER_PIECE;
    this.#tidy(writer, known);
  }

  /**
   * Takes in what came.
   *
   * @param goesOn The last write among these bytes may have been cut at their end.
   */
  take(bytes: Uint8Array, start: number, end: number, goesOn: boolean): void {
    if (this.#held.length > 0) {
      const joined = new Uint8Array(this.#held.length + end - start);
      joined.set(this.#held);
      joined.set(bytes.subarray(start, end), this.#held.length);
      this.#held = NONE;
      return this.#decide(joined, 0, joined.length, goesOn);
    }
    this.#decide(bytes, start, end, goesOn);
  }

  /** No more is coming. */
  finish(): void {
    const held = this.#held;
    this.#held = NONE;
    this.#decide(held, 0, held.length, false);
  }

  #decide(bytes: Uint8Array, start: number, end: number, goesOn: boolean): void {
    let at = start;
    while (at < end) {
      if (this.#rest > 0) {
        const count = Math.min(this.#rest, end - at);
        this.#rest -= count;
        this.#run += count;
        at += count;
        continue;
      }
      const found = this.#earliest(bytes, at, end, goesOn);
      const until = found?.at ?? end;
      if (until > at) {
        this.#run = 0;
        this.#foreign(bytes, at, until);
      }
      if (found === null) return;
      if (found.waits) {
        this.#held = bytes.slice(until, end);
        return;
      }
      this.#come(found.writer, found.length);
      at = until + found.length;
    }
  }

  /** The first place where a piece stands. `waits`: it would, if what follows these bytes is the rest of it. */
  #earliest(
    bytes: Uint8Array,
    start: number,
    end: number,
    goesOn: boolean,
  ): { at: number; writer: number; length: number; waits: boolean } | null {
    if (this.#writers.size === 0) return null;
    for (let at = start; at < end; at++) {
      // A buffer may have been full in the middle of a piece; then much went out with its beginning.
      const run = at === start ? this.#run : 0;
      let partial: { at: number; writer: number; length: number; waits: boolean } | null = null;
      for (const [writer, { pieces, first }] of this.#writers) {
        const { data, done } = pieces[first]!; // holds: a writer without a waiting piece is not in the map
        if (data[done] !== bytes[at]) continue;
        const most = Math.min(data.length - done, end - at);
        let length = 1;
        while (length < most && data[done + length] === bytes[at + length]) length++;
        if (done + length === data.length) return { at, writer, length, waits: false };
        if (goesOn && at + length === end) partial ??= { at, writer, length, waits: true };
        else if (run + length >= SMALLEST_BUFFER) partial ??= { at, writer, length, waits: false };
      }
      if (partial !== null) return partial;
    }
    return null;
  }

  /** The next `length` bytes of the writer's oldest piece have come. */
  #come(writer: number, length: number): void {
    this.#run += length;
    const known = this.#writers.get(writer)!; // holds: found among them
    const piece = known.pieces[known.first]!; // holds: it has a waiting piece
    piece.done += length;
    if (piece.done < piece.data.length) return;
    this.#rest = piece.rest;
    this.#waiting -= piece.data.length + PER_PIECE;
    known.first++;
    this.#tidy(writer, known);
  }

  #tidy(writer: number, known: Writer): void {
    if (known.first === known.pieces.length) this.#writers.delete(writer);
    else if (known.first > 1000) known.pieces.splice(0, known.first), known.first = 0;
  }

  #forget(): void {
    this.#writers.clear();
    this.#waiting = 0;
  }
}

const NONE = new Uint8Array(0);
