import { Buffer } from "node:buffer";
import { renderValue } from "../reader/render.ts";
import { typeNameOf } from "../reader/names.ts";
import type { TraceReader } from "../reader/open_trace.ts";
import type { TraceValue } from "../reader/values.ts";
import { holdsCutValue } from "./cut_values.ts";
import { withoutAddresses } from "./fold.ts";
import type { SharedIds } from "./shared_ids.ts";

/** Types whose elements have no order. */
const SETS = new Set(["set", "Set", "frozenset"]);
/** What the system calls a thread: attributes of objects that are one. */
const THREAD_NUMBERS = new Set(["_ident", "_native_id", "ident", "native_id"]);
/** Variables whose latest verdict is kept, and the longest value that is. */
const KEPT_VERDICTS = 4096;
const KEPT_BYTES = 64 << 10;

/** How a value becomes text. */
interface CanonicalOptions {
  /** Whether an attribute of that name is left out; none is by default. */
  readonly ignores?: (name: string) => boolean;
  /** What becomes of each text in it; by default, addresses in it are `0x…`. */
  readonly fold?: (text: string) => string;
}

/**
 * A value as text in which nothing is left that differs from run to run by nature: texts are folded, and then the
 * elements of sets put in order.
 */
export function canonicalText(
  trace: TraceReader,
  value: TraceValue,
  { ignores = () => false, fold = withoutAddresses }: CanonicalOptions = {},
): string {
  const typeName = (id: number) => typeNameOf(trace, id);
  return renderValue(canonical(value, typeName, ignores, fold), { typeName });
}

function canonical(
  value: TraceValue,
  typeName: (id: number) => string,
  ignores: (name: string) => boolean,
  fold: (text: string) => string,
): TraceValue {
  const one = (inner: TraceValue) => canonical(inner, typeName, ignores, fold);
  const all = (values: readonly TraceValue[]) => values.map(one);
  const sorted = (values: readonly TraceValue[]) =>
    all(values).map((each) => [renderValue(each, { typeName }), each] as const)
      .sort(([textOne], [textOther]) => textOne < textOther ? -1 : textOne > textOther ? 1 : 0)
      .map(([, each]) => each);
  switch (value.kind) {
    case "Sequence": {
      const { elements } = value;
      const elementsInOrder = SETS.has(typeName(value.typeId)) ? sorted(elements) : all(elements);
      return { ...value, elements: elementsInOrder };
    }
    case "Set":
      return { ...value, members: sorted(value.members) };
    case "Tuple":
      return { ...value, elements: all(value.elements) };
    case "Struct": {
      const { fieldNames, fieldValues } = value;
      if (fieldNames === null) return { ...value, fieldValues: all(fieldValues) };
      const ofThread = isThread(typeName(value.typeId), fieldNames);
      const isKept = (_: unknown, index: number) => {
        const name = fieldNames[index] ?? "";
        return !ignores(name) && !(ofThread && THREAD_NUMBERS.has(name));
      };
      return {
        ...value,
        fieldNames: fieldNames.filter(isKept),
        fieldValues: all(fieldValues.filter(isKept)),
      };
    }
    case "Variant":
      return { ...value, contents: one(value.contents) };
    case "Reference":
      return { ...value, dereferenced: one(value.dereferenced) };
    case "String":
      return { ...value, text: fold(value.text) };
    case "Raw":
      return { ...value, r: fold(value.r) };
    case "Error":
      return { ...value, msg: fold(value.msg) };
    default:
      return value;
  }
}

/** Whether an object is a thread, by its type's name, or as only `threading.Thread` gives it that attribute. */
function isThread(type: string, fieldNames: readonly string[]): boolean {
  return type.endsWith("Thread") || fieldNames.includes("_daemonic");
}

/** A variable that is not the same in both; null where it isn't there. */
export interface DifferentVariable {
  readonly name: string;
  readonly a: TraceValue | null;
  readonly b: TraceValue | null;
}

/** One side of a comparison. */
export interface Side {
  readonly trace: TraceReader;
  /** Text as it is to be compared: what differs between the two runs, and machines, is made the same. */
  readonly fold: (text: string) => string;
}

/** The latest values of a variable that were looked at closely. */
interface Verdict {
  readonly a: Uint8Array;
  readonly b: Uint8Array;
  readonly same: boolean;
}

const NONE: readonly DifferentVariable[] = [];

/**
 * Compares the values of two traces. Where the tables of both agree, equal bytes are equal values, and nothing is
 * decoded; and most values that differ are those of the step before.
 */
export class ValueComparison {
  readonly #a: Side;
  readonly #b: Side;
  readonly #variables: SharedIds;
  readonly #typesAgree: boolean;
  readonly #ignores: (name: string) => boolean;
  readonly #ignored: readonly boolean[];
  /** For these steps of both, {@link #togetherSame} says whether all values are the same. */
  #from = 0;
  #to = 0;
  #togetherSame = false;
  readonly #verdicts = new Map<number, Verdict>();
  #wasCut = false;
  /** In these steps of the first trace there is no value that was cut. */
  #lookedFrom = 0;
  #lookedTo = 0;

  /** @param ignores Whether a variable, or an attribute, of that name is passed over. */
  constructor(
    a: Side,
    b: Side,
    ids: { readonly variables: SharedIds; readonly types: SharedIds },
    ignores: (name: string) => boolean,
  ) {
    this.#a = a;
    this.#b = b;
    this.#variables = ids.variables;
    this.#typesAgree = ids.types.agree;
    this.#ignores = ignores;
    this.#ignored = ids.variables.names.map(ignores);
  }

  /** Whether some of the values that were compared were recorded in part only. */
  get wereCut(): boolean {
    return this.#wasCut;
  }

  /** Which variables differ at a step of each, in the order of the first one's record. */
  differences(stepA: number, stepB: number): readonly DifferentVariable[] {
    const [a, b] = [this.#a.trace, this.#b.trace];
    if (!this.#wasCut) this.#lookForCut(stepA);
    if (this.#typesAgree && this.#variables.agree) {
      // Most often both have as many steps, and what is stored together is the same as a whole.
      if (stepA === stepB && this.#sameTogether(stepA)) return NONE;
      if (sameBytes(a.storedValues(stepA), b.storedValues(stepB))) return NONE;
    }
    const others = new Map<number, Uint8Array>();
    for (const { nameId, bytes } of b.encodedValues(stepB)) {
      const number = this.#variables.b[nameId];
      // Some recorders store a name twice; readers take the first.
      if (number !== undefined && !others.has(number)) others.set(number, bytes);
    }
    const different: DifferentVariable[] = [];
    const add = (number: number, one: Uint8Array | null, other: Uint8Array | null) => {
      different.push({
        name: this.#variables.names[number] ?? "",
        a: one === null ? null : a.decodeValue(stepA, one),
        b: other === null ? null : b.decodeValue(stepB, other),
      });
    };
    const seen = new Set<number>();
    for (const { nameId, bytes } of a.encodedValues(stepA)) {
      const number = this.#variables.a[nameId];
      if (number === undefined || seen.has(number)) continue;
      seen.add(number);
      if (this.#ignored[number]) continue;
      const other = others.get(number);
      if (other === undefined) add(number, bytes, null);
      else if (!this.#same(number, bytes, other)) add(number, bytes, other);
    }
    for (const [number, bytes] of others) {
      if (!seen.has(number) && !this.#ignored[number]) add(number, null, bytes);
    }
    return different;
  }

  /** Whether two encoded values are the same; null stands for none. */
  same(a: Uint8Array | null, b: Uint8Array | null): boolean {
    if (a === null || b === null) return a === b;
    this.#wasCut ||= holdsCutValue(a);
    return (this.#typesAgree && sameBytes(a, b)) || this.#sameText(a, b);
  }

  /** A value of the first trace, as it is compared. */
  textA(value: TraceValue): string {
    return canonicalText(this.#a.trace, value, { ignores: this.#ignores, fold: this.#a.fold });
  }

  /** A value of the second. */
  textB(value: TraceValue): string {
    return canonicalText(this.#b.trace, value, { ignores: this.#ignores, fold: this.#b.fold });
  }

  /** Other text of the first trace, such as a message, as it is compared. */
  foldedA(text: string): string {
    return this.#a.fold(text);
  }

  /** The same of the second. */
  foldedB(text: string): string {
    return this.#b.fold(text);
  }

  #lookForCut(step: number): void {
    if (step >= this.#lookedFrom && step < this.#lookedTo) return;
    const { from, to, bytes } = this.#a.trace.storedValuesAround(step);
    this.#lookedFrom = from;
    this.#lookedTo = to;
    this.#wasCut = holdsCutValue(bytes);
  }

  #sameTogether(step: number): boolean {
    if (step >= this.#from && step < this.#to) return this.#togetherSame;
    const [a, b] = [this.#a.trace.storedValuesAround(step), this.#b.trace.storedValuesAround(step)];
    this.#from = Math.max(a.from, b.from);
    this.#to = Math.min(a.to, b.to);
    return this.#togetherSame = a.from === b.from && a.to === b.to &&
      Buffer.compare(a.bytes, b.bytes) === 0;
  }

  #same(number: number, a: Uint8Array, b: Uint8Array): boolean {
    if (this.#typesAgree && sameBytes(a, b)) return true;
    const known = this.#verdicts.get(number);
    if (known !== undefined && sameBytes(known.a, a) && sameBytes(known.b, b)) return known.same;
    const same = this.#sameText(a, b);
    if (a.length + b.length <= KEPT_BYTES) {
      if (this.#verdicts.size >= KEPT_VERDICTS) this.#verdicts.clear();
      this.#verdicts.set(number, { a: a.slice(), b: b.slice(), same });
    }
    return same;
  }

  #sameText(a: Uint8Array, b: Uint8Array): boolean {
    return this.textA(this.#a.trace.decodeValue(0, a)) ===
      this.textB(this.#b.trace.decodeValue(0, b));
  }
}

/** Whether both hold the same bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
