/**
 * zstd with one context for many frames. `zstdCompressSync` makes a stream and a context at each call, which takes longer
 * than compressing 10 KB. Below every stream of node:zlib lies a handle that takes one piece after the other, without a
 * wait; it is old, and much used, but not documented: where it isn't there, {@link ReusedZstd.of} says so.
 */
import { constants, createZstdCompress, zstdDecompressSync } from "node:zlib";
import { internalError, type RecorderError } from "../errors/mod.ts";
import { ByteBuffer } from "./byte_buffer.ts";

/** Of 256 KiB: most contents are no longer. */
export const WINDOW_LOG = 18;

/** Offset of the descriptor in a frame, behind the magic. */
const DESCRIPTOR = 4;
/** The first bytes of a frame that states no size: magic, descriptor, window. */
const HEAD_BYTES = DESCRIPTOR + 2;
/** … and, at most, of one that does: no window, and up to four bytes of size. */
const LONGEST_HEAD = DESCRIPTOR + 1 + 4;
/** Where zstd's output begins, so that the longer head has room in front of what comes behind it. */
const OUTPUT_AT = LONGEST_HEAD - HEAD_BYTES;
/** What comes out beyond the content's bytes, at most: zstd adds three bytes for each block of 128 KiB that it can't make shorter. */
const MOST_ADDED = OUTPUT_AT + 512;

/** In the descriptor: the content has a checksum, and is no longer than the window. */
const HAS_CHECKSUM = 4;
const SINGLE_SEGMENT = 0x20;
const SIZE_OF_TWO_BYTES = 0x40;
const SIZE_OF_FOUR_BYTES = 0x80;

interface Handle {
  /** What is left afterwards, of `to` and of `from`, stands in the stream's `_writeState`. */
  writeSync(
    flush: number,
    from: Uint8Array,
    fromAt: number,
    fromLength: number,
    to: Uint8Array,
    toAt: number,
    toLength: number,
  ): void;
}

type StreamMaker = (options: { params: Record<number, number>; chunkSize: number }) => object;

/** Makes frames, one after the other. */
export class ReusedZstd {
  readonly #output: Uint8Array;

  private constructor(
    private readonly handle: Handle,
    private readonly left: Uint32Array,
    longest: number,
  ) {
    this.#output = new Uint8Array(longest + MOST_ADDED);
  }

  /**
   * @param params Those of zstd, without the window.
   * @param windowLog Of two: the longest content, which there is always room for. 10 to 27.
   * @param open Makes a stream of node:zlib.
   * @returns Null where the stream isn't as it is known.
   */
  static of(
    params: Readonly<Record<number, number>>,
    windowLog = WINDOW_LOG,
    open: StreamMaker = createZstdCompress,
  ): ReusedZstd | null {
    const opened = openHandle({ ...params, [constants.ZSTD_c_windowLog]: windowLog }, open);
    return opened && new ReusedZstd(opened.handle, opened.left, 1 << windowLog);
  }

  /**
   * @param content From 1 byte to those of the window.
   * @returns One frame, which states the content's size, in place until the next one is made; null if the handle did
   *   something else than is known of it, after which it must not be used any more.
   */
  frame(content: Uint8Array): Uint8Array | null {
    const output = this.#output;
    const { length } = content;
    const room = output.length - OUTPUT_AT;
    try {
      this.handle.writeSync(constants.ZSTD_e_end, content, 0, length, output, OUTPUT_AT, room);
    } catch {
      return null; // not the handle that is known
    }
    const [roomLeft = 0, contentLeft] = this.left;
    const end = output.length - roomLeft;
    const descriptor = output[OUTPUT_AT + DESCRIPTOR] ?? 0;
    const checksum = descriptor & HAS_CHECKSUM;
    if (contentLeft !== 0 || roomLeft === 0 || end < LONGEST_HEAD || descriptor !== checksum) {
      return null;
    }
    // zstd learns the size too late to state it itself. All of the content is the window: it is no longer than that.
    const size = length < 0x100 ? 1 : length < 0x1_0100 ? 2 : 4;
    const start = LONGEST_HEAD - size - 1 - DESCRIPTOR;
    output.copyWithin(start, OUTPUT_AT, OUTPUT_AT + DESCRIPTOR);
    output[start + DESCRIPTOR] = SINGLE_SEGMENT | checksum |
      (size === 2 ? SIZE_OF_TWO_BYTES : size === 4 ? SIZE_OF_FOUR_BYTES : 0);
    const stated = size === 2 ? length - 0x100 : length;
    for (let n = 0; n < size; n++) output[start + DESCRIPTOR + 1 + n] = stated >>> 8 * n;
    return output.subarray(start, end);
  }
}

/**
 * A function that makes frames by one context, for as long as that does what is known of it: it is made with the first
 * frame. A frame is in place until the next one is made. Returns null for what is to be compressed in another way, which is
 * all from the first failure on, and what is longer than the window.
 *
 * @param params As for {@link ReusedZstd.of}, as is the window.
 */
export function framesOf(
  params: Readonly<Record<number, number>>,
  windowLog = WINDOW_LOG,
): (content: Uint8Array) => Uint8Array | null {
  let zstd: ReusedZstd | null | undefined;
  return (content) => {
    if (content.length === 0 || content.length > 1 << windowLog) return null;
    if (zstd === undefined) zstd = ReusedZstd.of(params, windowLog);
    const frame = zstd?.frame(content) ?? null;
    if (frame === null) zstd = null;
    return frame;
  };
}

/** Offset of the size in a frame whose content is longer than the window: behind magic, descriptor and window. */
const SIZE_AT = HEAD_BYTES;
/** Bytes of a stated size, and what says so in the descriptor: a content below 4 GiB, or any. */
const SHORT_SIZE = { bytes: 4, descriptor: SIZE_OF_FOUR_BYTES };
const LONG_SIZE = { bytes: 8, descriptor: SIZE_OF_FOUR_BYTES | SIZE_OF_TWO_BYTES };
/** zstd's output is collected in so many bytes at a time. */
const PIECE_OUTPUT = 16 << 10;
/** A frame beyond this size leaves no memory behind. */
const KEPT_FRAME_BYTES = 1 << 20;
/** No frame has more bytes than its content beyond these: less than one in a hundred, for contents that can't be made shorter. */
const MOST_LONGER = 1 << 16;
/** What a stream is tried with. */
const TRIAL = Uint8Array.of(1, 2, 3, 4);

/**
 * Makes a frame of a content that comes in pieces, and so need never be in memory as a whole: the frame that it would become
 * at once, as zstd takes it in by blocks either way. Only for contents that are longer than the window.
 */
export class PiecewiseZstd {
  /** Room for the longest size, and behind it what comes from zstd. */
  readonly #frame = new ByteBuffer(PIECE_OUTPUT);
  readonly #output = new Uint8Array(PIECE_OUTPUT);
  /** Bytes of the content so far. */
  #length = 0;

  private constructor(private readonly handle: Handle, private readonly left: Uint32Array) {}

  /**
   * @param params Those of zstd, of which the window follows.
   * @param open Makes a stream of node:zlib.
   * @returns Null where the stream isn't as it is known: a trial frame was none.
   */
  static of(
    params: Readonly<Record<number, number>>,
    open: StreamMaker = createZstdCompress,
  ): PiecewiseZstd | null {
    const opened = openHandle(params, open);
    if (opened === null) return null;
    const zstd = new PiecewiseZstd(opened.handle, opened.left);
    try {
      zstd.add(TRIAL);
      const content = [...zstdDecompressSync(zstd.end(TRIAL))];
      return content.join() === [...TRIAL, ...TRIAL].join() ? zstd : null;
    } catch {
      return null; // not the handle that is known
    }
  }

  /**
   * Takes in the next piece of the content; the caller's again afterwards.
   *
   * @throws {RecorderError} `ERR_UNKNOWN` if the handle did something else than is known of it, as {@link end}.
   */
  add(piece: Uint8Array): void {
    this.#write(piece, constants.ZSTD_e_continue);
  }

  /**
   * Takes in the last piece.
   *
   * @param piece Not empty: zstd learns that the content ends while it has some.
   * @returns The frame, which states the content's size, in place until the next one is begun. Behind it there may be an
   *   empty one, where it filled the last piece of output.
   */
  end(piece: Uint8Array): Uint8Array {
    this.#write(piece, constants.ZSTD_e_end);
    const frame = this.#frame;
    const { bytes } = frame;
    const { bytes: sizeBytes, descriptor } = this.#length < 2 ** 32 ? SHORT_SIZE : LONG_SIZE;
    const start = LONG_SIZE.bytes - sizeBytes;
    const known = bytes[LONG_SIZE.bytes + DESCRIPTOR]! & ~HAS_CHECKSUM; // holds: there is room for a size
    if (known !== 0 || frame.length < LONG_SIZE.bytes + LONGEST_HEAD) throw unknownHandle();
    bytes.copyWithin(start, LONG_SIZE.bytes, LONG_SIZE.bytes + HEAD_BYTES);
    bytes[start + DESCRIPTOR]! |= descriptor; // holds: as above
    for (let n = 0, rest = this.#length; n < sizeBytes; n++, rest = Math.floor(rest / 256)) {
      bytes[start + SIZE_AT + n] = rest;
    }
    const whole = bytes.subarray(start, frame.length);
    this.#length = 0;
    if (bytes.length > KEPT_FRAME_BYTES) frame.release();
    else frame.clear();
    return whole;
  }

  #write(piece: Uint8Array, flush: number): void {
    const output = this.#output;
    const frame = this.#frame;
    if (this.#length === 0) {
      frame.ensure(LONG_SIZE.bytes);
      frame.length = LONG_SIZE.bytes;
    }
    this.#length += piece.length;
    for (let at = 0;;) {
      const { length } = piece;
      this.handle.writeSync(flush, piece, at, length - at, output, 0, PIECE_OUTPUT);
      const [roomLeft = 0, contentLeft = 0] = this.left;
      const next = length - contentLeft;
      if (roomLeft > PIECE_OUTPUT || next < at || roomLeft === PIECE_OUTPUT && contentLeft > 0) {
        throw unknownHandle();
      }
      frame.append(output, 0, PIECE_OUTPUT - roomLeft);
      if (frame.length > this.#length * 1.01 + MOST_LONGER) throw unknownHandle();
      at = next;
      if (contentLeft === 0 && roomLeft > 0) return;
    }
  }
}

function unknownHandle(): RecorderError {
  return internalError(
    "ERR_UNKNOWN",
    "Cannot write a chunk: the runtime's zstd made no frame of it",
  );
}

/** A stream's handle, and where that says what is left; null where the stream isn't as it is known. */
function openHandle(
  params: Readonly<Record<number, number>>,
  open: StreamMaker,
): { readonly handle: Handle; readonly left: Uint32Array } | null {
  // The size is that of the stream's own output, of which there is none.
  const stream = open({ params: { ...params }, chunkSize: 64 });
  const handle: unknown = Reflect.get(stream, "_handle");
  const left: unknown = Reflect.get(stream, "_writeState");
  return isHandle(handle) && left instanceof Uint32Array ? { handle, left } : null;
}

function isHandle(handle: unknown): handle is Handle {
  return typeof handle === "object" && handle !== null &&
    typeof Reflect.get(handle, "writeSync") === "function";
}
