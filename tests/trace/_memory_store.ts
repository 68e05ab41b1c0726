import type { RandomAccessSink } from "../../src/trace/ctfs/container_writer.ts";
import type { SpoolFactory, SpoolFile } from "../../src/trace/file_store.ts";

/** A file in memory. */
export class MemoryFile implements RandomAccessSink, SpoolFile {
  #bytes = new Uint8Array(1 << 16);
  length = 0;
  syncs = 0;
  closed = false;

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length);
  }

  writeAt(bytes: Uint8Array, offset: number): void {
    const end = offset + bytes.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(2 * end);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, offset);
    this.length = Math.max(this.length, end);
  }

  readAt(into: Uint8Array, offset: number): number {
    const part = this.bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  }

  sync(): void {
    this.syncs++;
  }

  close(): void {
    this.closed = true;
  }
}

/** Spool files in memory. */
export class MemorySpool implements SpoolFactory {
  readonly files = new Map<string, MemoryFile>();

  open(name: string): MemoryFile {
    const file = new MemoryFile();
    this.files.set(name, file);
    return file;
  }
}
