import { RecorderError } from "../errors/mod.ts";
import type { RandomAccessSink } from "./ctfs/container_writer.ts";
import type { SpoolFile } from "./file_store.ts";

/** Zeros are written in pieces of this size. */
const PIECE = new Uint8Array(256 << 10);
/** Bytes by which a reserve grows beyond what is asked for, so that it is not done for every write. */
const SLAB = 256 << 10;

/** What a file must be able to do to be kept a reserve for; a `DiskFile` can. */
export interface ReservableFile extends RandomAccessSink, SpoolFile {
  /** Cuts the file off behind `size` bytes. */
  truncate(size: number): void;
}

/**
 * What the files of one trace share: whether they still keep a reserve, and why they no longer could.
 */
export class Reserve {
  readonly #files: ReservedFile[] = [];
  #error: RecorderError | null = null;
  #kept = true;
  #begun = false;

  /** Lets a file take part. */
  add(file: ReservedFile): void {
    this.#files.push(file);
  }

  /**
   * With the first write to any of the files all of them get their reserve: one that is written later
   * would find the disk full of the others'.
   */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    for (const file of this.#files) file.layOut();
  }

  /**
   * The first error; null as long as there is room for all data and for the reserves. Who sees one
   * has to stop recording and to finish, which the reserves have room for.
   */
  get error(): RecorderError | null {
    return this.#error;
  }

  /** Whether files have to keep a reserve. */
  get kept(): boolean {
    return this.#kept && this.#error === null;
  }

  /** From here on the reserve is for using up: the trace is being finished. */
  release(): void {
    this.#kept = false;
  }

  /** Takes note of why there is no room. Later errors follow from the first. */
  fail(error: RecorderError): void {
    this.#error ??= error;
  }
}

/**
 * A file that has room to be finished: behind what was written, zeros are kept on the disk. When
 * they can't be laid out any more (disk full, quota, file-size limit), what is written goes into
 * those that were, and {@link Reserve.error} tells.
 *
 * Zeros and not a hole, which would keep nothing free.
 */
export class ReservedFile implements RandomAccessSink, SpoolFile {
  /** Where the data ends. */
  #size = 0;
  /** Up to here every byte is on the disk. */
  #laidOut = 0;
  /** The file may be as long as this: a piece that did not fit is there in part. */
  #longest = 0;

  /**
   * @param file Empty, and used by nobody else.
   * @param wanted Bytes to keep free behind the data.
   */
  constructor(
    private readonly file: ReservableFile,
    private readonly reserve: Reserve,
    private readonly wanted: () => number,
  ) {
    reserve.add(this);
  }

  /** @throws {RecorderError} `ERR_IO`, when there is no reserve or when it is used up. */
  writeAt(bytes: Uint8Array, offset: number): void {
    const end = offset + bytes.length;
    if (this.reserve.kept) {
      this.reserve.begin();
      if (end + this.wanted() > this.#laidOut) this.layOut(end);
    }
    this.file.writeAt(bytes, offset);
    if (end > this.#size) this.#size = end;
  }

  readAt(into: Uint8Array, offset: number): number {
    const available = Math.min(into.length, Math.max(this.#size - offset, 0));
    return this.file.readAt(into.subarray(0, available), offset);
  }

  /** Cuts the reserve off, and returns when all data would survive a loss of power. */
  sync(): void {
    if (this.#longest > this.#size) this.file.truncate(this.#size);
    this.#laidOut = this.#longest = 0;
    this.file.sync();
  }

  close(): void {
    this.file.close();
  }

  /**
   * Lays out zeros up to as much behind `end` as is wanted, and a bit more. What keeps it from that is noted in the
   * reserve.
   */
  layOut(end = 0): void {
    const until = end + this.wanted() + SLAB;
    try {
      // From the end of the zeros and not of the data: between the blocks of a container that are
      // written there are others that still wait in memory.
      while (this.#laidOut < until) {
        const count = Math.min(PIECE.length, until - this.#laidOut);
        this.#longest = this.#laidOut + count;
        this.file.writeAt(PIECE.subarray(0, count), this.#laidOut);
        this.#laidOut += count;
      }
    } catch (error) {
      if (!(error instanceof RecorderError)) throw error;
      this.reserve.fail(error);
    }
  }
}
