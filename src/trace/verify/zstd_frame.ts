/** What the outside of a zstd frame says (RFC 8878, section 3.1.1). */
export interface FrameOutline {
  /** Bytes of the content; null when the header does not state it. */
  readonly contentSize: number | null;
  /** Bytes of the frame. */
  readonly length: number;
}

const MAGIC: readonly number[] = [0x28, 0xb5, 0x2f, 0xfd];
const RESERVED_BIT = 8;
const [RLE, RESERVED_BLOCK] = [1, 3];

/**
 * Looks at the zstd frame that `bytes` begins with, without unpacking it.
 *
 * @returns What it says, or why it is none.
 */
export function outlineFrame(bytes: Uint8Array): FrameOutline | string {
  if (bytes.length < 6 || MAGIC.some((byte, at) => bytes[at] !== byte)) {
    return "no zstd frame starts here";
  }
  const descriptor = bytes[4]!;
  if ((descriptor & RESERVED_BIT) !== 0) return "a reserved bit of the frame's header is set";
  const singleSegment = (descriptor >> 5) & 1;
  const sizeCode = descriptor >> 6;
  const sizeBytes = sizeCode === 0 ? singleSegment : 1 << sizeCode;
  // holds: two bits are less than four.
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  let at = 5 + (1 - singleSegment) + dictionaryBytes;
  if (at + sizeBytes > bytes.length) return "the frame's header is cut short";
  let size = 0;
  for (let index = sizeBytes - 1; index >= 0; index--) size = size * 256 + bytes[at + index]!;
  if (sizeBytes === 2) size += 256;
  at += sizeBytes;
  for (let isLast = false; !isLast;) {
    if (at + 3 > bytes.length) return "the frame is cut short";
    const header = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16;
    const type = (header >> 1) & 3;
    if (type === RESERVED_BLOCK) return "the frame has a block of a reserved type";
    isLast = (header & 1) === 1;
    at += 3 + (type === RLE ? 1 : header >> 3);
  }
  if (((descriptor >> 2) & 1) === 1) at += 4;
  if (at > bytes.length) return "the frame is cut short";
  return { contentSize: sizeBytes === 0 ? null : size, length: at };
}
