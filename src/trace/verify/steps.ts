import type { FindingCode } from "./codes.ts";
import type { Findings } from "./findings.ts";
import { Scanner } from "./scanner.ts";
import type { StreamCheck } from "./stream.ts";
import { LINES_PER_PATH, type Positions } from "./tables.ts";

/** What the step stream holds. */
export interface StepTotals {
  /** Number of records. */
  readonly records: number;
  /** Those of them that are lines. */
  readonly lines: number;
  /** Those lines that may be no more than a chunk beginning with the line before it. */
  readonly repeats: number;
}

const [ABSOLUTE, DELTA, RAISE, CATCH, THREAD_START, THREAD_EXIT, COLUMN] = [0, 1, 2, 3, 5, 6, 7];

/** Checks `steps.dat` from front to back; `types` is the number of types. */
export function checkSteps(
  stream: StreamCheck,
  positions: Positions,
  types: number,
  findings: Findings,
): StepTotals {
  const check = new StepCheck(stream, positions, types, findings);
  let records = 0;
  for (let chunk = 0; chunk < stream.chunkCount; chunk++) {
    const content = stream.chunk(chunk);
    if (content !== null) records = check.chunk(content, chunk);
  }
  if (records === 0 && stream.intact) {
    findings.add("steps-none", { file: stream.fileName }, () => "");
  }
  return { records, lines: check.lines, repeats: check.repeats };
}

class StepCheck {
  lines = 0;
  repeats = 0;
  /** Position at the end of the chunk before. */
  #lastPosition = -1;
  readonly #scanner = new Scanner();
  readonly #stream: StreamCheck;
  readonly #positions: Positions;
  readonly #types: number;
  readonly #findings: Findings;

  constructor(stream: StreamCheck, positions: Positions, types: number, findings: Findings) {
    this.#stream = stream;
    this.#positions = positions;
    this.#types = types;
    this.#findings = findings;
  }

  /**
   * Checks a chunk's records.
   *
   * @returns Number of the record behind its last one.
   */
  chunk(content: Uint8Array, chunk: number): number {
    const first = chunk * this.#stream.recordsPerChunk;
    const scanner = this.#scanner;
    const { total, columnAware } = this.#positions;
    scanner.open(content, 0, content.length);
    let record = first;
    let at = 0;
    let position = -1;
    const end = first + this.#stream.recordsPerChunk;
    while (at < content.length && record < end) {
      const start = at;
      const tag = content[at++]!;
      if (record === first && tag !== ABSOLUTE) {
        this.#refuse("step-start", record, chunk, start, `tag ${tag}, expected 0`);
        return record;
      }
      const next = at < content.length ? content[at]! : 0x80;
      if (tag === DELTA && next < 0x80) {
        // What a step nearly always is.
        at++;
        position += (next >>> 1) ^ -(next & 1);
      } else {
        scanner.pos = at;
        if (tag === ABSOLUTE) {
          position = scanner.varint();
          if (record === first && position === this.#lastPosition) this.repeats++;
        } else if (tag === DELTA || tag === COLUMN) position += scanner.signed();
        else if (tag < COLUMN) this.#tagged(tag, record);
        else {
          this.#refuse("step-tag", record, chunk, start, `tag ${tag}`);
          return record;
        }
        if (scanner.problem !== null) {
          this.#stream.refuseRecord(scanner, record, chunk, start);
          return record;
        }
        if (scanner.padded) {
          this.#add("number-padded", record, "");
          scanner.padded = false;
        }
        at = scanner.pos;
      }
      if (tag <= DELTA) this.lines++;
      if (position >= total || position < 0) this.#outside(position, record);
      else if (!columnAware) this.#lineOnly(tag, position, record);
      record++;
    }
    this.#lastPosition = position;
    this.#stream.checkCount(chunk, record - first, at < content.length);
    return record;
  }

  #tagged(tag: number, record: number): void {
    const scanner = this.#scanner;
    if (tag === RAISE || tag === CATCH) {
      const type = scanner.varint();
      if (scanner.problem === null && type >= this.#types) {
        this.#add("type-id", record, `type ${type} of ${this.#types}`);
      }
      if (tag === RAISE) scanner.text();
    } else if (scanner.varint63() < 0) this.#add("thread-id", record, "");
  }

  #outside(position: number, record: number): void {
    const { total, endsEmpty } = this.#positions;
    if (endsEmpty && position === total) this.#add("step-empty-file", record, "");
    else this.#add("step-position", record, `position ${position}, the files end at ${total}`);
  }

  /** A second reader knows fewer tags here, and splits positions in another way. */
  #lineOnly(tag: number, position: number, record: number): void {
    if (tag === COLUMN) this.#add("step-column", record, "");
    else if (tag === THREAD_START || tag === THREAD_EXIT) {
      this.#add("line-only-thread", record, `tag ${tag}`);
    }
    if (position % LINES_PER_PATH === 0) this.#add("step-line-zero", record, "");
    if (position >= LINES_PER_PATH) {
      this.#add("line-only-path", record, `path ${Math.floor(position / LINES_PER_PATH)}`);
    }
  }

  #refuse(
    code: FindingCode,
    record: number,
    chunk: number,
    offset: number,
    message: string,
  ): void {
    this.#stream.intact = false;
    const where = { file: this.#stream.fileName, chunk, record, offset };
    this.#findings.add(code, where, () => message);
  }

  #add(code: FindingCode, record: number, message: string): void {
    this.#findings.add(code, { file: this.#stream.fileName, record }, () => message);
  }
}
