import type { FindingCode } from "./codes.ts";
import { invalidUtf8 } from "./scanner.ts";

/** Values that are nested deeper are refused by readers. */
const MAX_DEPTH = 64;
const VALUE_REF_TAG = 256;
/** Longer integers are refused by this project's reader. */
const MAX_INTEGER_BYTES = 128 * 1024;

/** What stands under a key. */
const [INTEGER, DOUBLE, BOOLEAN, TEXT, OCTETS] = [0, 1, 2, 3, 4];
const [VALUES, TEXTS, VALUE, ADDRESS, TYPE_ID] = [5, 6, 7, 8, 9];

/** A text as every writer encodes it. */
interface Word {
  readonly bytes: Uint8Array;
  /** Its first four bytes and its last four, when it has four to eight; they say all of it then. */
  readonly first: number;
  readonly last: number;
}

interface Field {
  readonly name: string;
  readonly key: Word;
  /** One of the above. */
  readonly content: number;
}

interface Kind {
  readonly name: string;
  readonly word: Word;
  readonly fields: readonly Field[];
  /** Whether all readers show it. */
  readonly isCommon: boolean;
}

const UTF8 = new TextEncoder();

/** A text of less than 24 bytes as CBOR. */
function word(text: string): Word {
  const bytes = new Uint8Array([0x60 + text.length, ...UTF8.encode(text)]);
  const view = new DataView(bytes.buffer);
  const isShort = bytes.length >= 4 && bytes.length <= 8;
  return {
    bytes,
    first: isShort ? view.getInt32(0, true) : 0,
    last: isShort ? view.getInt32(bytes.length - 4, true) : 0,
  };
}

function kind(name: string, isCommon: boolean, ...fields: [string, number][]): Kind {
  const all: [string, number][] = name === "Cell" ? fields : [...fields, ["type_id", TYPE_ID]];
  return {
    name,
    word: word(name),
    isCommon,
    fields: all.map(([name, content]) => ({ name, key: word(name), content })),
  };
}

/** One reader takes keys by position, the other by name: a record has to be right both ways. */
const KINDS: readonly Kind[] = [
  kind("Int", true, ["i", INTEGER]),
  kind("String", true, ["text", TEXT]),
  kind("Raw", true, ["r", TEXT]),
  kind("None", true),
  kind("Bool", true, ["b", BOOLEAN], ["text", TEXT]),
  kind("Sequence", true, ["elements", VALUES], ["is_slice", BOOLEAN]),
  kind("Tuple", true, ["elements", VALUES]),
  kind("Struct", true, ["field_values", VALUES], ["field_names", TEXTS]),
  kind("Variant", true, ["discriminator", TEXT], ["contents", VALUE]),
  kind(
    "Reference",
    true,
    ["dereferenced", VALUE],
    ["address", ADDRESS],
    ["mutable", BOOLEAN],
  ),
  kind("Error", true, ["msg", TEXT]),
  kind("Char", true, ["c", TEXT]),
  kind("Float", false, ["f", DOUBLE]),
  kind("BigInt", false, ["b", OCTETS], ["negative", BOOLEAN]),
  kind("Set", false, ["members", VALUES]),
  kind("Enum", false, ["name", TEXT], ["ordinal", INTEGER]),
  kind("Cell", false, ["place", INTEGER]),
];

/** The kinds by their first letter's lower five bits. */
const KINDS_BY_LETTER: readonly (readonly Kind[])[] = Array.from(
  { length: 32 },
  (_, letter) => KINDS.filter(({ name }) => (name.charCodeAt(0) & 31) === letter),
);
const KIND_KEY = word("kind");
/** How every integer begins, and its last key. */
const INTEGER_START = new DataView(
  Uint8Array.of(0xa3, ...word("kind").bytes, ...word("Int").bytes, ...word("i").bytes).buffer,
);
const INTEGER_0 = INTEGER_START.getInt32(0, true);
const INTEGER_4 = INTEGER_START.getInt32(4, true);
const INTEGER_8 = INTEGER_START.getInt32(8, true);
const TYPE_ID_KEY = word("type_id");

/** What can be wrong with a value. */
export type ValueProblem = Extract<
  FindingCode,
  | "value-empty"
  | "value-cut"
  | "value-trailing"
  | "value-form"
  | "value-kind"
  | "value-keys"
  | "value-content"
  | "value-depth"
  | "text-encoding"
  | "type-id"
>;

/**
 * Checks CBOR value records in place: no object, no text and no exception per value.
 *
 * A record is a map of definite length with exactly the keys of its kind in their order: `kind`
 * first, `type_id` last.
 */
export class ValueCheck {
  /** What is wrong with the last value; null if nothing is. */
  problem: ValueProblem | null = null;
  /** Where in it, from its start. */
  problemAt = 0;
  detail = "";
  /** A kind in the last value that only one reader shows; null if there is none. */
  oneReaderKind: string | null = null;
  readonly #types: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #start = 0;
  #pos = 0;
  #end = 0;

  /** @param types Number of types. */
  constructor(types: number) {
    this.#types = types;
  }

  /** Checks the value in `bytes[start .. end)`; says whether it is sound and all readers show it. */
  check(bytes: Uint8Array, start: number, end: number): boolean {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.#start = this.#pos = start;
    this.#end = end;
    this.problem = this.oneReaderKind = null;
    if (start === end) return this.#fail("value-empty", "");
    if (!this.#value(1)) return false;
    if (this.#pos !== end) {
      return this.#fail("value-trailing", `${end - this.#pos} bytes`);
    }
    return this.oneReaderKind === null;
  }

  #value(depth: number): boolean {
    if (depth > MAX_DEPTH) return this.#fail("value-depth", "");
    if (this.#plainInteger()) return true;
    const bytes = this.#bytes;
    const initial = this.#pos < this.#end ? bytes[this.#pos]! : 0;
    if (initial >> 5 === 6) return this.#reference();
    let keys = this.#argument(5, "a map");
    if (keys < 0 || !this.#key(KIND_KEY, "kind")) return false;
    const kind = this.#kind();
    if (kind === null) return false;
    if (!kind.isCommon) this.oneReaderKind = kind.name;
    keys--;
    let truth = false;
    let count = 0;
    for (const field of kind.fields) {
      // The names of a struct's fields may be left out.
      if (field.content === TEXTS && keys === 1) continue;
      if (keys <= 0) return this.#fail("value-keys", `${kind.name}: '${field.name}' is missing`);
      if (!this.#key(field.key, field.name)) return false;
      keys--;
      switch (field.content) {
        case TYPE_ID: {
          const id = this.#argument(0, "a type id");
          if (id < 0) return false;
          if (id >= this.#types) return this.#fail("type-id", `type ${id} of ${this.#types}`);
          break;
        }
        case INTEGER:
          if (!this.#integer()) return false;
          break;
        case TEXT: {
          const length = this.#text();
          if (length < 0) return false;
          if (kind.name === "Bool" && !this.#says(truth, length)) {
            return this.#fail("value-content", "Bool: its text contradicts it");
          }
          // One reader keeps the first byte alone, the other wants a single character.
          if (kind.name === "Char" && (length !== 1 || bytes[this.#pos - 1]! >= 0x80)) {
            return this.#fail("value-content", "Char: not one ASCII character");
          }
          break;
        }
        case BOOLEAN: {
          const byte = this.#pos < this.#end ? bytes[this.#pos]! : 0;
          if (byte !== 0xf4 && byte !== 0xf5) {
            return this.#wrong("expected true or false");
          }
          truth = byte === 0xf5;
          this.#pos++;
          break;
        }
        case VALUES:
          count = this.#items(4, "an array");
          if (count < 0) return false;
          for (let item = 0; item < count; item++) if (!this.#value(depth + 1)) return false;
          break;
        case TEXTS: {
          const names = this.#items(4, "an array");
          if (names < 0) return false;
          for (let name = 0; name < names; name++) if (this.#text() < 0) return false;
          if (names !== count) {
            return this.#fail("value-content", `Struct: ${names} names for ${count} fields`);
          }
          break;
        }
        case VALUE:
          if (!this.#value(depth + 1)) return false;
          break;
        case ADDRESS: {
          const address = this.#argument(0, "an address");
          if (address < 0) return false;
          if (address >= 2 ** 63) return this.#fail("value-content", "an address above 63 bits");
          break;
        }
        case DOUBLE:
          if ((this.#pos < this.#end ? bytes[this.#pos]! : 0) !== 0xfb) {
            return this.#wrong("expected a double");
          }
          this.#pos++;
          if (!this.#skip(8)) return false;
          break;
        case OCTETS: {
          const length = this.#items(2, "bytes");
          if (length < 0 || !this.#skip(length)) return false;
          if (length > MAX_INTEGER_BYTES) {
            return this.#fail("value-content", `an integer of ${length} bytes`);
          }
        }
      }
    }
    return keys === 0 || this.#fail("value-keys", `${kind.name}: ${keys} keys too many`);
  }

  /**
   * Takes an integer in the form that every writer uses: half of all values, and most of those that
   * change from step to step. Anything else is left to be looked at key by key.
   */
  #plainInteger(): boolean {
    const bytes = this.#bytes;
    const view = this.#view;
    const end = this.#end;
    let at = this.#pos + INTEGER_START.byteLength;
    if (at + 10 > end || view.getInt32(at - 12, true) !== INTEGER_0) return false;
    if (view.getInt32(at - 8, true) !== INTEGER_4) return false;
    if (view.getInt32(at - 4, true) !== INTEGER_8) return false;
    const head = bytes[at]!;
    const low = head & 31;
    // Of up to 32 bits, so that 64 are enough.
    if (head >> 5 > 1 || low > 26) return false;
    at += low < 24 ? 1 : 1 + (1 << low - 24);
    if (at + 9 > end || view.getInt32(at, true) !== TYPE_ID_KEY.first) return false;
    if (view.getInt32(at + 4, true) !== TYPE_ID_KEY.last) return false;
    const type = bytes[at + 8]!;
    if (type >= 24 || type >= this.#types) return false;
    this.#pos = at + 9;
    return true;
  }

  #reference(): boolean {
    const tag = this.#argument(6, "a tag");
    if (tag < 0) return false;
    if (tag !== VALUE_REF_TAG) return this.#fail("value-form", `unknown tag ${tag}`);
    const id = this.#argument(0, "a reference id");
    if (id < 0) return false;
    if (id >= 2 ** 32) return this.#fail("value-content", "a reference id above 32 bits");
    this.oneReaderKind = "ValueRef";
    return true;
  }

  /** Takes a key; in its short form, which every writer uses, without looking twice. */
  #key(key: Word, name: string): boolean {
    if (this.#word(key)) return true;
    const start = this.#pos;
    const found = this.#text();
    if (found < 0) return false;
    if (found === key.bytes.length - 1 && this.#endsWith(key.bytes)) return true;
    this.#pos = start;
    return this.#fail("value-keys", `expected the key '${name}'`);
  }

  /** Takes a text if it stands here in its short form. */
  #word(word: Word): boolean {
    const start = this.#pos;
    const expected = word.bytes;
    const length = expected.length;
    if (start + length > this.#end) return false;
    if (word.first !== 0) {
      const view = this.#view;
      if (view.getInt32(start, true) !== word.first) return false;
      if (view.getInt32(start + length - 4, true) !== word.last) return false;
    } else {
      const bytes = this.#bytes;
      for (let at = 0; at < length; at++) if (bytes[start + at] !== expected[at]) return false;
    }
    this.#pos = start + length;
    return true;
  }

  #kind(): Kind | null {
    const bytes = this.#bytes;
    const start = this.#pos;
    if (start + 1 < this.#end) {
      // holds: all values of five bits are listed.
      const candidates = KINDS_BY_LETTER[bytes[start + 1]! & 31]!;
      for (let at = 0; at < candidates.length; at++) {
        // holds: it is below the length.
        const candidate = candidates[at]!;
        if (this.#word(candidate.word)) return candidate;
      }
    }
    const length = this.#text();
    if (length < 0) return null;
    for (const kind of KINDS) {
      const expected = kind.word.bytes;
      if (expected.length === length + 1 && this.#endsWith(expected)) return kind;
    }
    this.#pos = start;
    this.#fail("value-kind", "");
    return null;
  }

  /** Whether the text just read is that of `encoded`, whose first byte is its head. */
  #endsWith(encoded: Uint8Array): boolean {
    const start = this.#pos - encoded.length;
    for (let at = 1; at < encoded.length; at++) {
      if (this.#bytes[start + at] !== encoded[at]) return false;
    }
    return true;
  }

  /** Whether the text of `length` just read says `truth`. */
  #says(truth: boolean, length: number): boolean {
    const word = truth ? "true" : "false";
    if (length !== word.length) return false;
    for (let at = 0; at < length; at++) {
      if (this.#bytes[this.#pos - length + at] !== word.charCodeAt(at)) return false;
    }
    return true;
  }

  /** The argument of an item of the given major type; -1 if there is none. */
  #argument(major: number, what: string): number {
    if (this.#pos >= this.#end) return this.#cut();
    const initial = this.#bytes[this.#pos]!;
    if (initial >> 5 !== major) {
      this.#fail("value-form", `expected ${what}, found 0x${initial.toString(16)}`);
      return -1;
    }
    const low = initial & 31;
    if (low < 24) {
      this.#pos++;
      return low;
    }
    return this.#longArgument(low);
  }

  #longArgument(low: number): number {
    if (low > 27) {
      this.#fail("value-form", "an indefinite length or a reserved form");
      return -1;
    }
    const width = 1 << (low - 24);
    if (this.#pos + 1 + width > this.#end) return this.#cut();
    let argument = 0;
    for (let at = 1; at <= width; at++) argument = argument * 256 + this.#bytes[this.#pos + at]!;
    this.#pos += 1 + width;
    return argument;
  }

  #integer(): boolean {
    const start = this.#pos;
    if (start >= this.#end) return this.#cut() > 0;
    const initial = this.#bytes[start]!;
    if (initial >> 5 > 1) return this.#wrong("expected an integer");
    if ((initial & 31) < 24) {
      this.#pos++;
      return true;
    }
    if (this.#longArgument(initial & 31) < 0) return false;
    const isWide = this.#pos - start === 9 && this.#bytes[start + 1]! >= 0x80;
    if (isWide) this.#pos = start;
    return !isWide || this.#fail("value-content", "an integer of more than 64 bits");
  }

  /** Takes a text; gives its length, or -1. */
  #text(): number {
    const length = this.#items(3, "a text");
    if (length < 0) return -1;
    const start = this.#pos;
    const end = this.#pos = start + length;
    const bytes = this.#bytes;
    for (let at = start; at < end; at++) {
      if (bytes[at]! >= 0x80) return this.#notAscii(start, end);
    }
    return length;
  }

  #notAscii(start: number, end: number): number {
    const bad = invalidUtf8(this.#bytes, start, end);
    if (bad < 0) return end - start;
    this.#pos = bad;
    this.#fail("text-encoding", "a text is not valid UTF-8");
    return -1;
  }

  /** A number of bytes, or of items of at least one byte each; -1 if there are not as many. */
  #items(major: number, what: string): number {
    const count = this.#argument(major, what);
    if (count <= this.#end - this.#pos) return count;
    this.#fail("value-cut", `${what} of ${count}, ${this.#end - this.#pos} bytes are left`);
    return -1;
  }

  #skip(count: number): boolean {
    if (count > this.#end - this.#pos) return this.#cut() > 0;
    this.#pos += count;
    return true;
  }

  /** What stands here is something else, or nothing. */
  #wrong(expected: string): boolean {
    if (this.#pos >= this.#end) return this.#cut() > 0;
    const found = this.#bytes[this.#pos]!.toString(16);
    return this.#fail("value-form", `${expected}, found 0x${found}`);
  }

  #cut(): -1 {
    this.#fail("value-cut", "it ends early");
    return -1;
  }

  #fail(problem: ValueProblem, detail: string): false {
    if (this.problem === null) {
      this.problem = problem;
      this.problemAt = this.#pos - this.#start;
      this.detail = detail;
    }
    return false;
  }
}
