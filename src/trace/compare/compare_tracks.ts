import { functionNameOf, typeNameOf } from "../reader/names.ts";
import type { TraceStep } from "../reader/steps.ts";
import { closeUp } from "./close_up.ts";
import type { SharedIds } from "./shared_ids.ts";
import type { LeftCall, Track } from "./track.ts";
import type { ValueComparison } from "./values.ts";

/** Where a step is. */
export interface Spot {
  /** Index of the step record. */
  readonly step: number;
  readonly pathId: number;
  /** From 1. */
  readonly line: number;
  /** Name of the function; empty outside of all calls. */
  readonly functionName: string;
  /** What was raised or caught there, if it is no line: `raise ValueError: text`. */
  readonly event: string | null;
}

/** What a value is of. */
export type ValueOf = "variable" | "result" | "exception";

/** A value that is not the same in both, when that was first seen. */
export interface ValueDifference {
  readonly of: ValueOf;
  /** The variable; the function, for what that returned or was left by; the type, for a raised exception. */
  readonly name: string;
  /** In which function it was seen. */
  readonly functionName: string;
  /** Null where there is none: the variable isn't set, the call returned nothing. */
  readonly valueA: string | null;
  readonly valueB: string | null;
  readonly a: Spot;
  readonly b: Spot;
  /** The step of the same call before, at which it became different; null when it was so from the call's start. */
  readonly setA: Spot | null;
  readonly setB: Spot | null;
  /** The step of the caller from which that call was made, where it was so from the start; else null. */
  readonly calledA: Spot | null;
  /** At how many steps it was seen, up to where the paths part for good. */
  count: number;
}

/** A call that both are in. */
export interface SharedFrame {
  readonly functionName: string;
  readonly keyA: number;
  readonly keyB: number;
  /** The latest step of its own in each; null before the first. */
  readonly a: Spot | null;
  readonly b: Spot | null;
}

/** Where two tracks take different ways. */
export interface Parting {
  /** Steps that were the same until then, since the start or since the parting before. */
  readonly equalSteps: number;
  /** The last step that both have; null at the very start. */
  readonly lastA: Spot | null;
  readonly lastB: Spot | null;
  /** The first that differs; null where the thread has ended. */
  readonly a: Spot | null;
  readonly b: Spot | null;
  /** The step at which it was decided: the last one of the innermost call that not both have left; null at the start. */
  readonly decidedA: Spot | null;
  readonly decidedB: Spot | null;
  /** The calls that were open in both, the outermost first. */
  readonly stack: readonly SharedFrame[];
  /** How many of {@link TrackComparison.values} were known by then. */
  readonly knownValues: number;
}

/** What a comparison of two tracks has found. */
export interface TrackComparison {
  /** Steps at which both did the same. */
  equalSteps: number;
  /** In order; only the first ones, see {@link partingCount}. */
  readonly partings: Parting[];
  partingCount: number;
  /** In order of appearance; only the first ones. */
  readonly values: ValueDifference[];
  /** Steps of the first track at which some value differed. */
  differentSteps: number;
}

/** Numbers that mean the same in both traces. */
export interface SharedTables {
  readonly paths: SharedIds;
  readonly functions: SharedIds;
  readonly types: SharedIds;
  readonly variables: SharedIds;
}

/** Which of the traces hold only the beginning of what their programs did. */
export interface PartialSides {
  readonly a: boolean;
  readonly b: boolean;
}

const MOST_PARTINGS = 100;
const MOST_VALUES = 1000;
/** Characters of a value that are kept. */
const LONGEST_VALUE = 300;
const ROOT = "<toplevel>";
/** Steps of one call that are looked at for where both go on together: first a few, at last so many. */
const FIRST_AHEAD = 8;
const MOST_AHEAD = 200;
/** Steps on the way there, calls from there included; and all that is spent on it in one comparison. */
const MOST_WALKED = 20_000;
const MOST_LOOKED_AHEAD = 4_000_000;

/**
 * Follows two tracks side by side: which steps are the same, which values differ there, and where the ways part. After
 * a parting it goes on where both have left the innermost call that they had in common, as long as there is one. Where
 * a partial track ends, nothing more is compared.
 */
export function compareTracks(
  a: Track,
  b: Track,
  tables: SharedTables,
  values: ValueComparison,
  partial: PartialSides,
): TrackComparison {
  return new Comparison(a, b, tables, values, partial).run();
}

class Comparison {
  readonly #result: TrackComparison = {
    equalSteps: 0,
    partings: [],
    partingCount: 0,
    values: [],
    differentSteps: 0,
  };
  readonly #known = new Map<string, ValueDifference>();
  #lastA: TraceStep | null = null;
  #lastB: TraceStep | null = null;
  #lastFunctionA = -1;
  #lastFunctionB = -1;
  #equal = 0;
  #lookedAhead = 0;

  constructor(
    readonly a: Track,
    readonly b: Track,
    readonly tables: SharedTables,
    readonly values: ValueComparison,
    readonly partial: PartialSides,
  ) {}

  run(): TrackComparison {
    const { a, b, partial } = this;
    let [goesOnA, goesOnB] = [a.next(), b.next()];
    while (goesOnA || goesOnB) {
      if ((!goesOnA && partial.a) || (!goesOnB && partial.b)) {
        // What the other one did from here on counts as run all the same.
        while (goesOnA) goesOnA = a.next();
        while (goesOnB) goesOnB = b.next();
        break;
      }
      this.#compareResults();
      if (goesOnA && goesOnB && this.#samePlace()) {
        this.#result.equalSteps++;
        this.#equal++;
        this.#compareValues();
        this.#lastA = a.step;
        this.#lastB = b.step;
        this.#lastFunctionA = functionId(a);
        this.#lastFunctionB = functionId(b);
        [goesOnA, goesOnB] = [a.next(), b.next()];
        continue;
      }
      const common = Math.min(a.lowest, b.lowest);
      this.#part(common);
      this.#equal = 0;
      const again = this.#whereBothGoOn(common);
      if (again !== null) {
        goesOnA = goTo(a, again.a);
        goesOnB = goTo(b, again.b);
        continue;
      }
      // The innermost call that both are in ends in both; what is around it goes on.
      while (goesOnA && a.lowest >= common) goesOnA = a.next();
      while (goesOnB && b.lowest >= common) goesOnB = b.next();
    }
    return this.#result;
  }

  #samePlace(): boolean {
    const { a, b, tables } = this;
    const [stepA, stepB] = [a.step, b.step];
    if (stepA === null || stepB === null) return false;
    if (stepA.kind !== stepB.kind || a.frames.length !== b.frames.length) return false;
    if (a.lowest !== b.lowest) return false;
    if (shared(tables.functions.a, functionId(a)) !== shared(tables.functions.b, functionId(b))) {
      return false;
    }
    if (stepA.kind === "raise" || stepA.kind === "catch") {
      return shared(tables.types.a, stepA.exceptionTypeId) ===
        shared(tables.types.b, stepB.exceptionTypeId);
    }
    return samePosition(stepA, stepB, tables);
  }

  #compareValues(): void {
    const { a, b } = this;
    // holds: both are at a step, or their places would not be the same.
    const [stepA, stepB] = [a.step!, b.step!];
    let isDifferent = false;
    // Where something else ran between a step and what it raised, that record has no values.
    const differences = stepA.kind === "line" || this.#haveValues(stepA, stepB)
      ? this.values.differences(stepA.index, stepB.index)
      : [];
    for (const { name, a: valueA, b: valueB } of differences) {
      // The recording may have ended before it had the values.
      if (valueA === null && this.#isLast("a", stepA)) continue;
      if (valueB === null && this.#isLast("b", stepB)) continue;
      isDifferent = true;
      this.#note(
        "variable",
        name,
        functionName(a),
        () => ({
          valueA: valueA === null ? null : this.values.textA(valueA),
          valueB: valueB === null ? null : this.values.textB(valueB),
        }),
        stepA,
        stepB,
      );
    }
    const message = stepA.exceptionMessage ?? "";
    if (stepA.kind === "raise" && message !== stepB.exceptionMessage) {
      const texts = { valueA: message, valueB: stepB.exceptionMessage ?? "" };
      if (this.values.foldedA(texts.valueA) !== this.values.foldedB(texts.valueB)) {
        isDifferent = true;
        const type = typeNameOf(a.trace, stepA.exceptionTypeId ?? -1);
        this.#note("exception", type, functionName(a), () => texts, stepA, stepB);
      }
    }
    if (isDifferent) this.#result.differentSteps++;
  }

  /** Whether a step is the last that a partial trace has. */
  #isLast(side: "a" | "b", { index }: TraceStep): boolean {
    return this.partial[side] && index === this[side].trace.counts.stepRecords - 1;
  }

  #haveValues(stepA: TraceStep, stepB: TraceStep): boolean {
    return this.a.trace.storedValues(stepA.index).length > 0 &&
      this.b.trace.storedValues(stepB.index).length > 0;
  }

  /** What the calls returned that have just ended in both. */
  #compareResults(): void {
    const { a, b } = this;
    const [stepA, stepB] = [this.#lastA, this.#lastB];
    if (stepA === null || stepB === null || this.#equal === 0) return;
    const count = Math.min(a.left.length, b.left.length);
    for (let n = 0; n < count; n++) {
      const [callA, callB] = [a.left[n]!, b.left[n]!]; // holds: n < count
      if (callA.depth !== callB.depth) return;
      this.#compareResult(callA, callB, stepA, stepB);
    }
  }

  #compareResult(callA: LeftCall, callB: LeftCall, stepA: TraceStep, stepB: TraceStep): void {
    const name = functionNameOf(this.a.trace, callA.functionId);
    if (name === ROOT) return;
    const [endA, endB] = [
      this.a.trace.encodedResult(callA.key),
      this.b.trace.encodedResult(callB.key),
    ];
    for (const what of ["result", "exception"] as const) {
      const key = what === "result" ? "returned" : "exception";
      const [bytesA, bytesB] = [endA[key], endB[key]];
      if (this.values.same(bytesA, bytesB)) continue;
      this.#note(
        what,
        name,
        name,
        () => ({
          valueA: bytesA === null ? null : this.values.textA(this.a.trace.decodeValue(0, bytesA)),
          valueB: bytesB === null ? null : this.values.textB(this.b.trace.decodeValue(0, bytesB)),
        }),
        stepA,
        stepB,
      );
    }
  }

  #note(
    of: ValueOf,
    name: string,
    inFunction: string,
    texts: () => { readonly valueA: string | null; readonly valueB: string | null },
    stepA: TraceStep,
    stepB: TraceStep,
  ): void {
    const key = `${of}\0${inFunction}\0${name}`;
    const known = this.#known.get(key);
    if (known !== undefined) {
      known.count++;
      return;
    }
    if (this.#result.values.length >= MOST_VALUES) return;
    const { valueA, valueB } = texts();
    const setA = of === "variable" ? spotBefore(this.a) : null;
    const difference: ValueDifference = {
      of,
      name,
      functionName: inFunction,
      ...closeUp(valueA, valueB, LONGEST_VALUE),
      a: spotOf(this.a, stepA, inFunction),
      b: spotOf(this.b, stepB, inFunction),
      setA,
      setB: of === "variable" ? spotBefore(this.b) : null,
      calledA: of === "variable" && setA === null ? spotOfCaller(this.a) : null,
      count: 1,
    };
    this.#known.set(key, difference);
    this.#result.values.push(difference);
  }

  #part(common: number): void {
    const { a, b } = this;
    const result = this.#result;
    result.partingCount++;
    if (result.partings.length >= MOST_PARTINGS) return;
    const lastA = lastSpot(a, this.#lastA, this.#lastFunctionA);
    const lastB = lastSpot(b, this.#lastB, this.#lastFunctionB);
    const decided = Math.max(a.lowest, b.lowest) - 1;
    result.partings.push({
      equalSteps: this.#equal,
      lastA,
      lastB,
      a: currentSpot(a),
      b: currentSpot(b),
      decidedA: lastA === null ? null : lastSpotAt(a, decided) ?? lastA,
      decidedB: lastB === null ? null : lastSpotAt(b, decided) ?? lastB,
      stack: a.frames.slice(0, common).map((frame, depth) => ({
        functionName: functionNameOf(a.trace, frame.functionId),
        keyA: frame.key,
        keyB: b.frames[depth]?.key ?? -1,
        a: lastSpotAt(a, depth),
        b: lastSpotAt(b, depth),
      })),
      knownValues: result.values.length,
    });
  }

  /**
   * The next steps, directly in the innermost common call, from which on both do the same again: those with the fewest
   * steps in between.
   *
   * @returns Indexes of step records; null if there are none near.
   */
  #whereBothGoOn(common: number): { readonly a: number; readonly b: number } | null {
    const { a, b, tables } = this;
    if (common === 0 || a.step === null || b.step === null) return null;
    const ahead = { a: new Ahead(a, common), b: new Ahead(b, common) };
    for (let wanted = FIRST_AHEAD; wanted <= MOST_AHEAD; wanted *= 5) {
      if (this.#lookedAhead > MOST_LOOKED_AHEAD) return null;
      const before = ahead.a.walked + ahead.b.walked;
      ahead.a.look(wanted);
      ahead.b.look(wanted);
      this.#lookedAhead += ahead.a.walked + ahead.b.walked - before;
      const found = nearestMatch(ahead.a, ahead.b, tables);
      if (found !== null) return found;
      if (ahead.a.isOver && ahead.b.isOver) return null;
    }
    return null;
  }
}

/** The next steps of one call. */
class Ahead {
  readonly steps: TraceStep[] = [];
  /** Nothing more is to be seen: the call has ended, or is too far away. */
  isOver = false;
  /** Whether it has ended. */
  hasEnded = false;
  /** Steps on the way, calls from there included. */
  walked = 0;
  readonly #track: Track;
  readonly #depth: number;

  constructor(track: Track, depth: number) {
    this.#track = track.copy();
    this.#depth = depth;
    this.#take();
  }

  /** Looks ahead until so many steps are known. */
  look(wanted: number): void {
    const track = this.#track;
    while (!this.isOver && this.steps.length < wanted) {
      const goesOn = track.next();
      this.hasEnded = !goesOn || track.lowest < this.#depth;
      this.isOver = this.hasEnded || ++this.walked >= MOST_WALKED;
      if (!this.hasEnded) this.#take();
    }
  }

  #take(): void {
    const { step, frames } = this.#track;
    if (step !== null && frames.length === this.#depth) this.steps.push(step);
  }
}

/** The steps, of all that are known, from which on both are the same; those with the fewest before them. */
function nearestMatch(
  a: Ahead,
  b: Ahead,
  tables: SharedTables,
): { readonly a: number; readonly b: number } | null {
  const [countA, countB] = [a.steps.length, b.steps.length];
  const same = (n: number, m: number) => {
    const [stepA, stepB] = [a.steps[n], b.steps[m]];
    // Past the end of both calls is the same place, too.
    if (stepA === undefined || stepB === undefined) {
      return stepA === stepB && a.hasEnded && b.hasEnded;
    }
    return stepA.kind === "line" && stepB.kind === "line" && samePosition(stepA, stepB, tables);
  };
  for (let sum = 0; sum <= countA + countB - 2; sum++) {
    for (let n = Math.max(0, sum - countB + 1); n <= Math.min(sum, countA - 1); n++) {
      const m = sum - n;
      if (!same(n, m) || !same(n + 1, m + 1)) continue;
      // holds: both are below the counts.
      return { a: a.steps[n]!.index, b: b.steps[m]!.index };
    }
  }
  return null;
}

/** To a step ahead. */
function goTo(track: Track, step: number): boolean {
  let goesOn = track.step !== null;
  while (goesOn && (track.step?.index ?? step) < step) goesOn = track.next();
  return goesOn;
}

function samePosition(a: TraceStep, b: TraceStep, { paths }: SharedTables): boolean {
  return a.line === b.line && paths.a[a.pathId] === paths.b[b.pathId];
}

function functionId(track: Track): number {
  return track.frames.at(-1)?.functionId ?? -1;
}

function functionName(track: Track): string {
  const id = functionId(track);
  return id < 0 ? "" : functionNameOf(track.trace, id);
}

/** The number that an id stands for in both traces; -1 for one that is in no table. */
function shared(numbers: Uint32Array, id = -1): number {
  return numbers[id] ?? -1;
}

function lastSpot(track: Track, last: TraceStep | null, id: number): Spot | null {
  return last === null ? null : spotOf(track, last, id < 0 ? "" : functionNameOf(track.trace, id));
}

function currentSpot(track: Track): Spot | null {
  return track.step === null ? null : spotOf(track, track.step, functionName(track));
}

function spotOf({ trace }: Track, step: TraceStep, inFunction: string): Spot {
  const { index, pathId, line, kind } = step;
  const type = typeNameOf(trace, step.exceptionTypeId ?? -1);
  const event = kind === "raise"
    ? `raise ${type}${step.exceptionMessage ? `: ${step.exceptionMessage}` : ""}`
    : kind === "catch"
    ? `catch ${type}`
    : null;
  return { step: index, pathId, line, functionName: inFunction, event };
}

/** Where the innermost call was before its current step. */
function spotBefore(track: Track): Spot | null {
  const frame = track.frames.at(-1);
  if (frame === undefined || frame.stepBefore < 0) return null;
  return spotOf(track, track.trace.step(frame.stepBefore), functionName(track));
}

/** Where the innermost call was made. */
function spotOfCaller(track: Track): Spot | null {
  const frame = track.frames.at(-2);
  if (frame === undefined || frame.lastStep < 0) return null;
  return spotOf(
    track,
    track.trace.step(frame.lastStep),
    functionNameOf(track.trace, frame.functionId),
  );
}

/** Where the call at that depth was last, before the current step; whether or not it has ended with that. */
function lastSpotAt(track: Track, depth: number): Spot | null {
  const frame = track.frames[depth];
  const left = track.left.find((call) => call.depth === depth);
  const current = track.step?.index;
  const last = left?.lastStep ??
    (frame === undefined ? -1 : frame.lastStep === current ? frame.stepBefore : frame.lastStep);
  if (last < 0) return null;
  const name = functionNameOf(track.trace, (left ?? frame)?.functionId ?? -1);
  return spotOf(track, track.trace.step(last), name);
}
