import assert from "node:assert/strict";
import fc from "fast-check";
import { Slot } from "../../src/recording/slot.ts";
import { ValueTranscoder } from "../../src/recording/value_transcoder.ts";
import { ByteBuffer } from "../../src/trace/byte_buffer.ts";
import { PACKED_KEPT, packedHigh, packedKinds, packedLow } from "../../src/wire/packed.ts";
import * as wire from "../../src/wire/protocol.ts";
import { dumps, Float, MARK, type PyValue, tuple } from "./_marshal.ts";

/** A variable, to which one value after the other is given as the transcoder does it. */
class Variable {
  readonly slot = new Slot(0);
  readonly #values: ValueTranscoder;
  readonly #scratch = new ByteBuffer();

  constructor() {
    const types: string[] = ["NoneType"];
    const typeId = (name: string) =>
      types.includes(name) ? types.indexOf(name) : types.push(name) - 1;
    this.#values = new ValueTranscoder({ typeId });
  }

  /** Returns how the value was taken in. */
  take(value: PyValue): "same" | "patched" | "encoded" {
    // In the middle of others, as in a record.
    const bytes = Uint8Array.from([1, 2, 3, ...dumps(value), ...dumps("what follows")]);
    const view = new DataView(bytes.buffer);
    const end = 3 + dumps(value).length;
    if (this.slot.holds(view, 3, bytes.length)) return "same";
    const next = this.slot.patch(this.#values, bytes, view, 3, bytes.length, this.#scratch);
    if (next < 0) this.slot.encode(this.#values, bytes, 3, end);
    else assert.equal(next, end);
    return next < 0 ? "encoded" : "patched";
  }

  /** The same for one that comes packed: `bigint` values are ints of 64 bits. */
  takePacked(value: bigint | Float | boolean | null): void {
    const view = new DataView(new ArrayBuffer(8));
    if (typeof value === "bigint") view.setBigInt64(0, value, true);
    else if (value instanceof Float) view.setFloat64(0, value.value, true);
    else view.setUint8(0, value ? 1 : 0);
    const letter = typeof value === "bigint"
      ? "i"
      : value === null
      ? "n"
      : value instanceof Float
      ? "f"
      : "b";
    const kind = packedKinds(letter)[0]!; // holds: there is a letter
    assert(kind !== PACKED_KEPT);
    const low = packedLow(kind, view, 0);
    this.slot.encodePacked(this.#values, kind, low, packedHigh(kind, view, 0));
  }

  get encoded(): Uint8Array {
    return this.slot.encoded.bytes.slice(0, this.slot.encoded.length);
  }

  /** What the value is encoded as where none came before it. */
  fresh(value: PyValue): Uint8Array {
    const out = new ByteBuffer();
    this.#values.value(Uint8Array.from(dumps(value)), 0, dumps(value).length, out);
    return out.bytes.slice(0, out.length);
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

Deno.test("a long value of which a few leaves change is patched, whatever becomes longer or shorter", () => {
  const variable = new Variable();
  const list: PyValue[] = numbers(200);
  assert.equal(variable.take(list), "encoded");
  assert.equal(variable.take([...list]), "same");
  const changes: [number, PyValue][] = [
    [0, -1],
    [199, 2 ** 40],
    [100, "a text that is longer than the number in whose place it comes"],
    [100, ""],
    [101, new Float(0.1)],
    [0, null],
    [1, true],
    [50, new Uint8Array([1, 2])],
    [199, 10n ** 30n],
  ];
  for (const [place, value] of changes) {
    list[place] = value;
    assert.equal(variable.take([...list]), "patched", `${place}`);
    assert.deepEqual(variable.encoded, variable.fresh(list));
  }
  [list[7], list[8]] = [list[8]!, list[7]!]; // holds: 200 elements
  assert.equal(variable.take([...list]), "patched");
  assert.deepEqual(variable.encoded, variable.fresh(list));
});

Deno.test("what changes otherwise is encoded anew", () => {
  const variable = new Variable();
  const list = numbers(50);
  const others: PyValue[] = [
    [...list, 50],
    tuple(...list),
    list.map((n) => n + 1000),
    7,
    8,
    tuple(MARK, wire.SEQUENCE, "m:Set", list),
    tuple(MARK, wire.SEQUENCE, "m:Bag", list),
  ];
  for (const value of [list, ...others, list]) {
    assert.equal(variable.take(value), "encoded", JSON.stringify(dumps(value)));
    assert.deepEqual(variable.encoded, variable.fresh(value));
  }
});

Deno.test("an object of which one field changes is patched", () => {
  const variable = new Variable();
  const object = (balance: number, history: PyValue[]) =>
    tuple(MARK, wire.STRUCT, "bank:Account", tuple("owner", "balance", "history"), [
      "the owner of it",
      balance,
      history,
    ]);
  assert.equal(variable.take(object(1, ["opened"])), "encoded");
  assert.equal(variable.take(object(2, ["opened"])), "patched");
  assert.equal(variable.take(object(70_000, ["closed again"])), "patched");
  assert.deepEqual(variable.encoded, variable.fresh(object(70_000, ["closed again"])));
});

Deno.test("counts of what a filter hid stay as they were where another leaf changes", () => {
  const variable = new Variable();
  const value = (
    n: number,
  ) => [tuple(MARK, wire.HIDDEN, wire.DROPPED), "a long enough list", 1, 2, 3, n];
  assert.equal(variable.take(value(1)), "encoded");
  assert.equal(variable.take(value(2)), "patched");
  assert.equal(variable.slot.dropped, 1);
});

Deno.test("packed values and others may follow each other in any order, and repeat", () => {
  type Packable = bigint | Float | boolean | null;
  const packable = fc.constantFrom<Packable>(
    ...[
      0n,
      1n,
      -1n,
      23n,
      24n,
      -24n,
      -25n,
      255n,
      256n,
      65_535n,
      -65_537n,
      2n ** 31n - 1n,
      2n ** 40n,
    ],
    ...[new Float(0), new Float(1), true, false, null],
  );
  const other = fc.constantFrom<PyValue>(
    ...[0, 1, true, null, "text", numbers(50)],
    [tuple(MARK, wire.HIDDEN, wire.DROPPED)],
  );
  const arbitrary = fc.array(
    fc.oneof(fc.record({ packed: packable }), fc.record({ other })),
    { minLength: 20, maxLength: 20 },
  );
  fc.assert(fc.property(arbitrary, (values) => {
    const variable = new Variable();
    for (const next of values) {
      const value = "packed" in next ? next.packed : next.other;
      if ("packed" in next) variable.takePacked(next.packed);
      else variable.take(value);
      assert.deepEqual(variable.encoded, variable.fresh(value));
      const hides = Array.isArray(value) && value.length === 1;
      assert.equal(variable.slot.dropped, hides ? 1 : 0);
    }
  }));
});

/** CBOR of an int: slow, and obviously right. */
function cbor(n: bigint): number[] {
  const major = n < 0n ? 0x20 : 0;
  const argument = n < 0n ? -1n - n : n;
  if (argument < 24n) return [major | Number(argument)];
  const log = [8n, 16n, 32n, 64n].findIndex((bits) => argument < 1n << bits);
  const bytes = Array.from(
    { length: 1 << log },
    (_, at) => Number(argument >> BigInt(8 * at) & 255n),
  );
  return [major | 24 + log, ...bytes.reverse()];
}

Deno.test("an int's record holds it in CBOR, whatever int came before, packed or not", () => {
  const edges = [24n, 256n, 65_536n, 2n ** 31n, 2n ** 32n].flatMap((n) => [n - 1n, n, -n, -n - 1n]);
  const int = fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }));
  const arbitrary = fc.array(fc.tuple(int, fc.boolean()), { minLength: 2, maxLength: 12 });
  const text = new TextEncoder();
  fc.assert(fc.property(arbitrary, (ints) => {
    const variable = new Variable();
    for (const [n, isPacked] of ints) {
      if (isPacked) variable.takePacked(n);
      else variable.take(n);
      assert.deepEqual([...variable.encoded], [
        ...[0xa3, ...text.encode("\x64kind\x63Int\x61i")],
        ...cbor(n),
        ...[...text.encode("\x67type_id"), 1], // the first type that is asked for
      ]);
    }
  }));
});

const leaf: fc.Arbitrary<PyValue> = fc.oneof(
  fc.constantFrom<PyValue>(null, true, false, MARK),
  fc.integer(),
  fc.bigInt(),
  fc.string(),
  fc.double().map((value) => new Float(value)),
  fc.uint8Array({ maxLength: 8 }),
);
const { value: anyValue } = fc.letrec<{ value: PyValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "xsmall", withCrossShrink: true },
    leaf,
    fc.array(tie("value"), { maxLength: 12 }),
    fc.array(tie("value"), { maxLength: 4 }).map((items) => tuple(null, ...items)),
    fc.array(tie("value"), { maxLength: 6 }).map((items) =>
      tuple(MARK, wire.SEQUENCE, "m:Set", items)
    ),
    fc.array(tie("value"), { maxLength: 6 }).map((items) =>
      tuple(MARK, wire.MAPPING, "m:Map", items)
    ),
    tie("value").map((value) =>
      tuple(MARK, wire.TYPED, "m:Own", value instanceof Object ? 1 : value)
    ),
  ),
}));

/** The value with another one in the place of the `at`th of those in it. */
function exchanged(value: PyValue, at: number, other: PyValue): PyValue {
  let left = at;
  const walk = (value: PyValue): PyValue => {
    if (left-- === 0) return other;
    if (Array.isArray(value)) return value.map(walk);
    return value;
  };
  return walk(value);
}

Deno.test("after any row of changes a variable is encoded as if its value had come first", () => {
  let patched = 0;
  fc.assert(
    fc.property(
      fc.array(anyValue, { minLength: 8, maxLength: 16 }),
      fc.array(fc.tuple(fc.nat(30), fc.oneof(leaf, leaf, anyValue)), {
        minLength: 4,
        maxLength: 8,
      }),
      (first, changes) => {
        const variable = new Variable();
        let value: PyValue = first;
        for (const change of [null, ...changes]) {
          if (change !== null) value = exchanged(value, ...change);
          if (variable.take(value) === "patched") patched++;
          assert.deepEqual(variable.encoded, variable.fresh(value));
        }
      },
    ),
    { numRuns: 150 },
  );
  assert.ok(patched > 100, `${patched} patched`);
});
