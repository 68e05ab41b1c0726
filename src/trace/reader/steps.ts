import type { ContainerReader } from "../ctfs/container_reader.ts";
import { corrupt, type Place } from "./_corrupt.ts";
import { ChunkedStreamReader, type DecodedChunk } from "./chunked_stream_reader.ts";
import { Cursor } from "./_cursor.ts";
import type { PositionTable } from "./positions.ts";

/**
 * What a record of the step stream says. `line`: a line begins to run. `column`: the same line goes
 * on at another column. The others happen where the step before them stands.
 */
export type StepKind =
  | "line"
  | "column"
  | "raise"
  | "catch"
  | "threadSwitch"
  | "threadStart"
  | "threadExit";

/** One record of the step stream. */
export interface TraceStep {
  /** From 0; values, calls and events refer to it. */
  readonly index: number;
  readonly kind: StepKind;
  /** The record's tag as stored, 0 to 7. */
  readonly tag: number;
  /** Index into the trace's paths. */
  readonly pathId: number;
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1; null in a trace that records lines only. */
  readonly column: number | null;
  /** Only for `raise` and `catch`: index of the exception's type. */
  readonly exceptionTypeId?: number;
  /** Only for `raise`. */
  readonly exceptionMessage?: string;
  /** Only for thread records; a bigint only above 2^53. */
  readonly threadId?: number | bigint;
}

const KIND_OF_TAG: readonly StepKind[] = [
  "line",
  "line",
  "raise",
  "catch",
  "threadSwitch",
  "threadStart",
  "threadExit",
  "column",
];
const [ABSOLUTE, DELTA, RAISE, CATCH, THREAD_SWITCH, THREAD_START, THREAD_EXIT, COLUMN] = [
  0,
  1,
  2,
  3,
  4,
  5,
  6,
  7,
];

/** A chunk of steps: columns instead of objects, because most of them are only passed over. */
interface StepChunk extends DecodedChunk {
  readonly bytes: Uint8Array;
  readonly tags: Uint8Array;
  /** Those of the first `relative` records count from the end of the chunk before. */
  readonly positions: Float64Array;
  /** Records ahead of the first absolute step: as a rule none. */
  readonly relative: number;
  /** Offset in `bytes` behind each record's tag. */
  readonly details: Uint32Array;
}

/** Random access to `steps.dat`. */
export class StepReader {
  readonly #stream: ChunkedStreamReader<StepChunk>;
  readonly #positions: PositionTable;
  readonly #place: Place;

  /** Errors as for {@link ChunkedStreamReader}. */
  constructor(container: ContainerReader, positions: PositionTable) {
    this.#positions = positions;
    this.#place = container.place("steps.dat");
    this.#stream = new ChunkedStreamReader(
      container,
      "steps",
      (content, first) => decodeSteps(content, first, this.#stream.recordsPerChunk, this.#place),
    );
  }

  /** Number of records. */
  get count(): number {
    return this.#stream.recordCount;
  }

  /** Number of records of the kind `column`; reads the whole stream. */
  countColumnSteps(): number {
    let count = 0;
    for (let number = 0; number < this.#stream.chunkCount; number++) {
      const { tags, count: records } = this.#stream.chunk(number);
      for (let at = 0; at < records; at++) if (tags[at] === COLUMN) count++;
    }
    return count;
  }

  /** The position that the relative records of a chunk count from; 0 in the first chunk. */
  #startOf(firstRecord: number): number {
    let start = 0;
    for (let number = firstRecord / this.#stream.recordsPerChunk - 1; number >= 0; number--) {
      const { positions, count, relative } = this.#stream.chunk(number);
      start += positions[count - 1]!;
      if (relative < count) break;
    }
    return start;
  }

  /** Index of the first record about a thread in `[from, end)`; `end` if there is none. */
  nextThreadRecord(from: number, end: number): number {
    const size = this.#stream.recordsPerChunk;
    for (let index = from; index < end;) {
      const { tags, count } = this.#stream.chunkOf(index);
      const first = index - index % size;
      for (let at = index - first; at < count; at++) {
        const tag = tags[at]!;
        if (tag >= THREAD_SWITCH && tag <= THREAD_EXIT) return Math.min(first + at, end);
      }
      index = first + size;
    }
    return end;
  }

  /** Index of the last start or switch of a thread up to a record, which must exist; -1 if none. */
  lastThreadBegin(index: number): number {
    const size = this.#stream.recordsPerChunk;
    for (let number = Math.floor(index / size), at = index % size; number >= 0; number--) {
      const { tags } = this.#stream.chunk(number);
      for (; at >= 0; at--) {
        if (tags[at] === THREAD_SWITCH || tags[at] === THREAD_START) return number * size + at;
      }
      at = size - 1;
    }
    return -1;
  }

  /** A record, which must exist. */
  step(index: number): TraceStep {
    const chunk = this.#stream.chunkOf(index);
    const at = index % this.#stream.recordsPerChunk;
    const tag = chunk.tags[at]!;
    const position = chunk.positions[at]! + (at < chunk.relative ? this.#startOf(index - at) : 0);
    const place = this.#positions.resolve(position);
    if (place === null) {
      throw corrupt(this.#place, `no file has position ${position}`, { record: index });
    }
    const { pathId, line, column } = place;
    // holds: a place is on one of the paths.
    const path = this.#positions.paths[pathId]!;
    const kind = KIND_OF_TAG[tag]!; // holds: decoding the chunk has refused unknown tags
    const step: TraceStep = { index, kind, tag, pathId, path, line, column };
    if (tag === ABSOLUTE || tag === DELTA || tag === COLUMN) return step;
    const cursor = new Cursor(chunk.bytes, this.#place, index, chunk.details[at]!);
    if (tag === RAISE) {
      return { ...step, exceptionTypeId: cursor.varint(), exceptionMessage: cursor.text() };
    }
    if (tag === CATCH) return { ...step, exceptionTypeId: cursor.varint() };
    return { ...step, threadId: cursor.varint64() };
  }
}

/**
 * A chunk begins with an absolute step, so that it can be decoded without the one before. Some
 * recorders begin it with the record of a thread, and go on from the last step of the chunk before.
 *
 * @param limit Records at most.
 */
function decodeSteps(
  content: Uint8Array,
  first: number,
  limit: number,
  place: Place,
): StepChunk {
  const cursor = new Cursor(content, place, first);
  let capacity = Math.min(4096, content.length);
  let tags = new Uint8Array(capacity);
  let positions = new Float64Array(capacity);
  let details = new Uint32Array(capacity);
  let count = 0;
  let position = 0;
  let relative = -1;
  while (cursor.left() > 0) {
    if (count === limit) cursor.fail(`the chunk holds more than ${limit} records`);
    if (count === capacity) {
      capacity = Math.min(capacity * 2, content.length);
      tags = grown(tags, new Uint8Array(capacity));
      positions = grown(positions, new Float64Array(capacity));
      details = grown(details, new Uint32Array(capacity));
    }
    const tag = cursor.u8();
    details[count] = cursor.pos;
    if (tag === ABSOLUTE) {
      position = cursor.varint();
      if (relative < 0) relative = count;
    } else if (tag === DELTA || tag === COLUMN) position += cursor.signed();
    else if (tag > COLUMN) cursor.fail(`unknown tag ${tag}`);
    else if (tag === RAISE) {
      cursor.varint();
      cursor.skip(cursor.varint());
    } else if (tag <= THREAD_EXIT) cursor.varint64();
    tags[count] = tag;
    positions[count] = position;
    count++;
  }
  return {
    count,
    bytes: content,
    tags,
    positions,
    details,
    relative: relative < 0 ? count : relative,
  };
}

function grown<T extends Uint8Array | Float64Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
