/** Containers that are referred to rather than sent again say what they would say if they were sent. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { ValueTranscoder } from "../../src/recording/value_transcoder.ts";
import { ByteBuffer } from "../../src/trace/byte_buffer.ts";
import { readCount, readInt, skip } from "../../src/wire/marshal.ts";
import * as wire from "../../src/wire/protocol.ts";
import { chanceSeed } from "../support/chance.ts";
import { run } from "../support/processes.ts";
import { EACH_OBSERVER, forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";
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

function kindOfKept(bytes: Uint8Array): number {
  let at = 5;
  for (let n = 0; n < 3; n++) at = skip(bytes, at, bytes.length);
  return readInt(bytes, at);
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

const [NOTHING, POINTERS_READ, STATES_READ] = [0, 1, 2];

for (
  const [what, threads, reads] of [
    ["containers", 1, STATES_READ],
    ["containers", 1, NOTHING],
    ["containers", 3, STATES_READ],
    ["tables", 1, STATES_READ],
    ["tables", 1, POINTERS_READ],
    ["tables", 3, STATES_READ],
  ] as const
) {
  const readsPointers = reads !== NOTHING;
  const readsStates = reads === STATES_READ;
  Deno.test({
    name: `${what} that change a little are shown as if each were sent: ${threads} threads, ` +
      `pointers ${readsPointers ? "" : "not "}read, states of dicts ${
        readsStates ? "" : "not "
      }read`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      const seed = chanceSeed();
      // How pointers are read differs between versions; without, and with threads, one of each kind will do.
      const versions = threads === 1 && readsStates ? PUSH_VERSIONS : EACH_OBSERVER;
      await forEachPython(t, versions, async (python) => {
        const each = threads === 1 ? STEPS : STEPS / 2;
        const args = [AGENT, seed, each, threads, reads, what].map(String);
        const { stdout, stderr } = await run([python.path, WRITER, ...args]);
        assert.equal(stderr, "");
        const values = transcoder();
        const scratch = new ByteBuffer();
        const records = new Map<number, number>();
        let steps = 0;
        let objects = 0;
        for (const line of stdout.trimEnd().split("\n")) {
          const [sort, first = "", second = ""] = line.split(" ");
          if (sort === "C") {
            const [ran, ofContainers, ofObjects, states, same] = JSON.parse(line.slice(2));
            const hasStates = readsStates && python.minor < 14;
            const how = [readsPointers, readsPointers, hasStates];
            assert.deepEqual([ran, ofContainers, ofObjects, states], [0, ...how]);
            assert.equal(
              same > 100,
              hasStates && what === "tables",
              `tables that were the same: ${same}`,
            );
          } else if (sort === "D") {
            const bytes = fromHex(first);
            const kind = define(values, bytes, scratch);
            if (kind === wire.KEPT && kindOfKept(bytes) === wire.VALUE) objects++;
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
        assert.ok(steps >= each * threads);
        assert.ok((records.get(wire.KEPT) ?? 0) > 20, "containers are kept");
        if (what === "tables") return;
        assert.equal(objects > 100, readsPointers, `objects are kept: ${objects}`);
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

const keptValue = (slot: number, version: number, value: PyValue) =>
  record(wire.KEPT, slot, version, wire.VALUE, value, 0);
const object = (...values: PyValue[]) =>
  tuple(MARK, wire.STRUCT, "m:C", tuple(...values.map((_, n) => `a${n}`)), values);
const asKept = (slot: number, version: number) => tuple(MARK, wire.AS_KEPT, slot, version);

Deno.test("an object that is kept says what it said, and holds others as they were", () => {
  const values = transcoder();
  const scratch = new ByteBuffer();
  const inner = object(1, "b");
  const hidden = object(tuple(MARK, wire.HIDDEN, 1), tuple(MARK, wire.WITHOUT, 3, inner));
  define(values, keptValue(600, 1, inner), scratch);
  define(values, keptValue(601, 2, object(asKept(600, 1), [asKept(600, 1)])), scratch);
  define(values, keptValue(600, 3, object(2)), scratch);
  const show = (...items: PyValue[]) => shown(values, Uint8Array.from(dumps(items)));
  assert.deepEqual(show(asKept(601, 2)), show(object(inner, [inner])));
  assert.deepEqual(show(asKept(600, 3)), show(object(2)));
  define(values, keptValue(602, 4, hidden), scratch);
  define(values, keptValue(603, 5, [asKept(602, 4), asKept(602, 4)]), scratch);
  values.redacted = values.dropped = 0;
  assert.deepEqual(show(asKept(603, 5)), show([hidden, hidden]));
  assert.deepEqual([values.redacted, values.dropped], [4, 12], "each time that it is shown");
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
  refused(/unknown kind/, kept(0, 0, 4, []));
  refused(/was never kept/, keptValue(0, 0, asKept(1, 0)));
  refused(/was never kept/, keptValue(0, 0, 1), keptValue(0, 1, asKept(0, 0)));
  refused(/was never kept/, keptValue(0, 0, 1), keptValue(0, 1, asKept(0, 1)));
  refused(/no container/, keptValue(0, 0, 1), spliced(0, 0, 1, 0, 0, []));
  refused(/is kept/, keptValue(0, 0, "t".repeat(200_000)));
  // Each as long as two of the one before.
  const doubled = Array.from(
    { length: 40 },
    (_, n) => keptValue(n + 1, 0, [asKept(n, 0), asKept(n, 0)]),
  );
  refused(/is kept/, keptValue(0, 0, 1), ...doubled);
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

/** Reads pointers in a program that has, or has not, imported ctypes; or that refuses it. */
const POINTERS = `
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import _ct_pointers
sys.modules.pop("_ctypes", None)
had_ctypes = sys.argv[2] == "imported"
if had_ctypes:
    import ctypes
    sys.modules["_ctypes"].string_at = sys.modules["_ctypes"].sizeof = "the program's own"
    own = sys.modules["_ctypes"]
if sys.argv[2] == "refused":
    def hook(event, args):
        if event == "import" and args[0] == "_ctypes":
            raise PermissionError
    sys.addaudithook(hook)
before = dict(sys.modules)
memory = _ct_pointers.all_memory()
assert dict(sys.modules) == before
assert (memory is None) == (sys.argv[2] == "refused")
if had_ctypes:
    assert own.string_at == own.sizeof == "the program's own"
if memory is not None:
    for items in ((), (None,), (1, "a", 2.5, len), tuple(range(1000)) + (object(),) * 3):
        at = id(items) + _ct_pointers.START
        assert memory[at:at + 8 * len(items)] == b"".join(id(each).to_bytes(8, sys.byteorder) for each in items)
    import ctypes
    assert ctypes.c_int.from_buffer_copy(b"\\1\\0\\0\\0").value == int.from_bytes(b"\\1\\0\\0\\0", sys.byteorder)
    assert ctypes.PyDLL(None).Py_IsInitialized() == 1
`;

Deno.test({
  name: "reading a tuple's pointers leaves the program's modules as they are",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await forEachPython(t, PUSH_VERSIONS, async (python) => {
      for (const how of ["not imported", "imported", "refused"]) {
        const { stderr, status } = await run([python.path, "-I", "-c", POINTERS, AGENT, how]);
        assert.equal(stderr, "", how);
        assert.equal(status, 0, how);
      }
    });
  },
});

/** Compares the two ways to find out what has changed in random tuples. */
const DIFFERENCES = `
import random, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import _ct_kept
rand = random.Random(int(sys.argv[2]))
def read(items):
    return b"".join([id(each).to_bytes(8, "little") for each in items])
for _ in range(4000):
    before = tuple(rand.choices(range(rand.choice([2, 200])), k=rand.choice([0, 1, 2, 3, 8, 70])))
    now, at = list(before), rand.randrange(len(before) + 1)
    for _ in range(rand.randrange(3)):
        now[at:at + rand.randrange(4)] = rand.choices(range(200), k=rand.randrange(4))
        at = min(at + rand.randrange(4), len(now))
    now = tuple(now)
    places = {_ct_kept._difference(before, now), _ct_kept._difference_of_pointers(
        int.from_bytes(read(before), "little"), len(before), int.from_bytes(read(now), "little"), len(now))}
    assert len(places) == 1, (before, now, places)
    (start, stop, stop_now), = places
    assert before[:start] + now[start:stop_now] + before[stop:] == now
    assert 0 <= start <= stop <= len(before) and start <= stop_now <= len(now)
    assert start == stop == stop_now == len(now) if before == now else before[start:stop] != now[start:stop_now]
`;

Deno.test({
  name: "what has changed is found by pointers as it is by looking at each element",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    const seed = String(chanceSeed());
    await forEachPython(t, PUSH_VERSIONS, async (python) => {
      const { stderr, status } = await run([python.path, "-I", "-c", DIFFERENCES, AGENT, seed]);
      assert.equal(stderr, "", `seed ${seed}`);
      assert.equal(status, 0);
    });
  },
});
