import type { CapnpMessage, Struct } from "./capnp_message.ts";
import { MAX_RECORD_DEPTH, MAX_RECORD_ITEMS } from "./pieces.ts";
import type { LegacyRecord } from "./record.ts";

/** By the number of the union's field. */
const NAMES: readonly string[] = [
  "Step",
  "Path",
  "VariableName",
  "Variable",
  "Type",
  "Value",
  "Function",
  "Call",
  "Return",
  "Event",
  "Asm",
  "BindVariable",
  "Assignment",
  "DropVariables",
  "CompoundValue",
  "CellValue",
  "AssignCompoundItem",
  "AssignCell",
  "VariableCell",
  "DropVariable",
  "DropLastStep",
  "ThreadStart",
  "ThreadExit",
  "ThreadSwitch",
];
/** Kinds of events by their numbers in the schema, which are others than everywhere else. */
const EVENT_KINDS = [0, 1, 3, 4, 6, 7, 8, 9, 10, 11, 12, 2, 5, 13];
/** Of the word with the value's number. */
const VALUE_KIND = 4;
/** A struct's fields are known by its type. */
const STRUCT_INFO = 1;

/**
 * The records of a Cap'n Proto message of the schema `trace.capnp`: its root has a list of them.
 * Where a field is follows from the schema: data words in order of the fields, pointers likewise,
 * and fields of a union share theirs.
 *
 * @throws {RecorderError} `ERR_TRACE_CORRUPT` if it is no such message.
 */
export function* capnpRecords(message: CapnpMessage): Generator<LegacyRecord, void, undefined> {
  const events = message.list(message.root(), 0);
  const reader = new BodyReader(message);
  for (let index = 0; index < (events?.length ?? 0); index++) {
    message.record = index;
    const event = message.element(events!, index); // holds: a list that is not there has no length
    const tag = message.u16(event, 0);
    const name = NAMES[tag] ?? message.fail(`a record of the unknown kind ${tag}`);
    yield { name, body: reader.body(name, event) };
  }
}

class BodyReader {
  #items = 0;

  constructor(private readonly message: CapnpMessage) {}

  body(name: string, event: Struct): unknown {
    this.#items = 0;
    const { message } = this;
    if (name === "VariableName" || name === "Variable") return message.text(event, 0);
    if (name === "DropVariables") {
      return this.#list(event, 0, (variable) => message.i64(variable, 0));
    }
    const content = message.struct(event, 0);
    if (content === null) return null;
    switch (name) {
      case "Path":
        return message.text(content, 0);
      case "Step":
        return { path_id: this.#id(content, 0), line: this.#id(content, 1) };
      case "Type":
        return { lang_type: message.text(content, 0), specific_info: this.#specificInfo(content) };
      case "Value":
        return this.#variable(content);
      case "Function":
        return {
          path_id: this.#id(content, 0),
          line: this.#id(content, 1),
          name: message.text(content, 2),
        };
      case "Call":
        return {
          function_id: this.#id(content, 0),
          args: this.#list(content, 1, (argument) => this.#variable(argument)),
        };
      case "Return":
        return { return_value: this.#value(message.struct(content, 0), 0) };
      case "Event": {
        const kind = message.u16(content, 0);
        return {
          kind: EVENT_KINDS[kind] ?? message.fail(`an event of the unknown kind ${kind}`),
          content: message.text(content, 0),
          metadata: message.text(content, 1),
        };
      }
      case "CompoundValue":
      case "CellValue":
        return {
          place: this.#id(content, 0),
          value: this.#value(message.struct(content, 1), 0),
        };
      case "AssignCompoundItem":
        return {
          place: this.#id(content, 0),
          index: message.i64(content, 0),
          item_place: this.#id(content, 1),
        };
      case "AssignCell":
        return {
          place: this.#id(content, 0),
          new_value: this.#value(message.struct(content, 1), 0),
        };
      case "VariableCell":
        return { variable_id: this.#id(content, 0), place: this.#id(content, 1) };
      case "DropVariable":
        return message.i64(content, 0);
      case "ThreadStart":
      case "ThreadExit":
      case "ThreadSwitch":
        return message.u64(content, 0);
    }
    return null;
  }

  /** The number in a struct that holds nothing else: an id, a line, a place. */
  #id(from: Struct, pointer: number): number | bigint {
    const holder = this.message.struct(from, pointer);
    return holder === null ? 0 : this.message.i64(holder, 0);
  }

  #list<T>(from: Struct, pointer: number, element: (struct: Struct) => T): T[] {
    const list = this.message.list(from, pointer);
    const length = list?.length ?? 0;
    if ((this.#items += length) > MAX_RECORD_ITEMS) {
      this.message.fail(`the record has more than ${MAX_RECORD_ITEMS} items`);
    }
    // holds: a list that is not there has no length
    return Array.from({ length }, (_, index) => element(this.message.element(list!, index)));
  }

  #variable(from: Struct): unknown {
    const value = this.#value(this.message.struct(from, 1), 0);
    return { variable_id: this.#id(from, 0), value };
  }

  #specificInfo(type: Struct): unknown {
    const { message } = this;
    const info = message.struct(type, 1);
    if (info === null || message.u16(info, 0) !== STRUCT_INFO) return null;
    const fields = this.#list(info, 0, (field) => ({ name: message.text(field, 0) }));
    return { kind: "Struct", fields };
  }

  /**
   * Data: word 0 is the number or bit 0 the flag, word 1 the kind, word 2 an address. Pointers: what
   * the value holds, and behind it the type.
   */
  #value(from: Struct | null, depth: number): unknown {
    const { message } = this;
    if (from === null) return { kind: "Int", i: 0, type_id: 0 };
    if (depth > MAX_RECORD_DEPTH) message.fail(`nested deeper than ${MAX_RECORD_DEPTH}`);
    const inner = (element: Struct) => this.#value(element, depth + 1);
    switch (message.u16(from, VALUE_KIND)) {
      case 0:
        return { kind: "Int", i: message.i64(from, 0), type_id: this.#id(from, 0) };
      case 1:
        return { kind: "Float", f: message.f64(from, 0), type_id: this.#id(from, 0) };
      case 2:
        return { kind: "Bool", b: message.bit(from, 0), type_id: this.#id(from, 0) };
      case 3:
        return { kind: "String", text: message.text(from, 0), type_id: this.#id(from, 1) };
      case 4:
        return {
          kind: "Sequence",
          elements: this.#list(from, 0, inner),
          is_slice: message.bit(from, 0),
          type_id: this.#id(from, 1),
        };
      case 5:
        return { kind: "Tuple", elements: this.#list(from, 0, inner), type_id: this.#id(from, 1) };
      case 6:
        return {
          kind: "Struct",
          field_values: this.#list(from, 0, inner),
          type_id: this.#id(from, 1),
        };
      case 7:
        return {
          kind: "Variant",
          discriminator: message.text(from, 0),
          contents: this.#value(message.struct(from, 1), depth + 1),
          type_id: this.#id(from, 2),
        };
      case 8:
        return {
          kind: "Reference",
          dereferenced: this.#value(message.struct(from, 0), depth + 1),
          address: message.u64(from, 2),
          mutable: message.bit(from, 0),
          type_id: this.#id(from, 1),
        };
      case 9:
        return { kind: "Raw", r: message.text(from, 0), type_id: this.#id(from, 1) };
      case 10:
        return { kind: "Error", msg: message.text(from, 0), type_id: this.#id(from, 1) };
      case 11:
        return { kind: "None", type_id: this.#id(from, 0) };
      case 12:
        return { kind: "Cell", place: this.#id(from, 0) };
      case 13:
        return {
          kind: "BigInt",
          b: message.bytes(from, 0),
          negative: message.bit(from, 0),
          type_id: this.#id(from, 1),
        };
    }
    return message.fail("a value of an unknown kind");
  }
}
