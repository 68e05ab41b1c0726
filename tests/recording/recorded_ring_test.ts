/** Journal and ring of a recorder that died at any instant: each segment is there, once, and in order. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import fc from "fast-check";
import { environmentError, RecorderError } from "../../src/errors/mod.ts";
import { JournalReader, JournalWriter } from "../../src/recording/journal.ts";
import { RecordedRing } from "../../src/recording/recorded_ring.ts";
import { DiskFile } from "../../src/trace/file_store.ts";
import {
  FILLED,
  FREED,
  HEADER_SIZE,
  SEGMENT_COUNT,
  SEGMENT_SIZE,
} from "../../src/wire/protocol.ts";
import { withFolder } from "../support/recorder.ts";

/** Bytes of the journals here that may be kept as they are: some segments of it are, some not. */
const AS_IS = 500;

/** Bytes that are not zero, told apart by the number; zeros behind them. */
function segment(number: number, used: number): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_SIZE);
  for (let at = 0; at < used; at++) bytes[at] = 1 + (number * 31 + at * 7 + (at >> 8)) % 255;
  return bytes;
}

/** The journal of these segments, given how many of their bytes are used. The first ones are kept as they are. */
function journalOf(folder: string, used: readonly number[]): Uint8Array {
  const path = join(folder, "made");
  const writer = new JournalWriter(DiskFile.create(path), AS_IS);
  used.forEach((count, number) => writer.add(segment(number, count), count));
  writer.close();
  const bytes = Deno.readFileSync(path);
  assert.equal(writer.length, bytes.length);
  Deno.removeSync(path);
  return bytes;
}

interface Left {
  readonly journal: Uint8Array;
  /** What the header says. */
  readonly freed: number;
  readonly filled: number;
  /** The ring's four segments. */
  readonly segments: readonly Uint8Array[];
}

/** What comes out, as the trace worker asks for it: full segments, then the last one. */
function readBack(folder: string, { journal, freed, filled, segments }: Left): Uint8Array[] {
  const [ringPath, journalPath] = [join(folder, "ring"), join(folder, "journal")];
  const ring = new Uint8Array(HEADER_SIZE + SEGMENT_COUNT * SEGMENT_SIZE);
  const view = new DataView(ring.buffer);
  view.setBigUint64(FREED, BigInt(freed), true);
  view.setBigUint64(FILLED, BigInt(filled), true);
  segments.forEach((bytes, slot) => ring.set(bytes, HEADER_SIZE + slot * SEGMENT_SIZE));
  Deno.writeFileSync(ringPath, ring);
  Deno.writeFileSync(journalPath, journal);
  using recorded = new RecordedRing(ringPath, journalPath);
  const read: Uint8Array[] = [];
  while (recorded.waiting() > 0) {
    read.push(recorded.nextSegment().slice());
    recorded.giveBack();
  }
  return [...read, recorded.nextSegment().slice()];
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof RecorderError, String(error));
    return error.code;
  }
  return "none";
}

const USED = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 400 }) },
  fc.constant(SEGMENT_SIZE),
);
/** How far the recorder had come with the segment that it was giving back. */
const STAGES = ["not begun", "journal torn", "kept", "half of it zeros", "zeros"] as const;

Deno.test("journal and ring: a recorder that dies at any instant loses nothing and doubles nothing", () =>
  withFolder((folder) => {
    const cases = fc.record({
      freed: fc.integer({ min: 0, max: 9 }),
      ahead: fc.integer({ min: 0, max: SEGMENT_COUNT }),
      stage: fc.constantFrom(...STAGES),
      used: fc.array(USED, { minLength: 14, maxLength: 14 }),
      tear: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ freed, ahead, stage: at, used, tear }) => {
        const filled = freed + ahead;
        const stage = ahead === 0 ? "not begun" : at;
        // Those before `filled` were handed over; with all four full the agent has nowhere to write the next one.
        const all = used.slice(0, filled + 1).map((count, number) =>
          segment(number, ahead === SEGMENT_COUNT && number === filled ? 0 : count)
        );
        const kept = journalOf(folder, used.slice(0, freed));
        const more = journalOf(folder, used.slice(0, freed + 1));
        const torn = kept.length + Math.floor(tear * (more.length - kept.length));
        const segments = Array.from({ length: SEGMENT_COUNT }, (_, slot) => {
          const number = freed + (slot - freed % SEGMENT_COUNT + SEGMENT_COUNT) % SEGMENT_COUNT;
          const bytes = all[number]?.slice() ?? new Uint8Array(SEGMENT_SIZE);
          if (number === freed && stage === "zeros") bytes.fill(0);
          if (number === freed && stage === "half of it zeros") bytes.fill(0, 0, 200);
          return bytes;
        });
        const journal = stage === "not begun"
          ? kept
          : stage === "journal torn"
          ? more.slice(0, torn)
          : more;
        const read = readBack(folder, { journal, freed, filled, segments });
        assert.equal(read.length, all.length);
        read.forEach((bytes, number) => assert.ok(equal(bytes, all[number]!), `segment ${number}`));
      }),
      { numRuns: 60 },
    );
    return Promise.resolve();
  }));

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

Deno.test("journal: what has room is kept as it is, what comes then is compressed", () =>
  withFolder((folder) => {
    const sizes = [300, 150, 300, 1].map((_count, n, all) =>
      journalOf(folder, all.slice(0, n + 1)).length - journalOf(folder, all.slice(0, n)).length
    );
    assert.deepEqual(sizes.slice(0, 2), [312, 162]);
    // holds: there are four.
    assert.ok(sizes[2]! < 300 && sizes[3]! < 40, String(sizes));
    return Promise.resolve();
  }));

Deno.test("journal: what finds no room as it is, is compressed, and so is what comes then", () =>
  withFolder((folder) => {
    const path = join(folder, "journal");
    const file = DiskFile.create(path);
    const writeAt = file.writeAt.bind(file);
    file.writeAt = (bytes, offset) => {
      // A disk that is full takes a part.
      const room = Math.max(600 - offset, 0);
      writeAt(bytes.subarray(0, room), offset);
      if (bytes.length > room) throw environmentError("ERR_IO", "full", { os_error: "ENOSPC" });
    };
    const writer = new JournalWriter(file);
    const text = segment(0, 300).fill(1, 0, 300);
    writer.add(text, 300);
    const { length } = writer;
    for (let n = 0; n < 3; n++) writer.add(text, 300);
    assert.ok(writer.length < length + 200);
    writer.close();
    const reader = new JournalReader(path);
    assert.equal(reader.count, 4);
    const into = new Uint8Array(SEGMENT_SIZE);
    for (let number = 0; number < 4; number++) {
      reader.read(number, into);
      assert.ok(equal(into, text), `segment ${number}`);
    }
    reader.close();
    return Promise.resolve();
  }));

Deno.test("journal: another failure than a lack of room is one", () =>
  withFolder((folder) => {
    const file = DiskFile.create(join(folder, "journal"));
    const writeAt = file.writeAt.bind(file);
    let fails = true;
    file.writeAt = (bytes, offset) => {
      if (fails) {
        fails = false;
        throw environmentError("ERR_IO", "broken", { os_error: "EIO" });
      }
      writeAt(bytes, offset);
    };
    const writer = new JournalWriter(file);
    assert.throws(() => writer.add(segment(0, 300), 300), /broken/);
    writer.close();
    return Promise.resolve();
  }));

Deno.test("journal: torn at every byte, it holds the frames that are whole", () =>
  withFolder((folder) => {
    const used = [300, 1, 150];
    const lengths = used.map((_, n) => journalOf(folder, used.slice(0, n + 1)).length);
    const whole = journalOf(folder, used);
    const path = join(folder, "journal");
    for (let length = 0; length <= whole.length; length++) {
      Deno.writeFileSync(path, whole.subarray(0, length));
      const reader = new JournalReader(path);
      const count = lengths.filter((end) => end <= length).length;
      assert.equal(reader.count, count, `${length} bytes`);
      const into = new Uint8Array(SEGMENT_SIZE).fill(7);
      for (let number = 0; number < count; number++) {
        reader.read(number, into);
        assert.ok(equal(into, segment(number, used[number]!)), `${length} bytes`);
      }
      reader.close();
    }
    return Promise.resolve();
  }));

Deno.test("journal: whatever byte is damaged, what is read is right, or ERR_TRACE_CORRUPT", () =>
  withFolder((folder) => {
    const used = [300, 20, 150];
    const whole = journalOf(folder, used);
    const left = { freed: 3, filled: 3, segments: [] };
    const right = [...used, 0].map((count, number) => segment(number, count));
    assert.deepEqual(readBack(folder, { ...left, journal: whole }), right);
    const bits = fc.record({
      at: fc.integer({ min: 0, max: whole.length - 1 }),
      mask: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(bits, ({ at, mask }) => {
        const journal = whole.slice();
        journal[at]! ^= mask;
        let read = right;
        const code = codeOf(() => read = readBack(folder, { ...left, journal }));
        // A bit of the frame's header that means nothing may change.
        assert.ok(code === "ERR_TRACE_CORRUPT" || code === "none", code);
        assert.ok(
          read.every((bytes, n) => equal(bytes, right[n]!)) && read.length === 4,
          `byte ${at}`,
        );
      }),
      { numRuns: 150 },
    );
    return Promise.resolve();
  }));

Deno.test("journal and ring: numbers that the program has written over the header's do no more than harm", () =>
  withFolder((folder) => {
    const used = [100, 100, 100, 100, 100, 100];
    const journal = journalOf(folder, used.slice(0, 5));
    const segments = [4, 5, 6, 7].map((number) => segment(number, 100));
    const number = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.maxSafeInteger().map(Math.abs));
    fc.assert(
      fc.property(number, number, (freed, filled) => {
        const read: Uint8Array[] = [];
        const code = codeOf(() =>
          read.push(...readBack(folder, { journal, freed, filled, segments }))
        );
        if (freed > 5) assert.equal(code, "ERR_TRACE_CORRUPT");
        else {
          assert.equal(code, "none");
          assert.ok(read.length >= 6 && read.length <= 5 + SEGMENT_COUNT + 1);
          for (let n = 0; n < 5; n++) assert.ok(equal(read[n]!, segment(n, 100)));
        }
      }),
      { numRuns: 40 },
    );
    return Promise.resolve();
  }));
