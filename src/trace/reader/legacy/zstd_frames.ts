import { zstdDecompressSync } from "node:zlib";
import type { NextPiece, Pieces } from "./pieces.ts";

const FRAME_MAGIC = 0xfd2fb528;
/** One of 16 magic numbers: a frame that says how long it is and holds nothing, such as a seek table. */
const SKIPPABLE_MAGIC = 0x184d2a50;
/** What a block unpacks to at most (RFC 8878, 3.1.1.2.4). */
const MAX_BLOCK_BYTES = 128 * 1024;
/** What a frame unpacks to at most. Writers end a frame after some 2 MiB. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;
const RLE_BLOCK = 1;

/** Whether a zstd frame begins here, a skippable one or one with content. */
export function isZstd(pieces: Pieces): boolean {
  if (!pieces.has(4)) return false;
  const magic = pieces.u32le();
  pieces.pos -= 4;
  return magic === FRAME_MAGIC || isSkippable(magic);
}

function isSkippable(magic: number): boolean {
  return (magic & ~15) >>> 0 === SKIPPABLE_MAGIC;
}

/**
 * The content of a row of zstd frames, frame by frame. How long a frame is, and how much it can
 * unpack to, is found by walking its blocks, before anything is unpacked.
 *
 * @param packed The frames up to the end of the stream.
 */
export function unpackedFrames(packed: Pieces): NextPiece {
  return () => {
    for (; packed.begin(); packed.record++) {
      const magic = packed.u32le();
      packed.pos -= 4;
      if (magic === FRAME_MAGIC) {
        const content = unpackFrame(packed);
        packed.record++;
        return content;
      }
      if (!isSkippable(magic)) packed.fail("expected a zstd frame");
      packed.pos += 4;
      const length = packed.u32le();
      packed.need(length);
      packed.pos += length;
    }
    return null;
  };
}

/** Takes one frame, which begins here. */
export function unpackFrame(packed: Pieces): Uint8Array {
  const { length, maxContent } = measureFrame(packed);
  if (maxContent > MAX_FRAME_BYTES) {
    packed.fail(`a zstd frame may unpack to more than ${MAX_FRAME_BYTES} bytes`);
  }
  const frame = packed.bytes.subarray(packed.pos, packed.pos + length);
  let content: Uint8Array;
  try {
    content = zstdDecompressSync(frame, { maxOutputLength: Math.max(maxContent, 1) });
  } catch (error) {
    return packed.fail(`the zstd frame can't be unpacked (${(error as Error).message})`);
  }
  packed.pos += length;
  return new Uint8Array(content.buffer, content.byteOffset, content.length);
}

/** Bytes of the frame that begins here, and of its content at most; the frame is available then. */
function measureFrame(packed: Pieces): { length: number; maxContent: number } {
  const byteAt = (at: number) => {
    packed.need(at + 1);
    return packed.bytes[packed.pos + at]!; // holds: it is available
  };
  const descriptor = byteAt(4);
  const singleSegment = (descriptor >> 5) & 1;
  const sizeCode = descriptor >> 6;
  // holds: two bits are less than four.
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  const sizeBytes = sizeCode === 0 ? singleSegment : 1 << sizeCode;
  let length = 5 + (1 - singleSegment) + dictionaryBytes + sizeBytes;
  let maxContent = 0;
  for (let isLast = false; !isLast;) {
    const block = byteAt(length) | byteAt(length + 1) << 8 | byteAt(length + 2) << 16;
    isLast = (block & 1) === 1;
    length += 3 + (((block >> 1) & 3) === RLE_BLOCK ? 1 : block >> 3);
    maxContent += MAX_BLOCK_BYTES;
  }
  length += 4 * ((descriptor >> 2) & 1);
  packed.need(length);
  return { length, maxContent };
}
