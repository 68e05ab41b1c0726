/** What the agent said about paths, code objects and layouts, in the container's terms. */
import { isAbsolute, resolve } from "node:path";
import type { TraceWriter } from "../trace/trace_writer.ts";
import { BrokenRecord, readCount, readInt, readText, skip, u32 } from "../wire/marshal.ts";
import { SourceLines } from "./source_lines.ts";

/** A file, or what stands for one. */
class SourcePath {
  lines: SourceLines | null = null;
  pathId = -1;
  readonly pieces: Uint8Array[] = [];

  constructor(readonly name: string) {}
}

/** A code object: a function, module or class body. */
export class Code {
  /** Line minus first line to position; NaN where it was not asked for yet. */
  #positions = new Float64Array(16).fill(NaN);
  readonly #columns = new Map<number, number>();
  readonly #slots = new Map<string, Slot>();

  constructor(
    readonly name: string,
    readonly functionId: number,
    readonly firstLine: number,
    readonly path: SourcePath,
    /** Names of the parameters. */
    readonly parameters: readonly string[],
    readonly table: CodeTable,
  ) {}

  /** The variable `name` of this code, the same for all layouts. */
  slot(name: string): Slot {
    let slot = this.#slots.get(name);
    if (slot === undefined) {
      slot = new Slot(this.table.variableId(name));
      this.#slots.set(name, slot);
    }
    return slot;
  }

  addColumn(line: number, byteColumn: number): void {
    this.#columns.set(line, byteColumn);
  }

  /** The container's position of `line`. */
  position(line: number): number {
    const index = line - this.firstLine;
    if (index >= 0 && index < 1 << 16) {
      if (index >= this.#positions.length) {
        const grown = new Float64Array(Math.max(index + 1, 2 * this.#positions.length)).fill(NaN);
        grown.set(this.#positions);
        this.#positions = grown;
      }
      const known = this.#positions[index]!;
      if (!Number.isNaN(known)) return known;
      return this.#positions[index] = this.table.position(this.path, line, this.#columns.get(line));
    }
    return this.table.position(this.path, line, this.#columns.get(line));
  }
}

/** A variable's value as it came last, and its encoding: most values repeat from step to step. */
export class Slot {
  raw = new Uint8Array(16);
  rawLength = -1;
  encoded = new Uint8Array(32);
  encodedLength = 0;

  constructor(readonly variableId: number) {}
}

/** Which variables, in which order, the values of a step stand for. */
export class Layout {
  constructor(
    readonly code: Code,
    readonly slots: readonly Slot[],
    /** The slots of those parameters that are bound. */
    readonly parameters: readonly Slot[],
  ) {}
}

/** Takes definition records in, in the order in which they come. */
export class CodeTable {
  readonly #writer: TraceWriter;
  readonly #paths: SourcePath[] = [];
  /** Files by their full path: two spellings of one file are one path of the trace. */
  readonly #byName = new Map<string, { pathId: number; lines: SourceLines }>();
  readonly #codes: Code[] = [];
  readonly #layouts: Layout[] = [];
  /** Where relative file names begin; the program's working directory at its start. */
  startFolder = "/";

  constructor(writer: TraceWriter) {
    this.#writer = writer;
  }

  variableId(name: string): number {
    return this.#writer.variableId(name);
  }

  /** @throws {BrokenRecord} If no such code object was defined. */
  code(id: number): Code {
    return this.#codes[id] ?? undefinedId("code object", id);
  }

  /** @throws {BrokenRecord} If no such layout was defined. */
  layout(id: number): Layout {
    return this.#layouts[id] ?? undefinedId("layout", id);
  }

  /** PATH: number, file name. */
  addPath(bytes: Uint8Array, at: number, end: number): void {
    expectNext(readInt(bytes, at), this.#paths.length, "path");
    const name = readText(bytes, skip(bytes, at, end));
    const full = name.startsWith("<") || isAbsolute(name) ? name : resolve(this.startFolder, name);
    this.#paths.push(new SourcePath(full || "<unnamed>"));
  }

  /** SOURCE: path number, the next piece of its text. */
  addSource(bytes: Uint8Array, at: number, end: number): void {
    const path = this.#path(readInt(bytes, at));
    const piece = skip(bytes, at, end);
    path.pieces.push(bytes.slice(piece + 5, piece + 5 + u32(bytes, piece + 1)));
  }

  /** CODE: number, path number, first line, name, parameters, last line, (line, column)*. */
  addCode(bytes: Uint8Array, at: number, end: number): void {
    expectNext(readInt(bytes, at), this.#codes.length, "code object");
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
    this.#register(path, Math.max(lastLine, firstLine, 1));
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
    this.#codes.push(code);
  }

  /** LAYOUT: number, code number, names. */
  addLayout(bytes: Uint8Array, at: number, end: number): void {
    expectNext(readInt(bytes, at), this.#layouts.length, "layout");
    const second = skip(bytes, at, end);
    const code = this.code(readInt(bytes, second));
    const names = readTexts(bytes, skip(bytes, second, end), end);
    const slots = names.map((name) => code.slot(name));
    const parameters = code.parameters.filter((name) => names.includes(name)).map((name) => code.slot(name));
    this.#layouts.push(new Layout(code, slots, parameters));
  }

  /**
   * The container's position of a line.
   *
   * @param byteColumn Counted from 0, in UTF-8 bytes; undefined where the interpreter does not say.
   */
  position(path: SourcePath, line: number, byteColumn: number | undefined): number {
    if (line > path.lines!.lengths.length) this.#registerLonger(path, line);
    const lines = path.lines!;
    const column = byteColumn === undefined ? 1 : lines.column(line, byteColumn);
    return this.#writer.position(path.pathId, Math.max(line, 1), column);
  }

  #path(id: number): SourcePath {
    return this.#paths[id] ?? undefinedId("path", id);
  }

  #register(path: SourcePath, lastLine: number): void {
    if (path.lines !== null) return;
    let known = this.#byName.get(path.name);
    if (known === undefined) {
      const lines = path.pieces.length > 0
        ? SourceLines.of(joined(path.pieces))
        : SourceLines.unknown(lastLine);
      known = { pathId: this.#writer.pathId(path.name, lines.lengths), lines };
      this.#byName.set(path.name, known);
    }
    path.pieces.length = 0;
    path.lines = known.lines;
    path.pathId = known.pathId;
  }

  /** Code beyond the end of its file (made from a template, or the file has changed) gets a path of its own. */
  #registerLonger(path: SourcePath, line: number): void {
    for (let n = 2;; n++) {
      const name = `${path.name} (${n})`;
      let known = this.#byName.get(name);
      if (known === undefined) {
        const lines = SourceLines.unknown(line);
        known = { pathId: this.#writer.pathId(name, lines.lengths), lines };
        this.#byName.set(name, known);
      }
      if (line <= known.lines.lengths.length) {
        path.lines = known.lines;
        path.pathId = known.pathId;
        return;
      }
    }
  }
}

function undefinedId(what: string, id: number): never {
  throw new BrokenRecord(`${what} ${id} was never defined,`);
}

function expectNext(id: number, next: number, what: string): void {
  if (id !== next) throw new BrokenRecord(`${what} ${id} is defined where ${next} was due,`);
}

function readTexts(bytes: Uint8Array, at: number, end: number): string[] {
  const texts: string[] = [];
  let next = at + 5;
  for (let n = readCount(bytes, at); n > 0; n--) {
    texts.push(readText(bytes, next));
    next = skip(bytes, next, end);
  }
  return texts;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

