/** Values that change within: whatever is exchanged in their records, each is what it would be without one before it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Slot } from "../../src/recording/slot.ts";
import { ValueTranscoder } from "../../src/recording/value_transcoder.ts";
import { ByteBuffer } from "../../src/trace/byte_buffer.ts";
import { BrokenRecord, skip } from "../../src/wire/marshal.ts";
import * as wire from "../../src/wire/protocol.ts";
import { dumps, Float, MARK, type PyValue, type Tuple, tuple } from "./_marshal.ts";

const hidden = (action: number) => tuple(MARK, wire.HIDDEN, action);

/** A variable, and each of its values by itself in a table of types of its own. */
class Variable {
  readonly slot = new Slot(0);
  readonly #scratch = new ByteBuffer();
  readonly #values = transcoder();
  readonly #alone = transcoder();
  #before = "";

  /** Returns how the value was taken in; it is checked against the same one encoded alone. */
  take(value: PyValue): "same" | "patched" | "encoded" {
    const { slot } = this;
    const raw = dumps(value);
    const bytes = Uint8Array.from([1, 2, 3, ...raw, ...dumps("what follows")]);
    const view = new DataView(bytes.buffer);
    const { version } = slot;
    const isSame = slot.holds(view, 3, bytes.length);
    assert.equal(isSame, raw.join() === this.#before);
    let next = 3 + raw.length;
    if (!isSame) {
      next = slot.patch(this.#values, bytes, view, 3, bytes.length, this.#scratch);
      if (next < 0) slot.encode(this.#values, bytes, 3, skip(bytes, 3, bytes.length));
      else assert.equal(next, 3 + raw.length);
      assert.notEqual(slot.version, version);
    } else assert.equal(slot.version, version);
    this.#before = raw.join();
    const alone = new ByteBuffer();
    this.#alone.redacted = this.#alone.dropped = 0;
    this.#alone.value(bytes, 3, bytes.length, alone);
    assert.deepEqual(content(slot.encoded), content(alone));
    assert.deepEqual(
      { redacted: slot.redacted, dropped: slot.dropped },
      { redacted: this.#alone.redacted, dropped: this.#alone.dropped },
    );
    return isSame ? "same" : next < 0 ? "encoded" : "patched";
  }
}

const content = (buffer: ByteBuffer) => buffer.bytes.slice(0, buffer.length);

/** Knows the long text 7, the function -1, and containers and objects in slots 0 to 4. */
function transcoder(): ValueTranscoder {
  const types: string[] = ["NoneType"];
  const values = new ValueTranscoder({
    typeId: (name) => types.includes(name) ? types.indexOf(name) : types.push(name) - 1,
  });
  const scratch = new ByteBuffer();
  const text = Uint8Array.from(dumps("a long text, ".repeat(40)));
  values.describe(7, text, 0, text.length, scratch);
  const shown = Uint8Array.from(dumps(tuple(MARK, wire.RAW, "builtins:function", "<function f>")));
  values.describe(-1, shown, 0, shown.length, scratch);
  const keep = (...record: PyValue[]) => {
    const bytes = Uint8Array.from(record.flatMap(dumps));
    values.keep(bytes, 0, bytes.length, scratch);
  };
  keep(0, 9, wire.LIST, tuple(1, 2, 3), 0);
  keep(1, 9, wire.TUPLE, tuple("a", new Float(1)), 4);
  keep(2, 9, wire.DICT, tuple("key", null), 0);
  keep(3, 9, wire.VALUE, tuple(MARK, wire.STRUCT, "m:Kept", tuple("x"), [1]), 0);
  const hides = [hidden(wire.REDACTED), tuple(MARK, wire.WITHOUT, 2, [hidden(wire.DROPPED)])];
  keep(4, 9, wire.VALUE, tuple(MARK, wire.STRUCT, "m:Hides", tuple("p", "q"), hides), 0);
  return values;
}

/** A container, of whatever kind, that is to be edited; anything else is a value as it is. */
class Node {
  constructor(readonly kind: Kind, readonly items: readonly Piece[]) {}
}
type Piece = Node | PyValue;
type Kind = keyof typeof KINDS;

const names = (count: number) => tuple(...Array.from({ length: count }, (_, n) => `field${n}`));
const KINDS = {
  list: (items: PyValue[]) => items,
  tuple: (items: PyValue[]) => tuple(...items), // the mark may come first in it
  set: (items: PyValue[]) => tuple(MARK, wire.SEQUENCE, "builtins:set", items),
  bag: (items: PyValue[]) => tuple(MARK, wire.SEQUENCE, "m:Bag", items),
  dict: (items: PyValue[]) => tuple(MARK, wire.MAPPING, "builtins:dict", items),
  map: (items: PyValue[]) => tuple(MARK, wire.MAPPING, "m:Map", items),
  object: (items: PyValue[]) => tuple(MARK, wire.STRUCT, "m:Object", names(items.length), items),
  more: (items: PyValue[]) => tuple(MARK, wire.STRUCT, "m:More", names(items.length - 1), items),
  raised: (items: PyValue[]) =>
    tuple(MARK, wire.EXCEPTION, "m:Raised", items.slice(2), null, names(1), items.slice(0, 1)),
  without: (items: PyValue[]) => tuple(MARK, wire.WITHOUT, items.length, items),
  typed: (items: PyValue[]) => tuple(MARK, wire.TYPED, `m:Typed${items.length}`, items.length),
  typedList: (items: PyValue[]) => tuple(MARK, wire.TYPED, "m:TypedList", items),
};
/** What is no tuple that begins with the mark by chance: those have their own rules. */
const MARKS: readonly PyValue[] = [
  tuple(MARK, 7),
  tuple(MARK, -1),
  ...[0, 1, 2, 3].map((slot) => tuple(MARK, wire.AS_KEPT, slot, 9)),
  tuple(MARK, wire.MORE, 12),
  tuple(MARK, wire.LONG_TEXT, "the begin", 4000),
  tuple(MARK, wire.LONG_BYTES, "builtins:bytearray", new Uint8Array([1, 2]), 300),
  tuple(MARK, wire.RAW, "m:Path", "/a/path"),
  tuple(MARK, wire.TOO_DEEP, "m:Deep"),
  tuple(MARK, wire.CYCLE, "m:Around"),
  tuple(MARK, wire.BIG_INT, true, 9000, new Uint8Array(32)),
];
/** What a filter hid, and a reference to what holds such. */
const HIDDEN: readonly PyValue[] = [
  hidden(wire.REDACTED),
  hidden(wire.DROPPED),
  tuple(MARK, wire.AS_KEPT, 4, 9),
];

function plain(piece: Piece): PyValue {
  return piece instanceof Node ? KINDS[piece.kind](piece.items.map(plain)) : piece;
}

const leaf: fc.Arbitrary<PyValue> = fc.oneof(
  fc.constantFrom<PyValue>(null, true, false),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }),
  fc.string({ maxLength: 30 }),
  fc.double().map((value) => new Float(value)),
  fc.uint8Array({ maxLength: 8 }),
);
const OPEN_KINDS = (Object.keys(KINDS) as Kind[]).filter((kind) => kind !== "without");
/** Few that hide something: in what does, no container is exchanged. */
const kind = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom(...OPEN_KINDS) },
  { weight: 1, arbitrary: fc.constant<Kind>("without") },
);
const { piece: anyPiece } = fc.letrec<{ piece: Piece }>((tie) => ({
  piece: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 40, arbitrary: leaf },
    { weight: 20, arbitrary: fc.constantFrom(...MARKS) },
    { weight: 1, arbitrary: fc.constantFrom(...HIDDEN) },
    {
      weight: 60,
      arbitrary: fc.tuple(kind, fc.array(tie("piece"), { maxLength: 5 }))
        .map(([kind, items]) => new Node(kind, items)),
    },
  ),
}));

interface Edit {
  /** In the container of this number, or of a rest of it if there are fewer, … */
  readonly within: number;
  readonly at: number;
  /** … so many pieces go, and these come. */
  readonly removed: number;
  readonly inserted: readonly Piece[];
  /** Its kind from then on. */
  readonly kind: Kind | null;
}
const edit: fc.Arbitrary<Edit> = fc.record({
  within: fc.nat(20),
  at: fc.nat(5),
  removed: fc.nat(2),
  inserted: fc.array(fc.oneof(leaf, anyPiece), { maxLength: 2 }),
  kind: fc.option(kind, { freq: 4 }),
});

function edited(root: Piece, { within, at, removed, inserted, kind }: Edit): Piece {
  const containers = (piece: Piece): number =>
    piece instanceof Node
      ? piece.items.reduce((sum: number, item) => sum + containers(item), 1)
      : 0;
  // Few edits of the outermost one, which leave nothing to exchange.
  let left = within === 0 ? 0 : 1 + within % Math.max(1, containers(root) - 1);
  const walk = (piece: Piece): Piece => {
    if (!(piece instanceof Node)) return piece;
    if (left-- !== 0) return new Node(piece.kind, piece.items.map(walk));
    return new Node(kind ?? piece.kind, piece.items.toSpliced(at, removed, ...inserted));
  };
  return walk(root);
}

Deno.test("after any row of edits a value's record is that of the value alone, as are the counts of what it hides", () => {
  const taken = { same: 0, patched: 0, encoded: 0 };
  fc.assert(
    fc.property(
      fc.array(anyPiece, { minLength: 3, maxLength: 6 }),
      fc.array(fc.array(edit, { minLength: 1, maxLength: 2 }), { minLength: 5, maxLength: 10 }),
      (items, rounds) => {
        const variable = new Variable();
        let value: Piece = new Node("list", [
          "long enough that it is looked into, whatever",
          ...items,
        ]);
        taken[variable.take(plain(value))]++;
        for (const edits of rounds) {
          value = edits.reduce(edited, value);
          taken[variable.take(plain(value))]++;
        }
      },
    ),
    { numRuns: 250 },
  );
  assert.ok(taken.patched > 400, JSON.stringify(taken));
});

const AHEAD = "ahead of what changes, and longer than that";
const object = (...history: PyValue[]) =>
  tuple(MARK, wire.STRUCT, "m:Account", tuple("owner", "history", "last"), [AHEAD, history, 1]);

/** Takes in the values one after the other; all but the first one are to be patched. */
function patched(...values: PyValue[]): void {
  const variable = new Variable();
  assert.equal(variable.take(values[0]!), "encoded"); // holds: there is one
  for (const value of values.slice(1)) {
    assert.equal(variable.take(value), "patched", JSON.stringify(dumps(value)));
  }
}

Deno.test("a list in an object is encoded alone where it grows, shrinks and turns into something else", () => {
  const deposits = [1, 2, 3].map((n) => tuple("deposit", n));
  patched(
    object(),
    object(deposits[0]!),
    object(...deposits),
    object(...deposits.slice(1)),
    object(tuple(...deposits)),
    object(tuple()),
    object(7),
    object([7], [tuple(MARK, wire.TOO_DEEP, "m:Deep")]),
    object([7, 8], [tuple(MARK, wire.TOO_DEEP, "m:Deeper")]),
    object(...deposits, object()),
    object(...deposits, object(7)),
    object(...deposits, object(7, 8), 9),
    object(),
  );
});

Deno.test("the number of parts alone may change, and neither what comes nor the record gets longer", () => {
  const five = new Uint8Array(5); // takes as much as the two numbers
  patched(
    [AHEAD, [1, 100], [[6], 5], 7],
    [AHEAD, [five], [[6], 5], 7],
    [AHEAD, [five], [[6, 7], 5], 7],
    [AHEAD, [1, 100], [[6, 7], 5], 8],
    [AHEAD, [1, 100], [[[6], 7], 5], 8],
    [AHEAD, [five], [[[], 7], 5], [8]],
  );
});

Deno.test("what refers to something else, and has another type than its own, is encoded alone", () => {
  patched(...MARKS.map((mark): PyValue => [AHEAD, mark, 1]));
  patched(
    ...[1, 2, "text"].map((value) => [AHEAD, tuple(MARK, wire.TYPED, "m:Typed", value), 1]),
    [AHEAD, tuple(MARK, wire.TYPED, "m:Other", "text"), 1],
  );
});

Deno.test("the mark in the first place of a tuple makes something else of it", () => {
  patched([AHEAD, tuple(0, 7)], [AHEAD, tuple(MARK, 7)], [AHEAD, tuple(1, 7)]);
  patched([AHEAD, tuple(0)], [AHEAD, tuple(MARK)], [AHEAD, [MARK]]);
});

Deno.test("what a filter hides is counted where it comes, goes, and stays beside what changes", () => {
  const variable = new Variable();
  const rounds: [PyValue[], "patched" | "encoded"][] = [
    [[[1], 2], "encoded"],
    [[[1, 3], 2], "patched"],
    [[[1, 3, hidden(wire.REDACTED)], 2], "encoded"],
    [[[1, 3, hidden(wire.REDACTED)], 4], "patched"],
    [[[1, hidden(wire.DROPPED)], 4], "encoded"],
    [[[1, HIDDEN[2]!], 4], "encoded"],
    [[[1, HIDDEN[2]!], [4]], "patched"],
    [[[1], [4]], "encoded"],
    [[[1], [4, 5]], "patched"],
  ];
  for (const [items, how] of rounds) assert.equal(variable.take([AHEAD, ...items]), how);
});

Deno.test("a reference is left out and shown by how much stands ahead of it, though that alone changes", () => {
  const variable = new Variable();
  const reference = tuple(MARK, 7);
  const kept = tuple(MARK, wire.AS_KEPT, 0, 9);
  const lengths = [65_000, 66_000, 65_000, 70_000, 1, 65_300, 65_600];
  for (const length of lengths) variable.take(["x".repeat(length), [reference], kept, 1]);
  for (const length of lengths) variable.take(["x".repeat(length), [reference, kept, length]]);
});

Deno.test("a value with more parts than are remembered is taken in rightly, wherever it changes", () => {
  const pairs = Array.from({ length: 2000 }, (_, n) => tuple(n, [n]));
  const variable = new Variable();
  variable.take([AHEAD, ...pairs]);
  const changed = (at: number, other: Tuple) => [AHEAD, ...pairs.toSpliced(at, 1, other)];
  assert.equal(variable.take(changed(5, tuple(5, [6]))), "patched");
  assert.equal(variable.take(changed(5, tuple(5, [6, 7]))), "encoded"); // no room for one more
  variable.take(changed(1999, tuple(1, [])));
  variable.take(changed(1024, tuple(1, [2, 3], 4)));
  for (const many of [1000, 900, 1030, 1020, 1100]) {
    variable.take([AHEAD, pairs.slice(0, many), ...pairs.slice(0, 100)]);
  }
});

Deno.test("nesting that grows step by step is refused where it would be at once", () => {
  const nested = (depth: number): PyValue => depth === 0 ? 0 : [nested(depth - 1)];
  const variable = new Variable();
  let depth = 0;
  assert.throws(() => {
    for (; depth < 200; depth++) variable.take([AHEAD, nested(depth)]);
  }, BrokenRecord);
  assert.throws(() => new Variable().take([AHEAD, nested(depth)]), BrokenRecord);
  new Variable().take([AHEAD, nested(depth - 1)]);
});
