/** Ways to damage a trace at random, in each of its layers. */
import { packName } from "../../../src/trace/ctfs/layout.ts";
import { EditedTrace, type Stream } from "../verify/_edited_trace.ts";
import { storedFrame } from "../verify/_zstd.ts";
import type { Random } from "./_random.ts";

const BLOCK = 4096;

/** A trace that others are made from, taken apart once. */
export class Seed {
  readonly bytes: Uint8Array;
  /** Where there is anything: most of a small container is zeros. */
  readonly content: Uint32Array;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly chunks: ReadonlyMap<Stream, readonly Uint8Array[]>;
  readonly frames: ReadonlyMap<Stream, readonly Uint8Array[]>;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    const content: number[] = [];
    for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0) content.push(at);
    this.content = Uint32Array.from(content);
    const trace = new EditedTrace(bytes);
    this.files = trace.files;
    const streams = ["steps", "values", "calls", "events"] as const;
    this.chunks = new Map(streams.map((stream) => [stream, trace.chunks(stream)]));
    this.frames = new Map(streams.map((stream) => [stream, trace.frames(stream)]));
  }
}

/** Bytes that mean something to somebody: ends of numbers, types of CBOR, tags. */
const TELLING = [
  0,
  1,
  2,
  3,
  4,
  7,
  8,
  0x1b,
  0x3b,
  0x5f,
  0x7f,
  0x80,
  0x9f,
  0xbb,
  0xbf,
  0xd9,
  0xfb,
  0xff,
];
const POINTERS = [
  0n,
  1n,
  2n,
  3n,
  34n,
  35n,
  4096n,
  1n << 31n,
  1n << 32n,
  1n << 53n,
  ~0n & 0xffff_ffff_ffff_ffffn,
];

/** The damaged trace that a random sequence stands for. */
export function damage(seeds: readonly Seed[], random: Random): Uint8Array {
  const seed = random.of(seeds);
  const layer = random.below(10);
  if (layer < 3) return damageContainer(seed, seeds, random);
  if (layer < 5) return damageFiles(seed, seeds, random);
  return damageRecords(seed, seeds, random);
}

/** Header, directory, mapping blocks, and whatever else stands there. */
function damageContainer(seed: Seed, seeds: readonly Seed[], random: Random): Uint8Array {
  const bytes = seed.bytes.slice();
  const view = new DataView(bytes.buffer);
  for (let times = 1 + random.below(3); times > 0; times--) {
    switch (random.below(8)) {
      case 0:
        bytes[random.below(16)] = random.of(TELLING);
        break;
      case 1: // a field of the directory
        view.setBigUint64(16 + 8 * random.below(93), random.of(POINTERS), true);
        break;
      case 2: { // a pointer of a mapping block
        const block = 1 + random.below(bytes.length / BLOCK - 1);
        const slot = random.of([0, 0, 1, 2, 510, 511]);
        const pointer = random.below(2) === 0 ? random.of(POINTERS) : BigInt(random.below(40));
        view.setBigUint64(block * BLOCK + 8 * slot, pointer, true);
        break;
      }
      case 3: { // a block of this or another trace
        const other = random.of(seeds).bytes;
        const from = random.below(other.length / BLOCK) * BLOCK;
        bytes.set(other.subarray(from, from + BLOCK), random.below(bytes.length / BLOCK) * BLOCK);
        break;
      }
      case 4:
        return bytes.subarray(0, random.below(bytes.length + 1));
      default: {
        const at = seed.content[random.below(seed.content.length)]!;
        bytes[at] = bytes[at]! ^ 1 << random.below(8);
      }
    }
  }
  return bytes;
}

/** The files as such: their bytes, their ends, those of another trace. */
function damageFiles(seed: Seed, seeds: readonly Seed[], random: Random): Uint8Array {
  const trace = new EditedTrace(seed.files);
  const names = [...seed.files.keys()];
  for (let times = 1 + random.below(2); times > 0; times--) {
    const name = random.of(names);
    const bytes = trace.file(name) ?? new Uint8Array(0);
    switch (random.below(6)) {
      case 0: {
        const other = random.of(seeds).files;
        trace.files.set(name, other.get(name) ?? bytes);
        break;
      }
      case 1:
        trace.files.set(name, trace.file(random.of(names)) ?? bytes);
        break;
      case 2:
        if (random.below(3) === 0) trace.files.delete(name);
        break;
      default:
        trace.files.set(name, edited(bytes, seed.files.get(random.of(names))!, random));
    }
  }
  return packed(trace.files);
}

/** What is inside of the frames, in frames that are right. */
function damageRecords(seed: Seed, seeds: readonly Seed[], random: Random): Uint8Array {
  const trace = new EditedTrace(seed.files);
  const stream = random.of(["steps", "values", "values", "calls", "calls", "events"] as const);
  const chunks = seed.chunks.get(stream)!;
  const others = random.of(seeds).chunks.get(stream)!;
  // A program that prints nothing has no events.
  if (chunks.length === 0 || others.length === 0) return damageFiles(seed, seeds, random);
  const frames = [...seed.frames.get(stream)!];
  const number = random.below(chunks.length);
  const other = random.of(others);
  let content = chunks[number]!;
  for (let times = 1 + random.below(3); times > 0; times--) {
    content = edited(content, other, random);
  }
  if (content.length > 0) frames[number] = storedFrame(content);
  trace.setFrames(stream, frames);
  return packed(trace.files);
}

/** A container of files that have a mapping block each: the writer's takes several times as long. */
function packed(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  let blocks = 1;
  for (const content of files.values()) blocks += 1 + Math.ceil(content.length / BLOCK);
  const bytes = new Uint8Array(blocks * BLOCK);
  const view = new DataView(bytes.buffer);
  bytes.set([0xc0, 0xde, 0x72, 0xac, 0xe2, 4, 0, 1, 0, 16, 0, 0, 31]);
  let entry = 16;
  let block = 1;
  for (const [name, content] of files) {
    view.setBigUint64(entry, BigInt(content.length), true);
    view.setUint32(entry + 8, block, true);
    view.setBigUint64(entry + 16, nameOf(name), true);
    entry += 24;
    const mapping = block++ * BLOCK;
    bytes.set(content, block * BLOCK);
    for (let slot = 0; slot * BLOCK < content.length; slot++) {
      view.setUint32(mapping + 8 * slot, block++, true);
    }
  }
  return bytes;
}

const NAMES = new Map<string, bigint>();

function nameOf(name: string): bigint {
  const packed = NAMES.get(name) ?? packName(name);
  NAMES.set(name, packed);
  return packed;
}

/** Changes, inserts, removes or brings in some bytes. */
function edited(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const count = 1 + random.below(random.below(4) === 0 ? 40 : 4);
  switch (random.below(7)) {
    case 0:
      return spliced(bytes, at, 0, Uint8Array.from({ length: count }, () => random.of(TELLING)));
    case 1:
      return spliced(bytes, at, count, new Uint8Array(0));
    case 2: {
      const from = random.below(other.length + 1);
      return spliced(bytes, at, random.below(count), other.subarray(from, from + count));
    }
    case 3:
      return spliced(bytes, at, 1, Uint8Array.of(random.of(TELLING)));
    case 4:
      return bytes.subarray(0, at);
    default: {
      const copy = bytes.slice();
      if (at < copy.length) copy[at] = copy[at]! ^ 1 << random.below(8);
      return copy;
    }
  }
}

function spliced(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const end = Math.min(at + remove, bytes.length);
  const result = new Uint8Array(bytes.length - (end - at) + insert.length);
  result.set(bytes.subarray(0, at));
  result.set(insert, at);
  result.set(bytes.subarray(end), at + insert.length);
  return result;
}
