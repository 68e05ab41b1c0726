/** Where a printed trace goes. */
export interface TextSink {
  /** Adds text; may be held back until {@link flush}. */
  write(text: string): void;
  /** Hands on what is held back. */
  flush(): void;
  /** Whether a person is looking at a terminal that shows colours. */
  readonly colours: boolean;
}

/** Whoever read our output has seen enough (`| head`); no error, but nothing more to do. */
export class ReaderGone extends Error {
  override readonly name = "ReaderGone";
}

const BUFFERED_CHARACTERS = 64 * 1024;

/** Standard output, in large pieces: one write per line would take longer than reading the trace. */
export class StandardOutput implements TextSink {
  readonly colours: boolean = Deno.stdout.isTerminal() && !Deno.noColor;
  readonly #encoder = new TextEncoder();
  #parts: string[] = [];
  #size = 0;

  write(text: string): void {
    this.#parts.push(text);
    this.#size += text.length;
    if (this.#size >= BUFFERED_CHARACTERS) this.flush();
  }

  flush(): void {
    const bytes = this.#encoder.encode(this.#parts.join(""));
    this.#parts = [];
    this.#size = 0;
    let done = 0;
    while (done < bytes.length) {
      try {
        done += Deno.stdout.writeSync(bytes.subarray(done));
      } catch (error) {
        if (error instanceof Deno.errors.BrokenPipe) throw new ReaderGone();
        if (!(error instanceof Deno.errors.WouldBlock)) throw error;
        // Another process has made the shared pipe non-blocking, and it is full.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
      }
    }
  }
}
