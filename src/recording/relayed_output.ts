/**
 * What was written to the program's descriptors, on its way from the session, which relays it, to the trace worker:
 * a row of files in the work folder, each removed when it has been read. Each piece says how far the agent had written
 * when it came, so that the worker finds the step; until the worker is there, it waits on the disk.
 */
import { join } from "node:path";
import { environmentError, type RecorderError } from "../errors/mod.ts";
import { BrokenRecord } from "../wire/marshal.ts";
import { SEGMENT_SIZE } from "../wire/protocol.ts";
import type { RingFile } from "../wire/ring_file.ts";
import { DiskFile } from "../trace/file_store.ts";

/** Per piece: segment (float 64), offset (int 32), stream, length (uint 32), 0; little-endian. */
const HEADER = 24;
/** A file that is longer gets a successor. */
const LONG_FILE = 16 << 20;
/** Bytes that the worker holds at once. */
const BLOCK = 64 << 10;
/** No write of up to so many bytes to a pipe is ever cut (PIPE_BUF): one that was leaves more than that behind. */
const PIPE_BUF = 4096;

/** Fields of the shared memory. */
const FIELDS = 4;
/** Odd while the session adds a piece. */
const TURN = 0;
/** The file that is being written, and its length. */
const FILE = 1;
const LENGTH = 2;
/** 1: what came is not here, the disk did not take it. */
const BROKEN = 3;

const pathOf = (folder: string, file: number) => join(folder, `relayed-${file}`);

/** The session's side. */
export class RelayedOutputWriter {
  readonly buffer = new SharedArrayBuffer(FIELDS * 4);
  readonly #fields = new Int32Array(this.buffer);
  readonly #folder: string;
  readonly #ring: RingFile;
  readonly #header = new Uint8Array(HEADER);
  readonly #view = new DataView(this.#header.buffer);
  #file: DiskFile | null;
  #length = 0;

  /**
   * Needs read and write permission for `folder`.
   *
   * @param ring Of the same recording; not closed before this.
   * @throws {RecorderError} ERR_IO.
   */
  constructor(folder: string, ring: RingFile) {
    this.#folder = folder;
    this.#ring = ring;
    this.#file = DiskFile.create(pathOf(folder, 0));
  }

  /** Adds what has just come. A disk that takes no more ends the recording, not the relaying. */
  add(stream: number, bytes: Uint8Array): void {
    if (this.#file === null || bytes.length === 0) return;
    // The worker takes no segment in meanwhile: this piece may belong into one that is handed over just now.
    Atomics.add(this.#fields, TURN, 1);
    try {
      this.#write(this.#file, stream, bytes);
    } catch {
      // Told by the worker, whose part the trace is.
      Atomics.store(this.#fields, BROKEN, 1);
      this.close();
    }
    Atomics.add(this.#fields, TURN, 1);
  }

  /** Nobody reads any more. May be called twice. */
  close(): void {
    this.#file?.close();
    this.#file = null;
  }

  #write(file: DiskFile, stream: number, bytes: Uint8Array): void {
    const { segment, offset } = this.#ring.writtenUpTo();
    const view = this.#view;
    view.setFloat64(0, segment, true);
    view.setInt32(8, offset, true);
    view.setUint32(12, stream, true);
    view.setUint32(16, bytes.length, true);
    file.writeAt(this.#header, this.#length);
    file.writeAt(bytes, this.#length + HEADER);
    this.#length += HEADER + bytes.length;
    if (this.#length > LONG_FILE) {
      const following = Atomics.load(this.#fields, FILE) + 1;
      this.#file = DiskFile.create(pathOf(this.#folder, following));
      file.close();
      this.#length = 0;
      Atomics.store(this.#fields, FILE, following);
    }
    Atomics.store(this.#fields, LENGTH, this.#length);
  }
}

/** A piece that waits. */
export interface RelayedPiece {
  /** Where the agent was when it came: all that it had written by then began up to here. */
  readonly segment: number;
  readonly offset: number;
  readonly stream: number;
  readonly length: number;
}

/** The worker's side. */
export class RelayedOutputReader {
  readonly #fields: Int32Array;
  readonly #folder: string;
  readonly #header = new Uint8Array(HEADER);
  readonly #view = new DataView(this.#header.buffer);
  readonly #block = new Uint8Array(BLOCK);
  #file: Deno.FsFile | null = null;
  #number = 0;
  #at = 0;
  #lastFile = 0;
  #lastLength = 0;
  #piece: RelayedPiece | null = null;

  /** Needs read and write permission for `folder`. */
  constructor(folder: string, buffer: SharedArrayBuffer) {
    this.#folder = folder;
    this.#fields = new Int32Array(buffer);
  }

  /** Looks what there is. What comes after this was written when the agent was at least as far as it is now. */
  refresh(): void {
    for (;;) {
      const turn = Atomics.load(this.#fields, TURN);
      if (turn % 2 !== 0) {
        Atomics.wait(this.#fields, TURN, turn, 1);
        continue;
      }
      this.#lastFile = Atomics.load(this.#fields, FILE);
      this.#lastLength = Atomics.load(this.#fields, LENGTH);
      if (Atomics.load(this.#fields, TURN) === turn) return;
    }
  }

  /** Why what came is not here; null if it is. */
  get failure(): RecorderError | null {
    if (Atomics.load(this.#fields, BROKEN) === 0) return null;
    return environmentError(
      "ERR_IO",
      `Cannot keep what was written to the program's descriptors: the disk is full, or files in ${this.#folder} ` +
        "can't be made any more",
      { path: this.#folder },
    );
  }

  /** The next piece, as of the last {@link refresh}; null when there is none. */
  peek(): RelayedPiece | null {
    if (this.#piece !== null) return this.#piece;
    while (this.#number < this.#lastFile && this.#at >= this.#open().statSync().size) {
      this.#turnPage();
    }
    if (this.#number === this.#lastFile && this.#at >= this.#lastLength) return null;
    this.#read(this.#header);
    const view = this.#view;
    return this.#piece = {
      segment: view.getFloat64(0, true),
      offset: Math.min(view.getInt32(8, true), SEGMENT_SIZE),
      stream: view.getUint32(12, true),
      length: view.getUint32(16, true),
    };
  }

  /** Hands over the bytes of the piece that {@link peek} showed, block by block. */
  take(to: (bytes: Uint8Array, length: number, goesOn: boolean) => void): void {
    const piece = this.peek();
    if (piece === null) return;
    this.#piece = null;
    for (let left = piece.length; left > 0;) {
      const block = this.#block.subarray(0, Math.min(left, BLOCK));
      this.#read(block);
      left -= block.length;
      to(block, block.length, left > 0 || piece.length >= PIPE_BUF);
    }
  }

  /** Closes what is open. May be called twice. */
  close(): void {
    this.#file?.close();
    this.#file = null;
  }

  #open(): Deno.FsFile {
    return this.#file ??= Deno.openSync(pathOf(this.#folder, this.#number));
  }

  #turnPage(): void {
    this.close();
    Deno.removeSync(pathOf(this.#folder, this.#number));
    this.#number++;
    this.#at = 0;
  }

  #read(into: Uint8Array): void {
    const file = this.#open();
    for (let done = 0; done < into.length;) {
      const count = file.readSync(into.subarray(done));
      // The files are the program's to write as well, which must not make this loop for ever.
      if (count === null) throw new BrokenRecord("a piece of relayed output breaks off");
      done += count;
    }
    this.#at += into.length;
  }
}
