/** A few bytes from the program must not become very many in the recorder: what is claimed is checked before it is made. */
import assert from "node:assert/strict";
import { Transcoder } from "../../src/recording/transcoder.ts";
import { TraceWriter } from "../../src/trace/trace_writer.ts";
import { BrokenRecord } from "../../src/wire/marshal.ts";
import * as wire from "../../src/wire/protocol.ts";
import { acceptEvents, type JsonObject } from "../support/ct_accept.ts";
import { MemoryFile, MemorySpool } from "../trace/_memory_store.ts";
import { dumps, MARK, type PyValue, tuple } from "./_marshal.ts";

const METADATA = {
  recordingId: "01890a5d-ac96-774b-bcce-b302099a8057",
  program: "/p/main.py",
  args: [],
  workdir: "/p",
  recorder: "test",
};
const MIB = 1 << 20;

const record = (...items: PyValue[]) => dumps(tuple(...items, null));
const text = (length: number) => "t".repeat(length);
const times = <T>(count: number, make: (n: number) => T) =>
  Array.from({ length: count }, (_, n) => make(n));

const START = [
  record(wire.PATH, 0, "<string>"),
  record(wire.CODE, 0, 0, 1, "<__main__>", tuple(), 9, tuple()),
];
const layout = (names: readonly string[], hidden: readonly string[] = []) =>
  record(
    wire.LAYOUT,
    0,
    0,
    tuple(...names),
    tuple(...hidden),
    hidden.length > 0 ? tuple(hidden.length, 0, 0, 0, 0, 0) : tuple(),
  );
const call = record(wire.CALL, 0, 0);

function take(records: readonly (readonly number[])[]): { file: MemoryFile; spooled: number } {
  const file = new MemoryFile();
  const spool = new MemorySpool();
  const writer = new TraceWriter(file, spool, METADATA);
  const transcoder = new Transcoder(writer, METADATA.program);
  for (const one of [...START, ...records]) {
    const bytes = Uint8Array.from(one);
    transcoder.records(bytes, 0, bytes.length, false);
  }
  transcoder.finish({ kind: "exited", code: 0 }, null);
  writer.finish();
  let spooled = 0;
  for (const each of spool.files.values()) spooled += each.length;
  return { file, spooled };
}

async function variables({ file }: { file: MemoryFile }): Promise<Map<string, JsonObject>> {
  const path = await Deno.makeTempFile({ suffix: ".ct" });
  try {
    await Deno.writeFile(path, file.bytes);
    const shown = new Map<string, JsonObject>();
    for (const event of acceptEvents(path).events) {
      if (event["kind"] !== "step") continue;
      for (const { varname, value } of event["vars"] as JsonObject[]) {
        shown.set(String(varname), value as JsonObject);
      }
    }
    return shown;
  } finally {
    await Deno.remove(path);
  }
}

const LEFT_OUT = "<… left out: too large>";

Deno.test("an integer of billions of digits is none", () => {
  const huge = [0x28, 4, 0, 0, 0, 0x6c, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0, 0];
  assert.throws(() => take([huge]), { name: "BrokenRecord", message: /smaller integer/ });
  const negative = huge.with(9, 0x80).with(6, 0).with(7, 0).with(8, 0);
  assert.throws(() => take([negative]), { name: "BrokenRecord", message: /smaller integer/ });
});

Deno.test("what is described refers to nothing: it would double with each description", () => {
  const doubling = times(
    40,
    (n) => record(wire.DESCRIBED, -2 - n, tuple(tuple(MARK, -1 - n), tuple(MARK, -1 - n))),
  );
  assert.throws(() => take([record(wire.DESCRIBED, -1, "x"), ...doubling]), BrokenRecord);
  const wide = record(wire.DESCRIBED, 0, times(40_000, () => MARK));
  assert.throws(() => take([wide]), {
    name: "BrokenRecord",
    message: /described value of \d+ bytes/,
  });
});

Deno.test("a value is not longer than it came by more than its first references", async () => {
  const longest = record(wire.DESCRIBED, 0, text(30_000));
  const many = times(5000, () => tuple(MARK, 0));
  const { file, spooled } = take([
    longest,
    layout(["one", "many"]),
    call,
    record(0, 1, 0, tuple(MARK, 0), many),
    record(wire.RETURN, 0, 0, many),
  ]);
  assert.ok(spooled < MIB, `${spooled} bytes`);
  const shown = await variables({ file });
  assert.equal(shown.get("one")?.["text"], text(30_000));
  const elements = shown.get("many")?.["elements"] as JsonObject[];
  assert.equal(elements.length, 5000);
  assert.deepEqual(elements.slice(0, 3).map((each) => each["text"]), times(3, () => text(30_000)));
  assert.equal(elements.at(-1)?.["r"], LEFT_OUT);
});

Deno.test("a step is not longer than it came by more than its first values", async () => {
  const names = times(200, (n) => `v${n}`);
  const values = names.map(() => tuple(MARK, 0));
  const steps = [1, 2].map((line) => record(0, line, 0, ...values));
  const alone = names.map((_, n) => record(n + 1, 3, 0, tuple(MARK, 0)));
  const layouts = names.map((name, n) =>
    record(wire.LAYOUT, n + 1, 0, tuple(name), tuple(), tuple())
  );
  // Each by itself first, so that each is known in full when they come together.
  const shown = await variables(take([
    record(wire.DESCRIBED, 0, text(30_000)),
    layout(names),
    ...layouts,
    call,
    ...alone,
    ...steps,
  ]));
  const full = [...shown.values()].filter((value) => value["text"] === text(30_000)).length;
  const left = [...shown.values()].filter((value) => value["r"] === LEFT_OUT).length;
  assert.equal(full + left, names.length);
  assert.ok(full > 20 && full < 50, `${full} in full`);
});

Deno.test("hundreds of redacted variables of a step are shown, not tens of thousands", async () => {
  const hidden = times(20_000, (n) => `password_${n}`);
  const shown = await variables(take([layout([], hidden), call, record(0, 1, 0)]));
  assert.equal(shown.size, 256);
  assert.ok([...shown.values()].every((value) => value["r"] === "<redacted>"));
});

Deno.test("files without a text have room for millions of lines, but not each of many", () => {
  const far = 4_000_000;
  const paths = times(60, (n) => [
    record(wire.PATH, n + 1, `<made ${n}>`),
    record(wire.CODE, n + 1, n + 1, 1, "f", tuple(), far, tuple()),
    record(wire.LAYOUT, n + 1, n + 1, tuple(), tuple(), tuple()),
    record(wire.CALL, n + 1, 0),
    // Beyond the room of the later ones.
    record(n + 1, far + 200_000, 0),
    record(n + 1, 2, 0),
    record(wire.RETURN, n + 1, 0, null),
  ]).flat();
  const { file } = take(paths);
  assert.ok(file.length < 20 * MIB, `${file.length} bytes`);
});

Deno.test("what variables of functions held that are over is forgotten, and shown again as it comes again", () => {
  const names = (n: number) => [`a${n}`, `b${n}`, `c${n}`];
  const traceWith = (most: number | null) => {
    const file = new MemoryFile();
    const writer = new TraceWriter(file, new MemorySpool(), METADATA);
    const transcoder = new Transcoder(writer, METADATA.program);
    if (most !== null) transcoder.mostRemembered = most;
    const take = (...items: PyValue[]) => {
      const bytes = Uint8Array.from(record(...items));
      transcoder.records(bytes, 0, bytes.length, false);
    };
    let highest = 0;
    take(wire.PATH, 0, "<string>");
    for (let turn = 0; turn < 3; turn++) {
      for (let n = 0; n < 60; n++) {
        if (turn === 0) {
          take(wire.CODE, n, 0, 1, `f${n}`, tuple(`a${n}`), 9, tuple());
          take(wire.LAYOUT, n, n, tuple(...names(n)), tuple(), tuple());
        }
        take(wire.CALL, n, 0);
        // The second time as they were, then others, of which a part has changed.
        const values = [n, text(2000), times(300, (m) => m === 7 && turn === 2 ? 1000 : m + n)];
        for (let line = 1; line < 4; line++) take(n, line, 0, ...values);
        take(wire.RETURN, n, 0, null);
        highest = Math.max(highest, transcoder.remembered);
      }
    }
    transcoder.finish({ kind: "exited", code: 0 }, null);
    writer.finish();
    return { bytes: file.bytes, highest };
  };
  const all = traceWith(null);
  const few = traceWith(MIB / 2);
  assert.ok(all.highest > MIB, `${all.highest} bytes`);
  assert.ok(few.highest < 3 * MIB / 4, `${few.highest} bytes`);
  assert.deepEqual(few.bytes, all.bytes);
});
