/** Containers that are referred to rather than sent again say what they would say if they were sent. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { ValueTranscoder } from "../../src/recording/value_transcoder.ts";
import { ByteBuffer } from "../../src/trace/byte_buffer.ts";
import { readCount, readInt, skip } from "../../src/wire/marshal.ts";
import * as wire from "../../src/wire/protocol.ts";
import { run } from "../support/processes.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";
import { dumps, MARK, type PyValue, tuple } from "./_marshal.ts";

needsPythons(PUSH_VERSIONS);

const WRITER = fileURLToPath(new URL("kept_writer.py", import.meta.url));
const AGENT = fileURLToPath(new URL("../../src/agent/python", import.meta.url));
const STEPS = 500;

function transcoder(): ValueTranscoder {
  const types: string[] = ["NoneType"];
  return new ValueTranscoder({
    typeId(name) {
      if (!types.includes(name)) types.push(name);
      return types.indexOf(name);
    },
  });
}

/** Takes in a record of definitions. */
function define(values: ValueTranscoder, bytes: Uint8Array, scratch: ByteBuffer): number {
  const kind = readInt(bytes, 5);
  const second = skip(bytes, 5, bytes.length);
  if (kind === wire.KEPT) values.keep(bytes, second, bytes.length, scratch);
  else if (kind === wire.SPLICED) values.splice(bytes, second, bytes.length, scratch);
  else {
    assert.equal(kind, wire.DESCRIBED);
    const value = skip(bytes, second, bytes.length);
    values.describe(readInt(bytes, second), bytes, value, bytes.length, scratch);
  }
  return kind;
}

const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));

/** The value records of the list `bytes`, one by one. */
function shown(values: ValueTranscoder, bytes: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  let next = 5;
  for (let n = readCount(bytes, 0); n > 0; n--) {
    const out = new ByteBuffer();
    next = values.value(bytes, next, bytes.length, out);
    records.push(out.bytes.slice(0, out.length));
  }
  assert.equal(next, bytes.length);
  return records;
}

for (const threads of [1, 3]) {
  Deno.test({
    name: `containers that change a little are shown as if each were sent: ${threads} threads`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      const seed = Math.floor(Math.random() * 1e9);
      await forEachPython(t, PUSH_VERSIONS, async (python) => {
        const args = [python.path, WRITER, AGENT, String(seed), String(STEPS), String(threads)];
        const { stdout, stderr } = await run(args);
        assert.equal(stderr, "");
        const values = transcoder();
        const scratch = new ByteBuffer();
        const records = new Map<number, number>();
        let steps = 0;
        for (const line of stdout.trimEnd().split("\n")) {
          const [what, first = "", second = ""] = line.split(" ");
          if (what === "C") assert.equal(first, "0", "code of the program ran");
          else if (what === "D") {
            const kind = define(values, fromHex(first), scratch);
            records.set(kind, (records.get(kind) ?? 0) + 1);
          } else {
            const actual = shown(values, fromHex(first));
            const expected = shown(values, fromHex(second));
            assert.equal(actual.length, expected.length);
            for (const [n, one] of actual.entries()) {
              assert.ok(Buffer.compare(one, expected[n]!) === 0, `step ${steps}, seed ${seed}`);
            }
            steps++;
          }
        }
        assert.equal(steps, STEPS * threads);
        assert.ok((records.get(wire.KEPT) ?? 0) > 20, "containers are kept");
        assert.ok(
          (records.get(wire.SPLICED) ?? 0) > 200,
          "what changes a little is sent by its change",
        );
      });
    },
  });
}

const record = (...items: PyValue[]) => Uint8Array.from(dumps(tuple(...items, null)));
const kept = (slot: number, version: number, kind: number, items: PyValue[], leftOut = 0) =>
  record(wire.KEPT, slot, version, kind, tuple(...items), leftOut);
const spliced = (
  slot: number,
  base: number,
  version: number,
  start: number,
  removed: number,
  items: PyValue[],
) => record(wire.SPLICED, slot, base, version, start, removed, tuple(...items), 0);
const reference = (slot: number, version: number) =>
  Uint8Array.from(dumps([tuple(MARK, wire.AS_KEPT, slot, version)]));

Deno.test("a container is referred to as it is at that version, and as no other", () => {
  const values = transcoder();
  const scratch = new ByteBuffer();
  define(values, kept(3, 7, wire.LIST, [1, "b", null]), scratch);
  const first = shown(values, reference(3, 7));
  assert.deepEqual(first, shown(values, Uint8Array.from(dumps([[1, "b", null]]))));
  define(values, spliced(3, 7, 8, 1, 1, [5, 6]), scratch);
  assert.deepEqual(
    shown(values, reference(3, 8)),
    shown(values, Uint8Array.from(dumps([[1, 5, 6, null]]))),
  );
  const broken = { name: "BrokenRecord", message: /was never kept/ };
  assert.throws(() => shown(values, reference(3, 7)), broken);
  assert.throws(() => shown(values, reference(4, 8)), broken);
  assert.throws(() => define(values, spliced(3, 7, 9, 0, 0, []), scratch), broken);
  assert.throws(() => define(values, spliced(5, 8, 9, 0, 0, []), scratch), broken);
});

Deno.test("a container that is kept is one of few, of a kind, not too long, and holds no other", () => {
  const scratch = new ByteBuffer();
  const refused = (message: RegExp, ...records: readonly Uint8Array[]) => {
    const values = transcoder();
    assert.throws(() => {
      for (const each of records) define(values, each, scratch);
    }, { name: "BrokenRecord", message });
  };
  const small = kept(0, 0, wire.LIST, [1, 2]);
  refused(/no slot/, kept(wire.KEPT_SLOTS, 0, wire.LIST, []));
  refused(/no slot/, kept(-1, 0, wire.LIST, []));
  refused(/unknown kind/, kept(0, 0, 3, []));
  refused(/a key without a value/, kept(0, 0, wire.DICT, ["k"]));
  refused(/no such elements/, small, spliced(0, 0, 1, 1, 2, []));
  refused(/no such elements/, small, spliced(0, 0, 1, 3, 0, [1]));
  refused(/no such elements/, small, spliced(0, 0, 1, -1, 1, []));
  refused(/no such elements/, small, spliced(0, 0, 1, 0, -1, []));
  refused(/too many/, kept(0, 0, wire.LIST, ["t".repeat(200_000)]));
  refused(
    /container in a container/,
    small,
    kept(1, 1, wire.LIST, [tuple(MARK, wire.AS_KEPT, 0, 0)]),
  );
  // As long as it may be at once, it is no longer bit by bit.
  const growing = Array.from(
    { length: 200 },
    (_, n) => spliced(0, n, n + 1, 0, 0, ["t".repeat(1000)]),
  );
  refused(/too many/, kept(0, 0, wire.LIST, []), ...growing);
});
