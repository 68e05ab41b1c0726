/** Compresses chunks: each becomes one zstd frame, as readers want it. */
import { constants, zstdCompressSync, type ZstdOptions } from "node:zlib";
import { ensureInternal, internalError } from "../errors/mod.ts";
import { framesOf, PiecewiseZstd } from "./reused_zstd.ts";

/**
 * The level that the real writers use; higher ones cost more than the recorded program has time for. Records repeat
 * in long pieces: matches of six bytes and more, looked up in tables that fit into a core's own cache, make frames that
 * are no bigger, in less time.
 */
const FAST: Record<number, number> = {
  [constants.ZSTD_c_compressionLevel]: 3,
  [constants.ZSTD_c_minMatch]: 6,
  [constants.ZSTD_c_hashLog]: 15,
  [constants.ZSTD_c_chainLog]: 14,
};
/**
 * For records with objects, whose pieces repeat in ever new orders: looking for a longer match at the next byte makes
 * frames a third smaller, in more than twice the time. Programs take far longer to make such a record.
 */
const THOROUGH: Record<number, number> = {
  [constants.ZSTD_c_compressionLevel]: 5,
  [constants.ZSTD_c_strategy]: constants.ZSTD_lazy,
  [constants.ZSTD_c_minMatch]: 6,
  [constants.ZSTD_c_searchLog]: 3,
  [constants.ZSTD_c_hashLog]: 17,
  [constants.ZSTD_c_chainLog]: 16,
};
/** For records that repeat as a whole: what there is to find is found at once, and time goes by their bytes. */
const QUICK: Record<number, number> = {
  [constants.ZSTD_c_compressionLevel]: 1,
  [constants.ZSTD_c_minMatch]: 7,
};
const PARAMS: Readonly<Record<FrameKind, Record<number, number>>> = {
  fast: FAST,
  thorough: THOROUGH,
  quick: QUICK,
};
/**
 * Bytes that zstd's output is collected in at a time. A buffer that always holds the whole output
 * would be as big as the input; and each chunk leaves one behind, which the garbage collector is
 * slow to see: with 64 KiB the process took 35 MB more than with this.
 */
const OUTPUT_BYTES = 16 * 1024;

/** Of 2 MiB, the most that a chunk of 1,024 records of objects has. */
const THOROUGH_WINDOW_LOG = 21;

const fastFrame = framesOf(FAST);
const thoroughFrame = framesOf(THOROUGH, THOROUGH_WINDOW_LOG);

/**
 * Contents up to here are compressed as a whole: in the frame of one that comes in pieces, zstd's window is that of any
 * longer one.
 */
export const LONGEST_AT_ONCE = 2 << 20;

const ZSTD_MAGIC = [0x28, 0xB5, 0x2F, 0xFD];
const RLE_BLOCK = 1;

/** How a content is compressed. */
export type FrameKind = "fast" | "thorough" | "quick";

/**
 * Compresses `content` into exactly one zstd frame that states its content size, as readers demand.
 *
 * @param content What to compress, not empty.
 * @returns The frame, in place until the next one is made: thousands of buffers, one for each, are garbage that the
 *   collector is slow to see.
 * @throws {RecorderError} `ERR_UNKNOWN` if the runtime gave no such frame.
 */
export function compressFrame(content: Uint8Array, kind: FrameKind = "fast"): Uint8Array {
  const frame = kind === "fast"
    ? fastFrame(content)
    : kind === "thorough"
    ? thoroughFrame(content)
    : null;
  if (frame !== null && frameLength(frame) === frame.length) return frame;
  // `pledgedSrcSize` makes the frame state its content size. Node documents it, its types forgot it.
  const options: ZstdOptions & { pledgedSrcSize: number } = {
    chunkSize: OUTPUT_BYTES,
    pledgedSrcSize: content.length,
    params: PARAMS[kind],
  };
  const output = zstdCompressSync(content, options);
  // Whenever the output exceeds `chunkSize`, node:zlib appends a second, empty frame: invisible in a
  // round trip, refused by readers. The first frame's end is found by walking it, not by looking
  // for the bytes of an empty frame, which may as well be content.
  const length = frameLength(output);
  return length === output.length ? output : output.subarray(0, length);
}

/** How a content is compressed that comes in pieces. */
export type LongFrameKind = Exclude<FrameKind, "thorough">;

/** Those that no frame is begun in, by their kinds. */
const idle: Record<LongFrameKind, PiecewiseZstd[]> = { fast: [], quick: [] };

/** The frame of a content of more than {@link LONGEST_AT_ONCE} bytes that comes in pieces: as {@link compressFrame} makes it. */
export class LongFrame {
  private constructor(
    private readonly kind: LongFrameKind,
    private readonly zstd: PiecewiseZstd,
  ) {}

  /** Null where the runtime can't make it. */
  static begin(kind: LongFrameKind): LongFrame | null {
    const zstd = idle[kind].pop() ?? PiecewiseZstd.of(PARAMS[kind]);
    return zstd && new LongFrame(kind, zstd);
  }

  /**
   * Takes in the next piece; the caller's again afterwards.
   *
   * @throws {RecorderError} `ERR_UNKNOWN` if the runtime gave no such frame, as {@link end}.
   */
  add(piece: Uint8Array): void {
    this.zstd.add(piece);
  }

  /** Takes in the last piece, which is not empty. Returns the frame, in place until another one is made. */
  end(piece: Uint8Array): Uint8Array {
    const frame = this.zstd.end(piece);
    idle[this.kind].push(this.zstd);
    return frame.subarray(0, frameLength(frame));
  }
}

/**
 * Bytes of the zstd frame that `bytes` begins with (RFC 8878, section 3.1.1).
 *
 * @throws {RecorderError} `ERR_UNKNOWN` if there is no whole frame that states its content size.
 */
export function frameLength(bytes: Uint8Array): number {
  const descriptor = bytes[4] ?? 0;
  const sizeCode = descriptor >> 6;
  const singleSegment = (descriptor >> 5) & 1;
  const hasChecksum = (descriptor >> 2) & 1;
  const isFrame = ZSTD_MAGIC.every((byte, i) => bytes[i] === byte);
  ensureInternal(
    isFrame && (sizeCode > 0 || singleSegment > 0),
    "ERR_UNKNOWN",
    "Cannot write a chunk: the runtime's zstd made no frame that states its content size",
    { length: bytes.length, descriptor },
  );
  const sizeBytes = sizeCode === 0 ? 1 : 1 << sizeCode;
  // holds: two bits are less than four.
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  let at = 5 + (1 - singleSegment) + dictionaryBytes + sizeBytes;
  for (let isLast = false; !isLast && at + 3 <= bytes.length;) {
    const block = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16;
    isLast = (block & 1) === 1;
    at += 3 + (((block >> 1) & 3) === RLE_BLOCK ? 1 : block >> 3);
    if (isLast && at + 4 * hasChecksum <= bytes.length) return at + 4 * hasChecksum;
  }
  throw internalError("ERR_UNKNOWN", "Cannot write a chunk: its zstd frame is cut short", {
    length: bytes.length,
  });
}
