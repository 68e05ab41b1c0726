/**
 * Random bytes as they may stand in the ring when the program writes there: records that are nearly right, and what a
 * real program's records become when something in them is changed.
 */
import { dumps, Float, MARK, type PyValue, tuple } from "../recording/_marshal.ts";
import { type Packed, packed } from "../recording/_packed.ts";
import { readInt, readText, skip, u32 } from "../../src/wire/marshal.ts";
import { packedKinds, packedSize } from "../../src/wire/packed.ts";
import * as wire from "../../src/wire/protocol.ts";

/** Whole numbers below a bound, the same for the same seed (Mulberry32). */
export type Below = (bound: number) => number;

/** Makes a generator; cheap enough for a million inputs, which a library's shrinkable values are not. */
export function randomNumbers(seed: number): Below {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) % bound;
  };
}

const record = (...items: PyValue[]) => dumps(tuple(...items, null));

/** What names a path, three functions and a layout for each, so that random records find something to refer to. */
export const DEFINED: readonly (readonly number[])[] = [
  record(wire.HELLO, "/p", 1234, "3.13.0"),
  record(wire.PATH, 0, "main.py"),
  record(wire.SOURCE, 0, new TextEncoder().encode("a\n".repeat(40))),
  record(wire.CODE, 0, 0, 1, "<__main__>", tuple(), 0, tuple()),
  record(wire.CODE, 1, 0, 10, "f", tuple("x", "y"), 0, tuple(11, 2)),
  record(wire.CODE, 2, 0, 20, "g", tuple(), 0, tuple()),
  record(wire.LAYOUT, 0, 0, tuple(), tuple(), tuple()),
  record(wire.LAYOUT, 1, 1, tuple("x", "n"), tuple("y"), tuple(1, 0, 0, 0, 0, 0)),
  record(wire.LAYOUT, 2, 2, tuple(), tuple(), tuple(), true),
  record(wire.SITE, 0, 0, 5, ""),
  record(wire.SITE, 1, 1, 11, "if"),
  record(wire.SITE, 2, 1, 12, "bn"),
  record(wire.SITE, 3, 1, 12, "ki"),
  record(wire.DESCRIBED, 0, "a long text"),
  record(wire.DESCRIBED, 1, tuple(MARK, wire.LONG_TEXT, "another", 900)),
  record(wire.DESCRIBED, -1, tuple(MARK, wire.RAW, "builtins:function", "<function f>")),
  record(wire.DESCRIBED, -2, tuple(MARK, wire.RAW, "builtins:type", "<class C>")),
  record(wire.KEPT, 0, 0, wire.LIST, tuple(1, "a", null), 0),
  record(wire.KEPT, 1, 1, wire.DICT, tuple("k", 1, "l", 2), 3),
];

/** The type codes of marshal, and two bytes that are none. */
const TYPES = [0x28, 0x5b, 0x4e, 0x54, 0x46, 0x2e, 0x53, 0x69, 0x6c, 0x67, 0x79, 0x73, 0x75, 0x74];
/** Where arithmetic and allocations go wrong. */
const EDGES = [0, 1, 2, 23, 24, 255, 256, 65_535, 65_536, 2 ** 22, 2 ** 31 - 1, 2 ** 31, 2 ** 32];
const KINDS = 31;
/** The values of the sites above. */
const SITES: readonly (readonly Packed[])[] = [
  [],
  [-5n, 0.5],
  [true, null],
  [7n, 0n],
];

/**
 * What one program leaves in a segment: records, one after the other, and zeros.
 *
 * @param captured Those of a real program, to begin with; without them, random ones.
 */
export function randomInput(below: Below, captured: readonly Uint8Array[] | null): Uint8Array {
  const pieces: ArrayLike<number>[] = [];
  if (captured === null) {
    for (let n = below(8); n >= 0; n--) pieces.push(randomRecord(below));
  } else {
    // The definitions come first, so the start says more than any other part.
    const count = 1 + below(Math.min(captured.length, 400));
    for (let n = 0; n < count; n++) {
      const piece = captured[below(20) === 0 ? below(captured.length) : n];
      if (piece === undefined || below(100) === 0) continue;
      pieces.push(piece);
      if (below(100) === 0) pieces.push(randomRecord(below));
    }
  }
  const bytes = joined(pieces);
  for (let n = below(10) === 0 ? 1 + below(3) : 0; n > 0; n--) damage(below, bytes);
  return below(40) === 0 ? bytes.subarray(0, below(bytes.length)) : bytes;
}

/** The records of a ring's first segment, or of the next one with the `sizes` of sites from those before, each by itself. */
export function recordsIn(
  segment: Uint8Array,
  sizes: Map<number, number> = new Map(),
): Uint8Array[] {
  const records: Uint8Array[] = [];
  const behind = (at: number) => {
    if (segment[at] === wire.PACKED_LINE) return at + (sizes.get(u32(segment, at + 1)) ?? NaN);
    const isNone = segment[at]! > wire.PACKED_YIELD;
    if (segment[at]! <= wire.PACKED_YIELD_NONE) return at + wire.PACKED_HEAD + (isNone ? 1 : 9);
    if (readInt(segment, at + 5) === wire.SITE) {
      const parts = [at + 5];
      for (let n = 0; n < 4; n++) parts.push(skip(segment, parts.at(-1)!, segment.length));
      const values = packedKinds(readText(segment, parts[4]!)).map(packedSize);
      const size = values.reduce((sum, each) => sum + each, wire.PACKED_HEAD + 1);
      sizes.set(readInt(segment, parts[1]!), size);
    }
    return skip(segment, at, segment.length);
  };
  for (let at = 0; at < segment.length && segment[at] !== 0;) {
    const next = behind(at);
    records.push(segment.slice(at, next));
    at = next;
  }
  return records;
}

function joined(pieces: readonly ArrayLike<number>[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0) + 16);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function damage(below: Below, bytes: Uint8Array): void {
  const at = below(bytes.length);
  switch (below(4)) {
    case 0:
      bytes[at] = below(256);
      break;
    case 1:
      bytes[at] = TYPES[below(TYPES.length)] ?? 0;
      break;
    case 2: {
      // A size or a number, where one may stand.
      const edge = EDGES[below(EDGES.length)] ?? 0;
      for (let n = 0; n < 4 && at + n < bytes.length; n++) bytes[at + n] = edge / 256 ** n & 0xff;
      break;
    }
    default:
      bytes.copyWithin(at, below(bytes.length), below(bytes.length));
  }
}

function randomPacked(below: Below): number[] {
  const thread = below(20) === 0 ? 2 ** below(50) : below(3);
  const id = below(60) === 0 ? below(2 ** 32) : below(4);
  const kind = 1 + below(5);
  if (kind === wire.PACKED_LINE) return packed(kind, id, thread, ...SITES[id] ?? []);
  const isNone = kind === wire.PACKED_RETURN_NONE || kind === wire.PACKED_YIELD_NONE;
  return packed(kind, id, thread, ...isNone ? [] : [BigInt(below(2 ** 32)) ** 2n >> 1n]);
}

function randomRecord(below: Below): number[] {
  if (below(5) === 0) return randomPacked(below);
  const kind = below(3) === 0 ? below(5) : -1 - below(KINDS);
  const id = () => below(60) === 0 ? randomNumber(below) : below(3);
  const fresh = () => below(60) === 0 ? randomNumber(below) : 3 + below(1000);
  const stream = () => below(60) === 0 ? 3 : below(3);
  // A large one makes room for millions, which takes a tenth of a second.
  const line = () => below(2000) === 0 ? randomNumber(below) : below(60);
  const thread = () => below(20) === 0 ? randomNumber(below) : below(3);
  const text = () => randomText(below);
  const value = () => randomValue(below, 0);
  const texts = () => tuple(...several(below, 4, text));
  switch (below(10) === 0 ? 0 : kind) {
    case wire.CODE:
      return record(
        kind,
        fresh(),
        0,
        line(),
        text(),
        texts(),
        line(),
        tuple(...several(below, 4, id)),
      );
    case wire.PATH:
      return record(kind, fresh(), text());
    case wire.SOURCE:
      return record(kind, below(40) === 0 ? id() : 0, randomBytes(below));
    case wire.LAYOUT: {
      const counts = below(3) === 0 ? Array.from({ length: 6 }, id) : several(below, 0, id);
      const enters = several(below, 1, () => below(2) === 0);
      return record(kind, fresh(), id(), texts(), texts(), tuple(...counts), ...enters);
    }
    case wire.SITE:
      return record(kind, fresh(), id(), line(), ["", "ii", "fb", "x"][below(4)] ?? "");
    case wire.CALL:
    case wire.RESUME:
    case wire.THROW:
      return record(kind, id(), thread());
    case wire.RETURN:
    case wire.YIELD:
    case wire.UNWIND:
      return record(kind, id(), thread(), value(), ...several(below, 1, () => true));
    case wire.OUTPUT:
      return record(kind, stream(), thread(), randomBytes(below), ...several(below, 1, text));
    case wire.DESCRIBED:
      return record(kind, below(60) === 0 ? randomNumber(below) : below(4) - 2, value());
    case wire.KEPT: {
      const slot = below(60) === 0 ? randomNumber(below) : below(3);
      return record(kind, slot, below(4), below(4), tuple(...several(below, 5, value)), below(3));
    }
    case wire.SPLICED: {
      const elements = tuple(...several(below, 5, value));
      return record(kind, below(2), below(4), below(4), below(4), below(4), elements, below(3));
    }
    case wire.WINDOW:
      return record(kind, below(3));
    case wire.CONFLICT:
      return record(
        kind,
        below(10) === 0 ? text() : "ERR_TRACE_INCOMPLETE",
        ...several(below, 1, () => tuple(...several(below, 3, id))),
      );
    case wire.FAILED:
    case wire.HELLO:
      return record(kind, text(), id(), text());
    case wire.THREAD_BEGUN:
      return record(kind, thread(), below(2) === 0 ? null : text());
    case wire.UNCAUGHT:
      return record(kind, value());
    case wire.WRITING:
      return record(kind, stream(), thread(), randomBytes(below), id());
    case wire.RAISE:
      return record(kind, thread(), value());
    case wire.CATCH:
      return record(kind, thread(), text());
    case wire.WRITTEN:
      return record(kind, stream(), id(), id());
    case wire.THREAD_ENDED:
      return record(kind, thread());
    default: {
      const layout = below(3);
      const values: PyValue[] = below(40) === 0
        ? several(below, 2, value)
        : layout === 1
        ? [value(), value()]
        : [];
      return record(below(40) === 0 ? id() : layout, line(), thread(), ...values);
    }
  }
}

function several<T>(below: Below, most: number, make: () => T): T[] {
  return Array.from({ length: below(most + 1) }, make);
}

function randomNumber(below: Below): number | bigint {
  const edge = EDGES[below(EDGES.length)] ?? 0;
  switch (below(6)) {
    case 0:
      return -edge;
    case 1:
      return BigInt(edge) ** BigInt(1 + below(4)) - 1n;
    case 2:
      return below(1000) - 500;
    default:
      return edge;
  }
}

function randomText(below: Below): string {
  const texts = [
    "",
    "x",
    "y",
    "main.py",
    "<string>",
    "builtins:int",
    "m:C",
    ":",
    "a.b:c",
    "é\u{1f600}",
    "\ud800",
  ];
  return below(20) === 0 ? "long ".repeat(below(200)) : texts[below(texts.length)] ?? "";
}

function randomBytes(below: Below): Uint8Array {
  return Uint8Array.from(several(below, 30, () => below(256)));
}

function randomValue(below: Below, depth: number): PyValue {
  const inner = () => randomValue(below, depth + 1);
  const few = () => several(below, depth > 4 ? 0 : 3, inner);
  const text = () => randomText(below);
  switch (below(depth > 4 ? 8 : 12)) {
    case 0:
      return null;
    case 1:
      return below(2) === 0;
    case 2:
      return randomNumber(below);
    case 3:
      return new Float(below(3) === 0 ? NaN : below(1000) / 7);
    case 4:
      return text();
    case 5:
      return randomBytes(below);
    case 6:
      return tuple(MARK, below(40) === 0 ? randomNumber(below) : below(4) - 2);
    case 7:
      return below(20) === 0 ? tuple(MARK, below(16), text()) : MARK;
    case 8:
      return few();
    case 9:
      return tuple(...few());
    default:
      return marked(below, text, inner, few);
  }
}

/** With parts that mostly fit the kind. */
function marked(
  below: Below,
  text: () => string,
  inner: () => PyValue,
  few: () => PyValue[],
): PyValue {
  const texts = () => tuple(...several(below, 3, text));
  const number = () => randomNumber(below);
  switch (below(14)) {
    case 0:
      return tuple(MARK, wire.MORE, number());
    case 1:
      return tuple(MARK, wire.LONG_TEXT, text(), number());
    case 2:
      return tuple(MARK, wire.LONG_BYTES, text(), randomBytes(below), number());
    case 3:
      return tuple(MARK, wire.STRUCT, text(), texts(), few());
    case 4:
      return tuple(MARK, wire.RAW, text(), text());
    case 5:
      return tuple(MARK, wire.SEQUENCE, text(), few());
    case 6:
      return tuple(MARK, wire.MAPPING, text(), few());
    case 7:
      return tuple(MARK, wire.TOO_DEEP, text());
    case 8:
      return tuple(MARK, wire.CYCLE, text());
    case 9:
      return tuple(MARK, wire.EXCEPTION, text(), few(), inner(), texts(), few());
    case 10:
      return tuple(MARK, wire.BIG_INT, below(2) === 0, number(), randomBytes(below));
    case 11:
      return tuple(MARK, wire.TYPED, text(), inner());
    case 12:
      return tuple(MARK, wire.HIDDEN, below(4));
    default:
      return tuple(MARK, wire.WITHOUT, number(), inner());
  }
}
