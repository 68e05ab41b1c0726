import assert from "node:assert/strict";
import { RecorderError } from "../../../src/errors/mod.ts";
import { decodeValue, type TraceValue } from "../../../src/trace/reader/values.ts";
import { printable, renderValue } from "../../../src/trace/reader/render.ts";
import { valueToJson } from "../../../src/cli/print/json.ts";

/** A byte that is no item of the usual kinds, put into the encoding as it is. */
class Bytes {
  constructor(readonly bytes: number[]) {}
}

/** CBOR of what the tests need: numbers are integers, plain objects are maps. */
function cbor(value: unknown): number[] {
  const head = (major: number, argument: number | bigint): number[] => {
    const big = BigInt(argument);
    if (big < 24n) return [major << 5 | Number(big)];
    const width = big < 1n << 8n ? 1 : big < 1n << 16n ? 2 : big < 1n << 32n ? 4 : 8;
    const bytes = [major << 5 | 24 + Math.log2(width)];
    for (let shift = width - 1; shift >= 0; shift--) {
      bytes.push(Number(big >> BigInt(8 * shift) & 0xffn));
    }
    return bytes;
  };
  if (value instanceof Bytes) return value.bytes;
  if (typeof value === "number" || typeof value === "bigint") {
    return value >= 0 ? head(0, value) : head(1, -1n - BigInt(value));
  }
  if (typeof value === "boolean") return [value ? 0xf5 : 0xf4];
  if (typeof value === "string") {
    const bytes = new TextEncoder().encode(value);
    return [...head(3, bytes.length), ...bytes];
  }
  if (value instanceof Uint8Array) return [...head(2, value.length), ...value];
  if (Array.isArray(value)) return [...head(4, value.length), ...value.flatMap(cbor)];
  const entries = Object.entries(value as object);
  return [...head(5, entries.length), ...entries.flatMap(([k, v]) => [...cbor(k), ...cbor(v)])];
}

function double(value: number): Bytes {
  const bytes = new Uint8Array(9);
  bytes[0] = 0xfb;
  new DataView(bytes.buffer).setFloat64(1, value);
  return new Bytes([...bytes]);
}

const decode = (encoded: unknown): TraceValue =>
  decodeValue(new Uint8Array(cbor(encoded)), { trace: "t.ct", file: "values.dat" }, 7);

const TYPES = [
  "int",
  "str",
  "list",
  "tuple",
  "dict",
  "set",
  "frozenset",
  "float",
  "bytes",
  "Point",
  "ValueError",
  "deque",
  "defaultdict",
  "P",
  "NoneType",
  "<more>",
];
const type = (name: string) => TYPES.indexOf(name);
const typeName = (id: number) => TYPES[id] ?? "<none>";
const shown = (encoded: unknown, maxLength = Infinity) =>
  renderValue(decode(encoded), { typeName, maxLength });

const int = (i: number | bigint) => ({ kind: "Int", i, type_id: type("int") });
const str = (text: string) => ({ kind: "String", text, type_id: type("str") });
const raw = (r: string, name: string) => ({ kind: "Raw", r, type_id: type(name) });
const sequence = (name: string, ...elements: unknown[]) => ({
  kind: "Sequence",
  elements,
  is_slice: false,
  type_id: type(name),
});
const tuple = (name: string, ...elements: unknown[]) => ({
  kind: "Tuple",
  elements,
  type_id: type(name),
});
const struct = (name: string, fields: Record<string, unknown>) => ({
  kind: "Struct",
  field_values: Object.values(fields),
  field_names: Object.keys(fields),
  type_id: type(name),
});

const rendered: readonly (readonly [unknown, string])[] = [
  [int(5), "5"],
  [int(-1), "-1"],
  [int(2n ** 63n - 1n), "9223372036854775807"],
  [int(-(2n ** 63n)), "-9223372036854775808"],
  [int(Number.MAX_SAFE_INTEGER), "9007199254740991"],
  [int(-Number.MAX_SAFE_INTEGER), "-9007199254740991"],
  [raw("123456789012345678901234567890", "int"), "123456789012345678901234567890"],
  [raw("1.5", "float"), "1.5"],
  [raw("b'a\\x00'", "bytes"), "b'a\\x00'"],
  [{ kind: "Float", f: double(-30), type_id: 0 }, "-30.0"],
  [{ kind: "Float", f: double(1e-7), type_id: 0 }, "1e-07"],
  [{ kind: "Float", f: double(1e22), type_id: 0 }, "1e+22"],
  [{ kind: "Float", f: double(NaN), type_id: 0 }, "nan"],
  [{ kind: "Float", f: "inf", type_id: 0 }, "inf"],
  [{ kind: "Bool", b: true, text: "true", type_id: 0 }, "True"],
  [{ kind: "None", type_id: 0 }, "None"],
  [str("text"), "'text'"],
  [str("it's"), '"it\'s"'],
  [str("a\\b\n\x1b[2J\u202e"), "'a\\\\b\\n\\x1b[2J\\u202e'"],
  [str(`'"`), `'\\'"'`],
  [sequence("list", int(1), int(2)), "[1, 2]"],
  [sequence("list"), "[]"],
  [sequence("set", int(1), int(2)), "{1, 2}"],
  [sequence("set"), "set()"],
  [sequence("frozenset", int(1)), "frozenset({1})"],
  [sequence("deque", int(1)), "deque([1])"],
  [sequence("dict", tuple("tuple", str("a"), int(1))), "{'a': 1}"],
  [sequence("dict"), "{}"],
  [sequence("defaultdict", tuple("tuple", int(1), int(2))), "defaultdict({1: 2})"],
  [
    sequence("dict", tuple("tuple", int(1), int(2)), raw("<… 12 more>", "<more>")),
    "{1: 2, <… 12 more>}",
  ],
  [sequence("list", raw("<cycle>", "list")), "[<cycle>]"],
  [tuple("tuple", int(1)), "(1,)"],
  [tuple("tuple"), "()"],
  [tuple("tuple", int(1), int(2)), "(1, 2)"],
  [tuple("P", int(1)), "P(1)"],
  [struct("Point", { x: int(1), y: int(2) }), "Point(x=1, y=2)"],
  [{ kind: "Struct", field_values: [int(1)], type_id: type("Point") }, "Point(1)"],
  [
    struct("ValueError", { args: tuple("tuple", str("bad")), code: int(3) }),
    "ValueError('bad', code=3)",
  ],
  [struct("ValueError", { args: tuple("tuple") }), "ValueError()"],
  [struct("Point", { args: tuple("tuple", int(1)) }), "Point(args=(1,))"],
  [{ kind: "Error", msg: "too\x07bad", type_id: 0 }, "<error: too\\x07bad>"],
  [{ kind: "Char", c: "x", type_id: 0 }, "'x'"],
  [{ kind: "BigInt", b: new Uint8Array([1, 0]), negative: true, type_id: 0 }, "-256"],
  [{ kind: "BigInt", b: "AQA=", negative: false, type_id: 0 }, "256"],
  [{ kind: "Set", members: [int(1)], type_id: 0 }, "{1}"],
  [{ kind: "Enum", name: "Color.RED", ordinal: 1, type_id: 0 }, "Color.RED"],
  [{ kind: "Variant", discriminator: "Some", contents: int(1), type_id: 0 }, "Some(1)"],
  [{ kind: "Reference", dereferenced: int(1), address: 9, mutable: false, type_id: 0 }, "1"],
  [{ kind: "Cell", place: 3 }, "<cell 3>"],
  [new Bytes([0xd9, 1, 0, 5]), "<value 5>"],
];

for (const [encoded, text] of rendered) {
  Deno.test(`a value shown as ${text}`, () => {
    assert.equal(shown(encoded), text);
    // Whatever it is, its JSON is JSON.
    JSON.parse(valueToJson(decode(encoded)));
  });
}

Deno.test("integers of 64 bits keep their digits in JSON", () => {
  assert.match(valueToJson(decode(int(-(2n ** 63n)))), /"i":-9223372036854775808,/);
});

Deno.test("keys are taken by name, and unknown ones are passed over", () => {
  const value = {
    type_id: 0,
    extra: { a: [1, "x", new Uint8Array(3), double(1), true] },
    i: 4,
    kind: "Int",
  };
  assert.deepEqual(decode(value), { kind: "Int", i: 4, typeId: 0 });
});

Deno.test("a value is cut where it gets too long", () => {
  assert.equal(shown(str("x".repeat(1e6)), 10), "'xxxxxxxx…");
  assert.equal(shown(sequence("list", ...Array(1000).fill(int(1))), 12), "[1, 1, 1, 1…");
  assert.equal(shown(str("x".repeat(8)), 10), "'xxxxxxxx'");
  assert.equal(shown(str("😀😀😀"), 5).isWellFormed(), true);
});

const broken: Record<string, Uint8Array> = {
  "nothing": new Uint8Array(),
  "no map": new Uint8Array(cbor(5)),
  "no kind": new Uint8Array(cbor({ i: 1, type_id: 0 })),
  "an unknown kind": new Uint8Array(cbor({ kind: "Thing", type_id: 0 })),
  "a kind without its key": new Uint8Array(cbor({ kind: "Int", type_id: 0 })),
  "no type": new Uint8Array(cbor({ kind: "Int", i: 1 })),
  "a text for a number": new Uint8Array(cbor({ kind: "Int", i: "1", type_id: 0 })),
  "invalid UTF-8": new Uint8Array(
    cbor({ kind: "String", text: new Bytes([0x61, 0xff]), type_id: 0 }),
  ),
  "a length of 2^60": new Uint8Array(
    cbor({ kind: "String", text: new Bytes([0x7b, 16, 0, 0, 0, 0, 0, 0, 0]) }),
  ),
  "an array of 2^32": new Uint8Array(
    cbor({ kind: "Tuple", elements: new Bytes([0x9a, 255, 255, 255, 255]) }),
  ),
  "an indefinite length": new Uint8Array(
    cbor({ kind: "Tuple", elements: new Bytes([0x9f, 0xff]) }),
  ),
  "more than one value": new Uint8Array([...cbor(int(1)), 0]),
  "names for other fields": new Uint8Array(
    cbor({ kind: "Struct", field_values: [], field_names: ["x"], type_id: 0 }),
  ),
  "nesting without end": new Uint8Array(
    Array.from(
      { length: 100_000 },
      () => cbor({ kind: "Tuple", elements: 0 }).slice(0, -1).concat(0x81),
    ).flat(),
  ),
  "unknown keys without end": new Uint8Array([0xa1, 0x61, 0x78, ...Array(100_000).fill(0x81)]),
};

for (const [what, bytes] of Object.entries(broken)) {
  Deno.test(`no value: ${what}`, () => {
    assert.throws(
      () => decodeValue(bytes, { trace: "t.ct", file: "values.dat" }, 7),
      (error) =>
        error instanceof RecorderError && error.code === "ERR_TRACE_CORRUPT" &&
        error.context.record === 7,
    );
  });
}

Deno.test("printable escapes what could drive a terminal, and nothing else", () => {
  assert.equal(printable("naïve – ключ – 鍵 😀 \\ ~"), "naïve – ключ – 鍵 😀 \\ ~");
  assert.equal(
    printable("\t\r\n\x00\x7f\x9b\u2028\u200f\u{e0001}"),
    "\\t\\r\\n\\x00\\x7f\\x9b\\u2028\\u200f\\U000e0001",
  );
});
