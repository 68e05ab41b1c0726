import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { environmentError } from "../../src/errors/mod.ts";
import { ByteBuffer } from "../../src/trace/byte_buffer.ts";
import { CompressSlots, SLOT_BYTES, SLOTS } from "../../src/trace/compress_slots.ts";
import { SharedCompressor } from "../../src/trace/shared_compressor.ts";
import { type ReservableFile, Reserve, ReservedFile } from "../../src/trace/reserved_file.ts";

/** A file on a disk with room for so many bytes. */
class SmallDisk implements ReservableFile {
  bytes = new Uint8Array(0);

  constructor(public room: number) {}

  writeAt(bytes: Uint8Array, offset: number): void {
    const end = offset + bytes.length;
    // Like a disk: what fits is written before it says that the rest does not.
    const fits = Math.min(end, this.room);
    if (fits > this.bytes.length) {
      const grown = new Uint8Array(fits);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    if (fits > offset) this.bytes.set(bytes.subarray(0, fits - offset), offset);
    if (end > this.room) throw environmentError("ERR_IO", "no room");
  }

  readAt(into: Uint8Array, offset: number): number {
    const part = this.bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  }

  truncate(size: number): void {
    this.bytes = this.bytes.slice(0, size);
  }

  sync(): void {}
  close(): void {}
}

const MIB = 1 << 20;

Deno.test("whatever is written before the shortage is told, and the reserve after it, is on the disk", () => {
  let shortages = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4 * MIB }),
      fc.integer({ min: 0, max: MIB }),
      // Offsets as a container has them: mostly at the end, sometimes leaving a hole, or going back.
      fc.array(
        fc.record({
          jump: fc.integer({ min: -200_000, max: 100_000 }),
          length: fc.integer({ min: 1, max: 100_000 }),
        }),
        { maxLength: 40 },
      ),
      (room, wanted, writes) => {
        const disk = new SmallDisk(room);
        const reserve = new Reserve();
        const file = new ReservedFile(disk, reserve, () => wanted);
        const model = new Uint8Array(9 * MIB);
        let size = 0;
        let value = 1;
        const write = (offset: number, length: number) => {
          const bytes = new Uint8Array(length).fill(value++ % 255 + 1);
          file.writeAt(bytes, offset);
          model.set(bytes, offset);
          size = Math.max(size, offset + length);
        };
        for (const { jump, length } of writes) {
          const offset = Math.max(size + jump, 0);
          try {
            write(offset, length);
          } catch {
            // Only where there is no reserve for it: the very first one, and one that reaches beyond what is kept.
            assert.ok(size === 0 || offset + length > size + wanted);
            return;
          }
          if (reserve.error !== null) break;
        }
        if (reserve.error !== null && size > 0) {
          shortages++;
          reserve.release();
        }
        assert.equal(Buffer.compare(disk.bytes.subarray(0, size), model.subarray(0, size)), 0);
        const reread = new Uint8Array(100);
        assert.equal(file.readAt(reread, Math.max(size - 10, 0)), Math.min(size, 10));
        file.sync();
        assert.equal(disk.bytes.length, size);
      },
    ),
    { numRuns: 150 },
  );
  assert.ok(shortages > 0);
});

Deno.test("what was reserved can be used when there is no room for more", () => {
  const disk = new SmallDisk(3 * MIB);
  const reserve = new Reserve();
  const file = new ReservedFile(disk, reserve, () => MIB / 2);
  let at = 0;
  while (reserve.error === null) {
    file.writeAt(new Uint8Array(100_000).fill(7), at);
    at += 100_000;
  }
  assert.equal(reserve.error.code, "ERR_IO");
  const rest = new Uint8Array(MIB / 2 - 100_000).fill(8);
  file.writeAt(rest, at);
  file.sync();
  assert.equal(disk.bytes.length, at + rest.length);
});

Deno.test("a released reserve is laid out no further, and none is before the first write", () => {
  const disk = new SmallDisk(100 * MIB);
  const reserve = new Reserve();
  const file = new ReservedFile(disk, reserve, () => MIB);
  assert.equal(disk.bytes.length, 0);
  reserve.release();
  file.writeAt(new Uint8Array(10), 5);
  assert.equal(disk.bytes.length, 15);
  assert.equal(reserve.error, null);
});

Deno.test("there is room for chunks that were on their way to a compressor when the disk was full", () => {
  let memory: SharedArrayBuffer | null = null;
  const compressor = new SharedCompressor((asked) => memory = asked, 1);
  const disk = new SmallDisk(24 * MIB);
  const reserve = new Reserve();
  const file = new ReservedFile(disk, reserve, () => 2 * MIB + compressor.mostOnTheirWay);
  const buffer = new ByteBuffer();
  let end = 0;
  let most = 0;
  const write = () => {
    // Nothing that gets any shorter.
    const bytes = new Uint8Array(SLOT_BYTES);
    for (let at = 0; at < SLOT_BYTES; at += 65_536) {
      crypto.getRandomValues(bytes.subarray(at, at + 65_536));
    }
    buffer.append(bytes);
    compressor.compress(buffer, "thorough", (frame) => {
      file.writeAt(frame, end);
      end += frame.length;
    });
    most = Math.max(most, compressor.waitingBytes);
  };
  write();
  assert(memory !== null);
  // As if there were a compressor, which does nothing as yet: the first word is its state.
  Atomics.store(new Int32Array(memory), 0, 1);
  for (let n = 0; n < SLOTS; n++) {
    write();
    // Something else of the trace, which is written all the time.
    file.writeAt(new Uint8Array(1), end++);
  }
  assert.equal(compressor.waitingBytes, SLOTS * SLOT_BYTES);
  assert.equal(reserve.error, null);
  // The program has filled the disk.
  disk.room = disk.bytes.length;
  file.writeAt(new Uint8Array(MIB), end);
  end += MIB;
  assert.notEqual(reserve.error, null);
  reserve.release();
  new CompressSlots(memory).markGone();
  compressor.settle();
  assert.equal(compressor.waitingBytes, 0);
});
