import { writeStdout } from "../stdout.ts";
import { environmentVariable } from "./environment.ts";

/** Where a printed trace goes. */
export interface TextSink {
  /** Adds text; may be held back until {@link flush}. */
  write(text: string): void;
  /** Whether no more should be written before a {@link flush}; never when left out. */
  readonly isFull?: boolean;
  /** Hands on what is held back. */
  flush(): void | Promise<void>;
  /** Whether a person is looking at a terminal that shows colours. */
  readonly colours: boolean;
}

/** Whoever read our output has seen enough (`| head`); no error, but nothing more to do. */
export class ReaderGone extends Error {
  override readonly name = "ReaderGone";
}

/** One write per line would take longer than reading the trace. */
export const BUFFERED_CHARACTERS = 64 * 1024;

/** Standard output, in large pieces. */
export class StandardOutput implements TextSink {
  readonly colours: boolean = Deno.stdout.isTerminal() && !Deno.noColor &&
    environmentVariable("TERM") !== "dumb";
  #parts: string[] = [];
  #size = 0;

  write(text: string): void {
    this.#parts.push(text);
    this.#size += text.length;
    if (this.#size >= BUFFERED_CHARACTERS) this.flush();
  }

  flush(): void {
    const text = this.#parts.join("");
    this.#parts = [];
    this.#size = 0;
    if (!writeStdout(text)) throw new ReaderGone();
  }
}

/** Text is not held back for longer, where somebody may be waiting for it: milliseconds. */
const LONGEST_HELD = 200;
/** The clock is not looked at for each piece. */
const PIECES_PER_LOOK = 64;

/**
 * Hands on text piece by piece, not faster than it is taken. Empty pieces say that more is being
 * looked for.
 */
export async function send(pieces: Iterable<string>, sink: TextSink): Promise<void> {
  let flushed = performance.now();
  let untilLook = PIECES_PER_LOOK;
  for (const piece of pieces) {
    sink.write(piece);
    const isLate = (piece === "" || --untilLook <= 0) &&
      performance.now() - flushed > LONGEST_HELD;
    if (untilLook <= 0) untilLook = PIECES_PER_LOOK;
    if (!isLate && sink.isFull !== true) continue;
    await sink.flush();
    flushed = performance.now();
  }
}
