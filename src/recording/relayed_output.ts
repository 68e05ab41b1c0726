/**
 * What was written to one of the program's descriptors, on its way from the session, which relays it, to the trace
 * worker: a file in the work folder for each. Each piece says how far the agent had written when it came, so that the
 * worker finds the step, at once or when a recording that was cut off is recovered.
 */
import { join } from "node:path";
import { classifyError, environmentError, osReason, type RecorderError } from "../errors/mod.ts";
import { DiskFile } from "../trace/file_store.ts";
import { BrokenRecord } from "../wire/marshal.ts";
import type { RingFile } from "../wire/ring_file.ts";
import { relayedName } from "./work_files.ts";

/** Per piece: segment (float 64), offset (int 32), length (uint 32); little-endian. */
const HEADER = 16;
/** Bytes that the worker holds at once; the session takes as many from a pipe at once, if they are there. */
const BLOCK = 64 << 10;
/** No write of up to so many bytes to a pipe is ever cut (PIPE_BUF): one that was leaves more than that behind. */
const PIPE_BUF = 4096;

const NEWLINE = 10;

/** Fields of the shared memory. */
const FIELDS = 20;
/** Odd while the session adds a piece. */
const TURN = 0;
/** Length of the file: a 32-bit half each. */
const LENGTH_LOW = 1;
const LENGTH_HIGH = 2;
/** 1: what came is not here, the disk did not take it. */
const BROKEN = 3;
/** The system's name for why, a character each, with zeros behind it. */
const REASON = 4;

/** What the worker has to know to read. */
export interface RelayedOutput {
  /** 1 or 2; 1 where they are the same. */
  readonly stream: 1 | 2;
  readonly buffer: SharedArrayBuffer;
}

/** The session's side. */
export class RelayedOutputWriter implements RelayedOutput {
  readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(FIELDS * 4);
  readonly stream: 1 | 2;
  readonly #fields = new Int32Array(this.buffer);
  readonly #ring: RingFile;
  readonly #header = new Uint8Array(HEADER);
  readonly #view = new DataView(this.#header.buffer);
  #file: DiskFile | null;
  #length = 0;
  #total = 0;

  /**
   * Needs read and write permission for `folder`.
   *
   * @param ring Of the same recording; not closed before this.
   * @throws {RecorderError} ERR_IO.
   */
  constructor(folder: string, ring: RingFile, stream: 1 | 2) {
    this.#ring = ring;
    this.stream = stream;
    this.#file = DiskFile.create(join(folder, relayedName(stream)));
  }

  /** Adds what has just come. A disk that takes no more ends the recording, not the relaying. */
  add(bytes: Uint8Array): void {
    if (this.#file === null || bytes.length === 0) return;
    // The worker takes no segment in meanwhile: this piece may belong into one that is handed over just now.
    Atomics.add(this.#fields, TURN, 1);
    try {
      this.#write(this.#file, bytes);
    } catch (error) {
      // Told by the worker, whose part the trace is.
      this.#break(error);
    }
    Atomics.add(this.#fields, TURN, 1);
  }

  /** Nobody reads any more. May be called twice. */
  close(): void {
    this.#file?.close();
    this.#file = null;
  }

  #break(error: unknown): void {
    const reason = classifyError(error).context["os_error"];
    if (typeof reason === "string") {
      for (let n = 0; n < Math.min(reason.length, FIELDS - REASON); n++) {
        Atomics.store(this.#fields, REASON + n, reason.charCodeAt(n));
      }
    }
    Atomics.store(this.#fields, BROKEN, 1);
    this.close();
  }

  #write(file: DiskFile, bytes: Uint8Array): void {
    const { segment, offset } = this.#ring.writtenUpTo();
    this.#total += bytes.length;
    this.#ring.setRelayed(this.stream, this.#total);
    const view = this.#view;
    view.setFloat64(0, segment, true);
    view.setInt32(8, offset, true);
    view.setUint32(12, bytes.length, true);
    file.writeAt(this.#header, this.#length);
    file.writeAt(bytes, this.#length + HEADER);
    this.#length += HEADER + bytes.length;
    storeLength(this.#fields, this.#length);
  }
}

/**
 * What a recorder that is gone has kept of a descriptor: as {@link RelayedOutputReader} wants it.
 *
 * Needs read permission for `folder`.
 *
 * @throws {RecorderError} ERR_IO.
 */
export function relayedSoFar(folder: string, stream: 1 | 2): RelayedOutput {
  const buffer = new SharedArrayBuffer(FIELDS * 4);
  const path = join(folder, relayedName(stream));
  try {
    storeLength(new Int32Array(buffer), lengthOfWholePieces(path));
  } catch (error) {
    throw classifyError(error, { failed: "Cannot read what the program wrote", path });
  }
  return { stream, buffer };
}

/** The recorder may have died while it wrote the last piece. */
function lengthOfWholePieces(path: string): number {
  using file = Deno.openSync(path);
  const { size } = file.statSync();
  const header = new Uint8Array(HEADER);
  const view = new DataView(header.buffer);
  for (let at = 0;;) {
    file.seekSync(at, Deno.SeekMode.Start);
    if (at + HEADER > size || file.readSync(header) !== HEADER) return at;
    const next = at + HEADER + view.getUint32(12, true);
    if (next > size) return at;
    at = next;
  }
}

function storeLength(fields: Int32Array, length: number): void {
  Atomics.store(fields, LENGTH_LOW, length | 0);
  Atomics.store(fields, LENGTH_HIGH, Math.floor(length / 2 ** 32));
}

/** Where a piece that waits belongs: all that the agent had written when it came began up to here. */
export interface RelayedPiece {
  readonly segment: number;
  readonly offset: number;
}

/** What gets the bytes. `goesOn`: the last write among them may have been cut at their end. */
export type TakeRelayed = (bytes: Uint8Array, length: number, goesOn: boolean) => void;

/** The worker's side. */
export class RelayedOutputReader {
  readonly stream: 1 | 2;
  readonly #fields: Int32Array;
  readonly #path: string;
  readonly #header = new Uint8Array(HEADER);
  readonly #view = new DataView(this.#header.buffer);
  readonly #block = new Uint8Array(BLOCK);
  readonly #file: Deno.FsFile;
  #closed = false;
  #at = 0;
  #lastLength = 0;
  #piece: RelayedPiece | null = null;
  /** Bytes of the piece in all, and of those the ones that have not been taken. */
  #length = 0;
  #left = 0;
  #taken = 0;

  /** Needs read permission for `folder`, none afterwards. */
  constructor(folder: string, { stream, buffer }: RelayedOutput) {
    this.stream = stream;
    this.#fields = new Int32Array(buffer);
    this.#path = join(folder, relayedName(stream));
    this.#file = Deno.openSync(this.#path);
  }

  /** Looks what there is. What comes after this was written when the agent was at least as far as it is now. */
  refresh(): void {
    for (;;) {
      const turn = Atomics.load(this.#fields, TURN);
      if (turn % 2 !== 0) {
        Atomics.wait(this.#fields, TURN, turn, 1);
        continue;
      }
      this.#lastLength = (Atomics.load(this.#fields, LENGTH_LOW) >>> 0) +
        Atomics.load(this.#fields, LENGTH_HIGH) * 2 ** 32;
      if (Atomics.load(this.#fields, TURN) === turn) return;
    }
  }

  /** Why what came is not here; null if it is. */
  get failure(): RecorderError | null {
    if (Atomics.load(this.#fields, BROKEN) === 0) return null;
    const letters = this.#fields.subarray(REASON);
    const reason = String.fromCharCode(...letters).replaceAll("\0", "");
    const why = reason === "" ? "it can't be written any more" : osReason(reason);
    return environmentError(
      "ERR_IO",
      `Cannot keep what was written to the program's descriptors (${this.#path}): ${why}`,
      { path: this.#path, ...(reason === "" ? {} : { os_error: reason }) },
    );
  }

  /** Bytes of the file, as of the last {@link refresh}. */
  get length(): number {
    return this.#lastLength;
  }

  /** The next piece, as of the last {@link refresh}; null when there is none. */
  peek(): RelayedPiece | null {
    if (this.#piece !== null) return this.#piece;
    if (this.#at >= this.#lastLength) return null;
    this.#read(this.#header);
    const view = this.#view;
    this.#length = this.#left = view.getUint32(12, true);
    return this.#piece = {
      segment: view.getFloat64(0, true),
      offset: view.getInt32(8, true),
    };
  }

  /** Hands over what is left of the piece that {@link peek} showed, block by block. */
  take(to: TakeRelayed): void {
    if (this.peek() !== null) this.#take(this.#left, to);
  }

  /**
   * Hands over what was written by a moment at which `known` bytes had been taken in from the pipe, and `unread` more
   * lay in it. Bytes between the two, taken and not yet counted, are a piece: the next one, unless that holds the
   * unread ones itself, as far as its length tells. So a part of a piece is taken to the end of a line only.
   */
  takeWritten(known: number, unread: number, to: TakeRelayed): void {
    let until = known + unread;
    if (this.#taken >= until) return;
    this.refresh();
    while (this.#taken < until && this.peek() !== null) {
      const begins = this.#taken - (this.#length - this.#left);
      if (begins === known && this.#length < Math.min(unread, BLOCK)) until += this.#length;
      if (until - this.#taken < this.#left) return this.#takeLines(until - this.#taken, to);
      this.#take(this.#left, to);
    }
  }

  /** Closes what is open. May be called twice. */
  close(): void {
    if (!this.#closed) this.#file.close();
    this.#closed = true;
  }

  /** What of the next `count` bytes are whole lines. */
  #takeLines(count: number, to: TakeRelayed): void {
    const at = this.#at;
    const start = this.#block.subarray(0, Math.min(count, BLOCK));
    this.#read(start);
    const lines = start.lastIndexOf(NEWLINE) + 1;
    this.#at = at;
    this.#file.seekSync(at, Deno.SeekMode.Start);
    this.#take(lines, to);
  }

  #take(count: number, to: TakeRelayed): void {
    const left = this.#left - count;
    while (this.#left > left) {
      const block = this.#block.subarray(0, Math.min(this.#left - left, BLOCK));
      this.#read(block);
      this.#taken += block.length;
      this.#left -= block.length;
      to(block, block.length, this.#left > 0 || this.#length >= PIPE_BUF);
    }
    if (this.#left === 0) this.#piece = null;
  }

  #read(into: Uint8Array): void {
    for (let done = 0; done < into.length;) {
      const count = this.#file.readSync(into.subarray(done));
      // The files are the program's to write as well.
      if (count === null) throw new BrokenRecord("a piece of relayed output breaks off");
      done += count;
    }
    this.#at += into.length;
  }
}
