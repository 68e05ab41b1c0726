import assert from "node:assert/strict";
import fc from "fast-check";
import { RecorderError } from "../../src/errors/mod.ts";
import { ContainerWriter, type RandomAccessSink } from "../../src/trace/ctfs/container_writer.ts";
import { packName, unpackName } from "../../src/trace/ctfs/layout.ts";
import { MemoryFile } from "./_memory_store.ts";

const BLOCK = 4096;

/** An independent reading of the container, as the format is described: nothing is shared. */
function readContainer(bytes: Uint8Array): Map<string, Uint8Array> {
  assert.equal(bytes.length % BLOCK, 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const files = new Map<string, Uint8Array>();
  const used = new Set<number>([0]);
  const u64 = (at: number) => Number(view.getBigUint64(at, true));
  const claim = (block: number) => {
    assert.ok(block > 0 && block < bytes.length / BLOCK && !used.has(block), `block ${block}`);
    used.add(block);
    return block;
  };
  /** Collects up to `wanted` data blocks of a mapping block. */
  const descend = (block: number, level: number, wanted: number, into: number[]) => {
    const start = into.length;
    for (let slot = 0; slot < 511; slot++) {
      const pointer = u64(block * BLOCK + 8 * slot);
      if (into.length - start === wanted) assert.equal(pointer, 0);
      else if (level === 1) into.push(claim(pointer));
      else {
        const left = wanted - (into.length - start);
        const below = claim(pointer);
        descend(below, level - 1, Math.min(511 ** (level - 1), left), into);
        assert.equal(u64(below * BLOCK + 8 * 511), 0);
      }
    }
  };
  for (let entry = 0; entry < 31; entry++) {
    const at = 16 + 24 * entry;
    const name = unpackName(view.getBigUint64(at + 16, true));
    if (name === null) continue;
    const size = u64(at);
    const blocks: number[] = [];
    let mapping = claim(u64(at + 8));
    for (let level = 1;; level++) {
      const wanted = Math.min(511 ** level, Math.ceil(size / BLOCK) - blocks.length);
      descend(mapping, level, wanted, blocks);
      const chain = u64(mapping * BLOCK + 8 * 511);
      if (blocks.length === Math.ceil(size / BLOCK)) {
        assert.equal(chain, 0);
        break;
      }
      mapping = claim(chain);
    }
    const content = new Uint8Array(blocks.length * BLOCK);
    blocks.forEach((block, i) =>
      content.set(bytes.subarray(block * BLOCK, (block + 1) * BLOCK), i * BLOCK)
    );
    assert.ok(content.subarray(size).every((byte) => byte === 0), "padded with zeros");
    files.set(name, content.subarray(0, size));
  }
  return files;
}

Deno.test("names pack to base 40 and back", () => {
  assert.equal(packName("a"), 11n);
  assert.equal(packName("0"), 1n);
  assert.equal(packName("-a"), 39n + 11n * 40n);
  assert.equal(packName("------------"), 40n ** 12n - 1n);
  const letter = fc.constantFrom(..."0123456789abcdefghijklmnopqrstuvwxyz./-");
  fc.assert(fc.property(fc.string({ unit: letter, minLength: 1, maxLength: 12 }), (name) => {
    assert.equal(unpackName(packName(name)), name);
  }));
});

Deno.test("what is no name is refused", () => {
  for (const name of ["", "thirteen-long", "Upper", "under_score", "nul\0"]) {
    assert.throws(() => packName(name), RecorderError);
  }
  assert.equal(unpackName(0n), null);
  assert.equal(unpackName(40n), null, "a gap in front");
  assert.equal(unpackName(40n ** 12n), null, "a thirteenth character");
});

Deno.test("the header is byte for byte that of the real recorders", () => {
  const sink = new MemoryFile();
  const container = new ContainerWriter(sink);
  container.create("a.dat").append(new Uint8Array([1, 2, 3]));
  container.finish();
  assert.equal(sink.length, 3 * BLOCK);
  assert.deepEqual(
    [...sink.bytes.subarray(0, 16)],
    [0xC0, 0xDE, 0x72, 0xAC, 0xE2, 4, 0, 1, 0, 0x10, 0, 0, 31, 0, 0, 0],
  );
  const view = new DataView(sink.bytes.buffer);
  assert.equal(view.getBigUint64(16, true), 3n);
  assert.equal(view.getBigUint64(24, true), 1n);
  assert.equal(view.getBigUint64(32, true), packName("a.dat"));
  assert.equal(view.getBigUint64(BLOCK, true), 2n, "the mapping block");
  assert.deepEqual([...sink.bytes.subarray(2 * BLOCK, 2 * BLOCK + 4)], [1, 2, 3, 0]);
  assert.equal(sink.syncs, 1);
});

Deno.test("an unfinished container has no header", () => {
  const sink = new MemoryFile();
  new ContainerWriter(sink).create("a.dat").append(new Uint8Array(100_000));
  assert.ok(sink.length > 0);
  assert.ok(sink.bytes.subarray(0, BLOCK).every((byte) => byte === 0));
});

Deno.test("an empty file has a mapping block and no data", () => {
  const sink = new MemoryFile();
  const container = new ContainerWriter(sink);
  container.create("empty.dat");
  container.finish();
  assert.equal(sink.length, 2 * BLOCK);
  assert.deepEqual(readContainer(sink.bytes).get("empty.dat"), new Uint8Array(0));
});

Deno.test("files that grow side by side come back whole, with few blocks to spare", () => {
  const append = fc.tuple(
    fc.nat(5),
    fc.oneof(fc.nat(30), fc.nat(9000), fc.constantFrom(0, BLOCK, 16 * BLOCK, 300_000)),
    fc.nat(20),
  );
  fc.assert(
    fc.property(fc.array(append, { maxLength: 60 }), (appends) => {
      const sink = new MemoryFile();
      const container = new ContainerWriter(sink);
      const files = Array.from({ length: 6 }, (_, i) => container.create(`file-${i}`));
      const expected = files.map((): number[][] => []);
      let counter = 0;
      for (const [which, length, close] of appends) {
        const source = new Uint8Array(length + 2).fill(0x55);
        for (let i = 1; i <= length; i++) source[i] = counter++ * 31 >> 3;
        try {
          files[which]!.append(source, 1, length + 1);
        } catch (error) {
          assert.match(String(error), /closed already/);
          continue;
        }
        expected[which]!.push([...source.subarray(1, length + 1)]);
        if (close === 0) files[which]!.close();
      }
      container.finish();
      const read = readContainer(sink.bytes);
      let blocks = 1;
      for (let i = 0; i < files.length; i++) {
        const content = Uint8Array.from(expected[i]!.flat());
        assert.equal(files[i]!.size, content.length);
        assert.deepEqual(read.get(`file-${i}`), content);
        blocks += 1 + Math.ceil(content.length / BLOCK);
      }
      assert.ok(sink.length / BLOCK <= blocks + 16 * 6);
      assert.equal(container.size, sink.length);
    }),
    { numRuns: 50 },
  );
});

Deno.test("a file of more than 511 blocks goes on at the second level", () => {
  for (const blocks of [511, 512, 1022, 1023]) {
    const sink = new MemoryFile();
    const container = new ContainerWriter(sink);
    const file = container.create("big.dat");
    const content = new Uint8Array(blocks * BLOCK);
    for (let i = 0; i < content.length; i += 512) content[i] = i >> 9;
    file.append(content);
    container.finish();
    assert.deepEqual(readContainer(sink.bytes).get("big.dat"), content);
  }
});

/** Keeps mapping blocks, and of data blocks (their last byte is 0xDA) only their number. */
class MarkingSink implements RandomAccessSink {
  readonly mappings = new Map<number, DataView>();
  readonly data: number[] = [];

  writeAt(bytes: Uint8Array, offset: number): void {
    for (let at = 0; at < bytes.length; at += BLOCK) {
      const block = (offset + at) / BLOCK;
      if (bytes[at + BLOCK - 1] === 0xDA) {
        const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
        this.data[block] = view.getFloat64(0);
      } else this.mappings.set(block, new DataView(bytes.slice(at, at + BLOCK).buffer));
    }
  }

  sync(): void {}
}

Deno.test("a file of more than 511 + 511² blocks goes on at the third level", () => {
  const total = 511 + 511 ** 2 + 700;
  const sink = new MarkingSink();
  const container = new ContainerWriter(sink);
  const file = container.create("huge.dat");
  const block = new Uint8Array(BLOCK);
  block[BLOCK - 1] = 0xDA;
  const view = new DataView(block.buffer);
  for (let i = 0; i < total; i++) {
    view.setFloat64(0, i + 1);
    file.append(block);
  }
  container.finish();
  const pointer = (mapping: number, slot: number) =>
    Number(sink.mappings.get(mapping)!.getBigUint64(8 * slot, true));
  let next = 1;
  const walk = (mapping: number, level: number) => {
    for (let slot = 0; slot < 511; slot++) {
      const to = pointer(mapping, slot);
      if (next > total) assert.equal(to, 0);
      else if (level > 1) {
        walk(to, level - 1);
        assert.equal(pointer(to, 511), 0);
      } else if (sink.data[to] !== next++) {
        assert.fail(`data block ${next - 1} is ${sink.data[to]}`);
      }
    }
  };
  let root = Number(sink.mappings.get(0)!.getBigUint64(24, true));
  for (let level = 1; level <= 3; level++) {
    walk(root, level);
    root = pointer(root, 511);
  }
  assert.equal(next, total + 1);
  assert.equal(root, 0);
});

Deno.test("misuse is refused", () => {
  const container = new ContainerWriter(new MemoryFile());
  const file = container.create("a");
  assert.throws(() => container.create("a"), /exists already/);
  assert.throws(() => container.create("A"), RecorderError);
  for (let i = 1; i < 31; i++) container.create(`f${i}`);
  assert.throws(() => container.create("one-more"), /31 entries/);
  file.close();
  assert.throws(() => file.append(new Uint8Array(1)), /closed already/);
  container.finish();
  assert.throws(() => container.create("late"), /finished/);
});
