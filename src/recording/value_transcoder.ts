/**
 * Turns an agent's marshalled values into the container's CBOR value records.
 *
 * Which kind of record stands for which kind of value follows one rule (design-docs/trace-format.md):
 * every reader must show it rightly, so kinds on which today's readers disagree (Float, BigInt, Set) are
 * written as Raw text or Sequence, with the language's own type name.
 */
import { ByteBuffer, utf8Length } from "../trace/byte_buffer.ts";
import {
  AS_KEPT,
  BIG_INT,
  CYCLE,
  DICT,
  DROPPED,
  EXCEPTION,
  HIDDEN,
  KEPT_SLOTS,
  LIST,
  LONG_BYTES,
  LONG_TEXT,
  MAPPING,
  MORE,
  RAW,
  REMEMBERED_TEXTS,
  SEQUENCE,
  STRUCT,
  TOO_DEEP,
  TUPLE,
  TYPED,
  VALUE,
  WITHOUT,
} from "../wire/protocol.ts";
import {
  BrokenRecord,
  i32,
  readCount,
  readInt,
  readLength,
  readText,
  skip,
  TYPE_BYTES,
  TYPE_COMPLEX,
  TYPE_ELLIPSIS,
  TYPE_FALSE,
  TYPE_FLOAT,
  TYPE_INT,
  TYPE_INTERNED,
  TYPE_LIST,
  TYPE_LONG,
  TYPE_MARK,
  TYPE_NONE,
  TYPE_TEXT,
  TYPE_TRUE,
  TYPE_TUPLE,
  u32,
} from "../wire/marshal.ts";
import {
  PACKED_BOOL,
  PACKED_FLOAT,
  PACKED_INT,
  PACKED_NONE,
  type PackedPlain,
} from "../wire/packed.ts";
import { KnownTexts } from "../wire/known_texts.ts";
import { hasSurrogates } from "../wire/utf8.ts";
import { KeptContainer } from "./kept_container.ts";
import { KnownStructs } from "./known_structs.ts";
import type { PartIndex } from "./part_index.ts";
import { pythonFloat } from "./python_float.ts";

const encoder = new TextEncoder();
const doubles = new DataView(new ArrayBuffer(8));

/** Integers of more digits than this are shown by their first digits and their size. */
const LONGEST_INT_BITS = 8192;
/** So many of its first ones are shown, which so many of marshal's digits hold. */
const HIGHEST_BITS = 256;
const HIGHEST_DIGITS = 19;

/** Bytes of a described value's record: far more than the agent's bound on texts allows. */
const LONGEST_DESCRIBED = 1 << 20;
/**
 * Bytes of a value's record from which on references in it are not followed: each takes a few bytes on the wire, and
 * stands for up to a megabyte.
 */
export const MOST_BY_REFERENCE = 64 << 10;
/** The same for containers that are kept, of which the agent refers to far less in a record. */
const MOST_KEPT_IN_VALUE = 1 << 20;
/** What is no longer than this is shown all the same. */
const SHORT_REFERENCE = 256;

/** Characters of a text up to which a loop over them is faster than the engine's encoder. */
const MOST_BY_LOOP = 64;

/** The start of a record `{kind: …, first key: …`, up to where the first key's value begins. */
function opening(entries: number, kind: string, firstKey: string): ByteBuffer {
  return constant([0xa0 + entries], asText("kind"), asText(kind), asText(firstKey));
}

function key(name: string): ByteBuffer {
  return constant(asText(name));
}

/** @param s In ASCII. (A loop, because these are made at each start: the engine's encoder takes half a millisecond.) */
function asText(s: string): number[] {
  const bytes = [0x60 + s.length];
  for (let at = 0; at < s.length; at++) bytes.push(s.charCodeAt(at));
  return bytes;
}

/** In a buffer, as those are what is copied fastest. */
function constant(...parts: readonly number[][]): ByteBuffer {
  const buffer = new ByteBuffer();
  for (const part of parts) buffer.append(new Uint8Array(part));
  return buffer;
}

const INT = opening(3, "Int", "i");
const BOOL = opening(4, "Bool", "b");
const STRING = opening(3, "String", "text");
const SEQUENCE_OF = opening(4, "Sequence", "elements");
const TUPLE_OF = opening(3, "Tuple", "elements");
const STRUCT_OF = opening(4, "Struct", "field_values");
const RAW_TEXT = opening(3, "Raw", "r");
const ERROR_TEXT = opening(3, "Error", "msg");
const NONE = opening(2, "None", "type_id");
const TYPE_ID = key("type_id");
const IS_SLICE_FALSE = constant(asText("is_slice"), [0xf4]);
const FIELD_NAMES = key("field_names");
const ARGS = key("args");
const TRUE_AND_TEXT = constant([0xf5], asText("text"), asText("true"));
const FALSE_AND_TEXT = constant([0xf4], asText("text"), asText("false"));

/**
 * Types of the language that no other type may share a name with: readers, and people, take a value of type `set` for
 * a set.
 */
const LANGUAGE_TYPES =
  ("NoneType int bool str float complex bytes bytearray list tuple dict set frozenset range slice ellipsis function " +
    "method builtin_function_or_method type module memoryview generator coroutine async_generator object property")
    .split(" ");

/** What the transcoder needs of the type table. */
export interface TypeTable {
  typeId(name: string): number;
}

/** Encodes values; one per recording, because types and described values are numbered per recording. */
export class ValueTranscoder {
  /** Values that filters hid in what was transcoded; whoever reads them sets them back. */
  redacted = 0;
  dropped = 0;
  /** Whether what was transcoded refers to what is described or kept; the same. */
  refers = false;
  readonly #types: TypeTable;
  readonly #typeIds = new Map<string, number>();
  /** The names that are taken, to tell apart types that share one. */
  readonly #displayNames = new Set(LANGUAGE_TYPES);
  readonly #known = new KnownTexts();
  readonly #structs = new KnownStructs();
  readonly #tooDeepOf = new Map<string, ByteBuffer>();
  readonly #objects: Uint8Array[] = [];
  readonly #texts: (Uint8Array | undefined)[] = new Array(REMEMBERED_TEXTS);
  readonly #kept: (KeptContainer | undefined)[] = new Array(KEPT_SLOTS);
  #describing = false;
  /** Takes note of the parts of the value that is being encoded; null when nobody asks. */
  #parts: PartIndex | null = null;
  /** Where that value begins. */
  #partsFrom = 0;
  /** Records of ints up to 32 bits, by {@link intClass}: what is to be filled in is the number. */
  readonly #ints: readonly ByteBuffer[];
  readonly #int: number;
  readonly #bool: number;
  readonly #str: number;
  readonly #list: number;
  readonly #tuple: number;
  readonly #float: number;
  readonly #dict: number;
  readonly #more: number;

  constructor(types: TypeTable) {
    this.#types = types;
    this.#int = this.type("builtins:int");
    this.#bool = this.type("builtins:bool");
    this.#str = this.type("builtins:str");
    this.#float = this.type("builtins:float");
    this.#list = this.type("builtins:list");
    this.#tuple = this.type("builtins:tuple");
    this.#dict = this.type("builtins:dict");
    this.#more = this.type("builtins:<more>");
    this.#ints = [0, 24, 0x100, 0x1_0000].map((n) => {
      const record = new ByteBuffer();
      record.appendBuffer(INT);
      head(record, 0, n);
      closing(record, this.#int);
      return record;
    });
  }

  /**
   * The id of a type.
   *
   * @param wireName `module:qualname`. The first type of a name is called by its qualname alone, any
   *   other of the same name by module and qualname, and by both and `:` where that is another type's qualname.
   *   Names of the language's own types are theirs from the start.
   */
  type(wireName: string): number {
    let id = this.#typeIds.get(wireName);
    if (id !== undefined) return id;
    const colon = wireName.indexOf(":");
    const qualname = wireName.slice(colon + 1) || "?";
    const module = wireName.slice(0, colon);
    let name = qualname;
    if (module !== "builtins" || !LANGUAGE_TYPES.includes(qualname)) {
      if (this.#displayNames.has(name)) name = `${module}.${qualname}`;
      if (this.#displayNames.has(name)) name = `${module}:${qualname}`;
      while (this.#displayNames.has(name)) name += "'";
      this.#displayNames.add(name);
    }
    id = this.#types.typeId(name);
    this.#typeIds.set(wireName, id);
    return id;
  }

  /** Takes in what a DESCRIBED record says: later values refer to it by its number. */
  describe(number: number, bytes: Uint8Array, at: number, end: number, scratch: ByteBuffer): void {
    scratch.clear();
    this.#describing = true;
    this.value(bytes, at, end, scratch);
    this.#describing = false;
    if (scratch.length > LONGEST_DESCRIBED) {
      throw new BrokenRecord(`a described value of ${scratch.length} bytes at byte ${at}`);
    }
    const encoded = scratch.bytes.slice(0, scratch.length);
    if (number < 0) this.#objects[-1 - number] = encoded;
    else this.#texts[number % REMEMBERED_TEXTS] = encoded;
  }

  /** Takes in what a KEPT record says from its second element on: later values refer to the container by its slot. */
  keep(bytes: Uint8Array, at: number, end: number, scratch: ByteBuffer): void {
    const slot = readInt(bytes, at);
    const version = skip(bytes, at, end);
    const kind = skip(bytes, version, end);
    const elements = skip(bytes, kind, end);
    if (!(slot >= 0 && slot < KEPT_SLOTS)) throw new BrokenRecord(`no slot ${slot} at byte ${at}`);
    const kept = this.#kept[slot] ??= new KeptContainer();
    kept.begin(readInt(bytes, version), readInt(bytes, kind));
    if (kept.kind === VALUE) {
      return this.#keepValue(kept, kept.version, bytes, elements, end, scratch);
    }
    if (kept.kind !== LIST && kept.kind !== TUPLE && kept.kind !== DICT) {
      throw new BrokenRecord(`unknown kind ${kept.kind} of container at byte ${at}`);
    }
    this.#elements(kept, 0, 0, bytes, elements, end, scratch);
    kept.leftOut = readInt(bytes, skip(bytes, elements, end));
  }

  /** A whole value; it may refer to others that are kept, as they are now. */
  #keepValue(
    kept: KeptContainer,
    version: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    scratch: ByteBuffer,
  ): void {
    scratch.clear();
    this.redacted = this.dropped = 0;
    kept.version = -1; // it can't hold itself
    this.value(bytes, at, end, scratch);
    kept.version = version;
    kept.redacted = this.redacted;
    kept.dropped = this.dropped;
    if (!kept.splice(0, 0, scratch, [scratch.length])) {
      kept.version = -1;
      throw new BrokenRecord(`a value of ${scratch.length} bytes is kept, at byte ${at}`);
    }
  }

  /** Takes in what a SPLICED record says from its second element on: how a container that is kept has changed. */
  splice(bytes: Uint8Array, at: number, end: number, scratch: ByteBuffer): void {
    const base = skip(bytes, at, end);
    const version = skip(bytes, base, end);
    const start = skip(bytes, version, end);
    const removed = skip(bytes, start, end);
    const elements = skip(bytes, removed, end);
    const kept = this.#inSlot(readInt(bytes, at), readInt(bytes, base), at);
    if (kept.kind === VALUE) throw new BrokenRecord(`no container in slot at byte ${at}`);
    kept.version = readInt(bytes, version);
    const from = readInt(bytes, start);
    this.#elements(kept, from, readInt(bytes, removed), bytes, elements, end, scratch);
    kept.leftOut = readInt(bytes, skip(bytes, elements, end));
  }

  #inSlot(slot: number, version: number, at: number): KeptContainer {
    const kept = this.#kept[slot];
    if (kept === undefined || kept.version !== version) {
      throw new BrokenRecord(`container ${slot}, ${version} was never kept, at byte ${at}`);
    }
    return kept;
  }

  /** Puts the elements at `at` in the place of `removed` ones from `start` on. */
  #elements(
    kept: KeptContainer,
    start: number,
    removed: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    scratch: ByteBuffer,
  ): void {
    const count = readCount(bytes, at);
    const inserted: number[] = [];
    scratch.clear();
    this.#describing = true;
    let next = at + 5;
    for (let n = 0; n < count; n++) {
      if (kept.kind !== DICT) next = this.value(bytes, next, end, scratch);
      else if (++n < count) next = this.#pair(bytes, next, end, scratch);
      else throw new BrokenRecord(`a key without a value at byte ${next}`);
      inserted.push(scratch.length);
    }
    this.#describing = false;
    if (!kept.splice(start, removed, scratch, inserted)) {
      throw new BrokenRecord(`no such elements in a container, or too many, at byte ${at}`);
    }
  }

  #asKept(kept: KeptContainer, out: ByteBuffer): void {
    if (kept.kind === VALUE) {
      this.redacted += kept.redacted;
      this.dropped += kept.dropped;
      out.append(kept.bytes, 0, kept.length);
      return;
    }
    out.appendBuffer(kept.kind === TUPLE ? TUPLE_OF : SEQUENCE_OF);
    head(out, 0x80, kept.count + (kept.leftOut > 0 ? 1 : 0));
    out.append(kept.bytes, 0, kept.length);
    if (kept.leftOut > 0) this.#raw(`<… ${kept.leftOut} more>`, this.#more, out);
    if (kept.kind !== TUPLE) out.appendBuffer(IS_SLICE_FALSE);
    closing(
      out,
      kept.kind === TUPLE ? this.#tuple : kept.kind === LIST ? this.#list : this.#dict,
    );
  }

  /**
   * Appends the value record of the value at `at` to `out`.
   *
   * @param typeOverride A type id that takes the place of the value's own.
   * @returns The position behind the value.
   */
  value(bytes: Uint8Array, at: number, end: number, out: ByteBuffer, typeOverride = -1): number {
    const isContainer = bytes[at] === TYPE_TUPLE || bytes[at] === TYPE_LIST;
    const parts = this.#parts;
    // What has another type than its own can't be encoded again without what stands around it.
    if (parts === null || typeOverride >= 0) {
      return isContainer
        ? this.#container(bytes, at, end, out, typeOverride)
        : this.#leaf(bytes, at, end, out, typeOverride);
    }
    const start = out.length;
    const from = this.#partsFrom;
    if (isContainer) {
      const part = parts.open(at - from, start);
      const next = this.#container(bytes, at, end, out, -1);
      parts.close(part, next - from, out.length);
      return next;
    }
    const next = this.#leaf(bytes, at, end, out, -1);
    parts.leaf(at - from, next - from, start, out.length);
    return next;
  }

  /** {@link value} into an empty buffer, which takes note of where its parts lie. */
  valueAndParts(
    bytes: Uint8Array,
    at: number,
    end: number,
    out: ByteBuffer,
    parts: PartIndex,
  ): void {
    parts.clear();
    this.#parts = parts;
    this.#partsFrom = at;
    this.value(bytes, at, end, out);
    this.#parts = null;
  }

  #container(
    bytes: Uint8Array,
    at: number,
    end: number,
    out: ByteBuffer,
    typeOverride: number,
  ): number {
    if (bytes[at] === TYPE_LIST) {
      return this.#sequence(bytes, at, end, typeOverride < 0 ? this.#list : typeOverride, out);
    }
    const count = u32(bytes, at + 1);
    if (count > 1 && bytes[at + 5] === TYPE_MARK) {
      return this.#marked(bytes, at, end, count, out, typeOverride);
    }
    out.appendBuffer(TUPLE_OF);
    head(out, 0x80, count);
    let next = at + 5;
    for (let n = 0; n < count; n++) next = this.value(bytes, next, end, out);
    closing(out, typeOverride < 0 ? this.#tuple : typeOverride);
    return next;
  }

  #leaf(bytes: Uint8Array, at: number, end: number, out: ByteBuffer, typeOverride: number): number {
    switch (bytes[at]) {
      case TYPE_INT: {
        if (typeOverride < 0) this.#writeSmall(i32(bytes, at + 1), out);
        else this.#writeInt(i32(bytes, at + 1), out, typeOverride);
        return at + 5;
      }
      case TYPE_LONG:
        return this.#writeLong(bytes, at, end, out, typeOverride);
      case TYPE_NONE:
        writeNone(out, typeOverride < 0 ? 0 : typeOverride);
        return at + 1;
      case TYPE_TRUE:
      case TYPE_FALSE:
        writeBool(bytes[at] === TYPE_TRUE, out, typeOverride < 0 ? this.#bool : typeOverride);
        return at + 1;
      case TYPE_FLOAT: {
        const text = pythonFloat(double(bytes, at + 1));
        this.#raw(text, typeOverride < 0 ? this.#float : typeOverride, out);
        return at + 9;
      }
      case TYPE_COMPLEX:
        this.#raw(
          complex(double(bytes, at + 1), double(bytes, at + 9)),
          typeOverride < 0 ? this.type("builtins:complex") : typeOverride,
          out,
        );
        return at + 17;
      case TYPE_ELLIPSIS:
        this.#raw("Ellipsis", this.type("builtins:ellipsis"), out);
        return at + 1;
      case TYPE_MARK:
        this.#raw("<class 'StopIteration'>", this.type("builtins:type"), out);
        return at + 1;
      case TYPE_TEXT:
      case TYPE_INTERNED: {
        const length = u32(bytes, at + 1);
        this.#text(
          bytes,
          at + 5,
          at + 5 + length,
          typeOverride < 0 ? this.#str : typeOverride,
          out,
        );
        return at + 5 + length;
      }
      case TYPE_BYTES: {
        const length = u32(bytes, at + 1);
        const text = bytesLiteral(bytes, at + 5, at + 5 + length);
        this.#raw(text, typeOverride < 0 ? this.type("builtins:bytes") : typeOverride, out);
        return at + 5 + length;
      }
      default:
        throw new BrokenRecord(`unknown type code ${bytes[at]} at byte ${at}`);
    }
  }

  /**
   * Appends the value record of a packed value.
   *
   * @param low As `packedLow` says,
   * @param high and `packedHigh`.
   */
  packed(kind: PackedPlain, low: number, high: number, out: ByteBuffer): void {
    switch (kind) {
      case PACKED_INT:
        if (high === low >> 31) this.#writeSmall(low, out);
        else this.#writeWide(low, high, out);
        return;
      case PACKED_FLOAT:
        doubles.setInt32(0, low, true);
        doubles.setInt32(4, high, true);
        this.#raw(pythonFloat(doubles.getFloat64(0, true)), this.#float, out);
        return;
      case PACKED_BOOL:
        return writeBool(low !== 0, out, this.#bool);
      case PACKED_NONE:
        return writeNone(out, 0);
    }
  }

  /**
   * Makes the record of one int that of another.
   *
   * @param record Of an int that came packed, and nothing else.
   * @returns Whether that could be done: the record of this one is as long.
   */
  exchangeInt(low: number, high: number, record: ByteBuffer): boolean {
    if (high !== low >> 31) return false;
    const magnitude = low ^ high;
    const ofClass = intClass(magnitude);
    if (record.length !== this.#ints[ofClass]!.length) return false; // holds: there are as many
    fillInt(record.bytes, INT.length, ofClass, high & 0x20, magnitude);
    return true;
  }

  /** An integer of 32 bits. */
  #writeSmall(n: number, out: ByteBuffer): void {
    const sign = n >> 31;
    const magnitude = n ^ sign;
    const ofClass = intClass(magnitude);
    const at = out.length + INT.length;
    out.appendBuffer(this.#ints[ofClass]!); // holds: there are as many
    fillInt(out.bytes, at, ofClass, sign & 0x20, magnitude);
  }

  /** An integer of 64 bits that doesn't fit into 32. */
  #writeWide(low: number, high: number, out: ByteBuffer): void {
    const sign = high >> 31;
    out.appendBuffer(INT);
    // What CBOR has of a negative number is its complement.
    wideHead(out, sign & 0x20, (low ^ sign) >>> 0, (high ^ sign) >>> 0);
    closing(out, this.#int);
  }

  /** Appends an integer that the recorder itself has to say, such as an exit status. */
  int(n: number, out: ByteBuffer): void {
    this.#writeInt(n, out, -1);
  }

  /** Appends a text of the recorder's own as a Raw record, such as `<signal SIGKILL>`. */
  marker(text: string, wireType: string, out: ByteBuffer): void {
    this.#raw(text, this.type(wireType), out);
  }

  /** Appends what stands for a value that a filter hid. @param action REDACTED or DROPPED. */
  hidden(action: number, out: ByteBuffer): void {
    const text = action === DROPPED ? "<dropped>" : "<redacted>";
    this.marker(text, `builtins:${text}`, out);
  }

  /** Appends what stands for a value that would take too much room. */
  leftOut(out: ByteBuffer): void {
    this.#raw("<… left out: too large>", this.#more, out);
  }

  /** Whether the value at `at` as a whole is hidden. */
  isHidden(bytes: Uint8Array, at: number): boolean {
    return bytes[at] === TYPE_TUPLE && bytes[at + 5] === TYPE_MARK && u32(bytes, at + 1) > 2 &&
      readInt(bytes, at + 6) === HIDDEN;
  }

  /**
   * Appends an Error record for the exception at `at`: its type, and its message as far as it is known.
   *
   * @returns The exception's wire type and message.
   */
  error(
    bytes: Uint8Array,
    at: number,
    end: number,
    out: ByteBuffer,
  ): { type: string; message: string } {
    const described = describeException(bytes, at, end);
    const name = described.type.slice(described.type.indexOf(":") + 1);
    this.failure(described.message ? `${name}: ${described.message}` : name, described.type, out);
    return described;
  }

  /** Appends an Error record of the recorder's own. */
  failure(message: string, wireType: string, out: ByteBuffer): void {
    out.appendBuffer(ERROR_TEXT);
    text(out, message);
    closing(out, this.type(wireType));
  }

  #writeInt(n: number, out: ByteBuffer, typeOverride: number): void {
    out.appendBuffer(INT);
    if (n >= 0) head(out, 0, n);
    else head(out, 0x20, -1 - n);
    closing(out, typeOverride < 0 ? this.#int : typeOverride);
  }

  #writeLong(
    bytes: Uint8Array,
    at: number,
    end: number,
    out: ByteBuffer,
    typeOverride: number,
  ): number {
    const count = i32(bytes, at + 1);
    const digits = Math.abs(count);
    const next = at + 5 + 2 * digits;
    if (next > end) throw new BrokenRecord(`the data ends at byte ${at}`);
    if (digits <= 3) {
      this.#writeInt(readInt(bytes, at), out, typeOverride);
      return next;
    }
    const type = typeOverride < 0 ? this.#int : typeOverride;
    if (digits * 15 > LONGEST_INT_BITS) {
      const highest = fromDigits(bytes, at, digits - HIGHEST_DIGITS, digits);
      const known = highest.toString(2).length;
      const bits = (digits - HIGHEST_DIGITS) * 15 + known;
      if (bits > LONGEST_INT_BITS) {
        const shown = highest >> BigInt(Math.max(known - HIGHEST_BITS, 0));
        this.#wideInt(count < 0, shown.toString(16), bits, type, out);
        return next;
      }
    }
    const value = fromDigits(bytes, at, 0, digits);
    if (value < 1n << 63n || (count < 0 && value === 1n << 63n)) {
      out.appendBuffer(INT);
      const magnitude = count < 0 ? value - 1n : value;
      out.u8(count < 0 ? 0x3b : 0x1b);
      u32be(out, Number(magnitude >> 32n));
      u32be(out, Number(magnitude & 0xffffffffn));
      closing(out, type);
    } else {
      this.#raw((count < 0 ? "-" : "") + value.toString(), type, out);
    }
    return next;
  }

  /** By its first digits and its size: the same whether the agent has sent all of it or these alone. */
  #wideInt(negative: boolean, digits: string, bits: number, type: number, out: ByteBuffer): void {
    this.#raw(`${negative ? "-" : ""}0x${digits}… <${bits} bits>`, type, out);
  }

  #raw(s: string, type: number, out: ByteBuffer): void {
    out.appendBuffer(RAW_TEXT);
    text(out, s);
    closing(out, type);
  }

  /** UTF-8 as it is; a text with lone surrogates, which CBOR can't hold, as Python would write it. */
  #text(bytes: Uint8Array, start: number, end: number, type: number, out: ByteBuffer): void {
    if (hasSurrogates(bytes, start, end)) {
      this.#raw(textLiteral(bytes, start, end), type, out);
      return;
    }
    out.appendBuffer(STRING);
    head(out, 0x60, end - start);
    out.append(bytes, start, end);
    closing(out, type);
  }

  #sequence(bytes: Uint8Array, at: number, end: number, type: number, out: ByteBuffer): number {
    const count = readCount(bytes, at);
    out.appendBuffer(SEQUENCE_OF);
    head(out, 0x80, count);
    let next = at + 5;
    for (let n = 0; n < count; n++) next = this.value(bytes, next, end, out);
    out.appendBuffer(IS_SLICE_FALSE);
    closing(out, type);
    return next;
  }

  /** A tuple that begins with the mark: see the table in design-docs/wire-protocol.md. */
  #marked(
    bytes: Uint8Array,
    at: number,
    end: number,
    count: number,
    out: ByteBuffer,
    typeOverride: number,
  ): number {
    const second = at + 6;
    if (count === 2) {
      const number = readInt(bytes, second);
      const known = number < 0
        ? this.#objects[-1 - number]
        : this.#texts[number % REMEMBERED_TEXTS];
      // One that refers to others could double with each of them.
      if (known === undefined || this.#describing) {
        throw new BrokenRecord(`value ${number} was never described, at byte ${at}`);
      }
      this.refers = true;
      if (out.length < MOST_BY_REFERENCE || known.length <= SHORT_REFERENCE) out.append(known);
      else this.leftOut(out);
      return skip(bytes, second, end);
    }
    const kind = readInt(bytes, second);
    const a = skip(bytes, second, end);
    switch (kind) {
      case MORE:
        this.#raw(`<… ${readInt(bytes, a)} more>`, this.#more, out);
        break;
      case LONG_TEXT: {
        const shown = readLength(bytes, a);
        const left = readInt(bytes, a + 5 + shown) - codePoints(bytes, a + 5, a + 5 + shown);
        this.#raw(
          `${textLiteral(bytes, a + 5, a + 5 + shown)}… <${left} more characters>`,
          typeOverride < 0 ? this.#str : typeOverride,
          out,
        );
        break;
      }
      case LONG_BYTES: {
        const type = readText(bytes, a);
        const b = skip(bytes, a, end);
        const shown = readLength(bytes, b);
        const left = readInt(bytes, b + 5 + shown) - shown;
        const literal = bytesLiteral(bytes, b + 5, b + 5 + shown);
        const name = type.slice(type.indexOf(":") + 1);
        this.#raw(
          (name === "bytes" ? literal : `${name}(${literal})`) +
            (left > 0 ? `… <${left} more bytes>` : ""),
          this.type(type),
          out,
        );
        break;
      }
      case RAW: {
        const b = skip(bytes, a, end);
        const type = this.type(this.#known.read(bytes, a));
        out.appendBuffer(RAW_TEXT);
        utf8(bytes, b, out);
        closing(out, type);
        break;
      }
      case SEQUENCE: {
        const type = this.type(this.#known.read(bytes, a));
        const next = this.#sequence(bytes, skip(bytes, a, end), end, type, out);
        // Ends with it, as those below do: walking through the whole once more would be once per level.
        if (count === 4) return next;
        break;
      }
      case MAPPING: {
        const next = this.#mapping(bytes, a, end, out);
        if (count === 4) return next;
        break;
      }
      case STRUCT: {
        const next = this.#struct(bytes, a, end, out);
        if (count === 5) return next;
        break;
      }
      case TOO_DEEP:
        out.appendBuffer(this.#tooDeep(this.#known.read(bytes, a)));
        if (count === 3) return skip(bytes, a, end);
        break;
      case CYCLE: {
        const type = readText(bytes, a);
        this.#raw(
          `<cycle: the enclosing ${type.slice(type.indexOf(":") + 1)}>`,
          this.type(type),
          out,
        );
        break;
      }
      case EXCEPTION: {
        const args = skip(bytes, a, end);
        const message = skip(bytes, args, end);
        const names = skip(bytes, message, end);
        const values = skip(bytes, names, end);
        const type = this.#known.read(bytes, a);
        const next = this.#exception(bytes, type, args, names, values, end, out);
        if (count === 7) return next;
        break;
      }
      case BIG_INT: {
        const bits = skip(bytes, a, end);
        const shown = skip(bytes, bits, end);
        let digits = "";
        for (let n = 0; n < readLength(bytes, shown); n++) {
          digits += bytes[shown + 5 + n]!.toString(16).padStart(2, "0");
        }
        const type = typeOverride < 0 ? this.#int : typeOverride;
        this.#wideInt(bytes[a] === TYPE_TRUE, digits, readInt(bytes, bits), type, out);
        break;
      }
      case AS_KEPT: {
        const kept = this.#inSlot(readInt(bytes, a), readInt(bytes, skip(bytes, a, end)), at);
        // One that holds another could double with each that is kept.
        if (this.#describing) throw new BrokenRecord(`a container in a container at byte ${at}`);
        this.refers = true;
        if (out.length < MOST_KEPT_IN_VALUE) this.#asKept(kept, out);
        else this.leftOut(out);
        break;
      }
      case TYPED:
        this.value(bytes, skip(bytes, a, end), end, out, this.type(this.#known.read(bytes, a)));
        break;
      case HIDDEN: {
        const action = readInt(bytes, a);
        if (action === DROPPED) this.dropped++;
        else this.redacted++;
        this.hidden(action, out);
        break;
      }
      case WITHOUT:
        this.dropped += readInt(bytes, a);
        this.value(bytes, skip(bytes, a, end), end, out, typeOverride);
        break;
      default:
        throw new BrokenRecord(`unknown kind ${kind} of value at byte ${at}`);
    }
    return skip(bytes, at, end);
  }

  /** The record of a value of type `wireType` that lies too deep: a long list of objects has one for each. */
  #tooDeep(wireType: string): ByteBuffer {
    let record = this.#tooDeepOf.get(wireType);
    if (record === undefined) {
      record = new ByteBuffer(64);
      const name = wireType.slice(wireType.indexOf(":") + 1);
      this.#raw(`<${name} …>`, this.type(wireType), record);
      this.#tooDeepOf.set(wireType, record);
    }
    return record;
  }

  #mapping(bytes: Uint8Array, a: number, end: number, out: ByteBuffer): number {
    const wireType = this.#known.read(bytes, a);
    const list = skip(bytes, a, end);
    const count = readCount(bytes, list);
    out.appendBuffer(SEQUENCE_OF);
    head(out, 0x80, (count + 1) >> 1);
    let next = list + 5;
    for (let n = 0; n + 1 < count; n += 2) next = this.#pair(bytes, next, end, out);
    if (count % 2) next = this.value(bytes, next, end, out);
    out.appendBuffer(IS_SLICE_FALSE);
    closing(out, wireType === "builtins:dict" ? this.#dict : this.type(wireType));
    return next;
  }

  /** A key and its value. */
  #pair(bytes: Uint8Array, at: number, end: number, out: ByteBuffer): number {
    out.appendBuffer(TUPLE_OF);
    head(out, 0x80, 2);
    const next = this.value(bytes, this.value(bytes, at, end, out), end, out);
    closing(out, this.#tuple);
    return next;
  }

  /** An object whose type's name stands at `a`; returns the position behind its values. */
  #struct(bytes: Uint8Array, a: number, end: number, out: ByteBuffer): number {
    const names = skip(bytes, a, end);
    const known = this.#structs.find(bytes, a, names, end);
    const taken = known?.taken;
    const values = known === null ? skip(bytes, names, end) : a + known.raw.length;
    const count = readCount(bytes, values);
    out.appendBuffer(STRUCT_OF);
    head(out, 0x80, count);
    let next = values + 5;
    for (let n = 0; n < count; n++) next = this.value(bytes, next, end, out);
    if (known !== null && known.count === count && known.taken === taken) {
      out.appendBuffer(known.tail);
      return next;
    }
    const tail = out.length;
    out.appendBuffer(FIELD_NAMES);
    head(out, 0x80, count);
    fieldNames(bytes, names, count, out);
    closing(out, this.type(this.#known.read(bytes, a)));
    if (count > 0 && count === readCount(bytes, names)) {
      this.#structs.remember(bytes, a, names, values, count, out, tail);
    }
    return next;
  }

  #exception(
    bytes: Uint8Array,
    wireType: string,
    args: number,
    names: number,
    values: number,
    end: number,
    out: ByteBuffer,
  ): number {
    const count = readCount(bytes, values);
    out.appendBuffer(STRUCT_OF);
    head(out, 0x80, count + 1);
    const argCount = readCount(bytes, args);
    out.appendBuffer(TUPLE_OF);
    head(out, 0x80, argCount);
    let next = args + 5;
    for (let n = 0; n < argCount; n++) next = this.value(bytes, next, end, out);
    closing(out, this.#tuple);
    next = values + 5;
    for (let n = 0; n < count; n++) next = this.value(bytes, next, end, out);
    out.appendBuffer(FIELD_NAMES);
    head(out, 0x80, count + 1);
    out.appendBuffer(ARGS);
    fieldNames(bytes, names, count, out);
    closing(out, this.type(wireType));
    return next;
  }
}

/** Appends `count` names; values beyond the last name stand for what was left out. */
function fieldNames(bytes: Uint8Array, names: number, count: number, out: ByteBuffer): void {
  const known = readCount(bytes, names);
  let next = names + 5;
  for (let n = 0; n < count; n++) {
    if (n >= known) {
      text(out, "…");
      continue;
    }
    next = utf8(bytes, next, out);
  }
}

/** Appends the text at `at` as CBOR, and returns the position behind it. */
function utf8(bytes: Uint8Array, at: number, out: ByteBuffer): number {
  const start = at + 5;
  const end = start + readLength(bytes, at);
  if (hasSurrogates(bytes, start, end)) text(out, readText(bytes, at));
  else {
    head(out, 0x60, end - start);
    out.append(bytes, start, end);
  }
  return end;
}

/** An exception's wire type and message, from what the agent sent of it. */
export function describeException(
  bytes: Uint8Array,
  at: number,
  end: number,
): { type: string; message: string } {
  const unknown = { type: "builtins:BaseException", message: "" };
  if (bytes[at] !== TYPE_TUPLE || bytes[at + 5] !== TYPE_MARK || readCount(bytes, at) < 3) {
    return unknown;
  }
  const kind = readInt(bytes, at + 6);
  const a = skip(bytes, at + 6, end);
  if (kind === WITHOUT) return describeException(bytes, skip(bytes, a, end), end);
  const type = readText(bytes, a);
  if (kind !== EXCEPTION) return { type, message: "" };
  const args = skip(bytes, a, end);
  const message = skip(bytes, args, end);
  if (bytes[message] === TYPE_TEXT || bytes[message] === TYPE_INTERNED) {
    return { type, message: readText(bytes, message) };
  }
  const parts: string[] = [];
  let next = args + 5;
  for (let n = 0; n < readCount(bytes, args); n++) {
    parts.push(shortText(bytes, next, end));
    next = skip(bytes, next, end);
  }
  return { type, message: parts.join(", ") };
}

/** A few words for a value, for messages. */
function shortText(bytes: Uint8Array, at: number, _end: number): string {
  switch (bytes[at]) {
    case TYPE_TEXT:
    case TYPE_INTERNED:
      return readText(bytes, at);
    case TYPE_INT:
      return String(i32(bytes, at + 1));
    case TYPE_FLOAT:
      return pythonFloat(double(bytes, at + 1));
    case TYPE_NONE:
      return "None";
    case TYPE_TRUE:
      return "True";
    case TYPE_FALSE:
      return "False";
    default:
      return "…";
  }
}

/** CBOR's initial byte with its argument; `major` is the major type, shifted into place. */
function head(out: ByteBuffer, major: number, n: number): void {
  if (n < 24) {
    out.u8(major | n);
  } else if (n < 0x100) {
    out.u8(major | 24);
    out.u8(n);
  } else if (n < 0x10000) {
    out.u8(major | 25);
    out.u8(n >> 8);
    out.u8(n & 0xff);
  } else if (n < 0x1_0000_0000) {
    out.u8(major | 26);
    u32be(out, n);
  } else {
    out.u8(major | 27);
    u32be(out, Math.floor(n / 0x1_0000_0000));
    u32be(out, n % 0x1_0000_0000);
  }
}

/** How {@link head} writes a number below 2^31: as a part of the initial byte, or in 1, 2 or 4 bytes behind it. */
function intClass(n: number): number {
  return n < 24 ? 0 : n < 0x100 ? 1 : n < 0x1_0000 ? 2 : 3;
}

/** {@link head} where there is room, of a number of this class. */
function fillInt(bytes: Uint8Array, at: number, ofClass: number, major: number, n: number): void {
  if (ofClass === 0) {
    bytes[at] = major | n;
    return;
  }
  bytes[at] = major | 23 + ofClass;
  for (let shift = (8 << ofClass - 1) - 8; shift >= 0; shift -= 8) bytes[++at] = n >>> shift;
}

/** {@link head} of an argument whose lower and higher 32 bits these are. */
function wideHead(out: ByteBuffer, major: number, low: number, high: number): void {
  if (high === 0) return head(out, major, low);
  out.u8(major | 27);
  u32be(out, high);
  u32be(out, low);
}

function writeNone(out: ByteBuffer, type: number): void {
  out.appendBuffer(NONE);
  head(out, 0, type);
}

function writeBool(value: boolean, out: ByteBuffer, type: number): void {
  out.appendBuffer(BOOL);
  out.appendBuffer(value ? TRUE_AND_TEXT : FALSE_AND_TEXT);
  closing(out, type);
}

function u32be(out: ByteBuffer, n: number): void {
  out.u8(n >>> 24);
  out.u8(n >>> 16 & 0xff);
  out.u8(n >>> 8 & 0xff);
  out.u8(n & 0xff);
}

function closing(out: ByteBuffer, type: number): void {
  out.appendBuffer(TYPE_ID);
  head(out, 0, type);
}

function text(out: ByteBuffer, s: string): void {
  const length = s.length <= MOST_BY_LOOP ? utf8Length(s) : -1;
  if (length >= 0) {
    head(out, 0x60, length);
    out.utf8(s, length);
    return;
  }
  const encoded = encoder.encode(s);
  head(out, 0x60, encoded.length);
  out.append(encoded);
}

function double(bytes: Uint8Array, at: number): number {
  for (let n = 0; n < 8; n++) doubles.setUint8(n, bytes[at + n]!);
  return doubles.getFloat64(0, true);
}

function complex(real: number, imaginary: number): string {
  const trim = (s: string) => s.endsWith(".0") ? s.slice(0, -2) : s;
  const im = trim(pythonFloat(imaginary));
  if (Object.is(real, 0)) return `${im}j`;
  return `(${trim(pythonFloat(real))}${im.startsWith("-") ? "" : "+"}${im}j)`;
}

/** Bytes as Python writes them. */
function bytesLiteral(bytes: Uint8Array, start: number, end: number): string {
  let hasSingle = false;
  let hasDouble = false;
  for (let at = start; at < end; at++) {
    if (bytes[at] === 0x27) hasSingle = true;
    else if (bytes[at] === 0x22) hasDouble = true;
  }
  const quote = hasSingle && !hasDouble ? '"' : "'";
  let literal = "b" + quote;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    const character = String.fromCharCode(byte);
    if (character === quote || character === "\\") literal += "\\" + character;
    else if (byte === 9) literal += "\\t";
    else if (byte === 10) literal += "\\n";
    else if (byte === 13) literal += "\\r";
    else if (byte < 0x20 || byte >= 0x7f) literal += "\\x" + byte.toString(16).padStart(2, "0");
    else literal += character;
  }
  return literal + quote;
}

/** The number of characters that the UTF-8 in [start, end) holds, counted as Python counts them. */
function codePoints(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if ((bytes[at]! & 0xc0) !== 0x80) count++;
  return count;
}

/** What `str.isprintable` says no to, and the backslash. */
const UNPRINTABLE = /(?! )[\\\p{C}\p{Z}]/gu;
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
};

function escaped(character: string): string {
  const known = ESCAPES[character];
  if (known !== undefined) return known;
  // holds: a character is not empty.
  const digits = character.codePointAt(0)!.toString(16);
  if (digits.length <= 2) return "\\x" + digits.padStart(2, "0");
  return digits.length <= 4 ? "\\u" + digits.padStart(4, "0") : "\\U" + digits.padStart(8, "0");
}

const plainDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A text as Python writes it, its lone surrogates and control characters escaped, in quotes. */
function textLiteral(bytes: Uint8Array, start: number, end: number): string {
  let literal = "";
  let from = start;
  const add = (to: number) => {
    literal += plainDecoder.decode(bytes.subarray(from, to)).replaceAll(UNPRINTABLE, escaped);
  };
  for (let at = start; at < end; at++) {
    if (bytes[at] === 0xed && bytes[at + 1]! >= 0xa0) {
      add(at);
      const unit = 0xd000 | (bytes[at + 1]! & 0x3f) << 6 | bytes[at + 2]! & 0x3f;
      literal += "\\u" + unit.toString(16);
      at += 2;
      from = at + 1;
    }
  }
  add(end);
  const quote = literal.includes("'") && !literal.includes('"') ? '"' : "'";
  return quote + literal.replaceAll(quote, "\\" + quote) + quote;
}

/** The number that marshal's digits from `first` up to `end` of the integer at `at` make. */
function fromDigits(bytes: Uint8Array, at: number, first: number, end: number): bigint {
  let value = 0n;
  for (let n = end - 1; n >= first; n--) {
    value = value << 15n | BigInt(bytes[at + 5 + 2 * n]! | bytes[at + 6 + 2 * n]! << 8);
  }
  return value;
}
