import { join } from "node:path";
import { checkArgument, isPlainText, type Wanted } from "../../errors/arguments.ts";
import { classifyError, ensureUsage, osErrorCode, usageError } from "../../errors/mod.ts";
import { shownValue } from "../../text/shown_value.ts";
import { ContainerReader } from "../ctfs/container_reader.ts";
import { CallReader, type CallSpan, type EncodedResult, type TraceCall } from "./calls.ts";
import { corrupt } from "./_corrupt.ts";
import { EventReader, type TraceEvent } from "./events.ts";
import { LINES_PER_PATH } from "./legacy/import_records.ts";
import {
  type ImportedTrace,
  importEventsLog,
  importFile,
  isLegacyFile,
} from "./legacy/open_legacy.ts";
import { checkRange } from "./_range.ts";
import { readMetadata, type TraceInfo } from "./metadata.ts";
import { variableNameOf } from "./names.ts";
import { linePositions, type PositionTable, readPositions } from "./positions.ts";
import { SourceReader } from "./sources.ts";
import { StepReader, type TraceStep } from "./steps.ts";
import { TableReader } from "./table_reader.ts";
import {
  type EncodedVariable,
  type StoredValues,
  type TraceValue,
  type TraceVariable,
  ValueReader,
} from "./values.ts";

/** How much a trace holds. */
export interface TraceTotals {
  /** Records of the step stream: lines that ran, and what was raised, caught or switched between. */
  readonly stepRecords: number;
  /** Number of calls. */
  readonly calls: number;
  /** Records of variables; one per step record in a complete trace. */
  readonly values: number;
  /** Input and output. */
  readonly events: number;
  /** Number of source paths. */
  readonly paths: number;
  /** Number of function names. */
  readonly functions: number;
  /** Number of type names. */
  readonly types: number;
  /** Number of names of variables and arguments. */
  readonly variables: number;
}

/**
 * An open trace. All numbers of steps, calls and events start at 0; ranges include their start and
 * exclude their end. Nothing is read before it is asked for, and what is kept of it is bounded, so
 * memory does not grow with the length of the trace.
 *
 * Every method throws a {@link RecorderError}: `ERR_TRACE_CORRUPT` if what it needs is damaged,
 * `ERR_USAGE` if it is asked for something outside of the trace (a number or id that it does not have) or after
 * {@link close}, `ERR_IO` if the system refuses to read.
 */
export interface TraceReader extends Disposable {
  /** Path of the trace's file. */
  readonly path: string;
  /** What the recorder noted about the recording as a whole. */
  readonly metadata: TraceInfo;
  /** Source paths, by id. */
  readonly paths: readonly string[];
  /** Names of functions, by id. */
  readonly functions: readonly string[];
  /** Names of types, by id. */
  readonly types: readonly string[];
  /** Names of variables and arguments, by id. */
  readonly variables: readonly string[];
  /** How much the trace holds; unpacks the last chunk of each stream the first time. */
  readonly counts: TraceTotals;

  /** One record of the step stream. */
  step(index: number): TraceStep;
  /**
   * Step records in order.
   *
   * @param from The first; the trace's first when left out.
   * @param to The one after the last; the trace's end when left out or beyond it.
   */
  steps(from?: number, to?: number): Generator<TraceStep, void, undefined>;
  /**
   * Step records of the kind `column`, which go on with the line of the step before. Counting them
   * reads the whole step stream.
   */
  countColumnSteps(): number;
  /**
   * Step records of the kinds `threadStart`, `threadSwitch` and `threadExit` in order; reads the step
   * stream as far as it is iterated. Parameters as for {@link steps}.
   */
  threadRecords(from?: number, to?: number): Generator<TraceStep, void, undefined>;
  /**
   * The thread that a step belongs to: that of the last start or switch up to it. 0 where there is
   * none, which is the main thread. Reads the step stream back to that record.
   */
  threadAt(step: number): number | bigint;

  /** The variables visible at a step, with the values they had when its line began. */
  values(step: number): TraceVariable[];
  /** The same without decoding the values; the views are not to be kept. */
  encodedValues(step: number): EncodedVariable[];
  /** The same of one variable, by its index in {@link variables}; null when it is not visible. */
  encodedValue(step: number, nameId: number): Uint8Array | null;
  /**
   * All of a step's values as they are stored, to compare them with others of the same trace, or of one with the same
   * tables. A view that is not to be kept.
   */
  storedValues(step: number): Uint8Array;
  /** The same for all steps that are stored together with this one, of which it is one. */
  storedValuesAround(step: number): StoredValues;
  /** Decodes one of {@link encodedValues}; errors name the step. */
  decodeValue(step: number, bytes: Uint8Array): TraceValue;

  /** One call. */
  call(key: number): TraceCall;
  /** Calls in order of entry; parameters are keys, as for {@link steps}. */
  calls(from?: number, to?: number): Generator<TraceCall, void, undefined>;
  /** Where a call begins and ends, without arguments and result. */
  callSpan(key: number): CallSpan;
  /** A call's arguments without decoding them; the views are not to be kept. */
  encodedArguments(key: number): EncodedVariable[];
  /** How a call ended, without decoding it; the views are not to be kept. */
  encodedResult(key: number): EncodedResult;
  /** The innermost call that a step belongs to, or null. */
  callAt(step: number): TraceCall | null;
  /** Key of the first call entered at this step or later; `counts.calls` if there is none. */
  firstCallFrom(step: number): number;

  /** One event. */
  event(index: number): TraceEvent;
  /** Input and output in order; parameters are indexes, as for {@link steps}. */
  events(from?: number, to?: number): Generator<TraceEvent, void, undefined>;
  /** Index of the first event at this step or later; `counts.events` if there is none. */
  firstEventFrom(step: number): number;

  /**
   * The text of a source as it was when it was recorded.
   *
   * @param path One of {@link paths}, or its index.
   * @returns The file's bytes, a new array; null where the trace has none: the code was no file's, the recorder keeps
   * no sources, or was told not to.
   */
  source(path: string | number): Uint8Array<ArrayBuffer> | null;

  /**
   * Name of a function, by its id. Like its siblings it refuses one that is not in the table, which records of a damaged
   * trace may have; `functions[id]` is undefined then.
   */
  functionName(id: number): string;
  /** Name of a type, by its id. */
  typeName(id: number): string;
  /** Name of a variable, by its id. */
  variableName(id: number): string;

  /** Closes the file. May be called more than once. */
  close(): void;
}

/**
 * Opens a trace for reading: one of this recorder, or of CodeTracer's other recorders.
 *
 * A container of separate streams is opened by its header and metadata, whatever its length. Older
 * traces (`trace.json`, `trace.bin`, containers with an `events.log`) have to be read from their
 * start. They are converted when they are opened, in one pass and in constant memory, into a file in
 * the folder for temporary files, which is gone when the trace is closed. In those, steps have no
 * columns.
 *
 * Needs `--allow-read` for the path, for older traces also `--allow-write` and `--allow-read` for the
 * folder for temporary files.
 *
 * @param path A `.ct` file, a `trace.json` or `trace.bin`, or a folder with exactly one `.ct` file,
 * or with none and one of the others.
 * @returns The open trace; close it, or declare it with `using`.
 * @throws {RecorderError} `ERR_TRACE_MISSING` if there is no trace at the path, `ERR_USAGE` if a
 * folder holds several, or the path is no text, `ERR_TRACE_CORRUPT` if it is damaged or of another format, `ERR_IO` if it
 * can't be read or converted.
 *
 * @example Which lines ran, and with which variables
 * ```ts ignore
 * import { openTrace, renderValue } from "@codetracer/recorder";
 *
 * using trace = openTrace("ct-traces/app-1");
 * const typeName = (id: number) => trace.typeName(id);
 * for (const step of trace.steps(0, 100)) {
 *   const variables = trace.values(step.index)
 *     .map(({ name, value }) => `${name}=${renderValue(value, { typeName, maxLength: 80 })}`);
 *   console.log(`${step.path}:${step.line}`, ...variables);
 * }
 * ```
 *
 * @example Where the last step is, and through which calls it came there
 * ```ts ignore
 * import { openTrace } from "@codetracer/recorder";
 *
 * using trace = openTrace("ct-traces/app-1/app.ct");
 * const last = trace.counts.stepRecords - 1;
 * let call = trace.callAt(last);
 * console.log(trace.step(last).line);
 * while (call !== null) {
 *   console.log("in", trace.functionName(call.functionId));
 *   call = call.parentKey < 0 ? null : trace.call(call.parentKey);
 * }
 * ```
 */
export function openTrace(path: string): TraceReader {
  checkArgument("Cannot open a trace", "path", path, TRACE_PATH);
  const found = findTrace(path);
  if (!found.endsWith(".ct") && isLegacyFile(found)) return new ContainerTrace(importFile(found));
  return openContainer(new ContainerReader(found));
}

/**
 * The trace in an open container, which it closes; also when this fails.
 *
 * @throws {RecorderError} `ERR_TRACE_CORRUPT` if it is damaged or of another format.
 */
export function openContainer(container: ContainerReader): TraceReader {
  try {
    const log = container.file("events.log");
    if (log === undefined) return new ContainerTrace({ container });
    const imported = importEventsLog(container, log);
    container.close();
    return new ContainerTrace(imported);
  } catch (error) {
    container.close();
    throw error;
  }
}

const TRACE_PATH: Wanted = {
  is: isPlainText,
  words: "a text, the path of a .ct file or of a folder with one in it",
};
const BYTES: Wanted = { is: (value) => value instanceof Uint8Array, words: "a Uint8Array" };

/** How the files of traces without a container are called. */
const LEGACY_NAMES: readonly string[] = ["trace.bin", "trace.json"];

/**
 * The file that a path given by a user means.
 *
 * @param path A file, or a folder with one `.ct` file in it, or with none and one `trace.json` or
 * `trace.bin`.
 * @returns Path of the file.
 * @throws {RecorderError} As {@link openTrace}.
 */
export function findTrace(path: string): string {
  const context = { path };
  const missing = (why: string, cause?: unknown) =>
    usageError("ERR_TRACE_MISSING", `Cannot find a trace (${path}): ${why}`, context, cause);
  if (path === "") throw missing("the path is empty");
  let stat: Deno.FileInfo;
  try {
    stat = Deno.statSync(path);
  } catch (error) {
    const code = osErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") throw missing("it does not exist", error);
    throw classifyError(error, { failed: "Cannot read the trace", path });
  }
  if (stat.isFile) return path;
  // Reading from a device or a pipe would wait or never end.
  if (!stat.isDirectory) throw missing("it is neither a file nor a folder");
  let files: string[];
  try {
    files = [...Deno.readDirSync(path)]
      .filter((entry) => !entry.isDirectory).map((entry) => entry.name).sort();
  } catch (error) {
    throw classifyError(error, { failed: "Cannot read the folder", path });
  }
  let names = files.filter((name) => name.endsWith(".ct"));
  if (names.length === 0) names = files.filter((name) => LEGACY_NAMES.includes(name));
  const [only, second] = names;
  if (only === undefined) {
    throw missing("the folder holds no .ct file, nor a trace.json or trace.bin");
  }
  ensureUsage(
    second === undefined,
    "ERR_USAGE",
    () =>
      `Cannot choose a trace (${path}): the folder holds ${names.length} of them (${only}, ${second}${
        names.length > 2 ? ", …" : ""
      }); name one`,
    { path, traces: names.slice(0, 20) },
  );
  return findTrace(join(path, only));
}

class ContainerTrace implements TraceReader {
  readonly path: string;
  readonly metadata: TraceInfo;
  readonly #container: ContainerReader;
  readonly #imported: ImportedTrace | undefined;
  #names: Partial<Record<"funcs" | "types" | "varnames", readonly string[]>> = {};
  #positionTable: PositionTable | undefined;
  #stepReader: StepReader | undefined;
  #valueReader: ValueReader | undefined;
  #callReader: CallReader | undefined;
  #eventReader: EventReader | undefined;
  #sourceReader: SourceReader | undefined;

  /** @param source An open container of split streams, or one that was imported. */
  constructor(source: { readonly container: ContainerReader } | ImportedTrace) {
    const { container } = source;
    this.#container = container;
    if ("tables" in source) {
      this.#imported = source;
      this.path = source.path;
      this.metadata = source.metadata;
      const { paths, functions, types, variables } = source.tables;
      this.#positionTable = linePositions(paths, LINES_PER_PATH);
      this.#names = { funcs: functions, types, varnames: variables };
      return;
    }
    this.path = container.path;
    checkFormat(container);
    this.metadata = readMetadata(container);
    const { stepStream, valueStream, ioEventStream } = this.metadata.flags;
    for (
      const [flag, stream] of [
        [stepStream, "steps.dat"],
        [valueStream, "values.dat"],
        [ioEventStream, "events.dat"],
      ] as const
    ) {
      // Without its flag, the file of this name is an older layout; guessing would show nonsense.
      if (!flag && container.file(stream) !== undefined) {
        throw corrupt(container.place(stream), "the metadata does not announce this stream");
      }
    }
  }

  get #positions(): PositionTable {
    return this.#positionTable ??= readPositions(
      new TableReader(this.#container, "paths"),
      this.metadata.flags.columnAwareSteps,
    );
  }

  get #steps(): StepReader {
    return this.#stepReader ??= new StepReader(this.#container, this.#positions);
  }

  get #values(): ValueReader {
    return this.#valueReader ??= new ValueReader(this.#container);
  }

  get #calls(): CallReader {
    return this.#callReader ??= new CallReader(this.#container);
  }

  get #events(): EventReader {
    return this.#eventReader ??= new EventReader(this.#container);
  }

  #table(name: "funcs" | "types" | "varnames"): readonly string[] {
    return this.#names[name] ??= new TableReader(this.#container, name).texts();
  }

  get paths(): readonly string[] {
    return this.#positions.paths;
  }

  get functions(): readonly string[] {
    return this.#table("funcs");
  }

  get types(): readonly string[] {
    return this.#table("types");
  }

  get variables(): readonly string[] {
    return this.#table("varnames");
  }

  get counts(): TraceTotals {
    return {
      stepRecords: this.#steps.count,
      calls: this.#calls.count,
      values: this.#values.count,
      events: this.#events.count,
      paths: this.paths.length,
      functions: this.functions.length,
      types: this.types.length,
      variables: this.variables.length,
    };
  }

  step(index: number): TraceStep {
    return this.#steps.step(this.#checked("step", index, this.#steps.count));
  }

  *steps(from = 0, to = Infinity): Generator<TraceStep, void, undefined> {
    const end = this.#checkedRange("steps", from, to, this.#steps.count);
    for (let index = from; index < end; index++) yield this.#steps.step(index);
  }

  countColumnSteps(): number {
    return this.#steps.countColumnSteps();
  }

  *threadRecords(from = 0, to = Infinity): Generator<TraceStep, void, undefined> {
    const end = this.#checkedRange("steps", from, to, this.#steps.count);
    for (
      let index = this.#steps.nextThreadRecord(from, end);
      index < end;
      index = this.#steps.nextThreadRecord(index + 1, end)
    ) yield this.#steps.step(index);
  }

  threadAt(step: number): number | bigint {
    const index = this.#steps.lastThreadBegin(this.#checked("step", step, this.#steps.count));
    return index < 0 ? 0 : this.#steps.step(index).threadId ?? 0;
  }

  values(step: number): TraceVariable[] {
    return this.encodedValues(step).map(({ nameId, bytes }) => ({
      nameId,
      name: variableNameOf(this, nameId),
      value: this.#values.decode(step, bytes),
    }));
  }

  encodedValues(step: number): EncodedVariable[] {
    return this.#values.encoded(this.#checked("step", step, this.#steps.count));
  }

  encodedValue(step: number, nameId: number): Uint8Array | null {
    const index = this.#checked("step", step, this.#steps.count);
    return this.#values.encodedValue(
      index,
      this.#checked("variable", nameId, this.variables.length),
    );
  }

  storedValues(step: number): Uint8Array {
    return this.#values.stored(this.#checked("step", step, this.#steps.count));
  }

  storedValuesAround(step: number): StoredValues {
    return this.#values.storedAround(this.#checked("step", step, this.#steps.count));
  }

  decodeValue(step: number, bytes: Uint8Array): TraceValue {
    checkArgument("Cannot decode a value", "bytes", bytes, BYTES);
    return this.#values.decode(step, bytes);
  }

  call(key: number): TraceCall {
    return this.#calls.call(this.#checked("call", key, this.#calls.count));
  }

  *calls(from = 0, to = Infinity): Generator<TraceCall, void, undefined> {
    const end = this.#checkedRange("calls", from, to, this.#calls.count);
    for (let key = from; key < end; key++) yield this.#calls.call(key);
  }

  callSpan(key: number): CallSpan {
    return this.#calls.span(this.#checked("call", key, this.#calls.count));
  }

  encodedArguments(key: number): EncodedVariable[] {
    return this.#calls.encodedArguments(this.#checked("call", key, this.#calls.count));
  }

  encodedResult(key: number): EncodedResult {
    return this.#calls.encodedResult(this.#checked("call", key, this.#calls.count));
  }

  callAt(step: number): TraceCall | null {
    const key = this.#calls.keyAt(this.#checked("step", step, this.#steps.count));
    return key < 0 ? null : this.#calls.call(key);
  }

  firstCallFrom(step: number): number {
    checkRange(this.path, "calls", step, Infinity);
    return this.#calls.firstEnteredFrom(step);
  }

  event(index: number): TraceEvent {
    return this.#events.event(this.#checked("event", index, this.#events.count));
  }

  *events(from = 0, to = Infinity): Generator<TraceEvent, void, undefined> {
    const end = this.#checkedRange("events", from, to, this.#events.count);
    for (let index = from; index < end; index++) yield this.#events.event(index);
  }

  firstEventFrom(step: number): number {
    checkRange(this.path, "events", step, Infinity);
    return this.#events.firstFrom(step);
  }

  source(path: string | number): Uint8Array<ArrayBuffer> | null {
    const id = typeof path === "number" ? path : this.paths.indexOf(path);
    if (typeof path === "number") this.#checked("path", id, this.paths.length);
    else {
      ensureUsage(
        id >= 0,
        "ERR_USAGE",
        () => `Cannot read the source of ${shownValue(path)}: the trace has no such path`,
      );
    }
    return (this.#sourceReader ??= new SourceReader(this.#container)).text(id);
  }

  functionName(id: number): string {
    return this.#name("function", id, this.functions);
  }

  typeName(id: number): string {
    return this.#name("type", id, this.types);
  }

  variableName(id: number): string {
    return this.#name("variable", id, this.variables);
  }

  close(): void {
    this.#container.close();
    this.#imported?.remove();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #name(what: string, id: number, names: readonly string[]): string {
    return names[this.#checked(what, id, names.length)]!; // holds: it is there
  }

  #checked(what: string, index: number, count: number): number {
    if (Number.isInteger(index) && index >= 0 && index < count) return index;
    throw usageError(
      "ERR_USAGE",
      `Cannot read ${what} ${shownValue(index)}: the trace has ${count}`,
      {
        path: this.path,
        index,
        count,
      },
    );
  }

  #checkedRange(what: string, from: number, to: number, count: number): number {
    checkRange(this.path, what, from, to);
    return Math.min(to, count);
  }
}

/** Refuses containers that hold something else than a trace, with the reason. */
function checkFormat(container: ContainerReader): void {
  for (const name of ["steps.dat", "steps.idx", "paths.dat", "paths.off"]) {
    if (container.file(name) === undefined) {
      throw corrupt(container.place(name), "the file is missing; this is no trace of a program");
    }
  }
}
