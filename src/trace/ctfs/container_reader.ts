import { ensureUsage } from "../../errors/mod.ts";
import { corrupt, type Place } from "../reader/_corrupt.ts";
import { LruCache } from "../reader/_lru.ts";
import { type ByteSource, FileSource } from "./byte_source.ts";
import {
  BLOCK_SIZE_OFFSET,
  DIRECTORY_OFFSET,
  ENCRYPTION_OFFSET,
  ENTRY_COUNT_OFFSET,
  ENTRY_SIZE,
  MAGIC,
  MAX_LEVELS,
  SHARDS_OFFSET,
  unpackName,
  VERSION_OFFSET,
} from "./layout.ts";

/** What the readers in the field take; the Nim reader knows 4096 only. */
const BLOCK_SIZES = [1024, 2048, 4096];
/** Mapping blocks kept in memory: each stands for 2 MiB of an internal file. */
const CACHED_MAPPING_BLOCKS = 256;

/** A file inside the container; its bytes stay on disk until a range of them is asked for. */
export interface InternalFile {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Number of the first mapping block; 0 for an empty file without one. */
  readonly mapping: number;
}

/**
 * Random access to the files inside a `.ct` container.
 *
 * Only the first block is read when the container is opened; what else is needed to find a byte is
 * read when somebody asks for it. Every size and block number is checked before it is used, so a
 * damaged container leads to `ERR_TRACE_CORRUPT` and to nothing else.
 *
 * Needs `--allow-read` for the container.
 */
export class ContainerReader implements Disposable {
  /** Path of the container, as it was given. */
  readonly path: string;
  /** Format version, 2 to 4. */
  readonly version: number;
  /** In bytes. */
  readonly size: number;
  readonly #source: ByteSource;
  readonly #files = new Map<string, InternalFile>();
  readonly #mappingBlocks = new LruCache<DataView>(CACHED_MAPPING_BLOCKS, Infinity);
  readonly #blockSize: number;
  readonly #blockCount: number;
  #closed = false;

  /**
   * Opens a container.
   *
   * @param path Path of the file.
   * @param source Where its bytes are; by default the file at the path.
   * @throws {RecorderError} `ERR_TRACE_CORRUPT` if it is no container, `ERR_IO` if it can't be read.
   */
  constructor(path: string, source: ByteSource = new FileSource(path)) {
    this.path = path;
    this.#source = source;
    try {
      this.size = source.size;
      const header = this.#readAt(0, Math.min(this.size, DIRECTORY_OFFSET));
      const place = this.place("header");
      if (header.length < DIRECTORY_OFFSET || MAGIC.some((byte, index) => header[index] !== byte)) {
        throw corrupt(place, "this is not a CodeTracer container");
      }
      const view = viewOf(header);
      this.version = view.getUint8(VERSION_OFFSET);
      if (this.version < 2 || this.version > 4) {
        throw corrupt(place, `the format version is ${this.version}, expected 2 to 4`);
      }
      // The second of these counts shards since version 4; before that it was an option as well.
      const options = view.getUint8(ENCRYPTION_OFFSET) |
        (this.version < 4 ? view.getUint8(SHARDS_OFFSET) : 0);
      if (options !== 0) {
        throw corrupt(place, "the container is compressed or encrypted as a whole");
      }
      this.#blockSize = view.getUint32(BLOCK_SIZE_OFFSET, true);
      if (!BLOCK_SIZES.includes(this.#blockSize)) {
        throw corrupt(place, `the block size is ${this.#blockSize}, expected 1024, 2048 or 4096`);
      }
      this.#blockCount = Math.floor(this.size / this.#blockSize);
      if (this.#blockCount === 0) {
        throw corrupt(place, "the container is shorter than its first block");
      }
      this.#readDirectory(view.getUint32(ENTRY_COUNT_OFFSET, true));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #readDirectory(entries: number): void {
    const place = this.place("header");
    if (entries * ENTRY_SIZE + DIRECTORY_OFFSET > this.#blockSize) {
      throw corrupt(place, `${entries} directory entries do not fit into the first block`);
    }
    const directory = viewOf(this.#readAt(DIRECTORY_OFFSET, entries * ENTRY_SIZE));
    for (let entry = 0; entry < entries; entry++) {
      const at = entry * ENTRY_SIZE;
      const packedName = directory.getBigUint64(at + 16, true);
      if (packedName === 0n) continue;
      const name = unpackName(packedName);
      if (name === null) throw corrupt(place, "a malformed file name", { entry });
      if (this.#files.has(name)) throw corrupt(place, `the file ${name} is there twice`, { entry });
      const size = u64(directory, at);
      if (size > this.#blockCount * this.#blockSize) {
        throw corrupt(this.place(name), `size ${size} is more than the container holds`);
      }
      this.#files.set(name, { name, size, mapping: u64(directory, at + 8) });
    }
  }

  /** For error messages: this container and a file in it. */
  place(file: string): Place {
    return { trace: this.path, file };
  }

  /** Names of the files inside, in the directory's order. */
  names(): string[] {
    return [...this.#files.keys()];
  }

  /** The file of that name, or undefined if there is none. */
  file(name: string): InternalFile | undefined {
    return this.#files.get(name);
  }

  /**
   * Bytes of an internal file.
   *
   * @param file As {@link file} gave it.
   * @param start First byte.
   * @param end Byte after the last one; at most the file's size.
   * @returns A new array of `end - start` bytes.
   * @throws {RecorderError} `ERR_TRACE_CORRUPT` if the range or a block is outside, `ERR_IO` if
   * reading fails, `ERR_USAGE` if the container is closed.
   */
  read(file: InternalFile, start = 0, end = file.size): Uint8Array<ArrayBuffer> {
    if (start < 0 || start > end || end > file.size) {
      throw corrupt(
        this.place(file.name),
        `bytes ${start} to ${end} of a file of ${file.size} bytes`,
      );
    }
    const target = new Uint8Array(end - start);
    const blockSize = this.#blockSize;
    let done = 0;
    while (done < target.length) {
      const at = start + done;
      const index = Math.floor(at / blockSize);
      const offset = at - index * blockSize;
      const first = this.#dataBlock(file, index);
      let available = blockSize - offset;
      // Neighbours in the file are often neighbours on disk: one read for all of them.
      for (let next = 1; available < target.length - done; next++) {
        if (this.#dataBlock(file, index + next) !== first + next) break;
        available += blockSize;
      }
      const count = Math.min(available, target.length - done);
      this.#fill(target.subarray(done, done + count), first * blockSize + offset);
      done += count;
    }
    return target;
  }

  /** Where on disk the `index`-th block of a file is. */
  #dataBlock(file: InternalFile, index: number): number {
    const pointers = this.#blockSize / 8 - 1;
    let mapping = this.#checked(file, file.mapping);
    let rest = index;
    let reach = pointers;
    for (let level = 1;; level++) {
      if (rest < reach) {
        // Down the tree: each slot of this block stands for reach / pointers data blocks.
        while (level > 1) {
          reach /= pointers;
          mapping = this.#pointer(file, mapping, Math.floor(rest / reach));
          rest %= reach;
          level--;
        }
        return this.#pointer(file, mapping, rest);
      }
      if (level === MAX_LEVELS) throw corrupt(this.place(file.name), "too many mapping levels");
      mapping = this.#pointer(file, mapping, pointers);
      rest -= reach;
      reach *= pointers;
    }
  }

  #pointer(file: InternalFile, mapping: number, slot: number): number {
    let block = this.#mappingBlocks.get(mapping);
    if (block === undefined) {
      block = viewOf(this.#readAt(mapping * this.#blockSize, this.#blockSize));
      this.#mappingBlocks.set(mapping, block, 0);
    }
    return this.#checked(file, u64(block, slot * 8));
  }

  #checked(file: InternalFile, block: number): number {
    if (block === 0 || block >= this.#blockCount) {
      throw corrupt(
        this.place(file.name),
        block === 0
          ? "a pointer to a block is missing"
          : `block ${block} is outside the container's ${this.#blockCount} blocks`,
      );
    }
    return block;
  }

  #readAt(offset: number, count: number): Uint8Array<ArrayBuffer> {
    const target = new Uint8Array(count);
    this.#fill(target, offset);
    return target;
  }

  #fill(target: Uint8Array, offset: number): void {
    ensureUsage(
      !this.#closed,
      "ERR_USAGE",
      () => `Cannot read the trace (${this.path}): it has been closed`,
    );
    const done = this.#source.readAt(target, offset);
    // The size was taken when the file was opened; somebody has truncated it since.
    if (done < target.length) {
      throw corrupt(this.place("header"), "the file ends early", { offset: offset + done });
    }
  }

  /** Closes the file; reading afterwards is an error. May be called more than once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#mappingBlocks.clear();
    this.#source.close();
  }

  /** The same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A u64 as a number; above 2^53 it is no longer exact, but then it is out of every range as well. */
function u64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}
