import assert from "node:assert/strict";
import { zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { environmentError } from "../../src/errors/mod.ts";
import { ByteBuffer } from "../../src/trace/byte_buffer.ts";
import { CallSpool } from "../../src/trace/call_spool.ts";
import { ChunkedStreamWriter } from "../../src/trace/chunked_stream_writer.ts";
import { MemorySpool } from "./_memory_store.ts";

const NOTHING = new Uint8Array(0);

interface Call {
  functionId: number;
  parent: number;
  entryStep: number;
  exitStep: number;
  depth: number;
  args: [number, string][];
  returned: string;
  exception: string;
  children: number[];
}

/** Calls in a chunk of these tests. */
const PER_CHUNK = 256;

/** A stream, and the records that it has written so far. */
function recordingStream(): { stream: ChunkedStreamWriter; written: () => Uint8Array[] } {
  const files = { "calls.dat": new ByteBuffer(), "calls.idx": new ByteBuffer() };
  const create = (name: string) => {
    const file = files[name as keyof typeof files];
    return {
      get size() {
        return file.length;
      },
      append: file.append.bind(file),
      close: () => {},
    };
  };
  const stream = new ChunkedStreamWriter({ create }, "calls", PER_CHUNK, "length-prefixed");
  const chunk = (start: number, end: number) =>
    zstdDecompressSync(files["calls.dat"].bytes.subarray(start, end));
  const written = () => {
    const { bytes, length } = files["calls.idx"];
    const view = new DataView(bytes.buffer);
    const starts: number[] = [];
    for (let at = 4; at < length; at += 8) starts.push(Number(view.getBigUint64(at, true)));
    const ends = [...starts.slice(1), files["calls.dat"].length];
    return starts.flatMap((start, n) => recordsOf(chunk(start, ends[n]!)));
  };
  return { stream, written };
}

function recordsOf(chunk: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at < chunk.length;) {
    let length = 0;
    for (let scale = 1, byte = 0x80; byte >= 0x80; scale *= 128) {
      byte = chunk[at++]!;
      length += (byte & 0x7F) * scale;
    }
    records.push(chunk.subarray(at, at += length));
  }
  return records;
}

function decode(record: Uint8Array): Call {
  let at = 0;
  const varint = () => {
    for (let value = 0, scale = 1;; scale *= 128) {
      const byte = record[at++]!;
      value += (byte & 0x7F) * scale;
      if (byte < 0x80) return value;
    }
  };
  const sized = () => {
    const length = varint();
    at += length;
    return String.fromCharCode(...record.subarray(at - length, at));
  };
  const list = <T>(read: () => T) => Array.from({ length: varint() }, read);
  const functionId = varint();
  const zigzag = varint();
  const call: Call = {
    functionId,
    parent: zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2,
    entryStep: varint(),
    exitStep: varint(),
    depth: varint(),
    args: list(() => [varint(), sized()]),
    returned: sized(),
    exception: sized(),
    children: list(varint),
  };
  assert.equal(at, record.length, "nothing is left over");
  return call;
}

/** Plays a walk through a call tree; true enters, false leaves. */
class Walk {
  readonly expected: Call[] = [];
  readonly spool = new MemorySpool();
  readonly #calls: CallSpool;
  readonly #stream = recordingStream();
  readonly #open: number[] = [];
  #step = 0;

  constructor(windowPages?: number) {
    this.#calls = new CallSpool(this.spool, this.#stream.stream, windowPages);
  }

  get depth(): number {
    return this.#open.length;
  }

  enter(functionId: number, texts: string[]): void {
    const key = this.expected.length;
    const parent = this.#open.at(-1) ?? -1;
    if (parent >= 0) this.expected[parent]!.children.push(key);
    this.#calls.enter(functionId, this.#step);
    // One by one, and all at once.
    const items = new ByteBuffer();
    for (const [i, text] of texts.entries()) {
      const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
      if (key % 2 === 0) this.#calls.argument(i * 100, bytes, 0, bytes.length);
      else items.item(i * 100, bytes, 0, bytes.length);
    }
    if (key % 2 === 1) this.#calls.arguments(texts.length, items);
    this.expected.push({
      functionId,
      parent,
      entryStep: this.#step++,
      exitStep: -1,
      depth: this.#open.length,
      args: texts.map((text, i) => [i * 100, text]),
      returned: "",
      exception: "",
      children: [],
    });
    this.#open.push(key);
  }

  exit(returned: string, exception: string): void {
    const call = this.expected[this.#open.pop()!]!;
    Object.assign(call, { exitStep: this.#step - 1, returned: returned || "\xFF", exception });
    // Among other bytes, so that the offsets count.
    const value = Uint8Array.from(`<${returned}>`, (c) => c.charCodeAt(0));
    const error = Uint8Array.from(exception, (c) => c.charCodeAt(0));
    this.#calls.exit(this.#step - 1, value, 1, value.length - 1, error, 0, error.length);
  }

  /** Ends the recording and returns the records. */
  finish(): Uint8Array[] {
    const { stream, written } = this.#stream;
    this.#calls.finish();
    stream.finish();
    return written();
  }

  check(): void {
    while (this.depth > 0) this.exit("", "");
    const records = this.finish();
    assert.equal(records.length, this.expected.length);
    records.forEach((record, key) => assert.deepEqual(decode(record), this.expected[key]));
    assert.ok([...this.spool.files.values()].every((file) => file.closed));
  }
}

Deno.test("every call comes back with what was known at entry and at exit", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "\x80"), maxLength: 200 });
  const move = fc.record({
    enter: fc.boolean(),
    functionId: fc.maxSafeNat(),
    args: fc.array(text, { maxLength: 3 }),
    returned: text,
    exception: fc.oneof(fc.constant(""), text),
  });
  fc.assert(fc.property(fc.array(move, { maxLength: 100 }), (moves) => {
    const walk = new Walk();
    for (const { enter, functionId, args, returned, exception } of moves) {
      if (enter) walk.enter(functionId, args);
      else if (walk.depth > 0) walk.exit(returned, exception);
    }
    walk.check();
  }));
});

Deno.test("calls that end long after the window in memory has passed keep their place", () => {
  // Seeds of walks that go up for a while, then down, with windows of 1,024 and 2,048 calls.
  for (const [windowPages, seed] of [[1, 1], [2, 2], [2, 3]] as const) {
    const walk = new Walk(windowPages);
    let random = seed;
    for (let i = 0; i < 20_000; i++) {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      const up = Math.floor(i / 4000) % 2 === 0 ? 0.75 : 0.35;
      if (walk.depth === 0 || random / 2 ** 32 < up) walk.enter(random % 1000, [`argument ${i}`]);
      else walk.exit(`${i} ${"r".repeat(random % 50)}`, random % 5 === 0 ? `exception ${i}` : "");
    }
    walk.check();
  }
});

Deno.test("a call of 100,000 children, and a stack of 100,000 calls", () => {
  const wide = new Walk();
  wide.enter(0, []);
  for (let i = 0; i < 100_000; i++) {
    wide.enter(i, []);
    wide.exit("", "");
  }
  wide.check();
  const deep = new Walk();
  for (let i = 0; i < 100_000; i++) deep.enter(i, []);
  for (let i = 0; i < 100_000; i++) deep.exit(`${i}`, "");
  deep.check();
});

Deno.test("chunks of a deep tree come in their order, whichever was done first", () => {
  const fibonacci = (walk: Walk, n: number): void => {
    // A few buffers of these in all …
    walk.enter(n, [`${n} `.repeat(100)]);
    if (n > 1) {
      fibonacci(walk, n - 1);
      fibonacci(walk, n - 2);
    }
    // … and one of these for each chunk.
    walk.exit(`value of ${n} at depth ${walk.depth} `.repeat(50), "");
  };
  // With all slots in memory, and with most of them on disk.
  for (const windowPages of [undefined, 1]) {
    const walk = new Walk(windowPages);
    fibonacci(walk, 17);
    walk.check();
  }
});

Deno.test("chunks whose calls have ended are done, though the program goes on", () => {
  const walk = new Walk();
  const done = () => walk.spool.files.get("calls-chunks")!.length;
  walk.enter(0, []);
  for (let i = 0; i < 2 * PER_CHUNK - 2; i++) {
    walk.enter(i, []);
    walk.exit("", "");
  }
  walk.enter(1, []);
  walk.enter(2, []);
  assert.equal(done(), 0, "an open call in each of two full chunks, one in a third");
  walk.exit("", "");
  walk.exit("", "");
  assert.ok(done() > 0, "the second one");
  walk.check();
});

Deno.test("however many chunks are done, few buffers are filled with them at the end", () => {
  const walk = new Walk();
  const file = walk.spool.files.get("calls-chunks")!;
  const filled = new Set<ArrayBufferLike>();
  const read = file.readAt.bind(file);
  file.readAt = (into, offset) => {
    filled.add(into.buffer);
    return read(into, offset);
  };
  walk.enter(0, []);
  for (let i = 0; i < 100 * PER_CHUNK; i++) {
    walk.enter(i, []);
    walk.exit("", "");
  }
  walk.check();
  assert.ok(filled.size >= 1 && filled.size < 10, `${filled.size} buffers`);
});

Deno.test("chunks that find no room on the disk are made at the end", () => {
  const walk = new Walk();
  const file = walk.spool.files.get("calls-chunks")!;
  const write = file.writeAt.bind(file);
  file.writeAt = (bytes, offset) => {
    if (offset > 0) throw environmentError("ERR_IO", "no space left on device");
    write(bytes, offset);
  };
  walk.enter(0, []);
  for (let i = 0; i < 4 * PER_CHUNK; i++) {
    walk.enter(i, []);
    walk.exit(`${i}`, "");
  }
  assert.ok(file.length > 0, "the first one has found room");
  walk.check();
});

Deno.test("arguments and return values bigger than any buffer or page", () => {
  const walk = new Walk();
  walk.enter(1, ["a".repeat(700_000), "b"]);
  walk.enter(2, ["c"]);
  walk.exit("d".repeat(100_000), "e".repeat(50_000));
  walk.enter(3, []);
  walk.exit("f", "");
  walk.exit("g".repeat(300_000), "");
  const { expected } = walk;
  // Without spreading a million arguments on the stack: compare what the pieces have in common.
  const records = walk.finish();
  assert.equal(expected.length, records.length);
  const text = new TextDecoder("latin1");
  assert.match(text.decode(records[0]), /a{700000}[^a]+b/);
  assert.match(text.decode(records[0]), /g{300000}/);
  assert.match(text.decode(records[1]), /c[^d]+d{100000}[^e]+e{50000}\0$/);
  assert.match(text.decode(records[2]), /f\0\0$/);
});

Deno.test("what is kept in memory does not grow with the calls", () => {
  const spool = new MemorySpool();
  const calls = new CallSpool(spool, recordingStream().stream);
  const bytes = new ByteBuffer();
  bytes.text("value");
  calls.enter(0, 0);
  for (let i = 0; i < 300_000; i++) {
    calls.enter(1, i);
    calls.exit(i, bytes.bytes, 0, bytes.length, NOTHING, 0, 0);
  }
  const onDisk = (name: string) => spool.files.get(name)!.length;
  // All but one buffer, and all but one window of slots of 24 bytes.
  assert.ok(onDisk("calls-returns") > 300_000 * 8 - 70_000);
  assert.ok(onDisk("calls-entry") > 300_000 * 8 - 70_000);
  assert.ok(onDisk("calls-exit") >= (300_000 - 65_536) * 24);
  calls.close();
});
