import type { ByteSource } from "../ctfs/byte_source.ts";
import {
  BLOCK_SIZE,
  BLOCK_SIZE_OFFSET,
  DIRECTORY_OFFSET,
  ENCRYPTION_OFFSET,
  ENTRY_COUNT,
  ENTRY_COUNT_OFFSET,
  ENTRY_SIZE,
  MAGIC,
  MAX_LEVELS,
  SHARDS_OFFSET,
  unpackName,
  VERSION_OFFSET,
} from "../ctfs/layout.ts";
import { corrupt } from "../reader/_corrupt.ts";
import type { FindingCode } from "./codes.ts";
import type { Findings } from "./findings.ts";

/** What the readers in the field take; the Nim reader knows 4096 only. */
const BLOCK_SIZES = [1024, 2048, 4096];
const HEADER = { file: "header" };
/** Owner of a block that nobody has claimed, and of the first one. */
const [FREE, HEADER_OWNER, FIRST_ENTRY] = [0, 1, 2];

/** A file of the container all of whose blocks are there. */
export class BlockFile {
  /** In bytes. */
  readonly size: number;
  readonly #source: ByteSource;
  readonly #blockSize: number;
  readonly #blocks: Float64Array;
  #buffer = new Uint8Array(0);

  constructor(source: ByteSource, blockSize: number, size: number, blocks: Float64Array) {
    this.#source = source;
    this.#blockSize = blockSize;
    this.size = size;
    this.#blocks = blocks;
  }

  /**
   * Bytes of the file; neighbouring blocks come with one read.
   *
   * @param start First byte.
   * @param end Byte after the last one, at most the size.
   * @returns A view that the next call overwrites.
   * @throws {RecorderError} `ERR_IO` if the system refuses.
   */
  read(start: number, end: number): Uint8Array {
    const length = end - start;
    if (length > this.#buffer.length) this.#buffer = new Uint8Array(Math.ceil(length * 1.5));
    for (let done = 0; done < length;) {
      const index = Math.floor((start + done) / this.#blockSize);
      const offset = start + done - index * this.#blockSize;
      const first = this.#blocks[index]!;
      let available = this.#blockSize - offset;
      for (let next = index + 1; available < length - done; next++) {
        if (this.#blocks[next] !== first + next - index) break;
        available += this.#blockSize;
      }
      const count = Math.min(available, length - done);
      fill(
        this.#source,
        this.#buffer.subarray(done, done + count),
        first * this.#blockSize + offset,
      );
      done += count;
    }
    return this.#buffer.subarray(0, length);
  }
}

/** Numbers of blocks, as many as there are: memory is that of what has been found. */
class BlockList {
  count = 0;
  #blocks = new Float64Array(8);

  push(block: number): void {
    if (this.count === this.#blocks.length) {
      const grown = new Float64Array(2 * this.count);
      grown.set(this.#blocks);
      this.#blocks = grown;
    }
    this.#blocks[this.count++] = block;
  }

  take(): Float64Array {
    return this.#blocks.subarray(0, this.count);
  }
}

/** What is wrong with a mapping; there is at most one per file. */
interface Fault {
  readonly code: FindingCode;
  readonly message: string;
}

/**
 * The outside of a container: header, directory, and who owns which block. Keeps a byte per block,
 * and the block numbers of the files.
 */
export class ContainerCheck {
  readonly blockSize: number;
  readonly blockCount: number;
  readonly #source: ByteSource;
  readonly #findings: Findings;
  /** Null for a file that is there and can't be read. */
  readonly #files = new Map<string, BlockFile | null>();
  readonly #owners: Uint8Array;
  /** One mapping block per level. */
  readonly #mappings: DataView[] = [];
  #fault: Fault | null = null;

  /**
   * Looks at everything outside of the files' content.
   *
   * @param path For error messages.
   * @throws {RecorderError} `ERR_TRACE_CORRUPT` if this is no container at all, `ERR_IO` if it can't
   * be read.
   */
  constructor(path: string, source: ByteSource, findings: Findings) {
    this.#source = source;
    this.#findings = findings;
    const header = viewOf(readAll(source, 0, Math.min(source.size, DIRECTORY_OFFSET)));
    const isContainer = header.byteLength >= MAGIC.length &&
      MAGIC.every((byte, at) => header.getUint8(at) === byte);
    if (!isContainer) {
      throw corrupt({ trace: path, file: "header" }, "this is not a CodeTracer container");
    }
    this.blockSize = this.#checkHeader(header);
    this.blockCount = this.blockSize === 0 ? 0 : Math.floor(source.size / this.blockSize);
    this.#owners = new Uint8Array(this.blockCount);
    if (this.blockCount > 0) this.#readDirectory(header.getUint32(ENTRY_COUNT_OFFSET, true));
  }

  /** Whether the container can be looked into. */
  get isReadable(): boolean {
    return this.blockCount > 0;
  }

  /** Names of the files, in the directory's order. */
  names(): Iterable<string> {
    return this.#files.keys();
  }

  has(name: string): boolean {
    return this.#files.has(name);
  }

  /** A file; null if it can't be read, which has been said, or is not there. */
  file(name: string): BlockFile | null {
    return this.#files.get(name) ?? null;
  }

  /** Blocks that belong to no file. */
  unusedBlocks(): number {
    let unused = 0;
    for (let block = 0; block < this.#owners.length; block++) {
      if (this.#owners[block] === FREE) unused++;
    }
    return unused;
  }

  /** Checks what stands before the directory; gives the block size, or 0 if nothing can be read. */
  #checkHeader(header: DataView): number {
    const { size } = this.#source;
    const isCut = () => {
      this.#add("container-cut", 0, `the file has ${size} bytes`);
      return 0;
    };
    if (header.byteLength < DIRECTORY_OFFSET) return isCut();
    const version = header.getUint8(VERSION_OFFSET);
    if (version < 2 || version > 4) {
      this.#add("container-version", VERSION_OFFSET, `version ${version}, expected 2 to 4`);
      return 0;
    }
    // The second of these counts shards since version 4; before that it was an option as well.
    const method = header.getUint8(ENCRYPTION_OFFSET);
    const options = method | (version < 4 ? header.getUint8(SHARDS_OFFSET) : 0);
    if (options !== 0) {
      const at = method !== 0 ? ENCRYPTION_OFFSET : SHARDS_OFFSET;
      this.#add("container-encrypted", at, `method ${options}, expected 0`);
      return 0;
    }
    const blockSize = header.getUint32(BLOCK_SIZE_OFFSET, true);
    if (!BLOCK_SIZES.includes(blockSize)) {
      this.#add("block-size", BLOCK_SIZE_OFFSET, `block size ${blockSize}, expected ${BLOCK_SIZE}`);
      return 0;
    }
    if (blockSize !== BLOCK_SIZE) {
      this.#add(
        "small-blocks",
        BLOCK_SIZE_OFFSET,
        `block size ${blockSize}, expected ${BLOCK_SIZE}`,
      );
    }
    if (size < blockSize) return isCut();
    if (size % blockSize !== 0) {
      this.#add(
        "partial-block",
        size - size % blockSize,
        `the file has ${size} bytes, which is no whole number of blocks of ${blockSize}`,
      );
    }
    return blockSize;
  }

  #readDirectory(announced: number): void {
    if (announced !== ENTRY_COUNT) {
      this.#add(
        "directory-size",
        ENTRY_COUNT_OFFSET,
        `${announced} directory entries, expected ${ENTRY_COUNT}`,
      );
    }
    this.#owners[0] = HEADER_OWNER;
    const fitting = Math.floor((this.blockSize - DIRECTORY_OFFSET) / ENTRY_SIZE);
    const entries = Math.min(announced, fitting);
    const directory = viewOf(readAll(this.#source, DIRECTORY_OFFSET, entries * ENTRY_SIZE));
    for (let entry = 0; entry < entries; entry++) {
      const at = entry * ENTRY_SIZE;
      const size = u64(directory, at);
      const mapping = u64(directory, at + 8);
      const packed = directory.getBigUint64(at + 16, true);
      const offset = DIRECTORY_OFFSET + at;
      const malformed = (message: string) =>
        this.#findings.add("directory-entry", { ...HEADER, entry, offset }, () => message);
      if (packed === 0n) {
        if (size !== 0 || mapping !== 0) malformed("it has a size or a block, but no name");
        continue;
      }
      const name = unpackName(packed);
      if (name === null) {
        malformed(`0x${packed.toString(16)} is no well-formed name`);
      } else if (this.#files.has(name)) {
        this.#findings.add("file-twice", { ...HEADER, entry, offset }, () => name);
      } else {
        this.#files.set(name, this.#follow(name, entry, size, mapping));
      }
    }
  }

  #follow(name: string, entry: number, size: number, mapping: number): BlockFile | null {
    this.#fault = null;
    const blocks = new BlockList();
    const owner = FIRST_ENTRY + entry;
    const needed = Math.ceil(size / this.blockSize);
    if (mapping !== 0 || needed !== 0) this.#followLevels(owner, needed, mapping, blocks);
    // What `fault` was set to in there, the compiler can't see.
    const fault = this.#fault as Fault | null;
    if (fault === null) {
      return new BlockFile(this.#source, this.blockSize, size, blocks.take());
    }
    this.#findings.add(fault.code, { file: name, entry }, () => fault.message);
    // With a pointer too many all of the content is there.
    return fault.code === "blocks-excess" && blocks.count === needed
      ? new BlockFile(this.#source, this.blockSize, size, blocks.take())
      : null;
  }

  #followLevels(owner: number, needed: number, first: number, blocks: BlockList): void {
    const pointers = this.blockSize / 8 - 1;
    let reach = 0;
    for (let level = 1; level <= MAX_LEVELS; level++) reach += pointers ** level;
    if (needed > reach) {
      this.#fail("mapping-depth", `${needed} blocks need more than ${MAX_LEVELS} levels`);
      return;
    }
    if (!this.#claim(owner, first, "the mapping block")) return;
    let mapping = first;
    for (let level = 1;; level++) {
      const wanted = Math.min(needed - blocks.count, pointers ** level);
      const chain = this.#descend(owner, mapping, level, wanted, blocks);
      if (chain < 0) return;
      if (blocks.count === needed) {
        if (chain !== 0) {
          this.#fail(
            "blocks-excess",
            `the chain pointer of level ${level} is ${chain}, expected 0`,
          );
        }
        return;
      }
      if (!this.#claim(owner, chain, `the mapping block of level ${level + 1}`)) return;
      mapping = chain;
    }
  }

  /**
   * Takes `wanted` data blocks from a mapping block.
   *
   * @returns Its chain pointer; -1 after a fault.
   */
  #descend(
    owner: number,
    mapping: number,
    level: number,
    wanted: number,
    blocks: BlockList,
  ): number {
    const view = this.#mapping(mapping, level);
    const pointers = this.blockSize / 8 - 1;
    const each = pointers ** (level - 1);
    const used = Math.ceil(wanted / each);
    for (let index = 0; index < used; index++) {
      const block = u64(view, 8 * index);
      if (level === 1) {
        if (!this.#claim(owner, block, "data block", blocks.count)) return -1;
        blocks.push(block);
        continue;
      }
      if (!this.#claim(owner, block, "a mapping block of level", level - 1)) return -1;
      const part = Math.min(each, wanted - index * each);
      const chain = this.#descend(owner, block, level - 1, part, blocks);
      if (chain < 0) return -1;
      if (chain > 0) {
        return this.#fail("blocks-excess", `mapping block ${block} below another has a chain`);
      }
    }
    for (let index = used; index < pointers; index++) {
      if (u64(view, 8 * index) !== 0) {
        this.#fail(
          "blocks-excess",
          `mapping block ${mapping} has a pointer in slot ${index}, where the size needs ${used}`,
        );
        return -1;
      }
    }
    return u64(view, 8 * pointers);
  }

  #mapping(block: number, level: number): DataView {
    const view = this.#mappings[level] ??= new DataView(new ArrayBuffer(this.blockSize));
    fill(this.#source, new Uint8Array(view.buffer), block * this.blockSize);
    return view;
  }

  #claim(owner: number, block: number, what: string, number?: number): boolean {
    const { blockCount } = this;
    const of = () => number === undefined ? what : `${what} ${number}`;
    if (block === 0) this.#fail("block-missing", `the pointer to ${of()} is 0`);
    else if (block >= blockCount) {
      this.#fail("block-outside", `${of()} is block ${block} of ${blockCount}`);
    } else if (this.#owners[block] === owner) {
      this.#fail("block-repeated", `${of()} is block ${block}, which this file has already`);
    } else if (this.#owners[block] !== FREE) {
      const other = this.#owners[block]! - FIRST_ENTRY;
      const whose = other < 0 ? "the header's" : `that of directory entry ${other}`;
      this.#fail("block-shared", `${of()} is block ${block}, which is ${whose}`);
    } else {
      this.#owners[block] = owner;
      return true;
    }
    return false;
  }

  #fail(code: FindingCode, message: string): number {
    this.#fault ??= { code, message };
    return -1;
  }

  #add(code: FindingCode, offset: number, message: string): void {
    this.#findings.add(code, { ...HEADER, offset }, () => message);
  }
}

function readAll(source: ByteSource, offset: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  fill(source, bytes, offset);
  return bytes;
}

/** Fills `target`; what somebody has cut off since the sizes were compared reads as zeros. */
function fill(source: ByteSource, target: Uint8Array, offset: number): void {
  const done = source.readAt(target, offset);
  if (done < target.length) target.fill(0, done);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A u64 as a number; above 2^53 no longer exact, but then out of every range as well. */
function u64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}
