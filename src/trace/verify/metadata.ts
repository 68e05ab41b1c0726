import { UUID_V7 } from "../../text/uuid.ts";
import type { FindingCode } from "./codes.ts";
import type { ContainerCheck } from "./container.ts";
import type { Findings } from "./findings.ts";
import { Scanner } from "./scanner.ts";

/** What the rest of the check needs of `meta.dat`. */
export interface CheckedMetadata {
  readonly columnAware: boolean;
  readonly sourceViews: boolean;
  readonly recordingId: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly workdir: string;
  readonly paths: readonly string[];
  /** Whether all of it could be read; if not, only the flags count. */
  readonly isWhole: boolean;
}

const FILE = "meta.dat";
const MAGIC = "CTMD";
const VERSION = 3;
const KNOWN_FLAGS = (1 << 13) - 1;
const [NATIVE, REPLAY_LAUNCH, LAYOUT_SNAPSHOT, FILTERS] = [1, 2, 4, 8];
const [COLUMNS, SOURCE_VIEWS, COLUMN_BREAKPOINTS, COLUMN_MOTIONS] = [16, 32, 64, 128];
const TABLES = 1 << 12;
/** Streams whose flag has to be set. */
const STREAMS: readonly (readonly [flag: number, name: string])[] = [
  [1 << 9, "steps"],
  [1 << 10, "values"],
  [1 << 11, "events"],
];
/** Beyond this, metadata is damage: paths and arguments of a program have megabytes at most. */
const MAX_BYTES = 256 * 1024 * 1024;

const TEXT = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Checks `meta.dat`.
 *
 * @returns What it says; null if it can't be read, which has been said.
 */
export function checkMetadata(
  container: ContainerCheck,
  findings: Findings,
): CheckedMetadata | null {
  const meta = container.file(FILE);
  if (meta === null) return null;
  const add = (code: FindingCode, offset: number, message: string) =>
    findings.add(code, { file: FILE, offset }, () => message);
  const bytes = meta.read(0, Math.min(meta.size, MAX_BYTES));
  const magic = TEXT.decode(bytes.subarray(0, 4));
  const version = (bytes[4] ?? 0) | (bytes[5] ?? 0) << 8;
  if (bytes.length < 8 || magic !== MAGIC || version !== VERSION) {
    const what = magic === MAGIC ? `version ${version}` : "it does not begin like metadata";
    add("metadata-version", magic === MAGIC ? 4 : 0, what);
    return null;
  }
  const flags = bytes[6]! | bytes[7]! << 8;
  if ((flags & ~KNOWN_FLAGS) !== 0) {
    add("metadata-flags", 6, `0x${(flags & ~KNOWN_FLAGS).toString(16)}`);
    return null;
  }
  if ((flags & (COLUMN_BREAKPOINTS | COLUMN_MOTIONS)) !== 0 && (flags & COLUMNS) === 0) {
    add("metadata-columns", 6, `flags 0x${flags.toString(16)}`);
  }
  for (const [flag, name] of STREAMS) {
    if ((flags & flag) === 0) add("metadata-unannounced", 6, `${name}.dat`);
  }
  if ((flags & TABLES) !== 0) add("metadata-tables", 6, "");

  const scanner = new Scanner();
  scanner.open(bytes, 8, bytes.length);
  const read = {
    columnAware: (flags & COLUMNS) !== 0,
    sourceViews: (flags & SOURCE_VIEWS) !== 0,
    recordingId: text(scanner),
    program: text(scanner),
    args: texts(scanner),
    workdir: text(scanner),
    // The recorder's name comes between, which nothing else says.
    paths: (scanner.text(), texts(scanner)),
  };
  if ((flags & NATIVE) !== 0) checkNative(scanner, add);
  if ((flags & REPLAY_LAUNCH) !== 0) scanner.skip(1);
  if ((flags & LAYOUT_SNAPSHOT) !== 0) {
    scanner.skip(8);
    scanner.sized();
  }
  if ((flags & FILTERS) !== 0) {
    for (let left = scanner.count(); left > 0; left--) {
      scanner.text();
      scanner.skip(32);
    }
  }
  scanner.finish();
  if (scanner.padded) add("number-padded", 8, "");
  const { problem } = scanner;
  if (problem !== null) add(problem, scanner.problemAt, scanner.detail);
  // What stands ahead of bytes too many is right all the same.
  const isWhole = problem === null || problem === "record-trailing";
  if (isWhole && !UUID_V7.test(read.recordingId)) add("recording-id", 8, read.recordingId);
  return { ...read, isWhole };
}

/** Recorders of native programs add a block of their own. */
function checkNative(
  scanner: Scanner,
  add: (code: FindingCode, offset: number, message: string) => void,
): void {
  const offset = scanner.pos;
  const clock = scanner.varint();
  scanner.varint();
  const atomics = scanner.varint();
  if (scanner.problem === null && (clock > 2 || atomics > 1)) {
    add("metadata-native", offset, `tick source ${clock}, atomic mode ${atomics}`);
  }
  for (let number = 0; number < 3; number++) scanner.varint();
  for (let field = 0; field < 6; field++) scanner.text();
  texts(scanner);
}

function text(scanner: Scanner): string {
  scanner.text();
  return scanner.problem === null
    ? TEXT.decode(scanner.bytes.subarray(scanner.start, scanner.pos))
    : "";
}

function texts(scanner: Scanner): string[] {
  const found: string[] = [];
  for (let left = scanner.count(); left > 0 && scanner.problem === null; left--) {
    found.push(text(scanner));
  }
  return found;
}
