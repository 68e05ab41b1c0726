import type { ContainerReader } from "../ctfs/container_reader.ts";
import { corrupt } from "./_corrupt.ts";
import { Cursor } from "./_cursor.ts";

/** A filter that decided what was recorded. */
export interface RecordedFilter {
  readonly path: string;
  /** Hash of the filter's text, lowercase hexadecimal. */
  readonly sha256: string;
}

/** What the flags of a trace announce. */
export interface TraceFlags {
  /** Positions count columns; otherwise lines only. */
  readonly columnAwareSteps: boolean;
  readonly alternateSourceViews: boolean;
  readonly columnBreakpoints: boolean;
  readonly columnMotions: boolean;
  readonly callStream: boolean;
  readonly stepStream: boolean;
  readonly valueStream: boolean;
  readonly ioEventStream: boolean;
  readonly interningTables: boolean;
}

/** What a recorder noted about a recording as a whole. */
export interface TraceInfo {
  /** A UUID; empty in traces of older formats that have none. */
  readonly recordingId: string;
  /** When the recording began, from the time inside a version-7 recording id; null for other ids. */
  readonly recordedAt: Date | null;
  /** The recorded program as it was named. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** The folder it was started in; some recorders leave it empty. */
  readonly workdir: string;
  /** Name and version of the recorder; some recorders leave it empty. */
  readonly recorder: string;
  readonly flags: TraceFlags;
  /** The filters in force; null when the recorder said nothing about filters. */
  readonly filters: readonly RecordedFilter[] | null;
}

const VERSION = 3;
/** Up to bit 13, which announces spans; they are files of their own and not read. */
const KNOWN_FLAGS = (1 << 14) - 1;
const [NATIVE, REPLAY_LAUNCH, LAYOUT_SNAPSHOT, FILTERS] = [1, 2, 4, 8];

/**
 * Reads `meta.dat`.
 *
 * @param container The open container.
 * @throws {RecorderError} `ERR_TRACE_CORRUPT` if it is missing or not metadata of version 3.
 */
export function readMetadata(container: ContainerReader): TraceInfo {
  const file = container.file("meta.dat");
  const place = container.place("meta.dat");
  if (file === undefined) throw corrupt(place, "the file is missing");
  const cursor = new Cursor(container.read(file), place, 0);
  const magic = String.fromCharCode(cursor.u8(), cursor.u8(), cursor.u8(), cursor.u8());
  const version = cursor.u8() | (cursor.u8() << 8);
  const flags = cursor.u8() | (cursor.u8() << 8);
  if (magic !== "CTMD") throw corrupt(place, "it does not begin like metadata");
  if (version !== VERSION) throw corrupt(place, `version ${version}, expected ${VERSION}`);
  if ((flags & ~KNOWN_FLAGS) !== 0) {
    throw corrupt(place, `unknown flags 0x${(flags & ~KNOWN_FLAGS).toString(16)}`);
  }
  const recordingId = cursor.text();
  const program = cursor.text();
  const args = readTexts(cursor);
  const workdir = cursor.text();
  const recorder = cursor.text();
  // The same paths as in paths.dat, which has more to say about each.
  readTexts(cursor);
  skipNativeBlocks(cursor, flags);
  const filters = flags & FILTERS ? readFilters(cursor) : null;
  cursor.finish();
  return {
    recordingId,
    recordedAt: recordingTime(recordingId),
    program,
    args,
    workdir,
    recorder,
    flags: {
      columnAwareSteps: (flags & (1 << 4)) !== 0,
      alternateSourceViews: (flags & (1 << 5)) !== 0,
      columnBreakpoints: (flags & (1 << 6)) !== 0,
      columnMotions: (flags & (1 << 7)) !== 0,
      callStream: (flags & (1 << 8)) !== 0,
      stepStream: (flags & (1 << 9)) !== 0,
      valueStream: (flags & (1 << 10)) !== 0,
      ioEventStream: (flags & (1 << 11)) !== 0,
      interningTables: (flags & (1 << 12)) !== 0,
    },
    filters,
  };
}

function readTexts(cursor: Cursor): string[] {
  return Array.from({ length: cursor.count() }, () => cursor.text());
}

/** Recorders of native programs add blocks between the paths and the filters. */
function skipNativeBlocks(cursor: Cursor, flags: number): void {
  if (flags & NATIVE) {
    for (let number = 0; number < 6; number++) cursor.varint64();
    for (let text = 0; text < 6; text++) cursor.text();
    readTexts(cursor);
  }
  if (flags & REPLAY_LAUNCH) cursor.skip(1);
  if (flags & LAYOUT_SNAPSHOT) {
    cursor.skip(8);
    cursor.sized();
  }
}

function readFilters(cursor: Cursor): RecordedFilter[] {
  return Array.from({ length: cursor.count() }, () => {
    const path = cursor.text();
    const start = cursor.skip(32);
    const hash = cursor.bytes.subarray(start, start + 32);
    return { path, sha256: [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("") };
  });
}

/** The time inside of a UUID of version 7; null if it is none. */
export function recordingTime(recordingId: string): Date | null {
  const match = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i
    .exec(recordingId);
  return match === null ? null : new Date(parseInt(`${match[1]}${match[2]}`, 16));
}
