/** Bytes of a block at most (RFC 8878, section 3.1.1.2.4). */
const MAX_BLOCK = 128 * 1024;

/** What the frame's header says. */
interface Stated {
  /** Bytes of content; what it has when left out. */
  readonly size?: number;
  /** Whether it states the size; true when left out. */
  readonly states?: boolean;
}

/** A zstd frame of blocks that are stored as they are: made in a hundredth of the time of others. */
export function storedFrame(content: Uint8Array, stated: Stated = {}): Uint8Array {
  const { size = content.length, states = true } = stated;
  const blocks = Math.max(1, Math.ceil(content.length / MAX_BLOCK));
  // Eight bytes of size in a single segment; or none, and a window of 1 KiB.
  const headerBytes = states ? 13 : 6;
  const frame = new Uint8Array(headerBytes + 3 * blocks + content.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, 0xfd2fb528, true);
  frame[4] = states ? 0xe0 : 0;
  if (states) view.setBigUint64(5, BigInt(size), true);
  let at = headerBytes;
  for (let block = 0; block < blocks; block++) {
    const part = content.subarray(block * MAX_BLOCK, (block + 1) * MAX_BLOCK);
    const header = part.length << 3 | (block === blocks - 1 ? 1 : 0);
    frame.set([header & 255, header >> 8 & 255, header >> 16], at);
    frame.set(part, at + 3);
    at += 3 + part.length;
  }
  return frame;
}
