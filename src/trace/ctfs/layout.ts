/**
 * The layout of the CTFS container, shared by its writer and its reader.
 *
 * Block 0 is the header with the directory. Every internal file has a *mapping block*: 511 numbers
 * of data blocks and, in the last slot, the number of the next mapping block, which is one level
 * up: it lists mapping blocks of level 1, the one that it chains to lists mapping blocks of level 2,
 * and so on. Mapping blocks below the chain have an empty last slot.
 *
 * Source: ctfs-container.md of metacraft-labs/codetracer-trace-format-spec, corrected by what the
 * Nim and the Rust reader accept.
 *
 * @module
 */
import { ensureInternal } from "../../errors/mod.ts";

/** The container's first bytes. */
export const MAGIC: readonly number[] = [0xC0, 0xDE, 0x72, 0xAC, 0xE2];
/** Byte offset of the version in the header. */
export const VERSION_OFFSET = 5;
/** The version that is written; readers take 2 to 4. */
export const VERSION = 4;
/** Byte offset of the encryption method (0 = none; compression in versions before 4). */
export const ENCRYPTION_OFFSET = 6;
/** Byte offset of the number of shards (reserved in versions before 4). */
export const SHARDS_OFFSET = 7;
/** What the real recorders write there. */
export const SHARDS = 1;
/** Byte offset of the block size, u32. */
export const BLOCK_SIZE_OFFSET = 8;
/** Bytes of a block; the Nim reader takes this size for granted. */
export const BLOCK_SIZE = 4096;
/** Byte offset of the number of directory entries, u32. */
export const ENTRY_COUNT_OFFSET = 12;
/** Entries of the directory; the Nim reader takes this number for granted. */
export const ENTRY_COUNT = 31;
/** Byte offset of the first directory entry. */
export const DIRECTORY_OFFSET = 16;
/** Bytes of a directory entry: u64 size in bytes, u64 mapping block, u64 packed name. */
export const ENTRY_SIZE = 24;

/** Slots of a mapping block that hold block numbers. */
export const POINTERS_PER_BLOCK = BLOCK_SIZE / 8 - 1;
/** The slot of a mapping block that holds the chain pointer. */
export const CHAIN_SLOT = POINTERS_PER_BLOCK;
/** Levels of mapping blocks that readers follow: room for 1.4 * 10^17 bytes in one file. */
export const MAX_LEVELS = 5;

/** Characters of a name at most. */
export const NAME_LENGTH = 12;
/** Digit 0 ends a name, so it stands for no character. */
const ALPHABET = "\x000123456789abcdefghijklmnopqrstuvwxyz./-";

/**
 * Packs the name of an internal file: base 40, the first character in the lowest digit.
 *
 * @param name 1 to 12 characters of `0-9a-z./-`.
 * @returns A 64-bit number; it can exceed 2^53, hence the bigint.
 * @throws {RecorderError} `ERR_UNKNOWN` if the name can't be packed.
 */
export function packName(name: string): bigint {
  ensureInternal(
    name.length > 0 && name.length <= NAME_LENGTH,
    "ERR_UNKNOWN",
    () => `Cannot name an internal file "${name}": a name has 1 to ${NAME_LENGTH} characters`,
  );
  let packed = 0n;
  for (let i = name.length - 1; i >= 0; i--) {
    const digit = ALPHABET.indexOf(name.charAt(i));
    ensureInternal(
      digit > 0,
      "ERR_UNKNOWN",
      () =>
        `Cannot name an internal file "${name}": character ${i + 1} is not one of 0-9 a-z . / -`,
    );
    packed = packed * 40n + BigInt(digit);
  }
  return packed;
}

/**
 * The name that a directory entry's number stands for.
 *
 * @param packed A 64-bit number.
 * @returns The name, or null if no name packs to this number (0 is an unused entry).
 */
export function unpackName(packed: bigint): string | null {
  let name = "";
  let rest = packed;
  while (rest > 0n) {
    const digit = Number(rest % 40n);
    if (digit === 0 || name.length === NAME_LENGTH) return null;
    name += ALPHABET.charAt(digit);
    rest /= 40n;
  }
  return name === "" ? null : name;
}
