import type { ContainerReader } from "../ctfs/container_reader.ts";
import type { Place } from "./_corrupt.ts";
import { RecordStreamReader } from "./chunked_stream_reader.ts";
import { type Cursor, utf8 } from "./_cursor.ts";
import { corrupt } from "./_corrupt.ts";

/**
 * A recorded value, as stored. `typeId` indexes the trace's types, where the language's own name of
 * the type is: this recorder stores what readers disagree on (big integers, floats, bytes, sets) as
 * `Raw` or `Sequence` under that name; {@link renderValue} takes it into account.
 */
export type TraceValue =
  /** A bigint only beyond 2^53. */
  | { readonly kind: "Int"; readonly i: number | bigint; readonly typeId: number }
  | { readonly kind: "Float"; readonly f: number; readonly typeId: number }
  | { readonly kind: "Bool"; readonly b: boolean; readonly text: string; readonly typeId: number }
  | { readonly kind: "String"; readonly text: string; readonly typeId: number }
  | { readonly kind: "None"; readonly typeId: number }
  | {
    readonly kind: "Sequence";
    readonly elements: readonly TraceValue[];
    readonly isSlice: boolean;
    readonly typeId: number;
  }
  | { readonly kind: "Tuple"; readonly elements: readonly TraceValue[]; readonly typeId: number }
  | {
    readonly kind: "Struct";
    readonly fieldValues: readonly TraceValue[];
    /** As many as there are values; null when the recorder left them out. */
    readonly fieldNames: readonly string[] | null;
    readonly typeId: number;
  }
  | {
    readonly kind: "Variant";
    readonly discriminator: string;
    readonly contents: TraceValue;
    readonly typeId: number;
  }
  | {
    readonly kind: "Reference";
    readonly dereferenced: TraceValue;
    readonly address: number | bigint;
    readonly mutable: boolean;
    readonly typeId: number;
  }
  /** Text in the program's language: a number too large for Int, or a marker such as `<cycle>`. */
  | { readonly kind: "Raw"; readonly r: string; readonly typeId: number }
  | { readonly kind: "Error"; readonly msg: string; readonly typeId: number }
  | { readonly kind: "Char"; readonly c: string; readonly typeId: number }
  | { readonly kind: "BigInt"; readonly value: bigint; readonly typeId: number }
  | { readonly kind: "Set"; readonly members: readonly TraceValue[]; readonly typeId: number }
  | {
    readonly kind: "Enum";
    readonly name: string;
    readonly ordinal: number | bigint;
    readonly typeId: number;
  }
  | { readonly kind: "Cell"; readonly place: number | bigint }
  /** Stands for a value described elsewhere. */
  | { readonly kind: "ValueRef"; readonly refId: number };

/** A variable with its value at a step, or an argument of a call. */
export interface TraceVariable {
  /** Index into the trace's variable names. */
  readonly nameId: number;
  readonly name: string;
  readonly value: TraceValue;
}

/** A variable whose value has not been decoded. */
export interface EncodedVariable {
  readonly nameId: number;
  /** The CBOR record; a view that should not be kept, as it holds on to its whole chunk. */
  readonly bytes: Uint8Array;
}

/** The values of the steps `from` up to and without `to`, as they are stored. */
export interface StoredValues {
  readonly from: number;
  readonly to: number;
  /** A view that is not to be kept. */
  readonly bytes: Uint8Array;
}

/** Readers in the field stop at 64; beyond this the record is damage. */
const MAX_DEPTH = 256;
const VALUE_REF_TAG = 256;
/** Integers are shown in decimal, which takes more than proportionally longer for long ones. */
const MAX_INTEGER_BYTES = 128 * 1024;
const NOTHING = new Uint8Array(0);

/** Random access to `values.dat`: for each step record the variables visible there. */
export class ValueReader {
  readonly #stream: RecordStreamReader;
  readonly #place: Place;

  /** Errors as for {@link RecordStreamReader}. */
  constructor(container: ContainerReader) {
    this.#stream = new RecordStreamReader(container, "values");
    this.#place = container.place("values.dat");
  }

  /** Number of records; as many as there are step records in a complete trace. */
  get count(): number {
    return this.#stream.count;
  }

  /**
   * The variables at a step, encoded.
   *
   * @param step Index of the step record; one without a values record has no variables.
   */
  encoded(step: number): EncodedVariable[] {
    if (!this.#stream.has(step)) return [];
    const cursor = this.#stream.record(step);
    if (cursor.left() === 0) return [];
    const tag = cursor.u8();
    if (tag !== 0) cursor.fail(`tag ${tag}, expected 0`);
    const variables = readEncoded(cursor, cursor.count());
    cursor.finish();
    return variables;
  }

  /**
   * One variable at a step, encoded; null when it is not visible there. Costs nothing for the others.
   *
   * @param step Index of the step record.
   * @param nameId The variable.
   */
  encodedValue(step: number, nameId: number): Uint8Array | null {
    if (!this.#stream.has(step)) return null;
    const cursor = this.#stream.record(step);
    if (cursor.left() === 0) return null;
    const tag = cursor.u8();
    if (tag !== 0) cursor.fail(`tag ${tag}, expected 0`);
    for (let left = cursor.count(); left > 0; left--) {
      const id = cursor.varint();
      // Some recorders store a name twice; readers take the first.
      if (id === nameId) return cursor.sized();
      cursor.skip(cursor.varint());
    }
    return null;
  }

  /** The record of a step as it is stored; empty where there is none. */
  stored(step: number): Uint8Array {
    if (!this.#stream.has(step)) return NOTHING;
    const { bytes, pos, end } = this.#stream.record(step);
    return bytes.subarray(pos, end);
  }

  /** The records that are in one chunk with that of a step. */
  storedAround(step: number): StoredValues {
    const { recordsPerChunk } = this.#stream.stream;
    if (!this.#stream.has(step)) return { from: step, to: step + 1, bytes: NOTHING };
    const { bytes, count } = this.#stream.stream.chunkOf(step);
    const from = step - step % recordsPerChunk;
    return { from, to: from + count, bytes };
  }

  /** Decodes a value of the record of `step`. */
  decode(step: number, bytes: Uint8Array): TraceValue {
    return decodeValue(bytes, this.#place, step);
  }
}

/** `count` times varint name id, varint length, CBOR value. */
export function readEncoded(cursor: Cursor, count: number): EncodedVariable[] {
  const variables: EncodedVariable[] = [];
  for (let index = 0; index < count; index++) {
    variables.push({ nameId: cursor.varint(), bytes: cursor.sized() });
  }
  return variables;
}

/**
 * Decodes one CBOR value record. Keys are taken by name, in any order; unknown ones are passed over.
 *
 * @param bytes Exactly the record.
 * @param place For error messages.
 * @param record The number of the record it is part of, for error messages.
 * @throws {RecorderError} `ERR_TRACE_CORRUPT`
 */
export function decodeValue(bytes: Uint8Array, place: Place, record: number): TraceValue {
  return new ValueDecoder(bytes, place, record).decode();
}

/** What the keys of a record held, before it is known which kind wants which. */
interface Fields {
  kind?: string;
  typeId?: number;
  i?: number | bigint;
  f?: number;
  flag?: boolean;
  b?: boolean | string | Uint8Array;
  text?: string;
  elements?: TraceValue[];
  fieldNames?: string[];
  contents?: TraceValue;
}

/** Keys of all kinds by a hash of their bytes; the bytes decide. */
const KEYS = new Map<number, { readonly name: string; readonly bytes: Uint8Array }>();
for (
  const name of [
    "kind",
    "type_id",
    "i",
    "f",
    "b",
    "text",
    "elements",
    "is_slice",
    "field_values",
    "field_names",
    "discriminator",
    "contents",
    "dereferenced",
    "address",
    "mutable",
    "r",
    "msg",
    "c",
    "negative",
    "members",
    "name",
    "ordinal",
    "place",
    "Int",
    "Float",
    "Bool",
    "String",
    "None",
    "Sequence",
    "Tuple",
    "Struct",
    "Variant",
    "Reference",
    "Raw",
    "Error",
    "Char",
    "BigInt",
    "Set",
    "Enum",
    "Cell",
  ]
) {
  const bytes = new TextEncoder().encode(name);
  KEYS.set(hashOf(bytes, 0, bytes.length), { name, bytes });
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
  return hash;
}

class ValueDecoder {
  readonly #bytes: Uint8Array;
  #lazyView: DataView | undefined;
  readonly #place: Place;
  readonly #record: number;
  #pos = 0;
  #depth = 0;

  constructor(bytes: Uint8Array, place: Place, record: number) {
    this.#bytes = bytes;
    this.#place = place;
    this.#record = record;
  }

  decode(): TraceValue {
    const value = this.#value();
    if (this.#pos !== this.#bytes.length) this.#fail("bytes are left over after the value");
    return value;
  }

  /** Made when a wide number needs it: most values have none, and it costs as much as they do. */
  get #view(): DataView {
    const { buffer, byteOffset, byteLength } = this.#bytes;
    return this.#lazyView ??= new DataView(buffer, byteOffset, byteLength);
  }

  #fail(what: string): never {
    throw corrupt(this.#place, `value: ${what}`, { record: this.#record, offset: this.#pos });
  }

  #value(): TraceValue {
    if (++this.#depth > MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH}`);
    const major = (this.#bytes[this.#pos] ?? 0) >> 5;
    const value = major === 6 ? this.#reference() : this.#map();
    this.#depth--;
    return value;
  }

  #reference(): TraceValue {
    const tag = this.#argument(6, "a tag");
    if (tag !== VALUE_REF_TAG) this.#fail(`unknown tag ${tag}`);
    return { kind: "ValueRef", refId: this.#argument(0, "a reference id") };
  }

  #map(): TraceValue {
    const count = this.#argument(5, "a map");
    const fields: Fields = {};
    for (let index = 0; index < count; index++) this.#field(this.#name(), fields);
    return this.#build(fields);
  }

  #field(name: string, fields: Fields): void {
    switch (name) {
      case "kind":
        fields.kind = this.#name();
        return;
      case "type_id":
        fields.typeId = this.#argument(0, "a type id");
        return;
      case "i":
      case "ordinal":
      case "place":
      case "address":
        fields.i = this.#integer();
        return;
      case "f":
        fields.f = this.#float();
        return;
      case "is_slice":
      case "mutable":
      case "negative":
        fields.flag = this.#boolean();
        return;
      case "b":
        fields.b = this.#booleanOrBytes();
        return;
      case "text":
      case "r":
      case "msg":
      case "c":
      case "name":
      case "discriminator":
        fields.text = this.#text();
        return;
      case "elements":
      case "members":
      case "field_values":
        fields.elements = this.#array(() => this.#value());
        return;
      case "field_names":
        fields.fieldNames = this.#array(() => this.#text());
        return;
      case "contents":
      case "dereferenced":
        fields.contents = this.#value();
        return;
      default:
        this.#skip();
    }
  }

  #build(fields: Fields): TraceValue {
    const kind = fields.kind;
    if (kind === "Cell") return { kind, place: fields.i ?? this.#lacks(kind) };
    const typeId = fields.typeId ?? this.#lacks(kind);
    switch (kind) {
      case "Int":
        return { kind, i: fields.i ?? this.#lacks(kind), typeId };
      case "Float":
        return { kind, f: fields.f ?? this.#lacks(kind), typeId };
      case "Bool": {
        const b = typeof fields.b === "boolean" ? fields.b : this.#lacks(kind);
        return { kind, b, text: fields.text ?? String(b), typeId };
      }
      case "String":
        return { kind, text: fields.text ?? this.#lacks(kind), typeId };
      case "None":
        return { kind, typeId };
      case "Sequence": {
        const elements = fields.elements ?? this.#lacks(kind);
        return { kind, elements, isSlice: fields.flag ?? false, typeId };
      }
      case "Tuple":
        return { kind, elements: fields.elements ?? this.#lacks(kind), typeId };
      case "Struct": {
        const fieldValues = fields.elements ?? this.#lacks(kind);
        const fieldNames = fields.fieldNames ?? null;
        if (fieldNames !== null && fieldNames.length !== fieldValues.length) {
          this.#fail(`${fieldNames.length} names for ${fieldValues.length} fields`);
        }
        return { kind, fieldValues, fieldNames, typeId };
      }
      case "Variant": {
        const discriminator = fields.text ?? this.#lacks(kind);
        return { kind, discriminator, contents: fields.contents ?? this.#lacks(kind), typeId };
      }
      case "Reference": {
        const dereferenced = fields.contents ?? this.#lacks(kind);
        const address = fields.i ?? this.#lacks(kind);
        return { kind, dereferenced, address, mutable: fields.flag ?? false, typeId };
      }
      case "Raw":
        return { kind, r: fields.text ?? this.#lacks(kind), typeId };
      case "Error":
        return { kind, msg: fields.text ?? this.#lacks(kind), typeId };
      case "Char":
        return { kind, c: fields.text ?? this.#lacks(kind), typeId };
      case "BigInt":
        return { kind, value: this.#bigInteger(fields), typeId };
      case "Set":
        return { kind, members: fields.elements ?? this.#lacks(kind), typeId };
      case "Enum": {
        const name = fields.text ?? this.#lacks(kind);
        return { kind, name, ordinal: fields.i ?? this.#lacks(kind), typeId };
      }
    }
    return this.#fail(`unknown kind '${kind}'`);
  }

  #lacks(kind: string | undefined): never {
    return this.#fail(kind === undefined ? "a record without kind" : `${kind}: a key is missing`);
  }

  #bigInteger(fields: Fields): bigint {
    let bytes: Uint8Array;
    if (fields.b instanceof Uint8Array) bytes = fields.b;
    else {
      // One of the readers in the field wants base64.
      try {
        bytes = Uint8Array.from(atob(String(fields.b)), (letter) => letter.charCodeAt(0));
      } catch {
        // Which letter it stumbled over is of no use to anybody.
        return this.#fail("BigInt: neither bytes nor base64");
      }
    }
    if (bytes.length > MAX_INTEGER_BYTES) this.#fail(`an integer of ${bytes.length} bytes`);
    let hex = "0x0";
    for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
    return fields.flag ? -BigInt(hex) : BigInt(hex);
  }

  // -- CBOR (RFC 8949), as far as value records use it: definite lengths only.

  /** The argument of an item that must be of the given major type. */
  #argument(major: number, what: string): number {
    const initial = this.#bytes[this.#pos];
    if (initial === undefined) this.#fail("the value is cut short");
    if (initial >> 5 !== major) this.#fail(`expected ${what}, found major type ${initial >> 5}`);
    const low = initial & 31;
    if (low < 24) {
      this.#pos++;
      return low;
    }
    if (low > 27) this.#fail("an indefinite length or a reserved form");
    const width = 1 << (low - 24);
    if (this.#pos + 1 + width > this.#bytes.length) this.#fail("the value is cut short");
    this.#pos++;
    let argument = 0;
    for (const end = this.#pos + width; this.#pos < end; this.#pos++) {
      argument = argument * 256 + this.#bytes[this.#pos]!;
    }
    return argument;
  }

  #integer(): number | bigint {
    const at = this.#pos;
    const negative = (this.#bytes[at] ?? 0) >> 5 === 1;
    const argument = this.#argument(negative ? 1 : 0, "an integer");
    if (argument < Number.MAX_SAFE_INTEGER) return negative ? -1 - argument : argument;
    const exact = this.#view.getBigUint64(at + 1);
    return negative ? -1n - exact : exact;
  }

  #boolean(): boolean {
    const byte = this.#bytes[this.#pos];
    if (byte !== 0xf4 && byte !== 0xf5) this.#fail("expected true or false");
    this.#pos++;
    return byte === 0xf5;
  }

  #float(): number {
    const initial = this.#bytes[this.#pos] ?? 0;
    if (initial >> 5 === 3) return floatOf(this.#text()) ?? this.#fail("Float: not a number");
    const width = initial === 0xfb ? 8 : initial === 0xfa ? 4 : this.#fail("expected a float");
    if (this.#pos + 1 + width > this.#bytes.length) this.#fail("the value is cut short");
    const at = this.#pos + 1;
    this.#pos = at + width;
    return width === 8 ? this.#view.getFloat64(at) : this.#view.getFloat32(at);
  }

  #booleanOrBytes(): boolean | string | Uint8Array {
    const major = (this.#bytes[this.#pos] ?? 0) >> 5;
    if (major === 3) return this.#text();
    if (major !== 2) return this.#boolean();
    const length = this.#length(2, "a byte string");
    this.#pos += length;
    return this.#bytes.subarray(this.#pos - length, this.#pos);
  }

  /** An argument that announces bytes or items of at least one byte each. */
  #length(major: number, what: string): number {
    const length = this.#argument(major, what);
    if (length > this.#bytes.length - this.#pos) {
      this.#fail(`length ${length}, but only ${this.#bytes.length - this.#pos} bytes are left`);
    }
    return length;
  }

  #text(): string {
    const length = this.#length(3, "text");
    const start = this.#pos;
    this.#pos += length;
    return utf8(this.#bytes, start, this.#pos) ?? this.#fail("a text is not valid UTF-8");
  }

  /** A key or a kind: known ones come from the table instead of being made anew. */
  #name(): string {
    const at = this.#pos;
    const length = this.#length(3, "a key");
    const start = this.#pos;
    const known = KEYS.get(hashOf(this.#bytes, start, start + length));
    if (known !== undefined && this.#matches(known.bytes, start, length)) {
      this.#pos += length;
      return known.name;
    }
    this.#pos = at;
    return this.#text();
  }

  #matches(word: Uint8Array, start: number, length: number): boolean {
    if (word.length !== length) return false;
    for (let index = 0; index < length; index++) {
      if (word[index] !== this.#bytes[start + index]) return false;
    }
    return true;
  }

  #array<T>(read: () => T): T[] {
    const count = this.#length(4, "an array");
    const items: T[] = [];
    for (let index = 0; index < count; index++) items.push(read());
    return items;
  }

  /** Passes over an item under a key that is not known. */
  #skip(): void {
    // Counted instead of nested calls, so that deep nesting needs no stack.
    for (let items = 1; items > 0; items--) {
      const major = (this.#bytes[this.#pos] ?? 0) >> 5;
      if (major === 7) {
        const low = this.#bytes[this.#pos]! & 31;
        if (low > 27) this.#fail("an indefinite length or a reserved form");
        this.#pos += low < 24 ? 1 : 1 + (1 << (low - 24));
        if (this.#pos > this.#bytes.length) this.#fail("the value is cut short");
      } else if (major === 2 || major === 3) {
        const length = this.#length(major, "a string");
        this.#pos += length;
      } else if (major === 4) items += this.#length(4, "an array");
      else if (major === 5) items += 2 * this.#length(5, "a map");
      else {
        this.#argument(major, "an integer");
        if (major === 6) items++;
      }
    }
  }
}

/** A number as text: what `Number` takes, and `nan`, `inf`, `-inf`; null if it is none. */
export function floatOf(text: string): number | null {
  const special: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, "-inf": -Infinity };
  const known = special[text.toLowerCase()];
  if (known !== undefined) return known;
  const number = Number(text);
  return text.trim() === "" || Number.isNaN(number) ? null : number;
}
