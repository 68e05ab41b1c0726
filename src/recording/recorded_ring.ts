/** What a recorder that was killed left behind, read as if it came from the ring. */
import type { AgentSide } from "../wire/ring_file.ts";
import { RingFile } from "../wire/ring_file.ts";
import { SEGMENT_COUNT, SEGMENT_SIZE } from "../wire/protocol.ts";
import type { RingSource } from "../wire/ring_source.ts";
import { JournalReader } from "./journal.ts";

/**
 * The segments of the journal, then those of the ring. A segment is in the journal before it is given back, so the ring
 * has all that the journal has not; some are in both.
 */
export class RecordedRing implements RingSource {
  freed = 0;
  readonly #journal: JournalReader;
  readonly #ring: RingFile;
  /** Segments that the agent was given back. */
  readonly #given: number;
  /** The agent can't have written to this segment, nor to any behind it. */
  readonly #end: number;
  readonly #segment = new Uint8Array(SEGMENT_SIZE);

  /**
   * Needs read permission for both, none afterwards.
   *
   * @throws {RecorderError} ERR_IO.
   */
  constructor(ringPath: string, journalPath: string) {
    this.#ring = new RingFile(ringPath, "read");
    try {
      this.#journal = new JournalReader(journalPath);
    } catch (error) {
      this.#ring[Symbol.dispose]();
      throw error;
    }
    const { count } = this.#journal;
    this.#given = this.#ring.givenBack();
    // One that is kept and not given back yet still lies in the ring, where the agent would write its fourth.
    this.#end = count + SEGMENT_COUNT - (this.#given === count - 1 ? 1 : 0);
    this.#ring.skipTo(count);
  }

  agentSide(): AgentSide {
    return this.#ring.agentSide();
  }

  waiting(): number {
    const { count } = this.#journal;
    // Whatever the program may have written over the number.
    const filled = Math.min(Math.max(this.#ring.filled(), count), this.#end);
    return filled - this.freed;
  }

  /** @throws {RecorderError} ERR_TRACE_CORRUPT, where the journal is damaged. */
  nextSegment(): Uint8Array {
    const { count } = this.#journal;
    if (this.freed < count) this.#journal.read(this.freed, this.#segment);
    else if (this.#given > count) {
      this.#journal.refuse(count, `it ends there, ahead of segment ${this.#given}`);
    } else if (this.freed < this.#end) return this.#ring.nextSegment();
    // The agent waited for a segment to write to, with all of them full.
    else this.#segment.fill(0);
    return this.#segment;
  }

  giveBack(): void {
    // The agent gets nothing back: it is gone, or will be at its next full segment.
    if (this.freed >= this.#journal.count) this.#ring.skipTo(this.freed + 1);
    this.freed++;
  }

  beat(): void {}

  listen(): void {}

  /** The agent has been told that nobody listens, by whoever recovers. */
  setState(): void {}

  [Symbol.dispose](): void {
    this.#journal.close();
    this.#ring[Symbol.dispose]();
  }
}
