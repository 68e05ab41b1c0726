import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { RelayedOutputReader, RelayedOutputWriter } from "../../src/recording/relayed_output.ts";
import { FILLED, HEADER_SIZE, RELAYED, SEGMENT_SIZE } from "../../src/wire/protocol.ts";
import { createRing, RingFile } from "../../src/wire/ring_file.ts";
import { withFolder } from "../support/recorder.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

interface Way {
  readonly folder: string;
  readonly writer: RelayedOutputWriter;
  readonly reader: RelayedOutputReader;
  /** What the agent writes: bytes at a place of the ring's file. */
  readonly agent: (at: number, bytes: Uint8Array) => void;
}

function test(name: string, body: (way: Way) => void): void {
  Deno.test(`relayed output: ${name}`, () =>
    withFolder((folder) => {
      const path = join(folder, "ring");
      createRing(path);
      using ring = new RingFile(path);
      const writer = new RelayedOutputWriter(folder, ring, 1);
      const reader = new RelayedOutputReader(folder, writer);
      const agent = (at: number, bytes: Uint8Array) => {
        using file = Deno.openSync(path, { write: true });
        file.seekSync(at, Deno.SeekMode.Start);
        file.writeSync(bytes);
      };
      try {
        body({ folder, writer, reader, agent });
      } finally {
        writer.close();
        reader.close();
      }
      return Promise.resolve();
    }));
}

/** All that can be read now. */
function rest(reader: RelayedOutputReader): string {
  let text = "";
  reader.refresh();
  while (reader.peek() !== null) {
    reader.take((bytes, length) => text += decode(bytes.slice(0, length)));
  }
  return text;
}

test("each piece says how far the agent had written", ({ writer, reader, agent }) => {
  const places: unknown[] = [];
  const place = () => {
    reader.refresh();
    places.push({ ...reader.peek() });
    reader.take(() => {});
  };
  writer.add(encode("a"));
  place();
  agent(HEADER_SIZE, Uint8Array.of(1, 0, 0, 7));
  writer.add(encode("b"));
  place();
  agent(HEADER_SIZE + 4, Uint8Array.of(0, 0, 5));
  writer.add(encode("c"));
  place();
  agent(FILLED, Uint8Array.of(5));
  agent(HEADER_SIZE + SEGMENT_SIZE + 1000, Uint8Array.of(9));
  writer.add(encode("d"));
  place();
  assert.deepEqual(places, [
    { segment: 0, offset: -1 },
    { segment: 0, offset: 3 },
    { segment: 0, offset: 6 },
    { segment: 5, offset: 1000 },
  ]);
});

test("what was added is there, and told to the agent", ({ writer, reader, folder }) => {
  assert.equal(rest(reader), "");
  writer.add(encode("one"));
  writer.add(encode("two"));
  assert.equal(rest(reader), "onetwo");
  writer.add(encode("three"));
  assert.equal(rest(reader), "three");
  const header = Deno.readFileSync(join(folder, "ring"));
  assert.equal(new DataView(header.buffer).getBigUint64(RELAYED[1], true), 11n);
  writer.close();
  writer.add(encode("late"));
  assert.equal(rest(reader), "");
});

test("a disk that takes no more ends the recording of it, not the relaying", ({ writer, reader }) => {
  const failed = () => reader.failure?.message;
  writer.add(encode("one"));
  assert.equal(failed(), undefined);
  const { writeSync } = Deno.FsFile.prototype;
  try {
    Deno.FsFile.prototype.writeSync = () => {
      throw new Error("No space left on device (os error 28)");
    };
    writer.add(encode("two"));
  } finally {
    Deno.FsFile.prototype.writeSync = writeSync;
  }
  assert.match(failed() ?? "", /Cannot keep what was written/);
  writer.add(encode("three"));
  assert.equal(rest(reader), "one");
});

/** What `takeWritten` gives of these pieces. */
function written(pieces: readonly string[], known: number, unread: number, before = 0): string {
  let text = "";
  const folder = Deno.makeTempDirSync({ prefix: "ct-relayed-" });
  try {
    createRing(join(folder, "ring"));
    using ring = new RingFile(join(folder, "ring"));
    const writer = new RelayedOutputWriter(folder, ring, 1);
    const reader = new RelayedOutputReader(folder, writer);
    for (const piece of pieces) writer.add(encode(piece));
    reader.refresh();
    for (let n = 0; n < before; n++) reader.take(() => {});
    reader.takeWritten(known, unread, (bytes, length) => text += decode(bytes.slice(0, length)));
    const others = rest(reader);
    assert.equal(text + others, pieces.slice(before).join(""));
    writer.close();
    reader.close();
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
  return text;
}

Deno.test("relayed output: what was written by a moment, and no more", () => {
  // Unread at the moment, and taken in one piece since.
  assert.equal(written(["one\n"], 0, 4), "one\n");
  // More has been written before it was taken.
  assert.equal(written(["one\ntwo\n"], 0, 4), "one\n");
  assert.equal(written(["one\n", "two\n"], 0, 4), "one\n");
  // Behind what had been taken before.
  assert.equal(written(["one\n", "two\n", "three\n"], 4, 4, 1), "two\n");
  // The first piece had been taken, and not been counted: it is shorter than what was unread.
  assert.equal(written(["one\n", "longer\n"], 0, 7), "one\nlonger\n");
  // It may have been: then these are not its first bytes, and no line ends there.
  assert.equal(written(["some text\n", "one\n"], 0, 4), "");
  // It has not come yet.
  assert.equal(written([], 0, 4), "");
  assert.equal(written(["one\n"], 0, 0), "");
});

Deno.test("relayed output: never more than was written, whatever was in between", () => {
  const writes = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\n"), minLength: 1 }), {
    maxLength: 4,
  }).map((texts) => texts.join(""));
  fc.assert(
    fc.property(writes, writes, writes, writes, (counted, taken, unread, later) => {
      // What was taken and not counted at the moment is a piece; what was unread, and perhaps what came later, the next.
      for (const pieces of [[counted, taken, unread, later], [counted, taken, unread + later]]) {
        const there = pieces.filter((piece) => piece !== "");
        const before = counted === "" ? 0 : 1;
        const text = written(there, counted.length, unread.length, before);
        assert.ok((taken + unread + later).startsWith(text));
        assert.ok(text.length <= taken.length + unread.length, "what was not there yet");
        if (taken === "" && /^$|\n$/.test(unread)) assert.equal(text, unread);
      }
    }),
    { numRuns: 60 },
  );
});
