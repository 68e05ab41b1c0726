import { internalError } from "../../errors/mod.ts";
import {
  BLOCK_SIZE,
  BLOCK_SIZE_OFFSET,
  CHAIN_SLOT,
  DIRECTORY_OFFSET,
  ENTRY_COUNT,
  ENTRY_COUNT_OFFSET,
  ENTRY_SIZE,
  MAGIC,
  MAX_LEVELS,
  packName,
  POINTERS_PER_BLOCK,
  SHARDS,
  SHARDS_OFFSET,
  VERSION,
  VERSION_OFFSET,
} from "./layout.ts";

/** Where a container goes: a file, or anything that takes bytes at any offset. */
export interface RandomAccessSink {
  /** Writes all of `bytes` from byte `offset` on; the bytes are the caller's again afterwards. */
  writeAt(bytes: Uint8Array, offset: number): void;
  /** Returns when everything written so far would survive a loss of power. */
  sync(): void;
}

/** One internal file, written front to back. */
export interface InternalFileWriter {
  /** Bytes appended so far. */
  readonly size: number;
  /**
   * Appends `bytes[start .. end)`.
   *
   * @throws {RecorderError} What the sink throws, or `ERR_UNKNOWN` after {@link close}.
   */
  append(bytes: Uint8Array, start?: number, end?: number): void;
  /** No more will come: writes what is buffered and hands unused blocks to the other files. */
  close(): void;
}

/** Where the writers of streams and tables get their files from. */
export interface InternalFileFactory {
  /** Begins an internal file; see {@link ContainerWriter.create}. */
  create(name: string): InternalFileWriter;
}

/** Consecutive blocks. */
interface BlockRun {
  first: number;
  count: number;
}

/**
 * Blocks that a file takes at a time: an eighth of its size, so that small files waste next to
 * nothing, and at most 64 KiB, from where on bigger writes are no faster.
 */
const MAX_EXTENT_BLOCKS = 16;
const EXTENT_SHARE = 8;

/** Hands out blocks: those that a closed file left over first, then new ones at the end. */
class BlockAllocator {
  /** Blocks of the container so far, the header among them. */
  end = 1;
  /** At most one run per closed file. */
  #free: BlockRun[] = [];

  /** Takes one to `wanted` consecutive blocks. */
  take(wanted: number): BlockRun {
    const reused = this.#free.at(-1);
    if (reused === undefined) {
      const first = this.end;
      this.end += wanted;
      return { first, count: wanted };
    }
    const count = Math.min(wanted, reused.count);
    const first = reused.first;
    reused.first += count;
    reused.count -= count;
    if (reused.count === 0) this.#free.pop();
    return { first, count };
  }

  /** Takes back blocks that were never written. */
  giveBack(first: number, count: number): void {
    if (count === 0) return;
    this.#free.push({ first, count });
    // Free blocks at the very end are cut off, so that the container ends with a used block.
    for (;;) {
      const last = this.#free.findIndex((run) => run.first + run.count === this.end);
      const run = this.#free[last];
      if (run === undefined) return;
      this.end -= run.count;
      this.#free.splice(last, 1);
    }
  }
}

/** One mapping block under construction. */
class MappingBlock {
  readonly #bytes = new Uint8Array(BLOCK_SIZE);
  readonly #view = new DataView(this.#bytes.buffer);
  count = 0;

  constructor(public number: number) {}

  /** Begins an empty block with the same storage. */
  restart(number: number): void {
    this.#bytes.fill(0);
    this.count = 0;
    this.number = number;
  }

  push(block: number): void {
    this.#set(this.count++, block);
  }

  chainTo(block: number): void {
    this.#set(CHAIN_SLOT, block);
  }

  write(sink: RandomAccessSink): void {
    sink.writeAt(this.#bytes, this.number * BLOCK_SIZE);
  }

  #set(slot: number, block: number): void {
    this.#view.setUint32(8 * slot, block >>> 0, true);
    this.#view.setUint32(8 * slot + 4, Math.floor(block / 2 ** 32), true);
  }
}

/**
 * The mapping of one file. In memory is only the path from the chain's current root down to the
 * level-1 block that is being filled: at most five blocks, however big the file.
 */
class Mapping {
  readonly firstBlock: number;
  /** `#path[i]` is of level i + 1; the last one is the root that the chain pointer leads to. */
  readonly #path: MappingBlock[];

  constructor(private readonly sink: RandomAccessSink, private readonly blocks: BlockAllocator) {
    this.firstBlock = blocks.take(1).first;
    this.#path = [new MappingBlock(this.firstBlock)];
  }

  push(dataBlock: number): void {
    let level = 0;
    while (level < this.#path.length && this.#level(level).count === POINTERS_PER_BLOCK) level++;
    if (level === this.#path.length) level = this.#addLevel();
    // Below the first block with a free slot all are full: written out and begun anew.
    for (; level > 0; level--) {
      const below = this.#level(level - 1);
      below.write(this.sink);
      const number = this.blocks.take(1).first;
      this.#level(level).push(number);
      below.restart(number);
    }
    this.#level(0).push(dataBlock);
  }

  #level(index: number): MappingBlock {
    // holds: who asks has compared with the length; the first level is always there.
    return this.#path[index]!;
  }

  /**
   * Puts a root of the next level on top.
   *
   * @returns The index of the new root in the path.
   */
  #addLevel(): number {
    if (this.#path.length === MAX_LEVELS) {
      throw internalError(
        "ERR_UNKNOWN",
        `Cannot extend an internal file beyond ${MAX_LEVELS} levels of mapping blocks`,
      );
    }
    const root = new MappingBlock(this.blocks.take(1).first);
    this.#level(this.#path.length - 1).chainTo(root.number);
    return this.#path.push(root) - 1;
  }

  finish(): void {
    for (const block of this.#path) block.write(this.sink);
  }
}

class MappedFileWriter implements InternalFileWriter {
  size = 0;
  readonly #mapping: Mapping;
  /** Holds the current extent, which is written when it is full. */
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #used = 0;
  #extent: BlockRun = { first: 0, count: 0 };
  #blocksWritten = 0;
  #closed = false;

  constructor(
    private readonly name: string,
    private readonly sink: RandomAccessSink,
    private readonly blocks: BlockAllocator,
  ) {
    this.#mapping = new Mapping(sink, blocks);
  }

  get mappingBlock(): number {
    return this.#mapping.firstBlock;
  }

  append(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    if (this.#closed) {
      throw internalError("ERR_UNKNOWN", `Cannot append to ${this.name}: it is closed already`);
    }
    this.size += end - start;
    while (start < end) {
      if (this.#used === this.#extent.count * BLOCK_SIZE) this.#nextExtent();
      const count = Math.min(end - start, this.#extent.count * BLOCK_SIZE - this.#used);
      if (start === 0 && count === bytes.length) this.#buffer.set(bytes, this.#used);
      else this.#buffer.set(bytes.subarray(start, start + count), this.#used);
      this.#used += count;
      start += count;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const extent = this.#extent;
    const usedBlocks = this.#writeExtent();
    this.blocks.giveBack(extent.first + usedBlocks, extent.count - usedBlocks);
    this.#mapping.finish();
    this.#buffer = new Uint8Array(0);
  }

  #nextExtent(): void {
    this.#writeExtent();
    const wanted = Math.floor(this.#blocksWritten / EXTENT_SHARE);
    this.#extent = this.blocks.take(Math.min(Math.max(wanted, 1), MAX_EXTENT_BLOCKS));
    const bytes = this.#extent.count * BLOCK_SIZE;
    if (this.#buffer.length < bytes) this.#buffer = new Uint8Array(bytes);
  }

  /**
   * Writes the blocks of the extent that hold anything, whole, the last one padded with zeros.
   *
   * @returns The number of blocks written.
   */
  #writeExtent(): number {
    const count = Math.ceil(this.#used / BLOCK_SIZE);
    const bytes = count * BLOCK_SIZE;
    this.#buffer.fill(0, this.#used, bytes);
    if (count > 0) {
      this.sink.writeAt(this.#buffer.subarray(0, bytes), this.#extent.first * BLOCK_SIZE);
    }
    // Pointers are set only now: readers refuse a mapping of more blocks than the size needs.
    for (let i = 0; i < count; i++) this.#mapping.push(this.#extent.first + i);
    this.#blocksWritten += count;
    this.#used = 0;
    return count;
  }
}

/**
 * Writes a CTFS container as a stream: any number of internal files grow side by side, and what
 * stays in memory per file is its mapping path and at most one extent of 64 KiB.
 *
 * The header is written last, so that an unfinished container is not taken for a trace.
 */
export class ContainerWriter implements InternalFileFactory {
  readonly #blocks = new BlockAllocator();
  readonly #files = new Map<string, MappedFileWriter>();
  #finished = false;

  /** @param sink Where the container goes, from its offset 0 on. */
  constructor(private readonly sink: RandomAccessSink) {}

  /** Bytes of the container so far, blocks that are reserved or still in memory included. */
  get size(): number {
    return this.#blocks.end * BLOCK_SIZE;
  }

  /**
   * Begins an internal file.
   *
   * @param name 1 to 12 characters of `0-9a-z./-`.
   * @throws {RecorderError} `ERR_UNKNOWN` if the name is malformed or taken, or the directory full.
   */
  create(name: string): InternalFileWriter {
    packName(name);
    if (this.#finished || this.#files.has(name) || this.#files.size === ENTRY_COUNT) {
      const why = this.#finished
        ? "the container is finished"
        : this.#files.has(name)
        ? "it exists already"
        : `the directory has ${ENTRY_COUNT} entries`;
      throw internalError("ERR_UNKNOWN", `Cannot create the internal file ${name}: ${why}`);
    }
    const file = new MappedFileWriter(name, this.sink, this.#blocks);
    this.#files.set(name, file);
    return file;
  }

  /**
   * Closes all files, writes the header and syncs.
   *
   * @throws {RecorderError} What the sink throws; the container is not readable then.
   */
  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    for (const file of this.#files.values()) file.close();
    const header = new Uint8Array(BLOCK_SIZE);
    const view = new DataView(header.buffer);
    header.set(MAGIC);
    header[VERSION_OFFSET] = VERSION;
    header[SHARDS_OFFSET] = SHARDS;
    view.setUint32(BLOCK_SIZE_OFFSET, BLOCK_SIZE, true);
    view.setUint32(ENTRY_COUNT_OFFSET, ENTRY_COUNT, true);
    let at = DIRECTORY_OFFSET;
    for (const [name, file] of this.#files) {
      view.setBigUint64(at, BigInt(file.size), true);
      view.setBigUint64(at + 8, BigInt(file.mappingBlock), true);
      view.setBigUint64(at + 16, packName(name), true);
      at += ENTRY_SIZE;
    }
    this.sink.writeAt(header, 0);
    this.sink.sync();
  }
}
