/** What the agent said about paths, code objects and layouts, in the container's terms. */
import { isAbsolute, resolve } from "node:path";
import type { TraceWriter } from "../trace/trace_writer.ts";
import {
  BrokenRecord,
  readCount,
  readInt,
  readLength,
  readText,
  skip,
  TYPE_TRUE,
} from "../wire/marshal.ts";
import { PACKED_KEPT, type PackedKind, packedKinds, packedSize } from "../wire/packed.ts";
import { PACKED_HEAD } from "../wire/protocol.ts";
import { type HiddenByStep, hiddenByStep } from "./hidden_counts.ts";
import { Slot } from "./slot.ts";
import { StepValues } from "./step_values.ts";
import { HIGHEST_LINE, SourceLines } from "./source_lines.ts";

/** Lines that are set aside for all paths without a text together; those of further paths have a place for one each. */
const MOST_UNKNOWN_LINES = 4 * HIGHEST_LINE;
/** Lines of one code object whose positions are kept in an array, counted from its first one. */
const NEAR_LINES = 1 << 12;
/** Redacted variables of one layout that steps show; each is as long as a dozen records of lines. */
const MOST_REDACTED = 256;

/** Bytes of memory around the values of a layout: a few objects for each. */
export const PER_LAYOUT = 1 << 10;

/** Numbers are given one after the other; threads may send them this far out of order. */
const MOST_OUT_OF_ORDER = 1 << 16;

/** A path of the trace, and its lines. */
interface Place {
  readonly pathId: number;
  readonly lines: SourceLines;
}

/** A file, or what stands for one. */
class SourcePath {
  place: Place | null = null;
  readonly pieces: Uint8Array[] = [];

  constructor(readonly name: string) {}
}

/** A code object: a function, module or class body. */
export class Code {
  /** Line minus first line to position; -1 where it was not asked for yet. No array of floats: these are whole. */
  readonly #positions: number[] = [];
  /** The same for lines that are far from the first. */
  readonly #farPositions = new Map<number, number>();
  readonly #columns = new Map<number, number>();
  readonly #slots = new Map<string, Slot>();
  readonly #redacted = new Map<string, Slot>();
  /** Their places in the list. */
  readonly #parameters: ReadonlyMap<string, number>;
  #place: Place;

  constructor(
    readonly name: string,
    readonly functionId: number,
    readonly firstLine: number,
    readonly path: SourcePath,
    parameters: readonly string[],
    readonly table: CodeTable,
  ) {
    this.#parameters = new Map(parameters.map((name, n) => [name, n]));
    // holds: the table gives a path its place before it makes code of it.
    this.#place = path.place!;
  }

  /** The variable `name` of this code, the same for all layouts. */
  slot(name: string): Slot {
    let slot = this.#slots.get(name);
    if (slot === undefined) {
      slot = new Slot(this.table.variableId(name));
      this.#slots.set(name, slot);
    }
    return slot;
  }

  /** The variable `name` where its value is redacted, which is always the same. */
  redactedSlot(name: string, encoded: Uint8Array): Slot {
    let slot = this.#redacted.get(name);
    if (slot === undefined) {
      slot = new Slot(this.table.variableId(name));
      slot.encoded.append(encoded);
      this.#redacted.set(name, slot);
    }
    return slot;
  }

  /** The slots of those of `names` and `hidden` that are parameters, in the order of the list. */
  parametersAmong(
    names: readonly string[],
    hidden: readonly string[],
    redacted: Uint8Array,
  ): Slot[] {
    const found: [place: number, slot: Slot][] = [];
    const add = (name: string, slotOf: (name: string) => Slot) => {
      const place = this.#parameters.get(name);
      if (place !== undefined) found.push([place, slotOf(name)]);
    };
    for (const name of names) add(name, (name) => this.slot(name));
    for (const name of hidden) add(name, (name) => this.redactedSlot(name, redacted));
    return found.sort(([a], [b]) => a - b).map(([, slot]) => slot);
  }

  addColumn(line: number, byteColumn: number): void {
    this.#columns.set(line, byteColumn);
  }

  /** The container's position of `line`. */
  position(line: number): number {
    const index = line - this.firstLine;
    if (index >= 0 && index < NEAR_LINES) {
      while (index >= this.#positions.length) this.#positions.push(-1);
      const known = this.#positions[index]!; // holds: it was just made so long
      if (known >= 0) return known;
      const position = this.#find(line);
      return this.#positions[index] = position;
    }
    let position = this.#farPositions.get(line);
    if (position === undefined) this.#farPositions.set(line, position = this.#find(line));
    return position;
  }

  #find(line: number): number {
    // Code beyond the end of its file was made from a template, or the file has changed: it is not in that file.
    if (line > this.#place.lines.lengths.length && line <= HIGHEST_LINE) {
      this.#place = this.table.longerPlace(this.path, line);
      this.#positions.fill(-1);
      this.#farPositions.clear();
    }
    const byteColumn = this.#columns.get(line);
    const { pathId, lines } = this.#place;
    const column = byteColumn === undefined ? 1 : lines.column(line, byteColumn);
    return this.table.position(pathId, line, column);
  }
}

/** Which variables, in which order, the values of a step stand for. */
export class Layout {
  /** The values of the slots at the latest step. */
  readonly values: StepValues;
  /** Index of the latest step record with these variables; -1 before the first, and where their values are forgotten. */
  lastStep = -1;

  constructor(
    readonly code: Code,
    readonly slots: readonly Slot[],
    /** Variables whose values did not come. */
    readonly redacted: readonly Slot[],
    /** The slots of those parameters that are bound. */
    readonly parameters: readonly Slot[],
    /** What each step hides; null where that is nothing. */
    readonly hidden: readonly HiddenByStep[] | null,
    /** Whether the line is the first of a call, and tells of it. */
    readonly enters: boolean,
  ) {
    this.values = new StepValues(slots);
  }
}

/** What packed lines that refer to it stand for. */
export class Site {
  /** Bytes of one such record. */
  readonly size: number;
  /** What each value is, in the order of the record: containers that are kept are the last ones. */
  readonly kinds: readonly PackedKind[];
  /** The slots that the values are for. */
  readonly slots: readonly Slot[];

  /** @param kinds What each value is, in the order of the layout. */
  constructor(readonly layout: Layout, readonly line: number, kinds: readonly PackedKind[]) {
    this.size = PACKED_HEAD + kinds.reduce((sum, kind) => sum + packedSize(kind), 0) + 1;
    const isKept = (n: number) => Number(kinds[n] === PACKED_KEPT);
    const order = [...kinds.keys()].sort((a, b) => isKept(a) - isKept(b));
    this.kinds = order.map((n) => kinds[n]!); // holds: a place in kinds
    this.slots = order.map((n) => layout.slots[n]!); // holds: a layout has as many slots
  }
}

/** Takes definition records in, in the order in which they come. */
export class CodeTable {
  readonly #writer: TraceWriter;
  readonly #paths: SourcePath[] = [];
  /** Files by their full path: two spellings of one file are one path of the trace. */
  readonly #byName = new Map<string, Place>();
  readonly #codes: Code[] = [];
  readonly #layouts: Layout[] = [];
  readonly #sites: Site[] = [];
  #unknownLines = 0;
  /** Where relative file names begin; the program's working directory at its start. */
  startFolder = "/";

  constructor(writer: TraceWriter) {
    this.#writer = writer;
  }

  variableId(name: string): number {
    return this.#writer.variableId(name);
  }

  /** The path `name`, for what happened outside of all recorded code. */
  pathWithoutCode(name: string): number {
    const known = this.#byName.get(name) ?? this.#register(name, SourceLines.of(NOTHING));
    return known.pathId;
  }

  /** @throws {BrokenRecord} If no such code object was defined. */
  code(id: number): Code {
    return this.#codes[id] ?? undefinedId("code object", id);
  }

  /** @throws {BrokenRecord} If no such layout was defined. */
  layout(id: number): Layout {
    return this.#layouts[id] ?? undefinedId("layout", id);
  }

  /** @throws {BrokenRecord} If no such site was defined. */
  site(id: number): Site {
    return this.#sites[id] ?? undefinedId("site", id);
  }

  /**
   * Forgets values of variables, those first that no step has shown for the longest time.
   *
   * @param most Bytes of memory that the latest ones may keep, about.
   * @returns How many those take.
   */
  forgetValues(most: number): number {
    const used = this.#layouts.filter((layout) => layout.lastStep >= 0)
      .sort((a, b) => b.lastStep - a.lastStep);
    const seen = new Set<Slot>();
    let bytes = 0;
    for (const layout of used) {
      const { slots, values } = layout;
      for (const slot of slots) {
        if (seen.has(slot)) continue;
        seen.add(slot);
        if (bytes < most) bytes += slot.bytes;
        else slot.forget();
      }
      if (bytes < most) bytes += PER_LAYOUT + values.items.bytes.length;
      else {
        values.forget();
        layout.lastStep = -1;
      }
    }
    return bytes;
  }

  /** PATH: number, file name. */
  addPath(bytes: Uint8Array, at: number, end: number): void {
    const name = readText(bytes, skip(bytes, at, end));
    const full = name.startsWith("<") || isAbsolute(name) ? name : resolve(this.startFolder, name);
    define(
      this.#paths,
      readInt(bytes, at),
      new SourcePath(name && full ? full : "<unnamed>"),
      "path",
    );
  }

  /** SOURCE: path number, the next piece of its text. */
  addSource(bytes: Uint8Array, at: number, end: number): void {
    const path = this.#path(readInt(bytes, at));
    const piece = skip(bytes, at, end);
    path.pieces.push(bytes.slice(piece + 5, piece + 5 + readLength(bytes, piece)));
  }

  /** CODE: number, path number, first line, name, parameters, last line, (line, column)*. */
  addCode(bytes: Uint8Array, at: number, end: number): void {
    const number = readInt(bytes, at);
    let next = skip(bytes, at, end);
    const path = this.#path(readInt(bytes, next));
    next = skip(bytes, next, end);
    const firstLine = readInt(bytes, next);
    next = skip(bytes, next, end);
    const name = readText(bytes, next);
    next = skip(bytes, next, end);
    const parameters = readTexts(bytes, next, end);
    next = skip(bytes, next, end);
    const lastLine = readInt(bytes, next);
    const columns = skip(bytes, next, end);
    path.place ??= this.#place(path, lastLine === 0, Math.max(lastLine, firstLine, 1));
    const functionId = this.#writer.functionId(name);
    const code = new Code(name, functionId, firstLine, path, parameters, this);
    const count = readCount(bytes, columns);
    next = columns + 5;
    for (let n = 0; n + 1 < count; n += 2) {
      const line = readInt(bytes, next);
      next = skip(bytes, next, end);
      code.addColumn(line, readInt(bytes, next));
      next = skip(bytes, next, end);
    }
    define(this.#codes, number, code, "code object");
  }

  /**
   * LAYOUT: number, code number, names, redacted names, counts of what is hidden, whether a line enters its call.
   *
   * @param redacted The value record of a redacted value.
   */
  addLayout(bytes: Uint8Array, at: number, end: number, redacted: Uint8Array): void {
    const second = skip(bytes, at, end);
    const code = this.code(readInt(bytes, second));
    const third = skip(bytes, second, end);
    const fourth = skip(bytes, third, end);
    const names = readTexts(bytes, third, end);
    const hidden = readTexts(bytes, fourth, end, MOST_REDACTED);
    const fifth = skip(bytes, fourth, end);
    const counts = readInts(bytes, fifth, end);
    if (counts.length !== 0 && counts.length !== 6) {
      throw new BrokenRecord(`${counts.length} counts in a layout,`);
    }
    const slots = names.map((name) => code.slot(name));
    const redactedSlots = hidden.map((name) => code.redactedSlot(name, redacted));
    const layout = new Layout(
      code,
      slots,
      redactedSlots,
      code.parametersAmong(names, hidden, redacted),
      counts.length > 0 ? hiddenByStep(counts) : null,
      bytes[skip(bytes, fifth, end)] === TYPE_TRUE,
    );
    define(this.#layouts, readInt(bytes, at), layout, "layout");
  }

  /** SITE: number, layout number, line, what its values are. */
  addSite(bytes: Uint8Array, at: number, end: number): void {
    const second = skip(bytes, at, end);
    const layout = this.layout(readInt(bytes, second));
    const third = skip(bytes, second, end);
    const kinds = packedKinds(readText(bytes, skip(bytes, third, end)));
    if (kinds.length !== layout.slots.length) {
      throw new BrokenRecord(`${kinds.length} values for ${layout.slots.length} variables,`);
    }
    define(this.#sites, readInt(bytes, at), new Site(layout, readInt(bytes, third), kinds), "site");
  }

  /**
   * The container's position of a place; what lies outside of the path's lines is moved inside.
   *
   * @param column From 1, in UTF-16 code units.
   */
  position(pathId: number, line: number, column: number): number {
    return this.#writer.position(pathId, Math.max(line, 1), column);
  }

  /** A path of its own for code that claims a line beyond the end of its file. */
  longerPlace(path: SourcePath, line: number): Place {
    for (let n = 2;; n++) {
      const name = `${path.name} (${n})`;
      const known = this.#byName.get(name);
      if (known === undefined) {
        const isRoom = line <= MOST_UNKNOWN_LINES - this.#unknownLines;
        // holds: the path of code has a place.
        return isRoom ? this.#register(name, this.#unknown(line)) : path.place!;
      }
      if (line <= known.lines.lengths.length) return known;
    }
  }

  #path(id: number): SourcePath {
    return this.#paths[id] ?? undefinedId("path", id);
  }

  /** @param hasText The agent has sent the text; that of an empty file is in no piece. */
  #place(path: SourcePath, hasText: boolean, lastLine: number): Place {
    let place = this.#byName.get(path.name);
    if (place === undefined) {
      const text = hasText || path.pieces.length > 0 ? joined(path.pieces) : null;
      const lines = text !== null && text.length > 0
        ? SourceLines.of(text)
        : this.#unknown(lastLine);
      place = this.#register(path.name, lines);
      if (text !== null) this.#writer.source(place.pathId, text);
    }
    path.pieces.length = 0;
    return place;
  }

  #unknown(lastLine: number): SourceLines {
    const lines = SourceLines.unknown(lastLine, MOST_UNKNOWN_LINES - this.#unknownLines);
    this.#unknownLines += lines.lengths.length;
    return lines;
  }

  #register(name: string, lines: SourceLines): Place {
    const place = { pathId: this.#writer.pathId(name, lines.lengths), lines };
    this.#byName.set(name, place);
    return place;
  }
}

const NOTHING = new Uint8Array(0);

function undefinedId(what: string, id: number): never {
  throw new BrokenRecord(`${what} ${id} was never defined,`);
}

/** Two threads that define at the same time may do so in the other order; but no number means two things. */
function define<T>(known: T[], id: number, value: T, what: string): void {
  if (!(id >= 0 && id < known.length + MOST_OUT_OF_ORDER) || known[id] !== undefined) {
    throw new BrokenRecord(`${what} ${id} is defined where ${known.length} was due,`);
  }
  known[id] = value;
}

function readTexts(bytes: Uint8Array, at: number, end: number, most = Infinity): string[] {
  const texts: string[] = [];
  let next = at + 5;
  for (let n = Math.min(readCount(bytes, at), most); n > 0; n--) {
    texts.push(readText(bytes, next));
    next = skip(bytes, next, end);
  }
  return texts;
}

function readInts(bytes: Uint8Array, at: number, end: number): number[] {
  const numbers: number[] = [];
  let next = at + 5;
  for (let n = readCount(bytes, at); n > 0; n--) {
    numbers.push(readInt(bytes, next));
    next = skip(bytes, next, end);
  }
  return numbers;
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
