/** One fault of each kind that `verify` claims to find, each made by editing a sound trace. */
import { packName } from "../../../src/trace/ctfs/layout.ts";
import type { FindingCode } from "../../../src/trace/verify/codes.ts";
import type { FindingPlace } from "../../../src/trace/verify/findings.ts";
import { cbor, type Item } from "./_cbor.ts";
import {
  EditedTrace,
  encodeCall,
  encodeVariables,
  entryOf,
  joined,
  mappingOf,
  signed,
  type Stream,
  varint,
} from "./_edited_trace.ts";
import { int, makeTrace, str } from "./_traces.ts";
import { storedFrame } from "./_zstd.ts";

export interface Fault {
  readonly name: string;
  readonly bytes: () => Uint8Array<ArrayBuffer>;
  readonly code: FindingCode;
  /** Where it has to be found; what is left out may be anything. */
  readonly where: FindingPlace;
  /** What else has to be found, because one can't be without the other. */
  readonly also: readonly FindingCode[];
}

/** 18 step records, 8 calls, one chunk per stream. */
export const SMALL = makeTrace(3);
/** Two chunks of steps, five of values, eight of calls, 15 of events. */
export const BIG = makeTrace(900);
/** As the small one, with the text of both files. */
export const WITH_SOURCES = makeTrace(3, ["def work(n):\n    return 2 * n\n".repeat(20), ""]);

const FAULTS: Fault[] = [];

/** A fault in the container's bytes. */
function inBytes(
  code: FindingCode,
  name: string,
  where: FindingPlace,
  edit: (view: DataView, bytes: Uint8Array) => void,
  also: readonly FindingCode[] = [],
): void {
  const bytes = () => {
    const copy = SMALL.slice();
    edit(new DataView(copy.buffer), copy);
    return copy;
  };
  FAULTS.push({ name, bytes, code, where, also });
}

/** A fault inside of the container's files. */
function inFiles(
  code: FindingCode,
  name: string,
  where: FindingPlace,
  edit: (trace: EditedTrace) => void,
  also: readonly FindingCode[] = [],
  base = SMALL,
): void {
  const bytes = () => {
    const trace = new EditedTrace(base);
    edit(trace);
    return trace.bytes();
  };
  FAULTS.push({ name, bytes, code, where, also });
}

const HEADER = { file: "header" };

// -- the container

inBytes("container-version", "a version of the future", { ...HEADER, offset: 5 }, (view) => {
  view.setUint8(5, 5);
});
inBytes("container-encrypted", "encryption", { ...HEADER, offset: 6 }, (view) => {
  view.setUint8(6, 1);
});
inBytes("block-size", "a block size of 8192", { ...HEADER, offset: 8 }, (view) => {
  view.setUint32(8, 8192, true);
});
inBytes(
  "directory-size",
  "30 directory entries",
  { ...HEADER, offset: 12 },
  (view) => view.setUint32(12, 30, true),
);
inBytes("directory-entry", "a name that can't be", { ...HEADER, entry: 20 }, (view) => {
  view.setBigUint64(16 + 20 * 24 + 16, 40n, true);
});
inBytes("directory-entry", "a size without a name", { ...HEADER, entry: 20 }, (view) => {
  view.setBigUint64(16 + 20 * 24, 12n, true);
});
inBytes(
  "file-twice",
  "two files of one name",
  { ...HEADER, entry: 1 },
  (view, bytes) => {
    view.setBigUint64(entryOf(bytes, "steps.idx") + 16, packName("steps.dat"), true);
  },
  ["file-missing"],
);
inBytes("block-missing", "no mapping block", { file: "steps.dat" }, (view, bytes) => {
  view.setBigUint64(entryOf(bytes, "steps.dat") + 8, 0n, true);
});
inBytes("block-missing", "no data block", { file: "calls.dat" }, (view, bytes) => {
  view.setBigUint64(mappingOf(bytes, "calls.dat"), 0n, true);
});
inBytes("block-outside", "a mapping block outside", { file: "steps.dat" }, (view, bytes) => {
  view.setBigUint64(entryOf(bytes, "steps.dat") + 8, 1n << 40n, true);
});
inBytes("block-outside", "a data block outside", { file: "events.dat" }, (view, bytes) => {
  view.setBigUint64(mappingOf(bytes, "events.dat"), 35n, true);
});
inBytes("block-missing", "a size above the container's", { file: "types.dat" }, (view, bytes) => {
  view.setBigUint64(entryOf(bytes, "types.dat"), 1n << 40n, true);
});
inBytes("mapping-depth", "a size beyond five levels", { file: "types.dat" }, (view, bytes) => {
  view.setBigUint64(entryOf(bytes, "types.dat"), 1n << 60n, true);
});
inBytes("block-shared", "a block of two files", { file: "values.dat" }, (view, bytes) => {
  const other = view.getBigUint64(mappingOf(bytes, "steps.dat"), true);
  view.setBigUint64(mappingOf(bytes, "values.dat"), other, true);
});
inBytes(
  "block-repeated",
  "a mapping that leads to itself",
  { file: "funcs.dat" },
  (view, bytes) => {
    const own = BigInt(mappingOf(bytes, "funcs.dat") / 4096);
    view.setBigUint64(mappingOf(bytes, "funcs.dat"), own, true);
  },
);
inBytes(
  "block-repeated",
  "a chain that goes in a circle",
  { file: "values.dat" },
  (view, bytes) => {
    const mapping = mappingOf(bytes, "values.dat");
    const data = view.getBigUint64(mapping, true);
    // Room for 511 blocks is in the first level; the size claims one more.
    view.setBigUint64(entryOf(bytes, "values.dat"), 512n * 4096n, true);
    for (let slot = 0; slot < 511; slot++) view.setBigUint64(mapping + 8 * slot, data, true);
    view.setBigUint64(mapping + 8 * 511, BigInt(mapping / 4096), true);
  },
);
inBytes("blocks-excess", "a pointer too many", { file: "paths.dat" }, (view, bytes) => {
  view.setBigUint64(mappingOf(bytes, "paths.dat") + 8, 3n, true);
});
inBytes("blocks-excess", "a chain pointer too many", { file: "paths.dat" }, (view, bytes) => {
  view.setBigUint64(mappingOf(bytes, "paths.dat") + 8 * 511, 3n, true);
});
FAULTS.push({
  name: "a chain of mapping blocks in a circle",
  code: "block-repeated",
  where: { file: "meta.dat" },
  also: [],
  bytes: () => {
    const trace = new EditedTrace(SMALL);
    const meta = new Uint8Array(4096 * 512);
    meta.set(trace.file("meta.dat"));
    trace.files.set("meta.dat", meta);
    const bytes = trace.bytes();
    const mapping = mappingOf(bytes, "meta.dat");
    new DataView(bytes.buffer).setBigUint64(mapping + 8 * 511, BigInt(mapping / 4096), true);
    return bytes;
  },
});
FAULTS.push({
  name: "the last block cut",
  code: "partial-block",
  where: HEADER,
  also: ["block-outside"],
  bytes: () => SMALL.slice(0, SMALL.length - 100),
});
FAULTS.push({
  name: "the last block missing",
  code: "block-outside",
  where: { file: "meta.dat" },
  also: [],
  bytes: () => SMALL.slice(0, SMALL.length - 4096),
});
FAULTS.push({
  name: "less than a header",
  code: "container-cut",
  where: HEADER,
  also: [],
  bytes: () => SMALL.slice(0, 12),
});
FAULTS.push({
  name: "less than a block",
  code: "container-cut",
  where: HEADER,
  also: [],
  bytes: () => SMALL.slice(0, 4000),
});
FAULTS.push({
  name: "blocks of 2048 bytes",
  code: "small-blocks",
  where: { ...HEADER, offset: 8 },
  also: [],
  bytes: withSmallBlocks,
});

/** The same files in a container of smaller blocks, which only one of the readers takes. */
function withSmallBlocks(): Uint8Array<ArrayBuffer> {
  const size = 2048;
  const { files } = new EditedTrace(SMALL);
  const blocks = [SMALL.slice(0, size)];
  const header = new DataView(blocks[0]!.buffer);
  header.setUint32(8, size, true);
  for (const [name, content] of files) {
    const mapping = new DataView(new ArrayBuffer(size));
    header.setBigUint64(entryOf(SMALL, name) + 8, BigInt(blocks.length), true);
    blocks.push(new Uint8Array(mapping.buffer));
    for (let at = 0; at < content.length; at += size) {
      mapping.setBigUint64(at / size * 8, BigInt(blocks.length), true);
      const block = new Uint8Array(size);
      block.set(content.subarray(at, at + size));
      blocks.push(block);
    }
  }
  return joined(blocks).slice();
}

// -- files

for (const file of ["meta.dat", "steps.dat", "steps.idx", "paths.dat", "paths.off"]) {
  inFiles("file-missing", `no ${file}`, { file }, (trace) => trace.files.delete(file));
}
for (const file of ["values.dat", "calls.idx", "events.dat", "funcs.off", "types.dat"]) {
  inFiles("stream-missing", `no ${file}`, { file }, (trace) => trace.files.delete(file));
}
inFiles("formats-mixed", "events.log beside the streams", { file: "events.log" }, (trace) => {
  trace.files.set("events.log", Uint8Array.of(1));
});
inFiles("formats-mixed", "meta.json beside the streams", { file: "meta.json" }, (trace) => {
  trace.files.set("meta.json", Uint8Array.of(1));
});
inFiles("file-unknown", "a file of another kind", { file: "other.dat" }, (trace) => {
  trace.files.set("other.dat", Uint8Array.of(1));
});

// -- meta.dat

const META = { file: "meta.dat" };

inFiles("metadata-version", "metadata of version 2", { ...META, offset: 4 }, (trace) => {
  trace.editFile("meta.dat", (bytes) => bytes[4] = 2);
});
inFiles("metadata-version", "no metadata", { ...META, offset: 0 }, (trace) => {
  trace.files.set("meta.dat", new Uint8Array(7));
});
inFiles("metadata-flags", "an unknown flag", { ...META, offset: 6 }, (trace) => {
  trace.flags |= 1 << 14;
});
for (const [bit, stream] of [[9, "steps"], [10, "values"], [11, "events"]] as const) {
  inFiles("metadata-unannounced", `no flag for ${stream}`, { ...META, offset: 6 }, (trace) => {
    trace.flags &= ~(1 << bit);
  });
}
inFiles("metadata-columns", "column motions without columns", { ...META, offset: 6 }, (trace) => {
  lineOnly(trace);
  trace.flags |= 1 << 7;
}, ["line-only-thread"]);
inFiles("metadata-tables", "another layout of tables", { ...META, offset: 6 }, (trace) => {
  trace.flags |= 1 << 12;
});
inFiles("recording-id", "a recording id of version 4", { ...META, offset: 8 }, (trace) => {
  trace.editFile("meta.dat", (bytes) => bytes[9 + 14] = 0x34);
});
inFiles("text-encoding", "a program that is not UTF-8", META, (trace) => {
  trace.editFile("meta.dat", (bytes) => bytes[47] = 0xff);
});
inFiles("record-cut", "metadata cut short", META, (trace) => {
  trace.files.set("meta.dat", trace.file("meta.dat").slice(0, -3));
});
inFiles("record-trailing", "bytes behind the metadata", META, (trace) => {
  trace.files.set("meta.dat", joined([trace.file("meta.dat"), Uint8Array.of(0)]));
});
inFiles("metadata-native", "a tick source that is none", META, (trace) => {
  trace.flags |= 1;
  const meta = trace.file("meta.dat");
  // Ahead of the filters: a count, the path with its length, and the hash.
  const filters = 1 + 1 + "<builtin>".length + 32;
  const native = new Uint8Array(6 + 6 + 1);
  native[0] = 9;
  const parts = [meta.slice(0, -filters), native, meta.slice(-filters)];
  trace.files.set("meta.dat", joined(parts));
});
inFiles("metadata-paths", "a path that differs", { ...META, record: 1 }, (trace) => {
  trace.editFile("meta.dat", (bytes) => {
    const at = new TextDecoder("latin1").decode(bytes).indexOf("/app/b.py");
    bytes[at + 5] = 0x63;
  });
});
inFiles("metadata-paths", "a path too many", { ...META, record: 2 }, (trace) => {
  trace.setTable("paths", [...trace.table("paths"), pathRecord("/app/c.py", [3])]);
});

// -- tables

inFiles("table-size", "half an offset", { file: "funcs.off" }, (trace) => {
  trace.files.set("funcs.off", trace.file("funcs.off").slice(0, -4));
});
inFiles("table-offsets", "offsets that descend", { file: "types.off", record: 1 }, (trace) => {
  trace.editFile("types.off", (_, view) => view.setBigUint64(16, 1n, true));
});
inFiles("table-offsets", "a first offset of 1", { file: "types.off", record: 0 }, (trace) => {
  trace.editFile("types.off", (_, view) => view.setBigUint64(0, 1n, true));
});
inFiles("table-offsets", "data that nobody has", { file: "varnames.off", record: 3 }, (trace) => {
  trace.files.set("varnames.dat", joined([trace.file("varnames.dat"), Uint8Array.of(65)]));
});
inFiles("table-offsets", "data cut short", { file: "varnames.off", record: 2 }, (trace) => {
  trace.files.set("varnames.dat", trace.file("varnames.dat").slice(0, -1));
});
inFiles("text-encoding", "a name that is not UTF-8", { file: "funcs.dat", record: 2 }, (trace) => {
  const table = trace.table("funcs");
  table[2] = Uint8Array.of(0x61, 0xed, 0xa0, 0x80);
  trace.setTable("funcs", table);
});
inFiles("paths-none", "no paths", { file: "paths.dat" }, (trace) => {
  trace.setTable("paths", []);
}, ["metadata-paths", "step-position"]);
inFiles("path-empty", "an empty path", { file: "paths.dat", record: 1 }, (trace) => {
  editPath(trace, 1, pathRecord("", [8, 8]));
}, ["metadata-paths"]);
inFiles("path-twice", "a path twice", { file: "paths.dat", record: 1 }, (trace) => {
  editPath(trace, 1, pathRecord("/app/a.py", [8, 8]));
}, ["metadata-paths"]);
inFiles("path-lines", "a line of negative length", { file: "paths.dat", record: 1 }, (trace) => {
  editPath(trace, 1, pathRecord("/app/b.py", [8, -1]));
});
inFiles("record-cut", "a line missing", { file: "paths.dat", record: 0 }, (trace) => {
  editPath(trace, 0, pathRecord("/app/a.py", [10, 20, 5]).slice(0, -1));
});
inFiles("record-trailing", "a line too many", { file: "paths.dat", record: 0 }, (trace) => {
  editPath(trace, 0, joined([pathRecord("/app/a.py", [10, 20, 5]), Uint8Array.of(0)]));
});
inFiles(
  "path-layout",
  "paths with lines in a trace without columns",
  { file: "paths.dat" },
  (trace) => trace.flags &= ~(1 << 4),
  ["metadata-paths", "line-only-thread", "step-line-zero"],
);
inFiles("source-view", "a source view of no path", { file: "srcviews.dat", record: 0 }, (trace) => {
  trace.flags |= 1 << 5;
  trace.setTable("srcviews", [Uint8Array.of(9, 0, 0, 0, 0)]);
});

// -- sources

const SOURCES = { file: "sources.dat" };

/** A fault in the texts of a trace that has them. */
function inSources(
  code: FindingCode,
  name: string,
  where: FindingPlace,
  edit: (trace: EditedTrace) => void,
): void {
  inFiles(code, name, where, edit, [], WITH_SOURCES);
}

/** Puts other bytes in place of the first text's record. */
function setSource(trace: EditedTrace, edit: (record: Uint8Array) => Uint8Array): void {
  const [first, ...others] = trace.table("sources") as [Uint8Array, ...Uint8Array[]];
  trace.setTable("sources", [edit(first), ...others]);
}

for (const file of ["sources.dat", "sources.off"]) {
  inSources("source-file", `no ${file}`, { file }, (trace) => trace.files.delete(file));
}
inSources("source-offsets", "a last text of 2^60 bytes", { file: "sources.off" }, (trace) => {
  trace.editFile("sources.off", (_, view) => view.setBigUint64(16, 1n << 60n, true));
});
inSources("source-offsets", "half an offset of a text", { file: "sources.off" }, (trace) => {
  trace.files.set("sources.off", trace.file("sources.off").slice(0, -4));
});
inSources("source-offsets", "texts cut short", { file: "sources.off", record: 1 }, (trace) => {
  trace.files.set("sources.dat", trace.file("sources.dat").slice(0, -1));
});
inSources("source-count", "a text too many", { file: "sources.off" }, (trace) => {
  trace.setTable("sources", [...trace.table("sources"), new Uint8Array(0)]);
});
inSources("source-count", "a text too few", { file: "sources.off" }, (trace) => {
  trace.setTable("sources", trace.table("sources").slice(0, -1));
});
inSources("source-text", "no frame of zstd", { ...SOURCES, record: 0, offset: 2 }, (trace) => {
  trace.editFile("sources.dat", (bytes) => bytes[2]! ^= 1);
});
inSources("source-text", "a frame with a bit flipped", { ...SOURCES, record: 0 }, (trace) => {
  // The type of the frame's only block becomes the reserved one.
  setSource(trace, () => {
    const frame = storedFrame(Uint8Array.of(65, 66));
    frame[frame.length - 5]! |= 6;
    return joined([varint(2), frame]);
  });
});
inSources("source-text", "a text longer than it states", { ...SOURCES, record: 0 }, (trace) => {
  setSource(trace, (record) => joined([varint(1), record.subarray(2)]));
});
inSources("source-text", "a frame of unstated size with more", SOURCES, (trace) => {
  const frame = storedFrame(new Uint8Array(300), { states: false });
  setSource(trace, () => joined([varint(20), frame]));
});
inSources("source-text", "a frame of unstated size with less", SOURCES, (trace) => {
  const frame = storedFrame(new Uint8Array(10), { states: false });
  setSource(trace, () => joined([varint(20), frame]));
});
inSources("source-text", "bytes behind a text", { ...SOURCES, record: 0 }, (trace) => {
  setSource(trace, (record) => joined([record, Uint8Array.of(0)]));
});
inSources("source-text", "bytes behind an empty text", { ...SOURCES, record: 0 }, (trace) => {
  setSource(trace, () => Uint8Array.of(0, 1));
});
inSources("source-text", "a length without end", { ...SOURCES, record: 0, offset: 0 }, (trace) => {
  setSource(trace, () => Uint8Array.of(0x80));
});
inSources("source-limit", "a text of a terabyte", { ...SOURCES, record: 0 }, (trace) => {
  setSource(trace, (record) => joined([varint(2 ** 40), record.subarray(2)]));
});

// -- streams

inFiles("index-size", "half an index entry", { file: "calls.idx" }, (trace) => {
  trace.files.set("calls.idx", trace.file("calls.idx").slice(0, -4));
});
inFiles("index-records", "no records per chunk", { file: "steps.idx", offset: 0 }, (trace) => {
  trace.editFile("steps.idx", (_, view) => view.setUint32(0, 0, true));
});
inFiles("index-offsets", "a first chunk at 1", { file: "events.idx", offset: 4 }, (trace) => {
  trace.editFile("events.idx", (_, view) => view.setBigUint64(4, 1n, true));
});
inFiles(
  "index-offsets",
  "chunks that don't ascend",
  { file: "values.idx", chunk: 1, offset: 12 },
  (trace) =>
    trace.editFile("values.idx", (_, view) => {
      view.setBigUint64(20, view.getBigUint64(12, true), true);
    }),
  ["chunk-trailing"],
  BIG,
);
inFiles(
  "index-offsets",
  "a chunk behind the end",
  { file: "values.idx", chunk: 3 },
  (trace) => {
    trace.editFile("values.idx", (_, view) => view.setBigUint64(4 + 8 * 4, 1n << 40n, true));
  },
  [],
  BIG,
);
inFiles("index-offsets", "an index without chunks", { file: "events.idx", offset: 4 }, (trace) => {
  trace.files.set("events.idx", trace.file("events.idx").slice(0, 4));
});
inFiles("chunk-frame", "no zstd frame", { file: "values.dat", chunk: 0, offset: 0 }, (trace) => {
  trace.editFile("values.dat", (bytes) => bytes[0] = 0);
});
inFiles("chunk-frame", "a frame cut short", { file: "calls.dat", chunk: 0 }, (trace) => {
  trace.files.set("calls.dat", trace.file("calls.dat").slice(0, -1));
});
inFiles("chunk-frame", "a checksum that does not fit", { file: "steps.dat", chunk: 0 }, (trace) => {
  // The frame's flag for a checksum, and four bytes that are none.
  const frame = joined([trace.frames("steps")[0]!, Uint8Array.of(1, 2, 3, 4)]);
  frame[4] = frame[4]! | 4;
  trace.setFrames("steps", [frame]);
});
inFiles("chunk-unsized", "a frame without its size", { file: "steps.dat", chunk: 0 }, (trace) => {
  trace.setFrames("steps", [storedFrame(trace.chunks("steps")[0]!, { states: false })]);
});
inFiles(
  "chunk-frame",
  "a frame with more than it says",
  { file: "steps.dat", chunk: 0 },
  (trace) => {
    const content = trace.chunks("steps")[0]!;
    trace.setFrames("steps", [storedFrame(content, { size: content.length - 1 })]);
  },
);
inFiles(
  "chunk-frame",
  "a frame with less than it says",
  { file: "steps.dat", chunk: 0 },
  (trace) => {
    const content = trace.chunks("steps")[0]!;
    trace.setFrames("steps", [storedFrame(content, { size: content.length + 1 })]);
  },
);
inFiles("chunk-size", "an empty chunk", { file: "events.dat", chunk: 0 }, (trace) => {
  trace.setFrames("events", [storedFrame(new Uint8Array(0))]);
});
inFiles("chunk-trailing", "an empty frame appended", { file: "values.dat", chunk: 0 }, (trace) => {
  const [frame] = trace.frames("values") as [Uint8Array];
  trace.setFrames("values", [joined([frame, storedFrame(new Uint8Array(0))])]);
});
inFiles("chunk-limit", "a frame of a terabyte", { file: "events.dat", chunk: 0 }, (trace) => {
  trace.setFrames("events", [storedFrame(Uint8Array.of(1), { size: 2 ** 40 })]);
});
for (const [stream, chunk] of [["steps", 0], ["values", 2], ["calls", 0], ["events", 0]] as const) {
  inFiles(
    "chunk-count",
    `a record of ${stream} too few in the middle`,
    { file: `${stream}.dat`, chunk },
    (trace) => dropLast(trace, stream, chunk),
    [],
    BIG,
  );
}
inFiles(
  "chunk-count",
  "more records than the index says",
  { file: "calls.dat", chunk: 0 },
  (trace) => {
    trace.editFile("calls.idx", (_, view) => view.setUint32(0, 5, true));
  },
);
inFiles("record-cut", "a record longer than its chunk", {
  file: "events.dat",
  chunk: 0,
  record: 2,
}, (trace) => {
  trace.setChunks("events", [trace.chunks("events")[0]!.slice(0, -1)]);
});

// -- numbers

inFiles("number-overlong", "a position of 11 bytes", { file: "steps.dat", record: 0 }, (trace) => {
  trace.editRecord("steps", 0, () => Uint8Array.of(0, ...new Array(10).fill(0x80), 0));
});
inFiles("number-overlong", "a position of 65 bits", { file: "steps.dat", record: 0 }, (trace) => {
  trace.editRecord("steps", 0, () => Uint8Array.of(0, ...new Array(9).fill(0xff), 2));
});
inFiles("number-padded", "a position with a byte too many", {
  file: "steps.dat",
  record: 0,
}, (trace) => trace.editRecord("steps", 0, () => Uint8Array.of(0, 0x80, 0)));
inFiles(
  "number-padded",
  "an id with a byte too many",
  { file: "calls.dat", record: 1 },
  (trace) => {
    trace.editRecord("calls", 1, ([id, ...rest]) => Uint8Array.of(id! | 0x80, 0, ...rest));
  },
);

// -- steps

const STEPS = { file: "steps.dat" };

inFiles("steps-none", "no steps", STEPS, (trace) => {
  for (const stream of ["steps", "values", "calls", "events"] as const) {
    trace.files.set(`${stream}.idx`, trace.file(`${stream}.idx`).slice(0, 4));
    trace.files.set(`${stream}.dat`, new Uint8Array(0));
  }
});
inFiles(
  "step-start",
  "a chunk that begins with a difference",
  {
    ...STEPS,
    chunk: 1,
    record: 4096,
    offset: 0,
  },
  (trace) => {
    const [first, second] = trace.chunks("steps") as [Uint8Array, Uint8Array];
    second[0] = 1;
    trace.setChunks("steps", [first, second]);
  },
  [],
  BIG,
);
inFiles("step-tag", "a tag of 8", { ...STEPS, chunk: 0, record: 3 }, (trace) => {
  trace.editRecord("steps", 3, () => Uint8Array.of(8, 0));
});
inFiles("step-position", "a position behind all files", { ...STEPS, record: 4 }, (trace) => {
  // The step after it comes back to where it would have been.
  trace.editRecord("steps", 4, () => joined([Uint8Array.of(0), varint(51)]));
  trace.editRecord("steps", 7, () => joined([Uint8Array.of(0), varint(14)]));
});
inFiles("step-position", "a difference that leaves the files", { ...STEPS, record: 3 }, (trace) => {
  trace.editRecord("steps", 3, () => joined([Uint8Array.of(1), signed(40)]));
  trace.editRecord("steps", 4, () => joined([Uint8Array.of(0), varint(45)]));
});
inFiles("step-position", "a difference to below 0", { ...STEPS, record: 2 }, (trace) => {
  trace.editRecord("steps", 2, () => joined([Uint8Array.of(1), signed(-1)]));
  trace.editRecord("steps", 3, () => joined([Uint8Array.of(0), varint(35)]));
});
inFiles("step-empty-file", "a step in an empty file", { ...STEPS, record: 17 }, (trace) => {
  trace.setTable("paths", [...trace.table("paths"), pathRecord("/app/c.py", [0])]);
  addPathToMetadata(trace, "/app/c.py");
  const records = trace.records("steps");
  trace.setRecords("steps", [...records.slice(0, 17), joined([Uint8Array.of(0), varint(51)])]);
});
inFiles("step-column", "a column step in a trace without", { ...STEPS, record: 3 }, (trace) => {
  lineOnly(trace);
  trace.editRecord("steps", 3, () => Uint8Array.of(7, 0));
}, ["line-only-thread"]);
inFiles("step-line-zero", "line 0", { ...STEPS, record: 2 }, (trace) => {
  lineOnly(trace);
  trace.editRecord("steps", 2, () => Uint8Array.of(0, 0));
  trace.editRecord("steps", 3, () => Uint8Array.of(0, 50));
}, ["line-only-thread"]);
inFiles("line-only-path", "a second path without columns", { ...STEPS, record: 2 }, (trace) => {
  lineOnly(trace);
  trace.editRecord("steps", 2, () => joined([Uint8Array.of(0), varint(100_001)]));
  trace.editRecord("steps", 3, () => Uint8Array.of(0, 50));
}, ["line-only-thread"]);
inFiles("line-only-thread", "a thread without columns", { ...STEPS, record: 1 }, lineOnly);
inFiles("thread-id", "a thread of 64 bits", { ...STEPS, record: 1 }, (trace) => {
  trace.editRecord("steps", 1, () => Uint8Array.of(5, ...new Array(9).fill(0xff), 1));
});
inFiles("type-id", "a raise of no type", { ...STEPS, record: 5 }, (trace) => {
  trace.editRecord("steps", 5, () => Uint8Array.of(2, 5, 0));
});
inFiles("type-id", "a catch of no type", { ...STEPS, record: 6 }, (trace) => {
  trace.editRecord("steps", 6, () => Uint8Array.of(3, 99));
});
inFiles("text-encoding", "a message that is not UTF-8", { ...STEPS, record: 5 }, (trace) => {
  trace.editRecord("steps", 5, () => Uint8Array.of(2, 4, 1, 0xff));
});
inFiles("record-cut", "a last step cut short", { ...STEPS, record: 17 }, (trace) => {
  trace.setChunks("steps", [trace.chunks("steps")[0]!.slice(0, -1)]);
});

// -- values

const VALUES = { file: "values.dat" };

inFiles("values-count", "a record of values too few", VALUES, (trace) => {
  trace.setRecords("values", trace.records("values").slice(0, -1));
});
inFiles("values-count", "a record of values too many", VALUES, (trace) => {
  trace.setRecords("values", [...trace.records("values"), new Uint8Array(0)]);
});
inFiles("values-tag", "values of another tag", { ...VALUES, record: 2 }, (trace) => {
  trace.editRecord("values", 2, ([, ...rest]) => Uint8Array.of(1, ...rest));
});
inFiles("variable-id", "a variable that is not there", { ...VALUES, record: 2 }, (trace) => {
  trace.editVariables(2, () => [[3, int(1)]]);
});
inFiles("variable-twice", "a variable twice", { ...VALUES, record: 2 }, (trace) => {
  trace.editVariables(2, () => [[0, int(1)], [1, int(2)], [0, int(1)]]);
});
inFiles("record-cut", "more values announced than there are", {
  ...VALUES,
  record: 2,
}, (trace) => trace.editRecord("values", 2, ([tag, , ...rest]) => Uint8Array.of(tag!, 2, ...rest)));
inFiles("record-trailing", "fewer values announced than there are", {
  ...VALUES,
  record: 3,
}, (trace) => trace.editRecord("values", 3, ([tag, , ...rest]) => Uint8Array.of(tag!, 1, ...rest)));

/** A fault in the value of the first variable of step 2. */
function inValue(
  code: FindingCode,
  name: string,
  value: Item,
  offset?: number,
  also: readonly FindingCode[] = [],
): void {
  const bytes = cbor(value);
  const inRecord = offset === undefined ? {} : { offset: offset + valueStart(bytes) };
  inFiles(
    code,
    name,
    { ...VALUES, record: 2, ...inRecord },
    (trace) => trace.setValue(2, bytes),
    also,
  );
}

/** Where in its record the only value begins: behind tag, number, id and length. */
function valueStart(value: Uint8Array): number {
  return encodeVariables([[0, value]]).length - value.length;
}

const typed = (kind: string, ...entries: (readonly [string, Item])[]): Item =>
  [["kind", kind], ...entries, ["type_id", 1]] as const;

inValue("value-empty", "a value of no bytes", new Uint8Array(0), 0);
inValue("value-cut", "a value cut short", int(1).slice(0, -1), int(1).length - 1);
inValue("value-cut", "a text longer than its value", Uint8Array.of(0xa3, 0x78, 0xff), 3);
inValue("value-trailing", "a byte behind a value", joined([int(1), Uint8Array.of(0)]));
inValue("value-form", "no map", 5, 0);
inValue(
  "value-form",
  "a map of indefinite length",
  Uint8Array.of(0xbf, ...int(1).slice(1), 0xff),
  0,
);
inValue("value-form", "a text for a number", typed("Int", ["i", "5"]), 12);
inValue("value-form", "a text for a float", typed("Float", ["f", "0.5"]), 14, ["value-readers"]);
inValue("value-form", "bytes for a text", typed("Raw", ["r", { octets: [65] }]), 12);
inValue("value-form", "a number for a truth", typed("Bool", ["b", 1], ["text", "true"]), 13);
inValue("value-form", "an unknown tag", Uint8Array.of(0xc1, 0), 1);
inValue("value-kind", "an unknown kind", typed("Object"), 6);
inValue("value-keys", "no kind first", [["i", 1], ["kind", "Int"], ["type_id", 1]], 1);
inValue("value-keys", "a wrong order", [["kind", "Int"], ["type_id", 1], ["i", 1]], 10);
inValue("value-keys", "a key missing", [["kind", "Int"], ["type_id", 1]], 10);
inValue("value-keys", "no type", [["kind", "Int"], ["i", 1]], 13);
inValue("value-keys", "a key too many", typed("Int", ["i", 1], ["j", 2]), 13);
inValue("value-keys", "a Bool without its text", typed("Bool", ["b", true]), 14);
inValue("value-content", "a text that contradicts", typed("Bool", ["b", true], ["text", "false"]));
inValue("value-content", "two characters", typed("Char", ["c", "ab"]));
inValue("value-content", "a character beyond ASCII", typed("Char", ["c", "ü"]));
inValue(
  "value-content",
  "fewer names than fields",
  typed("Struct", ["field_values", { items: [int(1), int(2)] }], ["field_names", { items: ["a"] }]),
);
inValue(
  "value-content",
  "an address of 64 bits",
  typed(
    "Reference",
    ["dereferenced", int(1)],
    ["address", Uint8Array.of(0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0)],
    ["mutable", false],
  ),
);
inValue(
  "value-content",
  "an integer of 65 bits",
  typed("Int", ["i", Uint8Array.of(0x3b, 0x80, 0, 0, 0, 0, 0, 0, 0)]),
);
inValue(
  "text-encoding",
  "a text that is not UTF-8",
  Uint8Array.from([
    ...cbor("x").subarray(0, 0),
    0xa3,
    ...cbor("kind"),
    ...cbor("String"),
    ...cbor("text"),
    0x62,
    0xc3,
    0x28,
    ...cbor("type_id"),
    2,
  ]),
);
inValue("type-id", "a type that is not there", [["kind", "Int"], ["i", 1], ["type_id", 5]]);
inValue("value-depth", "65 levels", nested(65));
for (
  const [kind, value] of [
    ["Float", typed("Float", ["f", { float: 0.5 }])],
    ["BigInt", typed("BigInt", ["b", { octets: [1, 2] }], ["negative", false])],
    ["Set", typed("Set", ["members", { items: [int(1)] }])],
    ["Enum", typed("Enum", ["name", "RED"], ["ordinal", 0])],
    ["Cell", [["kind", "Cell"], ["place", 1]]],
    ["ValueRef", Uint8Array.of(0xd9, 1, 0, 7)],
  ] as const
) {
  inValue("value-readers", `a value of the kind ${kind}`, value, 0);
}

/** Tuples in each other. */
function nested(levels: number): Uint8Array {
  let value = int(1);
  for (let level = 1; level < levels; level++) {
    value = cbor(typed("Tuple", ["elements", { items: [value] }]));
  }
  return value;
}

// -- calls

const CALLS = { file: "calls.dat" };

inFiles("function-id", "a function that is not there", { ...CALLS, record: 3 }, (trace) => {
  trace.editCall(3, { functionId: 4 });
});
inFiles("variable-id", "an argument that is not there", { ...CALLS, record: 2 }, (trace) => {
  trace.editCall(2, { args: [[9, int(1)]] });
});
inFiles("value-cut", "an argument cut short", { ...CALLS, record: 2 }, (trace) => {
  trace.editCall(2, { args: [[0, int(1).slice(0, -1)]] });
});
inFiles("value-kind", "a return value of no kind", { ...CALLS, record: 2 }, (trace) => {
  trace.editCall(2, { returned: cbor(typed("Nothing")) });
});
inFiles("value-empty", "a return value of no bytes", { ...CALLS, record: 2 }, (trace) => {
  trace.editCall(2, { returned: new Uint8Array(0) });
});
inFiles("type-id", "an exception of no type", { ...CALLS, record: 3 }, (trace) => {
  trace.editCall(3, { exception: cbor([["kind", "Error"], ["msg", ""], ["type_id", 77]]) });
});
inFiles("record-cut", "children that are not there", { ...CALLS, record: 7 }, (trace) => {
  trace.editRecord("calls", 7, (record) => Uint8Array.of(...record.slice(0, -1), 3));
});
inFiles("record-trailing", "a byte behind a call", { ...CALLS, record: 7 }, (trace) => {
  trace.editRecord("calls", 7, (record) => Uint8Array.of(...record, 3));
});
inFiles("call-range", "an end before the beginning", { ...CALLS, record: 7 }, (trace) => {
  trace.editCall(7, { exit: 13 });
});
inFiles("call-range", "an end behind the last step", { ...CALLS, record: 0 }, (trace) => {
  trace.editCall(0, { exit: 18 });
});
inFiles(
  "call-order",
  "a call before the one that precedes it",
  { ...CALLS, record: 4 },
  (trace) => {
    trace.editCall(4, { entry: 3 });
  },
  ["call-overlap"],
);
inFiles("call-parent", "a parent that comes later", { ...CALLS, record: 3 }, (trace) => {
  trace.editCall(3, { parent: 5 });
}, ["call-children"]);
inFiles("call-parent", "a parent that has ended", { ...CALLS, record: 5 }, (trace) => {
  trace.editCall(5, { parent: 2 });
}, ["call-children"]);
inFiles("call-overlap", "a call inside of one beside it", { ...CALLS, record: 4 }, (trace) => {
  trace.editCall(2, { exit: 8 });
});
inFiles("call-nesting", "a call longer than its parent", { ...CALLS, record: 3 }, (trace) => {
  trace.editCall(3, { exit: 7 });
});
inFiles("call-depth", "a depth of its parent", { ...CALLS, record: 7 }, (trace) => {
  trace.editCall(7, { depth: 2 });
});
inFiles("call-depth", "a root that is none", { ...CALLS, record: 0 }, (trace) => {
  trace.editCall(0, { depth: 1 });
}, []);
inFiles("call-children", "a child that is not listed", { ...CALLS, record: 1 }, (trace) => {
  trace.editCall(1, { children: [2, 4] });
});
inFiles("call-children", "a child too many", { ...CALLS, record: 6 }, (trace) => {
  trace.editCall(6, { children: [7, 8] });
});
inFiles("call-children", "children in a wrong order", { ...CALLS, record: 1 }, (trace) => {
  trace.editCall(1, { children: [4, 2, 6] });
});
inFiles("call-gap", "steps of no call at the beginning", { ...CALLS, record: 0 }, (trace) => {
  trace.editCall(0, { entry: 1 });
}, ["call-order"]);
inFiles("call-gap", "steps of no call at the end", { ...CALLS, record: 7 }, (trace) => {
  trace.editCall(0, { exit: 16 });
  trace.editCall(1, { exit: 16 });
});
inFiles(
  "call-children",
  "a list that goes on behind the calls",
  { ...CALLS, record: 3 },
  (trace) => {
    const calls = trace.calls();
    trace.setRecords(
      "calls",
      calls.map((call, key) => encodeCall(key === 3 ? { ...call, children: [9] } : call)),
    );
  },
);

// -- events

const EVENTS = { file: "events.dat" };

inFiles("event-kind", "a kind of 14", { ...EVENTS, record: 1 }, (trace) => {
  trace.editRecord("events", 1, ([, ...rest]) => Uint8Array.of(14, ...rest));
});
inFiles("event-step", "an event behind the last step", { ...EVENTS, record: 2 }, (trace) => {
  trace.editRecord("events", 2, ([kind, , ...rest]) => Uint8Array.of(kind!, 18, ...rest));
});
inFiles("event-order", "an event before the one that precedes it", {
  ...EVENTS,
  record: 2,
}, (trace) => {
  trace.editRecord("events", 2, ([kind, , ...rest]) => Uint8Array.of(kind!, 1, ...rest));
});
inFiles("text-encoding", "metadata of an event that is not UTF-8", {
  ...EVENTS,
  record: 0,
  offset: 3,
}, (trace) => {
  trace.editRecord("events", 0, (record) => {
    record[3] = 0xff;
    return record;
  });
});
inFiles("record-cut", "an event without its content", { ...EVENTS, record: 0 }, (trace) => {
  trace.editRecord("events", 0, (record) => record.slice(0, -1));
});
inFiles("record-trailing", "a byte behind an event", { ...EVENTS, record: 0 }, (trace) => {
  trace.editRecord("events", 0, (record) => Uint8Array.of(...record, 0));
});

export const ALL_FAULTS: readonly Fault[] = FAULTS;

/** Values that are sound, and look unlike those that the writer makes. */
export const SOUND_VALUES: readonly Uint8Array[] = [
  str("x".repeat(300)),
  str("\u{10ffff} ü \u0800"),
  nested(64),
  ...[
    typed("Int", ["i", -5]),
    typed("Int", ["i", Uint8Array.of(0x3b, 0x7f, 255, 255, 255, 255, 255, 255, 255)]),
    typed("Bool", ["b", false], ["text", "false"]),
    typed("None"),
    typed("Char", ["c", "x"]),
    typed("Struct", ["field_values", { items: [int(1)] }], ["field_names", { items: ["a"] }]),
    typed("Struct", ["field_values", { items: [int(1)] }]),
    typed("Struct", ["field_values", { items: [] }], ["field_names", { items: [] }]),
    typed("Variant", ["discriminator", "Some"], ["contents", int(1)]),
    typed("Reference", ["dereferenced", int(1)], ["address", 2 ** 40], ["mutable", true]),
    typed("Error", ["msg", ""]),
  ].map(cbor),
  // A key and a kind with a length of their own byte, which no writer makes and every reader takes.
  Uint8Array.from([0xa2, 0x78, 4, ...cbor("kind").subarray(1), 0x78, 4, ...cbor("None").subarray(1)]
    .concat([...cbor("type_id"), 0x18, 0])),
];

// -- helpers

function pathRecord(path: string, lines: readonly number[]): Uint8Array {
  const name = new TextEncoder().encode(path);
  const differences = lines.map((length, line) => signed(length - (lines[line - 1] ?? 0)));
  return joined([varint(name.length), name, varint(lines.length), ...differences]);
}

function editPath(trace: EditedTrace, record: number, bytes: Uint8Array): void {
  const table = trace.table("paths");
  table[record] = bytes;
  trace.setTable("paths", table);
}

function addPathToMetadata(trace: EditedTrace, path: string): void {
  const meta = trace.file("meta.dat");
  const last = "/app/b.py";
  const at = new TextDecoder("latin1").decode(meta).indexOf(last) + last.length;
  // The number of paths stands in front of both of them.
  const count = at - 2 * (last.length + 1) - 1;
  const added = joined([
    meta.subarray(0, at),
    Uint8Array.of(path.length),
    new TextEncoder().encode(path),
    meta.subarray(at),
  ]);
  added[count] = 3;
  trace.files.set("meta.dat", added);
}

/** Makes the trace one without columns: all steps on line 1 and above of the first path. */
function lineOnly(trace: EditedTrace): void {
  trace.flags &= ~(1 << 4);
  trace.setTable("paths", ["/app/a.py", "/app/b.py"].map((path) => new TextEncoder().encode(path)));
  trace.editRecord("steps", 0, () => Uint8Array.of(0, 50));
}

/** Leaves out the last record of a chunk. */
function dropLast(trace: EditedTrace, stream: Stream, chunk: number): void {
  const chunks = trace.chunks(stream);
  const content = chunks[chunk]!;
  const copy = new EditedTrace(BIG);
  copy.setChunks(stream, [content]);
  const records = copy.records(stream).slice(0, -1);
  copy.setRecords(stream, records);
  chunks[chunk] = copy.chunks(stream)[0]!;
  trace.setChunks(stream, chunks);
}
