import type { FindingCode } from "./codes.ts";
import type { ContainerCheck } from "./container.ts";
import type { Findings } from "./findings.ts";
import { invalidUtf8, Scanner } from "./scanner.ts";

/** Offsets read at a time. */
const PAGE = 512;
/** Records are read together up to this size, which no record has as a rule. */
const TOGETHER_BYTES = 1024 * 1024;

const TEXT = new TextDecoder("utf-8", { ignoreBOM: true });

/** Codes of what is wrong with a table's offsets. */
interface TableCodes {
  readonly size: FindingCode;
  readonly offsets: FindingCode;
}

/**
 * Goes through a table: `NAME.dat` holds the records back to back, `NAME.off` one u64 offset more
 * than there are records.
 *
 * @param visit Gets a record's number and where it stands: a view that the next call overwrites.
 * @param codes What the findings about the table itself are.
 * @returns Number of records; null if the table can't be read, which has been said.
 */
export function forEachRecord(
  container: ContainerCheck,
  name: string,
  findings: Findings,
  visit: (record: number, bytes: Uint8Array, start: number, end: number) => void,
  codes: TableCodes = { size: "table-size", offsets: "table-offsets" },
): number | null {
  const data = container.file(`${name}.dat`);
  const offsets = container.file(`${name}.off`);
  if (data === null || offsets === null) return null;
  const file = `${name}.off`;
  if (offsets.size < 8 || offsets.size % 8 !== 0) {
    findings.add(codes.size, { file, offset: 0 }, () => `the file has ${offsets.size} bytes`);
    return null;
  }
  const count = offsets.size / 8 - 1;
  const refuse = (record: number, message: string) => {
    findings.add(codes.offsets, { file, record, offset: 8 * record }, () => message);
    return null;
  };
  const page = new Float64Array(PAGE + 1);
  for (let first = 0; first === 0 || first < count; first += PAGE) {
    const records = Math.min(PAGE, count - first);
    const bytes = offsets.read(8 * first, 8 * (first + records + 1));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at <= records; at++) {
      page[at] = view.getUint32(8 * at, true) + view.getUint32(8 * at + 4, true) * 2 ** 32;
    }
    if (first === 0 && page[0] !== 0) return refuse(0, `it begins at ${page[0]}, expected 0`);
    for (let at = 0; at < records; at++) {
      if (page[at + 1]! < page[at]! || page[at + 1]! > data.size) {
        return refuse(
          first + at,
          `it begins at ${page[at]} and ends at ${page[at + 1]} of ${data.size}`,
        );
      }
    }
    for (let at = 0; at < records;) {
      const start = page[at]!;
      // As many records with one read as are small.
      let behind = at + 1;
      while (behind < records && page[behind + 1]! - start <= TOGETHER_BYTES) behind++;
      const bytes = data.read(start, page[behind]!);
      for (; at < behind; at++) visit(first + at, bytes, page[at]! - start, page[at + 1]! - start);
    }
    const end = page[records]!;
    if (first + records === count && end !== data.size) {
      return refuse(count, `the last record ends at ${end} of ${data.size}`);
    }
  }
  return count;
}

/** A table of bare names; gives the number of records, Infinity if it can't be read. */
export function checkNames(container: ContainerCheck, name: string, findings: Findings): number {
  const count = forEachRecord(container, name, findings, (record, bytes, start, end) => {
    const bad = invalidUtf8(bytes, start, end);
    if (bad < 0) return;
    const where = { file: `${name}.dat`, record, offset: bad - start };
    findings.add("text-encoding", where, () => "the name is not valid UTF-8");
  });
  // That ids lead nowhere then is no news.
  return count ?? Infinity;
}

/** Which positions there are. */
export interface Positions {
  /** Whether they count columns; otherwise lines. */
  readonly columnAware: boolean;
  /** All positions are below; Infinity if that is not known. */
  readonly total: number;
  /** Number of paths. */
  readonly paths: number;
  /** Whether the last file has no positions: a step in it stands at {@link total}. */
  readonly endsEmpty: boolean;
}

/** In traces without columns a position is path id * this + line. */
export const LINES_PER_PATH = 100_000;

/**
 * Checks `paths.dat`.
 *
 * @param columnAware Whether the trace's flags say that positions count columns.
 * @param announced The list of `meta.dat`; null if it is not known.
 */
export function checkPaths(
  container: ContainerCheck,
  columnAware: boolean,
  announced: readonly string[] | null,
  findings: Findings,
): Positions {
  const file = "paths.dat";
  const known = new Set<string>();
  const scanner = new Scanner();
  let total = 0;
  let lastSize = 0;
  let looksColumnAware = true;
  let differing = -1;
  const count = forEachRecord(container, "paths", findings, (record, bytes, start, end) => {
    scanner.open(bytes, start, end);
    const { nameStart, nameEnd, size, badLine } = readColumnAwarePath(scanner);
    const { problem, problemAt, detail } = scanner;
    if (columnAware) {
      lastSize = size;
      total += size;
      if (problem !== null) {
        findings.add(problem, { file, record, offset: problemAt - start }, () => detail);
        total = NaN;
        return;
      }
      if (badLine !== null) {
        findings.add("path-lines", { file, record }, () => badLine);
        total = NaN;
      }
    } else {
      looksColumnAware &&= problem === null && badLine === null;
      const bad = invalidUtf8(bytes, start, end);
      if (bad >= 0) {
        const where = { file, record, offset: bad - start };
        findings.add("text-encoding", where, () => "the path is not valid UTF-8");
        return;
      }
    }
    const path = TEXT.decode(
      columnAware ? bytes.subarray(nameStart, nameEnd) : bytes.subarray(start, end),
    );
    if (path === "") findings.add("path-empty", { file, record }, () => "");
    else if (known.has(path)) findings.add("path-twice", { file, record }, () => path);
    known.add(path);
    if (differing < 0 && announced !== null && announced[record] !== path) differing = record;
  });
  if (count === null) {
    return { columnAware, total: Infinity, paths: Infinity, endsEmpty: false };
  }
  if (count === 0) findings.add("paths-none", { file }, () => "");
  else if (!columnAware && looksColumnAware) findings.add("path-layout", { file }, () => "");
  if (announced !== null && differing < 0 && announced.length !== count) {
    differing = Math.min(count, announced.length);
  }
  if (announced !== null && differing >= 0) {
    findings.add(
      "metadata-paths",
      { file: "meta.dat", record: differing },
      () => `${announced.length} paths, paths.dat has ${count}; they differ from path ${differing}`,
    );
  }
  if (!columnAware) total = count * LINES_PER_PATH;
  // A damaged record leaves open where the files after it begin.
  else if (Number.isNaN(total)) total = Infinity;
  return {
    columnAware,
    total,
    paths: count,
    endsEmpty: columnAware && count > 0 && lastSize === 0,
  };
}

/** What a record of a column-aware path says; whether it is one, the scanner knows. */
interface PathRecord {
  readonly nameStart: number;
  readonly nameEnd: number;
  /** Number of positions in the file. */
  readonly size: number;
  /** What is wrong with a line's length. */
  readonly badLine: string | null;
}

/**
 * Varint length and path, varint number of lines, the first line's length and then the differences
 * from line to line as signed varints.
 */
function readColumnAwarePath(scanner: Scanner): PathRecord {
  scanner.text();
  const { start: nameStart, pos: nameEnd } = scanner;
  const lines = scanner.count();
  let size = 0;
  let length = 0;
  let badLine: string | null = null;
  for (let line = 1; line <= lines; line++) {
    length += scanner.signed();
    if (length < 0 || length >= 2 ** 32) badLine ??= `line ${line} has length ${length}`;
    size += length;
  }
  scanner.finish();
  return { nameStart, nameEnd, size, badLine };
}

/** `srcviews`: varint path id, u8 kind, text name, then content and source map as sized bytes. */
export function checkSourceViews(
  container: ContainerCheck,
  paths: number,
  findings: Findings,
): void {
  const file = "srcviews.dat";
  const scanner = new Scanner();
  forEachRecord(container, "srcviews", findings, (record, bytes, start, end) => {
    scanner.open(bytes, start, end);
    const pathId = scanner.varint();
    scanner.u8();
    scanner.text();
    scanner.sized();
    scanner.sized();
    scanner.finish();
    const { problem, problemAt, detail } = scanner;
    if (problem !== null) {
      findings.add(problem, { file, record, offset: problemAt - start }, () => detail);
    } else if (pathId >= paths) {
      findings.add("source-view", { file, record }, () => `path ${pathId} of ${paths}`);
    }
  });
}
