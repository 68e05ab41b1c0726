import { checkArgument, checkOptions, isObject, type Wanted } from "../../errors/arguments.ts";
import type { TraceValue } from "./values.ts";

/** How a value is written out. */
export interface RenderOptions {
  /** Name of a type by its id; only needed to tell sets, dicts and objects apart. */
  readonly typeName: (typeId: number) => string;
  /** Characters after which the rest is left out, with "…" in its place; unlimited by default. */
  readonly maxLength?: number;
}

/** How sequences of a type are written; names are Python's and the released Python recorder's. */
const SEQUENCES: Readonly<Record<string, readonly [open: string, close: string]>> = {
  list: ["[", "]"],
  set: ["{", "}"],
  Set: ["{", "}"],
  frozenset: ["frozenset({", "})"],
  dict: ["{", "}"],
  Dict: ["{", "}"],
  List: ["[", "]"],
};
const EMPTY: Readonly<Record<string, string>> = {
  set: "set()",
  Set: "set()",
  frozenset: "frozenset()",
};
/** Mappings whose entries are stored as pairs; others show as the list of pairs that they are. */
const MAPPINGS = new Set(["dict", "Dict"]);
/** Types that need no name in front: their brackets say it, or (for `Tuple`) their recorder means any. */
const PLAIN = new Set(["list", "List", "tuple", "Tuple", "Array", "slice", "<none>"]);

/**
 * A value as Python would show it: `5`, `1.5`, `'text'`, `[1, 2]`, `{1, 2}`, `(1,)`, `{'a': 1}`,
 * `Point(x=1, y=2)`. The text is one line of printable characters, whatever the trace holds: control
 * characters are escaped, so that showing a value can't drive a terminal.
 *
 * @param value As read from a trace.
 * @param options Type names and the limit.
 * @throws {UsageError} ERR_USAGE: it is no value, or these are no options.
 */
export function renderValue(value: TraceValue, options: RenderOptions): string {
  // For callers without a type checker; the checks proper are too slow for each of many values.
  if (typeof value?.kind !== "string" || typeof options?.typeName !== "function") {
    refuse(value, options);
  }
  const renderer = new Renderer(options);
  renderer.value(value);
  return renderer.finish();
}

const VALUE: Wanted = {
  is: (value) => isObject(value) && typeof value.kind === "string",
  words: "a value as a trace has it",
};
const OPTIONS: Readonly<Record<keyof RenderOptions, Wanted>> = {
  typeName: {
    is: (value) => typeof value === "function",
    words: "a function, such as (id) => trace.typeName(id)",
  },
  maxLength: { is: (value) => typeof value === "number", words: "a number" },
};

function refuse(value: unknown, options: unknown): void {
  const failed = "Cannot render a value";
  checkArgument(failed, "value", value, VALUE);
  checkOptions(failed, options, OPTIONS, ["typeName"]);
}

/**
 * Text with everything but printable characters escaped: `\n`, `\x1b`, `\u202e`. Backslashes stay.
 */
export function printable(text: string): string {
  // Other, Zl and Zp are what moves the cursor, hides or reorders text.
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeCharacter);
}

function escapeCharacter(character: string): string {
  switch (character) {
    case "\n":
      return "\\n";
    case "\r":
      return "\\r";
    case "\t":
      return "\\t";
  }
  const code = character.codePointAt(0)!; // holds: a character is not empty
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}

class Renderer {
  readonly #typeName: (typeId: number) => string;
  readonly #max: number;
  #text = "";

  constructor(options: RenderOptions) {
    this.#typeName = options.typeName;
    this.#max = options.maxLength ?? Infinity;
  }

  finish(): string {
    if (this.#text.length <= this.#max) return this.#text;
    // Not in the middle of a surrogate pair.
    return this.#text.slice(0, Math.max(0, this.#max - 1)).toWellFormed().replace(/\ufffd$/, "") +
      "…";
  }

  value(value: TraceValue): void {
    switch (value.kind) {
      case "Int":
        return this.#put(String(value.i));
      case "Float":
        return this.#put(pythonFloat(value.f));
      case "Bool":
        return this.#put(value.b ? "True" : "False");
      case "String":
        return this.#quoted(value.text);
      case "Char":
        return this.#quoted(value.c);
      case "None":
        return this.#put("None");
      case "BigInt":
        return this.#put(String(value.value));
      case "Raw":
        return this.#escaped(value.r);
      case "Error":
        return this.#escaped(`<error: ${value.msg}>`);
      case "Sequence":
        return this.#sequence(value.elements, this.#typeName(value.typeId));
      case "Set":
        return this.#sequence(value.members, "set");
      case "Tuple":
        return this.#tuple(value.elements, this.#typeName(value.typeId));
      case "Struct":
        return this.#struct(value.fieldValues, value.fieldNames, this.#typeName(value.typeId));
      case "Variant":
        this.#escaped(value.discriminator);
        this.#put("(");
        this.value(value.contents);
        return this.#put(")");
      case "Reference":
        return this.value(value.dereferenced);
      case "Enum":
        return this.#escaped(value.name);
      case "Cell":
        return this.#put(`<cell ${value.place}>`);
      case "ValueRef":
        return this.#put(`<value ${value.refId}>`);
    }
  }

  /** Whether more is worth adding. */
  get #full(): boolean {
    return this.#text.length > this.#max;
  }

  #put(text: string): void {
    if (!this.#full) this.#text += text;
  }

  #escaped(text: string): void {
    this.#put(printable(this.#cut(text)));
  }

  /** As Python does: double quotes when that saves escapes. */
  #quoted(text: string): void {
    const shown = this.#cut(text);
    const quote = shown.includes("'") && !shown.includes('"') ? '"' : "'";
    const inner = printable(shown.replaceAll("\\", "\\\\")).replaceAll(quote, `\\${quote}`);
    this.#put(quote + inner + quote);
  }

  /** Saves escaping megabytes of which nothing will be shown. */
  #cut(text: string): string {
    const room = this.#max - this.#text.length + 1;
    return text.length > room ? text.slice(0, Math.max(0, room)) : text;
  }

  #list(items: readonly TraceValue[], item: (value: TraceValue) => void): void {
    for (const [index, value] of items.entries()) {
      if (this.#full) return;
      if (index > 0) this.#put(", ");
      item(value);
    }
  }

  #sequence(elements: readonly TraceValue[], type: string): void {
    const empty = Object.hasOwn(EMPTY, type) ? EMPTY[type] : undefined;
    if (elements.length === 0 && empty !== undefined) return this.#put(empty);
    const isMapping = MAPPINGS.has(type) || (type !== "list" && looksLikeMapping(elements, type));
    const known = Object.hasOwn(SEQUENCES, type) ? SEQUENCES[type] : undefined;
    const [open, close] = known ?? this.#named(type, isMapping);
    this.#put(open);
    this.#list(elements, (element) => isMapping ? this.#entry(element) : this.value(element));
    this.#put(close);
  }

  /** `deque([1, 2])`, `defaultdict({'a': 1})`. */
  #named(type: string, isMapping: boolean): readonly [string, string] {
    const [open, close] = isMapping ? ["{", "}"] : ["[", "]"];
    return PLAIN.has(type) ? [open, close] : [`${printable(type)}(${open}`, `${close})`];
  }

  #entry(element: TraceValue): void {
    // A marker for entries that were left out is no pair.
    const [key, value, ...more] = element.kind === "Tuple" ? element.elements : [];
    if (key === undefined || value === undefined || more.length > 0) return this.value(element);
    this.value(key);
    this.#put(": ");
    this.value(value);
  }

  #tuple(elements: readonly TraceValue[], type: string): void {
    const isNamed = !PLAIN.has(type);
    if (isNamed) this.#escaped(type);
    this.#put("(");
    this.#list(elements, (element) => this.value(element));
    this.#put(elements.length === 1 && !isNamed ? ",)" : ")");
  }

  #struct(values: readonly TraceValue[], names: readonly string[] | null, type: string): void {
    this.#escaped(type);
    this.#put("(");
    // Exceptions are stored as their arguments first, then what else was set on them.
    const first = values[0];
    const args = isException(type) && names?.[0] === "args" && first?.kind === "Tuple"
      ? first.elements
      : [];
    const from = isException(type) && names?.[0] === "args" && first?.kind === "Tuple" ? 1 : 0;
    this.#list(args, (value) => this.value(value));
    for (let index = from; index < values.length && !this.#full; index++) {
      if (index > from || args.length > 0) this.#put(", ");
      const name = names?.[index];
      // "…" is the name of a marker that says how many attributes were left out.
      if (name !== undefined && name !== "…") {
        this.#escaped(name);
        this.#put("=");
      }
      this.value(values[index]!); // holds: index < values.length
    }
    this.#put(")");
  }
}

function isException(type: string): boolean {
  return /(Error|Exception|Warning|Interrupt|Exit|Iteration|Group)$/.test(type);
}

/** `defaultdict`, `OrderedDict`, `Counter`, `mappingproxy` and the like. */
function looksLikeMapping(elements: readonly TraceValue[], type: string): boolean {
  return /dict|Dict|Counter|[mM]ap/.test(type) &&
    elements.every((item, index) =>
      (item.kind === "Tuple" && item.elements.length === 2) ||
      (item.kind === "Raw" && index === elements.length - 1)
    );
}

/** A float as Python's `repr` has it. */
function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  // Both print the shortest digits that round trip, but switch to exponents at other sizes.
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
