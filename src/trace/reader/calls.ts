import type { ContainerReader } from "../ctfs/container_reader.ts";
import { BigCalls } from "./_big_calls.ts";
import type { Place } from "./_corrupt.ts";
import { firstNotBelow } from "./_search.ts";
import { RecordStreamReader } from "./chunked_stream_reader.ts";
import { Cursor } from "./_cursor.ts";
import { decodeValue, type EncodedVariable, readEncoded, type TraceValue } from "./values.ts";

/**
 * A call. What may be large (arguments, result, children) is decoded when it is asked for; until the
 * object is dropped it holds on to the chunk it came from, some ten kilobytes as a rule.
 */
export interface TraceCall {
  /** From 0, in order of entry. */
  readonly key: number;
  /** Index into the trace's functions. */
  readonly functionId: number;
  /** Key of the caller; -1 for a root. */
  readonly parentKey: number;
  /** Index of the first step record inside the call. */
  readonly entryStep: number;
  /** Index of the last one, inclusive. */
  readonly exitStep: number;
  /** 0 for a root. */
  readonly depth: number;
  /** The arguments; their names are in the trace's variables. */
  readonly arguments: readonly CallArgument[];
  /** Null when the call returned nothing (it ended by an exception, or the recorder did not say). */
  readonly returnValue: TraceValue | null;
  /** Null unless the call was left by an exception. */
  readonly exception: TraceValue | null;
  /** Number of calls made from this one. */
  readonly childCount: number;
  /** Their keys, ascending; decoded anew each time, because there may be millions. */
  children(): Generator<number, void, undefined>;
}

/** An argument as a call's record has it. */
export interface CallArgument {
  /** Index into the trace's variables. */
  readonly nameId: number;
  readonly value: TraceValue;
}

/** The part of a call that finding one's way needs. */
export interface CallSpan {
  readonly key: number;
  readonly functionId: number;
  readonly parentKey: number;
  readonly entryStep: number;
  readonly exitStep: number;
  readonly depth: number;
}

/** How a call ended, as stored. */
export interface EncodedResult {
  /** What it returned; null for nothing. */
  readonly returned: Uint8Array | null;
  /** The exception that it was left by; null for none. */
  readonly exception: Uint8Array | null;
}

/** Random access to `calls.dat`. */
export class CallReader {
  readonly #stream: RecordStreamReader;
  readonly #big: BigCalls;
  readonly #place: Place;

  /** Errors as for {@link RecordStreamReader}. */
  constructor(container: ContainerReader) {
    this.#stream = new RecordStreamReader(container, "calls");
    this.#place = container.place("calls.dat");
    this.#big = new BigCalls(this.#stream.stream, this.#place, skipHead);
  }

  /** Number of calls. */
  get count(): number {
    return this.#stream.count;
  }

  /** A call, which must exist. */
  call(key: number): TraceCall {
    if (this.#big.has(key)) {
      const head = this.#big.head(key);
      const cursor = new Cursor(head.bytes, this.#place, key);
      const children = () => this.#big.children(key, head);
      return new LazyCall(readSpan(cursor, key), cursor, this.#place, children);
    }
    const cursor = this.#stream.record(key);
    return new LazyCall(readSpan(cursor, key), cursor, this.#place);
  }

  /** Where a call is, without the rest; the call must exist. */
  span(key: number): CallSpan {
    return readSpan(this.#record(key), key);
  }

  /** A cursor on a call's record, or on as much of it as comes before its children. */
  #record(key: number): Cursor {
    return this.#big.has(key)
      ? new Cursor(this.#big.head(key).bytes, this.#place, key)
      : this.#stream.record(key);
  }

  /** A call's arguments, encoded; the call must exist. */
  encodedArguments(key: number): EncodedVariable[] {
    const cursor = this.#record(key);
    readSpan(cursor, key);
    return readEncoded(cursor, cursor.count());
  }

  /** How a call ended, encoded; the call must exist. */
  encodedResult(key: number): EncodedResult {
    const cursor = this.#stream.record(key);
    readSpan(cursor, key);
    for (let count = cursor.count(); count > 0; count--) {
      cursor.varint();
      cursor.sized();
    }
    const returned = cursor.sized();
    const exception = cursor.sized();
    return {
      returned: isNothing(returned) ? null : returned,
      exception: exception.length === 0 ? null : exception,
    };
  }

  /** Key of the first call that is entered at this step or later; the number of calls if none is. */
  firstEnteredFrom(step: number): number {
    return firstNotBelow(this.count, step, (key) => this.span(key).entryStep);
  }

  /** Key of the innermost call that a step belongs to, or -1. */
  keyAt(step: number): number {
    // Calls are in order of entry: the last one entered is the innermost, or has been left again,
    // and then one of its callers is.
    let key = this.firstEnteredFrom(step + 1) - 1;
    while (key >= 0) {
      const span = this.span(key);
      if (span.exitStep >= step) return key;
      key = span.parentKey;
    }
    return -1;
  }
}

/**
 * A call's record begins: varint function, signed parent, varints entry step, exit step and depth.
 */
function readSpan(cursor: Cursor, key: number): CallSpan {
  const functionId = cursor.varint();
  const parentKey = cursor.signed();
  // What keeps every climb to the root finite.
  if (parentKey < -1 || parentKey >= key) cursor.fail(`parent ${parentKey} is no earlier call`);
  const entryStep = cursor.varint();
  const exitStep = cursor.varint();
  return { key, functionId, parentKey, entryStep, exitStep, depth: cursor.varint() };
}

/** Passes over all that comes before the keys of the children. */
function skipHead(cursor: Cursor): void {
  // Function, parent, entry step, exit step, depth.
  for (let number = 0; number < 5; number++) cursor.varint();
  for (let left = cursor.count(); left > 0; left--) {
    cursor.varint();
    cursor.skip(cursor.varint());
  }
  cursor.skip(cursor.varint());
  cursor.skip(cursor.varint());
  cursor.varint();
}

/** A return value of this one byte stands for none. */
const NOTHING = 0xff;

function isNothing(returned: Uint8Array): boolean {
  return returned.length === 1 && returned[0] === NOTHING;
}

/** What follows the span, found once and decoded when needed. */
interface CallParts {
  readonly arguments: readonly CallArgument[];
  readonly returned: Uint8Array;
  readonly exception: Uint8Array;
  readonly childCount: number;
  /** Where the keys of the children start. */
  readonly childrenAt: number;
}

class LazyCall implements TraceCall {
  readonly key: number;
  readonly functionId: number;
  readonly parentKey: number;
  readonly entryStep: number;
  readonly exitStep: number;
  readonly depth: number;
  readonly #cursor: Cursor;
  readonly #place: Place;
  #parts: CallParts | undefined;

  readonly #children: (() => Generator<number, void, undefined>) | undefined;

  /**
   * @param cursor Stands behind the span.
   * @param children Reads the children, where they are not in the cursor's bytes.
   */
  constructor(
    span: CallSpan,
    cursor: Cursor,
    place: Place,
    children?: () => Generator<number, void, undefined>,
  ) {
    this.#children = children;
    this.key = span.key;
    this.functionId = span.functionId;
    this.parentKey = span.parentKey;
    this.entryStep = span.entryStep;
    this.exitStep = span.exitStep;
    this.depth = span.depth;
    this.#cursor = cursor;
    this.#place = place;
  }

  get arguments(): readonly CallArgument[] {
    return this.#read().arguments;
  }

  get returnValue(): TraceValue | null {
    const { returned } = this.#read();
    if (isNothing(returned)) return null;
    return decodeValue(returned, this.#place, this.key);
  }

  get exception(): TraceValue | null {
    const { exception } = this.#read();
    return exception.length === 0 ? null : decodeValue(exception, this.#place, this.key);
  }

  get childCount(): number {
    return this.#read().childCount;
  }

  *children(): Generator<number, void, undefined> {
    if (this.#children !== undefined) return yield* this.#children();
    const { childCount, childrenAt } = this.#read();
    const cursor = this.#cursor;
    let at = childrenAt;
    for (let index = 0; index < childCount; index++) {
      // The cursor is shared: whoever reads between two children may have moved it.
      cursor.pos = at;
      const child = cursor.varint();
      at = cursor.pos;
      yield child;
    }
    cursor.pos = at;
    cursor.finish();
  }

  #read(): CallParts {
    if (this.#parts === undefined) {
      const cursor = this.#cursor;
      const encoded = readEncoded(cursor, cursor.count());
      const returned = cursor.sized();
      const exception = cursor.sized();
      const childCount = this.#children === undefined ? cursor.count() : cursor.varint();
      this.#parts = {
        arguments: encoded.map(({ nameId, bytes }) => ({
          nameId,
          value: decodeValue(bytes, this.#place, this.key),
        })),
        returned,
        exception,
        childCount,
        childrenAt: cursor.pos,
      };
    }
    return this.#parts;
  }
}
