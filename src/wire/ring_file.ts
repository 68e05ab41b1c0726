/** The ring's file as the recorder sees it; the agent sees the same bytes as shared memory. */
import { targetError } from "../errors/mod.ts";
import {
  ACTIVATED,
  AGENT_DETACHED,
  AGENT_PID,
  AGENT_STATE,
  CHILDREN,
  EXECS_BEGUN,
  EXECS_FAILED,
  FILLED,
  FREED,
  HEADER_SIZE,
  HEADER_USED,
  HEARTBEAT,
  PROGRESS_SHOWN,
  PYTHON_VERSION,
  RECORDER_LISTENS,
  RECORDER_PID,
  RECORDER_STARTS,
  RECORDER_STATE,
  RELAYED,
  RING_MAGIC,
  SCOPES_SKIPPED,
  SEGMENT_COUNT,
  SEGMENT_SIZE,
} from "./protocol.ts";
import type { RingSource } from "./ring_source.ts";

/** What the agent wrote into the header. */
export interface AgentSide {
  /** Segments that it has filled so far. */
  readonly filled: number;
  /** 0 while no agent has attached. */
  readonly pid: number;
  /** `sys.hexversion`, 0 while no agent has attached. */
  readonly pythonVersion: number;
  /** Child processes that it saw the program start. */
  readonly children: number;
  /**
   * It ended the recording before the program's end: the recorder stopped or was silent for too long, or the agent
   * itself failed. No program that ends, is killed, forks or replaces itself looks like this.
   */
  readonly detached: boolean;
  /** Code objects that ran and were not recorded, by the rules of the gate. */
  readonly scopesSkipped: number;
  /** The program called `exec*` and has not come back from it: final when its process has ended. */
  readonly replaced: boolean;
  /** The recording was on at least once: with an activation file, code of it ran that the filters record. */
  readonly activated: boolean;
}

/**
 * Writes a new ring. Every byte is really written: a mapping over a hole of a full disk would kill the
 * program with SIGBUS.
 *
 * Needs write permission for `path`.
 *
 * @param state RECORDER_STARTS, where the agent is to wait for {@link RingFile.listen}.
 */
export function createRing(path: string, state: number = RECORDER_LISTENS): void {
  Deno.writeFileSync(path, emptyRing(state), { mode: 0o600, createNew: true });
}

/**
 * As {@link createRing}, by another thread: the file is there at once, and whole when this settles. That takes longer than
 * most of a start.
 *
 * @throws What the system says, where the file can't be made; where it can't be written, the promise rejects.
 */
export function beginRing(path: string, state: number): Promise<void> {
  const file = Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
  return fill(file, emptyRing(state));
}

async function fill(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  using _open = file;
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

function emptyRing(state: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + SEGMENT_COUNT * SEGMENT_SIZE);
  bytes.set(RING_MAGIC);
  const view = new DataView(bytes.buffer);
  view.setUint32(RECORDER_PID, Deno.pid, true);
  view.setUint32(RECORDER_STATE, state, true);
  return bytes;
}

/** Reads and gives back segments. Not thread-safe; one instance per ring. */
export class RingFile implements RingSource {
  readonly #file: Deno.FsFile;
  readonly #header = new Uint8Array(HEADER_USED - FILLED);
  readonly #headerView = new DataView(this.#header.buffer);
  readonly #field = new Uint8Array(8);
  readonly #fieldView = new DataView(this.#field.buffer);
  readonly #zeros = new Uint8Array(SEGMENT_SIZE);
  readonly #segment = new Uint8Array(SEGMENT_SIZE);
  readonly #words = new Int32Array(this.#segment.buffer);
  #freed = 0;
  #beats = 0;

  /** Needs read permission for `path`, and write permission but for a ring that is only `read`. */
  constructor(path: string, use: "read" | "both" = "both") {
    this.#file = Deno.openSync(path, { read: true, write: use === "both" });
  }

  /** Segments given back so far, which is also the number of the next one to read. */
  get freed(): number {
    return this.#freed;
  }

  /** The next segment to read is another one; nothing is given back. */
  skipTo(segment: number): void {
    this.#freed = segment;
  }

  agentSide(): AgentSide {
    this.#read(this.#header, FILLED);
    const view = this.#headerView;
    return {
      filled: Number(view.getBigUint64(0, true)),
      pid: view.getUint32(AGENT_PID - FILLED, true),
      pythonVersion: view.getUint32(PYTHON_VERSION - FILLED, true),
      children: view.getUint32(CHILDREN - FILLED, true),
      detached: view.getUint32(AGENT_STATE - FILLED, true) === AGENT_DETACHED,
      scopesSkipped: view.getUint32(SCOPES_SKIPPED - FILLED, true),
      replaced: view.getUint32(EXECS_BEGUN - FILLED, true) !==
        view.getUint32(EXECS_FAILED - FILLED, true),
      activated: view.getUint32(ACTIVATED - FILLED, true) !== 0,
    };
  }

  /** The number of filled segments alone, without an allocation. */
  filled(): number {
    this.#read(this.#field, FILLED);
    return this.#fieldView.getUint32(0, true) + this.#fieldView.getUint32(4, true) * 2 ** 32;
  }

  /**
   * How many segments wait to be read: 0 to SEGMENT_COUNT.
   *
   * @throws {TargetError} ERR_CHANNEL_CORRUPT, when the agent can't have filled so many, or has filled fewer than were
   *   read.
   */
  waiting(): number {
    let filled = this.filled();
    // What is read while it is written may be halves of two numbers.
    for (let tries = 3; tries > 0 && !this.#isPossible(filled); tries--) filled = this.filled();
    if (this.#isPossible(filled)) return filled - this.#freed;
    throw targetError(
      "ERR_CHANNEL_CORRUPT",
      `The program's channel to the recorder counts ${filled} segments where ${this.#freed} were read; ` +
        "the program must have written into the recorder's memory",
      { filled, read: this.#freed },
    );
  }

  #isPossible(filled: number): boolean {
    return filled >= this.#freed && filled <= this.#freed + SEGMENT_COUNT;
  }

  /** Segments that the agent has been given back, as the header says: of a recorder that is gone, too. */
  givenBack(): number {
    this.#read(this.#field, FREED);
    return this.#fieldView.getUint32(0, true) + this.#fieldView.getUint32(4, true) * 2 ** 32;
  }

  /** The bytes of the next segment, valid until the next call; full or not. */
  nextSegment(): Uint8Array {
    this.#read(this.#segment, this.#offset());
    return this.#segment;
  }

  /**
   * Gives the segment that was read back to the agent, as zeros.
   *
   * @param used Bytes of it that may be other than zero.
   */
  giveBack(used: number): void {
    this.#write(this.#zeros.subarray(0, used), this.#offset());
    this.#freed++;
    this.#writeField(FREED, this.#freed);
  }

  /**
   * How far the agent has written: all records that began up to byte `offset` of segment `segment` (-1: none of it).
   * Whatever it had written before this is called is covered; of what it writes meanwhile, some may be.
   */
  writtenUpTo(): { segment: number; offset: number } {
    const segment = this.filled();
    this.#read(this.#segment, HEADER_SIZE + (segment % SEGMENT_COUNT) * SEGMENT_SIZE);
    // Given over meanwhile: then it was full.
    if (this.filled() !== segment) return { segment, offset: SEGMENT_SIZE - 1 };
    // A record ends with a byte that is not zero, and behind the last one there are zeros alone.
    let word = this.#words.length - 1;
    while (word >= 0 && this.#words[word] === 0) word--;
    let offset = word * 4 + 3;
    while (offset >= 0 && this.#segment[offset] === 0) offset--;
    return { segment, offset };
  }

  /**
   * Shows the agent that the recorder lives, while it has nothing to give back; and again what it has given back, for a
   * program that has written over it would wait for ever.
   */
  beat(): void {
    this.#writeField(FREED, this.#freed);
    this.#writeField(HEARTBEAT, ++this.#beats);
  }

  /** Lets the program begin, unless somebody has stopped the recording already. */
  listen(): void {
    this.#read(this.#field, RECORDER_STATE);
    if (this.#fieldView.getUint32(0, true) === RECORDER_STARTS) this.setState(RECORDER_LISTENS);
  }

  /** Tells the agent that nobody reads any more; see RECORDER_STOPPED. */
  setState(state: number): void {
    this.#fieldView.setUint32(0, state, true);
    this.#write(this.#field.subarray(0, 4), RECORDER_STATE);
  }

  /** Tells the agent that there is a progress line to erase before the program writes to the terminal. */
  setProgressShown(shown: boolean): void {
    this.#fieldView.setUint32(0, shown ? 1 : 0, true);
    this.#write(this.#field.subarray(0, 4), PROGRESS_SHOWN);
  }

  /** Tells the agent how many bytes were taken from the pipe that one of the program's descriptors is. */
  setRelayed(stream: 1 | 2, total: number): void {
    this.#writeField(RELAYED[stream], total);
  }

  /** Whether the progress line that was shown is still there. */
  progressShown(): boolean {
    this.#read(this.#field, PROGRESS_SHOWN);
    return this.#field[0] !== 0;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  #offset(): number {
    return HEADER_SIZE + (this.#freed % SEGMENT_COUNT) * SEGMENT_SIZE;
  }

  #writeField(offset: number, value: number): void {
    this.#fieldView.setUint32(0, value >>> 0, true);
    this.#fieldView.setUint32(4, Math.floor(value / 2 ** 32), true);
    this.#write(this.#field, offset);
  }

  #read(into: Uint8Array, offset: number): void {
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    let filled = 0;
    while (filled < into.length) {
      const count = this.#file.readSync(filled === 0 ? into : into.subarray(filled));
      if (count === null) {
        throw targetError(
          "ERR_CHANNEL_CORRUPT",
          "The program's channel to the recorder has become shorter; " +
            "the program must have written into the recorder's files",
          { offset, expected: into.length, read: filled },
        );
      }
      filled += count;
    }
  }

  #write(bytes: Uint8Array, offset: number): void {
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    let written = 0;
    while (written < bytes.length) {
      written += this.#file.writeSync(written === 0 ? bytes : bytes.subarray(written));
    }
  }
}
