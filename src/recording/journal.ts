/**
 * What was taken out of the ring, kept until the trace stands in its place: a recorder that is killed leaves the ring
 * and the journal, and from the two the whole trace can be made again (adr/0011).
 *
 * The file is a row of frames, one for each segment that was given back, in order: the length of what follows the second
 * number (u32, little-endian), the length of the segment's data (u32), and that data as a frame of zstd with a checksum. Or,
 * where the length's highest bit is set, the CRC-32 of the data (u32) and the data as it is.
 */
import zlib from "node:zlib";
import {
  classifyError,
  ensureInternal,
  environmentError,
  osErrorCode,
  RecorderError,
} from "../errors/mod.ts";
import type { DiskFile } from "../trace/file_store.ts";
import { framesOf } from "../trace/reused_zstd.ts";
import { SEGMENT_SIZE } from "../wire/protocol.ts";

const HEADER = 8;
/** In the length of a frame: the data is as it is. */
const AS_IS = 0x8000_0000;
const CHECKSUM = 4;
/**
 * Bytes that are kept as they are. Compressing small records takes 0.3 to 0.5 ms for a segment, and so a tenth of the worker's
 * time, where writing them takes 0.1; and what is removed in a moment need not be short. Long recordings need not fill the disk.
 */
const MOST_AS_IS = 8 << 20;
/** What the system says where a file can't get longer, by a full disk, a quota or a limit of the process. */
const NO_ROOM: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
/** More than zstd makes of a segment at worst, with the empty frame that Node appends to what is long. */
const LONGEST_FRAME = SEGMENT_SIZE + (SEGMENT_SIZE >> 7) + 512;
const COMPRESSION = {
  // The fastest that still finds what repeats from record to record (design-docs/adr/0011).
  [zlib.constants.ZSTD_c_compressionLevel]: 1,
  [zlib.constants.ZSTD_c_checksumFlag]: 1,
};

/** The recorder's side, while it records. */
export class JournalWriter {
  readonly #file: DiskFile;
  readonly #header = new Uint8Array(HEADER + CHECKSUM);
  readonly #view = new DataView(this.#header.buffer);
  readonly #frame = framesOf(COMPRESSION);
  #mostAsIs: number;
  #length = 0;

  /**
   * @param file Empty, and used by nobody else.
   * @param room So many bytes may be kept as they are, if it isn't more than is good.
   */
  constructor(file: DiskFile, room = MOST_AS_IS) {
    this.#file = file;
    this.#mostAsIs = Math.min(room, MOST_AS_IS);
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /**
   * Keeps a segment. It may be given back when this returns.
   *
   * @param used Bytes of it that hold records.
   * @throws {RecorderError} ERR_IO. What was kept before is as it was; nothing more must be added.
   */
  add(segment: Uint8Array, used: number): void {
    const data = segment.subarray(0, used);
    if (this.#length + used <= this.#mostAsIs) {
      try {
        return this.#addAsIs(data);
      } catch (error) {
        if (!(error instanceof RecorderError && NO_ROOM.has(error.context["os_error"]))) {
          throw error;
        }
        // Where this began to stand may be room for less.
        this.#mostAsIs = 0;
      }
    }
    const compressed = this.#frame(data) ?? zlib.zstdCompressSync(data, { params: COMPRESSION });
    this.#view.setUint32(0, compressed.length, true);
    this.#view.setUint32(4, used, true);
    // Its length last: behind it may stand what found no room, which is no part of it.
    this.#file.writeAt(compressed, this.#length + HEADER);
    this.#file.writeAt(this.#header.subarray(0, HEADER), this.#length);
    this.#length += HEADER + compressed.length;
  }

  #addAsIs(data: Uint8Array): void {
    this.#view.setUint32(0, AS_IS + CHECKSUM + data.length, true);
    this.#view.setUint32(4, data.length, true);
    this.#view.setUint32(HEADER, zlib.crc32(data), true);
    this.#file.writeAt(this.#header, this.#length);
    this.#file.writeAt(data, this.#length + this.#header.length);
    this.#length += this.#header.length + data.length;
  }

  /** May be called twice. */
  close(): void {
    this.#file.close();
  }
}

/** Reads a journal that was left behind. */
export class JournalReader {
  /** Null where the recorder had not got as far as to make it. */
  readonly #file: Deno.FsFile | null;
  readonly #path: string;
  readonly #header = new Uint8Array(HEADER);
  readonly #view = new DataView(this.#header.buffer);
  /** Where each whole frame begins, and one more: where the last one ends. */
  readonly #starts: number[] = [0];

  /**
   * Needs read permission for `path`, none afterwards.
   *
   * @throws {RecorderError} ERR_IO.
   */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#file = Deno.openSync(path);
    } catch (error) {
      this.#file = null;
      if (osErrorCode(error) === "ENOENT") return;
      throw classifyError(error, { failed: "Cannot open the journal of the recording", path });
    }
    try {
      this.#findFrames(this.#file);
    } catch (error) {
      this.#file.close();
      throw classifyError(error, { failed: "Cannot read the journal of the recording", path });
    }
  }

  /** Segments that are here whole: of the last one, the recorder may have died while it wrote it. */
  get count(): number {
    return this.#starts.length - 1;
  }

  /**
   * Fills in segment `number`, and zeros behind it.
   *
   * @throws {RecorderError} ERR_TRACE_CORRUPT, when it is damaged.
   */
  read(number: number, into: Uint8Array): void {
    const start = this.#starts[number] ?? 0;
    const frame = new Uint8Array((this.#starts[number + 1] ?? start) - start);
    ensureInternal(this.#file !== null, "ERR_UNKNOWN", () => `There is no segment ${number}`);
    this.#fill(this.#file, frame, start);
    const view = new DataView(frame.buffer);
    const used = view.getUint32(4, true);
    const isAsIs = view.getUint32(0, true) >= AS_IS;
    const data = isAsIs
      ? this.#checked(frame, view, number)
      : this.#inflate(frame.subarray(HEADER), number);
    if (data.length !== used) throw this.#damaged(number, `${data.length} bytes, not ${used}`);
    into.set(data);
    into.fill(0, used);
  }

  close(): void {
    this.#file?.close();
  }

  #checked(frame: Uint8Array, view: DataView, number: number): Uint8Array {
    const data = frame.subarray(HEADER + CHECKSUM);
    if (
      frame.length < HEADER + CHECKSUM || data.length > SEGMENT_SIZE ||
      zlib.crc32(data) !== view.getUint32(HEADER, true)
    ) {
      throw this.#damaged(number, "its checksum or its length is another one");
    }
    return data;
  }

  #inflate(frame: Uint8Array, number: number): Uint8Array {
    try {
      return zlib.zstdDecompressSync(frame, { maxOutputLength: SEGMENT_SIZE });
    } catch (error) {
      throw this.#damaged(number, error instanceof Error ? error.message : String(error));
    }
  }

  /** @throws {RecorderError} ERR_TRACE_CORRUPT: segment `number` can't be had. */
  refuse(number: number, why: string): never {
    throw this.#damaged(number, why);
  }

  #damaged(number: number, why: string): RecorderError {
    return environmentError(
      "ERR_TRACE_CORRUPT",
      `Cannot recover more of the recording: its journal (${this.#path}) is damaged at segment ${number}: ${why}`,
      { path: this.#path, segment: number, reason: why },
    );
  }

  #findFrames(file: Deno.FsFile): void {
    const { size } = file.statSync();
    for (let at = 0; at + HEADER <= size;) {
      this.#fill(file, this.#header, at);
      const length = this.#view.getUint32(0, true) % AS_IS;
      at += HEADER + length;
      if (length === 0 || length > LONGEST_FRAME || at > size) return;
      this.#starts.push(at);
    }
  }

  #fill(file: Deno.FsFile, into: Uint8Array, offset: number): void {
    file.seekSync(offset, Deno.SeekMode.Start);
    for (let done = 0; done < into.length;) {
      const count = file.readSync(into.subarray(done));
      if (count === null) throw this.#damaged(this.count, "the file has become shorter");
      done += count;
    }
  }
}
