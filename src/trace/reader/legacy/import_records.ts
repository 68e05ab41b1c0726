import { ByteBuffer } from "../../byte_buffer.ts";
import type { TraceWriter } from "../../trace_writer.ts";
import { corrupt, type Place } from "../_corrupt.ts";
import { Fields } from "./fields.ts";
import { Places } from "./places.ts";
import type { LegacyRecord } from "./record.ts";
import { ValueEncoder } from "./value_encoder.ts";

/** In an imported trace a position is path id * this + line. */
export const LINES_PER_PATH = 2 ** 31;
const MAX_PATHS = 2 ** 22;
/** Characters of all names together: they stay in memory. */
const MAX_NAME_CHARACTERS = 64 * 1024 * 1024;
const EVENT_KINDS = 14;
const BUFFER_BYTES = 1024 * 1024;
/** How much may follow a step before it can no longer be taken back. */
const MAX_HELD_BACK = 10_000;
const MAX_HELD_BACK_BYTES = 16 * 1024 * 1024;
const MAX_THREAD = BigInt(Number.MAX_SAFE_INTEGER);

/** The tables of a legacy trace, by id. */
export interface LegacyTables {
  readonly paths: string[];
  readonly functions: string[];
  readonly types: string[];
  readonly variables: string[];
}

/** Bytes of the buffer. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** What follows a step, until the next one comes. */
type Action =
  | { readonly do: "enter"; readonly functionId: number; readonly arguments: readonly Argument[] }
  | { readonly do: "value"; readonly nameId: number; readonly range: Range }
  | { readonly do: "exit"; readonly range: Range }
  | {
    readonly do: "event";
    readonly kind: number;
    readonly metadata: string;
    readonly content: string;
  }
  | {
    readonly do: "threadStart" | "threadSwitch" | "threadExit";
    readonly id: number;
  };

interface Argument {
  readonly nameId: number;
  readonly range: Range;
}

interface OpenCall {
  readonly functionId: number;
  readonly entryStep: number;
}

/**
 * Writes the records of a legacy trace as one of split streams, in one pass.
 *
 * A record is held back until the step after it, because two kinds of records change what came
 * before: a call takes the step ahead of it for its first one, and a step may be taken back.
 */
export class RecordImporter {
  readonly tables: LegacyTables;
  readonly #writer: TraceWriter;
  readonly #fields: Fields;
  readonly #buffer = new ByteBuffer(4096);
  readonly #encoder: ValueEncoder;
  readonly #text = new TextEncoder();
  readonly #fieldNames = new Map<number, readonly string[]>();
  /** Ids in the trace of those in the records: a function that is made here has an id as well. */
  readonly #functionIds: number[] = [];
  /** Position of each function, by its id in the trace. */
  readonly #functionPositions: number[] = [];
  #topLevelId = -1;
  #nameCharacters = 0;

  /** The step that is held back; -1 for none. */
  #step = -1;
  /** What is to happen before it, and after it. */
  #before: Action[] = [];
  #after: Action[] = [];
  /** Whether a call has ended since. */
  #hasExited = false;
  /** Whether the step has been written already, as too much came behind it. */
  #isWritten = false;
  #depth = 0;
  #program = "";
  readonly #open: OpenCall[] = [];

  readonly #places: Places;
  /** Places of the variables of each call that has any, by its depth. */
  readonly #cells: (Map<number, number | bigint> | undefined)[] = [];

  /**
   * @param writer Takes the trace; its tables stay empty, as ids are taken over.
   * @param paths Paths by id as far as they are known beforehand.
   */
  constructor(writer: TraceWriter, private readonly place: Place, paths: readonly string[] = []) {
    this.#writer = writer;
    this.#fields = new Fields(place);
    this.#encoder = new ValueEncoder(this.#buffer, this.#fields, this.#fieldNames);
    this.#places = new Places(this.#fields);
    this.tables = { paths: [...paths], functions: [], types: [], variables: [] };
  }

  /**
   * Takes all records and ends what is open.
   *
   * @param records As they come.
   * @param program What a trace without a step is about: it gets one on line 1 of this path.
   * @throws {RecorderError} `ERR_TRACE_CORRUPT` if one of them makes no sense where it stands.
   */
  run(records: Iterable<LegacyRecord>, program: string): void {
    this.#program = program;
    // Ids of paths are given by the order of their records, whether or not they are known.
    let paths = 0;
    for (const record of records) {
      this.#fields.name = record.name;
      if (record.name === "Path") {
        this.tables.paths[paths++] = this.#named(record.body);
        if (paths > MAX_PATHS) this.#fields.fail(`more than ${MAX_PATHS} paths`);
      } else this.#take(record.name, record.body);
      this.#fields.record++;
      if (
        this.#before.length + this.#after.length > MAX_HELD_BACK ||
        this.#buffer.length > MAX_HELD_BACK_BYTES
      ) this.#flushAll();
    }
    if (this.#fields.record === 0) throw corrupt(this.place, "there are no records");
    this.#flushAll();
    while (this.#open.length > 0) this.#exit({ start: 0, end: 0 });
  }

  #take(name: string, body: unknown): void {
    const fields = this.#fields;
    switch (name) {
      case "Step":
        this.#flush();
        this.#holdStep(this.#position(body));
        return;
      case "Value": {
        const nameId = fields.id(fields.get(body, "variable_id"), "variable_id");
        this.#later({ do: "value", nameId, range: this.#encoded(fields.get(body, "value")) });
        return;
      }
      case "VariableName":
      case "Variable":
        this.tables.variables.push(this.#named(body));
        return;
      case "Type":
        this.#type(body);
        return;
      case "Function":
        this.#functionIds.push(
          this.#addFunction(this.#named(fields.get(body, "name")), this.#position(body)),
        );
        return;
      case "Call":
        this.#call(body);
        return;
      case "Return":
        if (this.#depth === 0) fields.fail("no call is open");
        this.#storeCells();
        this.#depth--;
        this.#cells.length = Math.min(this.#cells.length, this.#depth + 1);
        this.#hasExited = true;
        this.#later({ do: "exit", range: this.#encoded(fields.get(body, "return_value")) });
        return;
      case "Event": {
        const kind = fields.id(fields.get(body, "kind"), "kind");
        if (kind >= EVENT_KINDS) fields.fail(`the unknown kind ${kind}`);
        const metadata = fields.text(fields.get(body, "metadata") ?? "", "metadata");
        const content = fields.text(fields.get(body, "content"), "content");
        this.#later({ do: "event", kind, metadata, content });
        return;
      }
      case "DropLastStep":
        this.#dropStep();
        return;
      case "ThreadStart":
        return this.#later({ do: "threadStart", id: this.#threadId(body) });
      case "ThreadSwitch":
        return this.#later({ do: "threadSwitch", id: this.#threadId(body) });
      case "ThreadExit":
        return this.#later({ do: "threadExit", id: this.#threadId(body) });
      case "CompoundValue":
      case "CellValue":
        return this.#places.set(fields.get(body, "place"), fields.get(body, "value"));
      case "AssignCell":
        return this.#places.set(fields.get(body, "place"), fields.get(body, "new_value"));
      case "AssignCompoundItem":
        return this.#places.setItem(
          fields.get(body, "place"),
          fields.get(body, "index"),
          fields.get(body, "item_place"),
        );
      case "VariableCell": {
        const variable = fields.id(fields.get(body, "variable_id"), "variable_id");
        const place = fields.integer(fields.get(body, "place"), "place");
        (this.#cells[this.#depth] ??= new Map()).set(variable, place);
        return;
      }
      case "DropVariable":
        this.#cells[this.#depth]?.delete(fields.id(body, "variable"));
        return;
      case "DropVariables":
        for (const variable of fields.array(body, "variables")) {
          this.#cells[this.#depth]?.delete(fields.id(variable, "variable"));
        }
        return;
      // Where values come from, and machine code: for views that this reader doesn't offer.
      case "BindVariable":
      case "Assignment":
      case "Asm":
        return;
    }
    fields.fail("a record of an unknown kind");
  }

  // -- tables

  #named(value: unknown): string {
    const name = this.#fields.text(value, "name");
    // With what an entry costs besides its characters.
    this.#nameCharacters += name.length + 16;
    if (this.#nameCharacters > MAX_NAME_CHARACTERS) {
      this.#fields.fail(`names of more than ${MAX_NAME_CHARACTERS} characters`);
    }
    return name;
  }

  #addFunction(name: string, position: number): number {
    this.#functionPositions.push(position);
    return this.tables.functions.push(name) - 1;
  }

  #type(body: unknown): void {
    const fields = this.#fields;
    const info = fields.get(body, "specific_info");
    if (typeof info === "object" && info !== null && fields.get(info, "kind") === "Struct") {
      const members = fields.array(fields.get(info, "fields"), "fields");
      const names = members.map((member) => this.#named(fields.get(member, "name")));
      this.#fieldNames.set(this.tables.types.length, names);
    }
    this.tables.types.push(this.#named(fields.get(body, "lang_type")));
  }

  /** Lines below 1 stand for "no line", which is line 0. */
  #position(body: unknown): number {
    const fields = this.#fields;
    const path = fields.id(fields.get(body, "path_id"), "path_id");
    if (path >= this.tables.paths.length) fields.fail(`path ${path} has not been announced`);
    const line = Number(fields.integer(fields.get(body, "line"), "line"));
    if (line >= LINES_PER_PATH) fields.fail(`line ${line} is out of range`);
    return path * LINES_PER_PATH + Math.max(line, 0);
  }

  // -- records that are held back

  #holdStep(position: number): void {
    if (this.#depth === 0) {
      // Steps outside of all calls; other readers of this format make a call for them, too.
      if (this.#topLevelId < 0) this.#topLevelId = this.#addFunction("<toplevel>", position);
      this.#before.push({ do: "enter", functionId: this.#topLevelId, arguments: [] });
      this.#depth++;
    }
    this.#step = position;
    this.#hasExited = false;
    this.#isWritten = false;
  }

  #later(action: Action): void {
    if (this.#isWritten && this.#before.length === 0) {
      this.#play(action);
      this.#buffer.clear();
    } else (this.#step < 0 ? this.#before : this.#after).push(action);
  }

  /** Writes all that is held back, with a step if there has been none: readers need one. */
  #flushAll(): void {
    if (this.#step < 0 && this.#writer.stepRecords === 0) {
      if (this.tables.paths.length === 0) this.tables.paths.push(this.#program);
      this.#holdStep(1);
    }
    this.#flush();
    for (const action of this.#before) this.#play(action);
    this.#before = [];
    this.#buffer.clear();
    this.#isWritten = true;
  }

  #call(body: unknown): void {
    const fields = this.#fields;
    const id = fields.id(fields.get(body, "function_id"), "function_id");
    const functionId = this.#functionIds[id] ??
      fields.fail(`function ${id} has not been announced`);
    const args = fields.array(fields.get(body, "args") ?? [], "args").map((argument) => ({
      nameId: fields.id(fields.get(argument, "variable_id"), "variable_id"),
      range: this.#encoded(fields.get(argument, "value")),
    }));
    const enter: Action = { do: "enter", functionId, arguments: args };
    // The step ahead of a call is its first one, unless it belongs to a call that has ended.
    if (this.#step >= 0 && this.#hasExited) this.#after.push(enter);
    else this.#before.push(enter);
    this.#depth++;
  }

  #dropStep(): void {
    // Of two in a row the second one is written already; nobody drops two.
    if (this.#step < 0) return;
    for (const action of this.#after) if (action.do !== "value") this.#before.push(action);
    this.#after = [];
    this.#step = -1;
  }

  /** Writes the step that is held back, with what is around it. */
  #flush(): void {
    if (this.#step < 0) return;
    this.#storeCells();
    const position = this.#step;
    const values: Action[] = [];
    for (const action of this.#before) {
      if (action.do === "enter" || action.do === "exit") this.#play(action);
      else values.push(action);
    }
    this.#writer.step(position);
    for (const action of values) this.#play(action);
    let next = 0;
    for (; next < this.#after.length; next++) {
      const action = this.#after[next]!; // holds: below the length
      // Behind it, all is about the next step.
      if (action.do === "enter") break;
      this.#play(action);
    }
    const rest = this.#after.slice(next);
    this.#step = -1;
    this.#after = [];
    this.#before = this.#moved(rest);
  }

  /** The actions with what they refer to at the buffer's start, and nothing else in it. */
  #moved(actions: readonly Action[]): Action[] {
    const buffer = this.#buffer;
    const old = actions.length === 0 ? null : buffer.bytes.slice(0, buffer.length);
    if (buffer.bytes.length > BUFFER_BYTES) buffer.release();
    else buffer.clear();
    if (old === null) return [];
    const move = (range: Range): Range => {
      const start = buffer.length;
      buffer.append(old, range.start, range.end);
      return { start, end: buffer.length };
    };
    return actions.map((action) => {
      if (action.do === "enter") {
        const moved = action.arguments.map(({ nameId, range }) => ({ nameId, range: move(range) }));
        return { ...action, arguments: moved };
      }
      return "range" in action ? { ...action, range: move(action.range) } : action;
    });
  }

  /** Variables that are known by their places have the values of the end of the step. */
  #storeCells(): void {
    const cells = this.#cells[this.#depth];
    if (cells === undefined || this.#step < 0 || this.#hasExited) return;
    for (const [nameId, place] of cells) {
      this.#after.push({ do: "value", nameId, range: this.#encoded(this.#places.at(place)) });
    }
  }

  #play(action: Action): void {
    const writer = this.#writer;
    switch (action.do) {
      case "enter":
        this.#enter(action.functionId);
        for (const { nameId, range } of action.arguments) {
          writer.argument(nameId, this.#buffer.bytes, range.start, range.end);
        }
        return;
      case "exit":
        this.#exit(action.range);
        return;
      case "value":
        writer.value(action.nameId, this.#buffer.bytes, action.range.start, action.range.end);
        return;
      case "event": {
        const content = this.#text.encode(action.content);
        writer.event(
          action.kind,
          writer.stepRecords - 1,
          action.metadata,
          content,
          0,
          content.length,
        );
        return;
      }
      default:
        // Behind the end of all calls there is nothing that could run in a thread.
        if (writer.depth > 0) writer[action.do](action.id);
    }
  }

  #enter(functionId: number): void {
    this.#open.push({ functionId, entryStep: this.#writer.stepRecords });
    this.#writer.enter(functionId);
  }

  #exit(returned: Range): void {
    const call = this.#open.pop();
    if (call === undefined) return this.#fields.fail("no call is open");
    // Every call needs a step. One that has none gets one at its function.
    if (call.entryStep === this.#writer.stepRecords) {
      this.#writer.step(this.#functionPositions[call.functionId]!); // holds: each has one
    }
    this.#writer.exit(this.#buffer.bytes, returned.start, returned.end);
  }

  #encoded(value: unknown): Range {
    const start = this.#buffer.length;
    this.#encoder.value(value);
    return { start, end: this.#buffer.length };
  }

  #threadId(body: unknown): number {
    const id = this.#fields.integer(body, "thread");
    // Ids of threads are names; what a number can't hold is wrapped.
    return typeof id === "bigint" ? Number(BigInt.asUintN(64, id) & MAX_THREAD) : Math.abs(id);
  }
}
