/**
 * Traces in the formats before that of split streams. They are one row of records, which has to be
 * read from its start, whatever is asked for. So they are imported, in one pass, into a container of
 * split streams in the folder for temporary files, which is what is read then.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { classifyError } from "../../../errors/mod.ts";
import { ContainerReader, type InternalFile } from "../../ctfs/container_reader.ts";
import { type DiskFile, diskSpool } from "../../file_store.ts";
import { TraceWriter } from "../../trace_writer.ts";
import { corrupt, type Place } from "../_corrupt.ts";
import { readMetadata, type TraceInfo } from "../metadata.ts";
import { CapnpMessage } from "./capnp_message.ts";
import { capnpRecords } from "./capnp_records.ts";
import { cborRecords } from "./cbor_records.ts";
import { type LegacyTables, RecordImporter } from "./import_records.ts";
import { jsonRecords } from "./json_records.ts";
import {
  LEGACY_FLAGS,
  legacyMetadata,
  legacyPaths,
  MAX_METADATA_BYTES,
} from "./legacy_metadata.ts";
import { type NextPiece, Pieces } from "./pieces.ts";
import type { LegacyRecord } from "./record.ts";
import { splitBinaryRecords } from "./split_binary_records.ts";
import { isZstd, unpackedFrames, unpackFrame } from "./zstd_frames.ts";

/** What `trace.bin` and most `events.log` begin with; the byte behind it is a version. */
const MAGIC = [0xc0, 0xde, 0x72, 0xac, 0xe2];
const HEADER_BYTES = 8;
const [CAPNP_VERSION, CBOR_VERSION] = [0, 1];
const PIECE_BYTES = 256 * 1024;
/** Of a chunk of `events.log`: u32 bytes packed, u32 records, u64 number of the first record. */
const CHUNK_HEADER_BYTES = 16;
/** The temporary container has no metadata of its own; readers want an id of this form. */
const NO_RECORDING = "00000000-0000-7000-8000-000000000000";

/** A trace that has been imported. */
export interface ImportedTrace {
  /** Path of what was imported. */
  readonly path: string;
  readonly metadata: TraceInfo;
  readonly tables: LegacyTables;
  /** Holds the streams; not the tables and the metadata. */
  readonly container: ContainerReader;
  /** Removes what the import has left. May be called more than once, when the container is closed. */
  remove(): void;
}

/**
 * Whether a file is a legacy trace: a `trace.json` or a `trace.bin`, by their first bytes.
 *
 * @throws {RecorderError} `ERR_IO` if it can't be read.
 */
export function isLegacyFile(path: string): boolean {
  using file = openFile(path);
  const head = file.read(64);
  if (MAGIC.every((byte, index) => head[index] === byte)) return (head[MAGIC.length] ?? 9) < 2;
  return /^\s*\[/.test(new TextDecoder().decode(head));
}

/**
 * Imports a `trace.json` or `trace.bin`, with the metadata beside it.
 *
 * Needs permission to read the folder around the file, and to write in the folder for temporary
 * files.
 *
 * @throws {RecorderError} `ERR_TRACE_CORRUPT` if it is damaged, `ERR_IO` if the system refuses.
 */
export function importFile(path: string): ImportedTrace {
  const beside = (name: string): [text: string | null, place: Place] => {
    const file = join(dirname(path), name);
    return [readSmallFile(file), { trace: path, file: name }];
  };
  const metadata = legacyMetadata(...beside("trace_metadata.json"));
  const paths = legacyPaths(...beside("trace_paths.json"));
  const place = { trace: path, file: basename(path) };
  using file = openFile(path);
  return importRecords(path, place, metadata, paths, (scratch) => {
    const pieces = new Pieces(file.next, place);
    if (!pieces.has(HEADER_BYTES) || !isMagic(pieces)) return jsonRecords(pieces);
    const version = pieces.bytes[pieces.pos + MAGIC.length];
    pieces.pos += HEADER_BYTES;
    if (version === CAPNP_VERSION) {
      const unpacked = scratch.open("message");
      return capnpRecords(new CapnpMessage(pieces, file.size, unpacked, place));
    }
    if (version === CBOR_VERSION) return cborRecords(new Pieces(unpackedFrames(pieces), place));
    return pieces.fail(`the format version is ${version}, expected 0 or 1`);
  });
}

/**
 * Imports the `events.log` of a container. Permissions and errors as for {@link importFile}.
 *
 * @param container Stays open; it is the caller's.
 */
export function importEventsLog(container: ContainerReader, log: InternalFile): ImportedTrace {
  const place = container.place(log.name);
  const text = (name: string): [text: string | null, place: Place] => {
    const file = container.file(name);
    if (file !== undefined && file.size > MAX_METADATA_BYTES) {
      throw corrupt(container.place(name), `it has ${file.size} bytes`);
    }
    const bytes = file === undefined ? null : container.read(file);
    return [bytes === null ? null : new TextDecoder().decode(bytes), container.place(name)];
  };
  const metadata = container.file("meta.dat") === undefined
    ? legacyMetadata(...text("meta.json"))
    : { ...readMetadata(container), flags: LEGACY_FLAGS };
  const paths = legacyPaths(...text("paths.json"));
  const isSplitBinary = text("events.fmt")[0] === "split-binary";
  let at = 0;
  const pieces = new Pieces(() => {
    if (at === log.size) return null;
    const start = at;
    at = Math.min(at + PIECE_BYTES, log.size);
    return container.read(log, start, at);
  }, place);
  return importRecords(container.path, place, metadata, paths, () => {
    if (pieces.has(HEADER_BYTES) && isMagic(pieces)) pieces.pos += HEADER_BYTES;
    const content = new Pieces(unpacked(pieces), place);
    return isSplitBinary ? splitBinaryRecords(content) : cborRecords(content);
  });
}

/** There are three ways to pack: frames of zstd, chunks with a header and a frame each, and none. */
function unpacked(pieces: Pieces): NextPiece {
  if (isZstd(pieces)) return unpackedFrames(pieces);
  if (!hasChunkHeader(pieces)) {
    return () => {
      if (!pieces.begin()) return null;
      const rest = pieces.bytes.subarray(pieces.pos, pieces.end);
      pieces.pos = pieces.end;
      return rest;
    };
  }
  return () => {
    if (!pieces.begin()) return null;
    if (!hasChunkHeader(pieces)) pieces.fail("expected the header of a chunk and a zstd frame");
    const length = pieces.u32le();
    pieces.pos += CHUNK_HEADER_BYTES - 4;
    const end = pieces.offset + length;
    const content = unpackFrame(pieces);
    if (pieces.offset !== end) pieces.fail(`a chunk of ${length} bytes ends elsewhere`);
    pieces.record++;
    return content;
  };
}

function hasChunkHeader(pieces: Pieces): boolean {
  if (!pieces.has(CHUNK_HEADER_BYTES + 4)) return false;
  pieces.pos += CHUNK_HEADER_BYTES;
  const follows = isZstd(pieces);
  pieces.pos -= CHUNK_HEADER_BYTES;
  return follows;
}

function isMagic(pieces: Pieces): boolean {
  return MAGIC.every((byte, index) => pieces.bytes[pieces.pos + index] === byte);
}

/** Writes the records into a temporary container and opens it. */
function importRecords(
  path: string,
  place: Place,
  metadata: TraceInfo,
  paths: readonly string[],
  records: (scratch: { open(name: string): DiskFile }) => Iterable<LegacyRecord>,
): ImportedTrace {
  const folder = makeFolder();
  const made: DiskFile[] = [];
  const scratch = {
    open(name: string): DiskFile {
      const file = diskSpool(folder).open(name);
      made.push(file);
      return file;
    },
  };
  let container: ContainerReader | undefined;
  try {
    const sink = scratch.open("trace.ct");
    // What is lost with the machine is not missed.
    const unsynced = { writeAt: sink.writeAt.bind(sink), sync() {} };
    const writer = new TraceWriter(unsynced, scratch, {
      recordingId: NO_RECORDING,
      program: "",
      args: [],
      workdir: "",
      recorder: "",
    });
    // The writer wants one; positions are those of the importer.
    writer.pathId("-", []);
    const importer = new RecordImporter(writer, place, paths);
    importer.run(records(scratch), metadata.program || path);
    writer.finish();
    container = new ContainerReader(sink.path);
    const { tables } = importer;
    return { path, metadata, tables, container, remove: () => removeFolder(folder) };
  } finally {
    for (const file of made) file.close();
    // An open file can be read without its name, so that nothing stays behind if the process is
    // killed. Where the system doesn't allow it, closing the trace removes it.
    if (container === undefined || Deno.build.os !== "windows") removeFolder(folder);
  }
}

function makeFolder(): string {
  try {
    return Deno.makeTempDirSync({ prefix: "ct-trace-" });
  } catch (error) {
    throw classifyError(error, {
      failed:
        "Cannot convert an older trace: no folder for temporary files can be made (see TMPDIR)",
    });
  }
}

function removeFolder(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw classifyError(error, { failed: "Cannot remove a temporary folder", path });
  }
}

/** A file that is read front to back. */
class SequentialFile implements Disposable {
  readonly size: number;
  readonly #buffer = new Uint8Array(PIECE_BYTES);

  constructor(private readonly path: string, private readonly file: Deno.FsFile) {
    this.size = file.statSync().size;
  }

  /** The next piece, or null at the end; the bytes are good until the next call. */
  readonly next: NextPiece = () => {
    const piece = this.read(PIECE_BYTES);
    return piece.length === 0 ? null : piece;
  };

  /** Up to `count` bytes. */
  read(count: number): Uint8Array {
    try {
      return this.#buffer.subarray(0, this.file.readSync(this.#buffer.subarray(0, count)) ?? 0);
    } catch (error) {
      throw classifyError(error, { failed: "Cannot read the trace", path: this.path });
    }
  }

  [Symbol.dispose](): void {
    this.file.close();
  }
}

function openFile(path: string): SequentialFile {
  try {
    return new SequentialFile(path, Deno.openSync(path));
  } catch (error) {
    throw classifyError(error, { failed: "Cannot read the trace", path });
  }
}

/** The text of a file that need not be there. */
function readSmallFile(path: string): string | null {
  try {
    if (Deno.statSync(path).size > MAX_METADATA_BYTES) return null;
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw classifyError(error, { failed: "Cannot read the trace", path });
  }
}
