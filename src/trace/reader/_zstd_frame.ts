const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
const RLE_BLOCK = 1;
export const MAX_HEADER_BYTES = 18;
/** What decoders take without being asked to take more: 128 MiB. */
const MAX_WINDOW_LOG = 27;
/** What a block unpacks to at most (RFC 8878, 3.1.1.2.4). */
export const MAX_BLOCK_BYTES = 128 * 1024;

/** What a zstd frame's header says (RFC 8878, 3.1.1.1). */
interface FrameHeader {
  /** Bytes of the header. */
  readonly length: number;
  /** The content size that it states, or null. */
  readonly contentSize: number | null;
  readonly hasDictionary: boolean;
  /** How far back blocks refer, as the header has it; null where they may refer to all before them. */
  readonly window: number | null;
}

/** Null if this is no frame, or one that is cut off in its header. */
function readHeader(frame: Uint8Array): FrameHeader | null {
  if (frame.length < 6 || MAGIC.some((byte, index) => frame[index] !== byte)) return null;
  const descriptor = frame[4]!;
  const singleSegment = (descriptor >> 5) & 1;
  // holds: two bits of a byte are less than four, here and below.
  const width = [singleSegment, 2, 4, 8][descriptor >> 6]!;
  const dictionary = [0, 1, 2, 4][descriptor & 3]!; // holds: two bits
  const at = 5 + (1 - singleSegment) + dictionary;
  if (frame.length < at + width) return null;
  let size = 0;
  for (let index = width - 1; index >= 0; index--) size = size * 256 + frame[at + index]!;
  return {
    length: at + width,
    contentSize: width === 0 ? null : width === 2 ? size + 256 : size,
    hasDictionary: dictionary > 0,
    window: singleSegment === 1 ? null : frame[5]!,
  };
}

/** The content size that a zstd frame states, or null. */
export function statedContentSize(frame: Uint8Array): number | null {
  return readHeader(frame)?.contentSize ?? null;
}

/** Bytes that a frame's content has at most, by the number of its blocks. */
export function maxContentSize(frame: Uint8Array): number {
  let blocks = 0;
  for (let at = readHeader(frame)?.length ?? frame.length; at + 3 <= frame.length; blocks++) {
    at += blockLength(frame, at);
  }
  return blocks * MAX_BLOCK_BYTES;
}

/** Bytes that the header and so many blocks of a frame have at most. */
export function maxFrameStart(blocks: number): number {
  return MAX_HEADER_BYTES + blocks * (3 + MAX_BLOCK_BYTES);
}

/**
 * A frame of the first blocks of another: unpacks to the start of what that one does.
 *
 * @param frame The other, or as much of it as the blocks need.
 * @param blocks At least 1.
 * @returns Null if the frame has no more blocks than these, or is damaged.
 */
export function framePrefix(frame: Uint8Array, blocks: number): Uint8Array | null {
  const header = readHeader(frame);
  if (header === null || header.hasDictionary) return null;
  let at = header.length;
  let lastBlock = at;
  for (let block = 0; block < blocks; block++) {
    if (at + 3 > frame.length || (frame[at]! & 1) === 1) return null;
    lastBlock = at;
    at += blockLength(frame, at);
  }
  if (at > frame.length) return null;
  // A header without size and checksum.
  const all = Math.ceil(Math.log2(blocks * MAX_BLOCK_BYTES));
  const prefix = new Uint8Array(6 + at - header.length);
  prefix.set(MAGIC);
  prefix[5] = header.window ?? (Math.min(all, MAX_WINDOW_LOG) - 10) << 3;
  prefix.set(frame.subarray(header.length, at), 6);
  prefix[6 + lastBlock - header.length]! |= 1;
  return prefix;
}

function blockLength(frame: Uint8Array, at: number): number {
  const block = frame[at]! | frame[at + 1]! << 8 | frame[at + 2]! << 16;
  return 3 + (((block >> 1) & 3) === RLE_BLOCK ? 1 : block >> 3);
}
