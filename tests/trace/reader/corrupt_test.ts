import assert from "node:assert/strict";
import fc from "fast-check";
import { RecorderError } from "../../../src/errors/mod.ts";
import { typeNameOf } from "../../../src/trace/reader/names.ts";
import { openTrace } from "../../../src/trace/reader/open_trace.ts";
import { renderValue } from "../../../src/trace/reader/render.ts";
import { walkTrace } from "../../../src/trace/reader/walk.ts";
import { packName } from "../../../src/trace/ctfs/layout.ts";
import { GOLDEN_NAMES, goldenPath } from "./_golden.ts";

/** Far more than reading any of these takes (milliseconds), far less than a hang. */
const TIME_LIMIT_MS = 5_000;

/** Reads everything there is. */
function readAll(path: string): void {
  using trace = openTrace(path);
  const typeName = (id: number) => typeNameOf(trace, id);
  trace.countColumnSteps();
  for (const item of walkTrace(trace)) {
    if (item.kind === "step") {
      for (const { value } of trace.values(item.step.index)) {
        renderValue(value, { typeName, maxLength: 100 });
      }
      trace.callAt(item.step.index);
    } else if (item.kind === "leave") {
      for (const _ of item.call.children());
      item.call.arguments;
      item.call.returnValue;
      item.call.exception;
    }
  }
}

/** Writes the bytes, reads the trace, and says "ok" or "ERR_TRACE_CORRUPT"; anything else throws. */
function outcome(bytes: Uint8Array): string {
  const path = Deno.makeTempFileSync({ suffix: ".ct" });
  const started = performance.now();
  try {
    Deno.writeFileSync(path, bytes);
    readAll(path);
    return "ok";
  } catch (error) {
    assert.ok(error instanceof RecorderError, String((error as Error).stack));
    assert.equal(error.code, "ERR_TRACE_CORRUPT", error.message);
    return error.code;
  } finally {
    Deno.removeSync(path);
    const spent = performance.now() - started;
    assert.ok(spent < TIME_LIMIT_MS, `took ${spent} ms`);
  }
}

const goldens = GOLDEN_NAMES.map((name) => Deno.readFileSync(goldenPath(name, ".ct")));
const anyGolden = fc.constantFrom(...goldens);

/** Offsets where there is something to damage: most of these containers is zeros. */
const contentOffsets = new Map(
  goldens.map((bytes) => [bytes, [...bytes.keys()].filter((at) => bytes[at] !== 0)]),
);

const damagedByte = anyGolden.chain((bytes) =>
  fc.record({
    bytes: fc.constant(bytes),
    edits: fc.array(
      fc.record({
        at: fc.oneof(
          fc.nat(bytes.length - 1),
          fc.constantFrom(...contentOffsets.get(bytes)!),
          fc.nat(800),
        ),
        xor: fc.integer({ min: 1, max: 255 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
);

Deno.test("flipped bits: read, or refused as corrupt", () => {
  fc.assert(
    fc.property(damagedByte, ({ bytes, edits }) => {
      const damaged = bytes.slice();
      for (const { at, xor } of edits) damaged[at] = damaged[at]! ^ xor;
      outcome(damaged);
    }),
    { numRuns: 400 },
  );
});

Deno.test("truncated: read, or refused as corrupt", () => {
  fc.assert(
    fc.property(anyGolden, fc.double({ min: 0, max: 1, noNaN: true }), (bytes, part) => {
      outcome(bytes.slice(0, Math.floor(bytes.length * part)));
    }),
    { numRuns: 60 },
  );
});

Deno.test("blocks of one trace in another: read, or refused as corrupt", () => {
  const [a, b] = goldens as [Uint8Array, Uint8Array];
  const blocks = Math.min(a.length, b.length) / 4096;
  fc.assert(
    fc.property(fc.nat(blocks - 1), fc.nat(blocks - 1), (from, to) => {
      const spliced = a.slice();
      spliced.set(b.subarray(from * 4096, (from + 1) * 4096), to * 4096);
      outcome(spliced);
    }),
    { numRuns: 100 },
  );
});

// -- damage made by hand, each at the one place that it is about

/** Byte offset of a file's directory entry. */
function entryOf(bytes: Uint8Array, name: string): number {
  const view = new DataView(bytes.buffer);
  for (let at = 16; at < 16 + 31 * 24; at += 24) {
    if (view.getBigUint64(at + 16, true) === packName(name)) return at;
  }
  throw new Error(`no file ${name}`);
}

function edited(edit: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = goldens[0]!.slice();
  edit(new DataView(bytes.buffer), bytes);
  return bytes;
}

/** Byte offset of the first data block of a file. */
function dataOf(view: DataView, bytes: Uint8Array, name: string): number {
  const mapping = Number(view.getBigUint64(entryOf(bytes, name) + 8, true));
  return Number(view.getBigUint64(mapping * 4096, true)) * 4096;
}

const byHand: Record<string, Uint8Array> = {
  "another magic": edited((_, bytes) => bytes[0] = 0),
  "version 9": edited((_, bytes) => bytes[5] = 9),
  "encryption": edited((_, bytes) => bytes[6] = 1),
  "a block size of 0": edited((view) => view.setUint32(8, 0, true)),
  "four billion directory entries": edited((view) => view.setUint32(12, 0xffffffff, true)),
  "the same name twice": edited((view, bytes) => {
    view.setBigUint64(entryOf(bytes, "calls.dat") + 16, packName("steps.dat"), true);
  }),
  "a name that packs to nothing": edited((view, bytes) => {
    view.setBigUint64(entryOf(bytes, "calls.dat") + 16, 40n, true);
  }),
  "a size of 2^63": edited((view, bytes) => {
    view.setBigUint64(entryOf(bytes, "steps.dat"), 1n << 63n, true);
  }),
  "a mapping block outside": edited((view, bytes) => {
    view.setBigUint64(entryOf(bytes, "steps.dat") + 8, 1n << 40n, true);
  }),
  "a file without a mapping block": edited((view, bytes) => {
    view.setBigUint64(entryOf(bytes, "steps.dat") + 8, 0n, true);
  }),
  "a data block outside": edited((view, bytes) => {
    const mapping = Number(view.getBigUint64(entryOf(bytes, "steps.dat") + 8, true));
    view.setBigUint64(mapping * 4096, 1n << 50n, true);
  }),
  "no records per chunk": edited((view, bytes) => {
    view.setUint32(dataOf(view, bytes, "steps.idx"), 0, true);
  }),
  "one record per chunk": edited((view, bytes) => {
    view.setUint32(dataOf(view, bytes, "calls.idx"), 1, true);
  }),
  "a chunk that starts behind its end": edited((view, bytes) => {
    view.setBigUint64(dataOf(view, bytes, "values.idx") + 4, 1n << 40n, true);
  }),
  "no zstd frame": edited((view, bytes) => bytes[dataOf(view, bytes, "events.dat")] = 0),
  "older metadata": edited((view, bytes) =>
    view.setUint16(dataOf(view, bytes, "meta.dat") + 4, 2, true)
  ),
  "unknown flags": edited((view, bytes) => {
    view.setUint16(dataOf(view, bytes, "meta.dat") + 6, 0xf000, true);
  }),
  "no flag for the step stream": edited((view, bytes) => {
    const at = dataOf(view, bytes, "meta.dat") + 6;
    view.setUint16(at, view.getUint16(at, true) & ~(1 << 9), true);
  }),
  "a table that ends early": edited((view, bytes) => {
    view.setBigUint64(dataOf(view, bytes, "funcs.off") + 8, 1n << 33n, true);
  }),
  "the older combined format": edited((view, bytes) => {
    view.setBigUint64(entryOf(bytes, "events.dat") + 16, packName("events.log"), true);
  }),
  "no steps": edited((view, bytes) => {
    view.setBigUint64(entryOf(bytes, "steps.dat") + 16, packName("other.dat"), true);
  }),
};

for (const [what, bytes] of Object.entries(byHand)) {
  Deno.test(`refused: ${what}`, () => assert.equal(outcome(bytes), "ERR_TRACE_CORRUPT"));
}

Deno.test("a mapping block that leads to itself ends", () => {
  const bytes = edited((view, bytes) => {
    const entry = entryOf(bytes, "values.dat");
    const mapping = view.getBigUint64(entry + 8, true);
    for (let slot = 0; slot < 512; slot++) {
      view.setBigUint64(Number(mapping) * 4096 + slot * 8, mapping, true);
    }
  });
  assert.equal(outcome(bytes), "ERR_TRACE_CORRUPT");
});

/** That of this file's own isolate: the process holds that of the test files beside it as well. */
function memory(): number {
  const { heapTotal, external } = Deno.memoryUsage();
  return heapTotal + external;
}

Deno.test("a frame that claims gigabytes is refused before anything is allocated", () => {
  const bytes = edited((view, bytes) => {
    const at = dataOf(view, bytes, "values.dat");
    // Eight bytes of content size, single segment: 2^40 bytes.
    bytes[at + 4] = 0xe0;
    view.setBigUint64(at + 5, 1n << 40n, true);
  });
  const before = memory();
  assert.equal(outcome(bytes), "ERR_TRACE_CORRUPT");
  assert.ok(memory() - before < 100e6);
});
