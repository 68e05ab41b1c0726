import { classifyError, type RecorderError } from "../../errors/mod.ts";

/** Bytes that are read at any offset: a file, or memory. */
export interface ByteSource {
  /** In bytes; what it was when the source was opened. */
  readonly size: number;
  /**
   * Fills `target` from byte `offset` on.
   *
   * @returns Bytes read: fewer than `target.length` only at the end.
   * @throws {RecorderError} `ERR_IO` if the system refuses.
   */
  readAt(target: Uint8Array, offset: number): number;
  /** No more is read; may be called twice. */
  close(): void;
}

/** A trace on disk. Needs `--allow-read` for it. */
export class FileSource implements ByteSource {
  readonly size: number;
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #closed = false;

  /** @throws {RecorderError} `ERR_IO` if it can't be opened. */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#file = Deno.openSync(path);
    } catch (error) {
      throw ioError(error, path);
    }
    try {
      this.size = this.#file.statSync().size;
    } catch (error) {
      this.close();
      throw ioError(error, path);
    }
  }

  readAt(target: Uint8Array, offset: number): number {
    try {
      this.#file.seekSync(offset, Deno.SeekMode.Start);
      let done = 0;
      while (done < target.length) {
        const count = this.#file.readSync(done === 0 ? target : target.subarray(done));
        if (count === null) break;
        done += count;
      }
      return done;
    } catch (error) {
      throw ioError(error, this.#path);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
  }
}

/** A trace in memory. */
export class MemorySource implements ByteSource {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  readAt(target: Uint8Array, offset: number): number {
    const part = this.#bytes.subarray(offset, offset + target.length);
    target.set(part);
    return part.length;
  }

  close(): void {}
}

function ioError(error: unknown, path: string): RecorderError {
  return classifyError(error, { failed: "Cannot read the trace", path });
}
