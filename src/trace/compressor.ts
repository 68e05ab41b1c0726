/** Who compresses chunks: the thread that writes them, or one beside it (`shared_compressor.ts`). */
import type { ByteBuffer } from "./byte_buffer.ts";
import { compressFrame, type FrameKind } from "./compress_frame.ts";

/** Makes frames of chunks. */
export interface Compressor {
  /**
   * Compresses all that a buffer holds, which is empty afterwards, and may have another storage.
   *
   * @param buffer Not empty.
   * @param take Gets the frame, which is in place until it returns: within this call, or where the kind is `thorough`, or the
   *   content has less than {@link SHORTEST_ALONE} bytes, within a later one or {@link settle}. Frames come in the order in
   *   which they were asked for.
   * @throws {RecorderError} What a `take` throws, of this frame or one before; `ERR_UNKNOWN` if the runtime makes no frame.
   */
  compress(buffer: ByteBuffer, kind: FrameKind, take: (frame: Uint8Array) => void): void;
  /**
   * Returns when all frames have been taken.
   *
   * @throws {RecorderError} As {@link compress}.
   */
  settle(): void;
}

/** Bytes from which on a content is no short one. */
export const SHORTEST_ALONE = 64 << 10;

/** Compresses at once. */
export const ownThread: Compressor = {
  compress(buffer, kind, take) {
    const frame = compressFrame(buffer.bytes.subarray(0, buffer.length), kind);
    buffer.clear();
    take(frame);
  },
  settle() {},
};
