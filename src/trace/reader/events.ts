import type { ContainerReader } from "../ctfs/container_reader.ts";
import { firstNotBelow } from "./_search.ts";
import { RecordStreamReader } from "./chunked_stream_reader.ts";

/** What readers reduce the stored kinds of events to. */
export type EventClass = "stdout" | "file" | "error" | "stderr";

/** Input or output of the program. */
export interface TraceEvent {
  /** From 0. */
  readonly index: number;
  /** Kind as stored, 0 to 13. */
  readonly kind: number;
  readonly class: EventClass;
  /** Index of the step record during which it happened. */
  readonly step: number;
  /** What the recorder noted about it; real recorders put JSON there. */
  readonly metadata: string;
  /** The bytes as the program wrote or read them; not always text. */
  readonly content: Uint8Array;
}

/** By stored kind: 0 Write, 1 WriteFile, 2 WriteOther, 3 to 10 files, 11 Error, 12 and 13 logs. */
const CLASSES: readonly EventClass[] = [
  ...Array<EventClass>(3).fill("stdout"),
  ...Array<EventClass>(8).fill("file"),
  "error",
  "stderr",
  "stderr",
];

/** Random access to `events.dat`. */
export class EventReader {
  readonly #stream: RecordStreamReader;

  /** Errors as for {@link RecordStreamReader}. */
  constructor(container: ContainerReader) {
    this.#stream = new RecordStreamReader(container, "events");
  }

  /** Number of events. */
  get count(): number {
    return this.#stream.count;
  }

  /** An event, which must exist. */
  event(index: number): TraceEvent {
    const cursor = this.#stream.record(index);
    const kind = cursor.u8();
    const eventClass = CLASSES[kind] ?? cursor.fail(`unknown kind ${kind}`);
    const step = cursor.varint();
    const metadata = cursor.text();
    // A copy, so that an event can be kept without its chunk.
    const content = cursor.sized().slice();
    cursor.finish();
    return { index, kind, class: eventClass, step, metadata, content };
  }

  /** Index of the first event at this step or later; the number of events if there is none. */
  firstFrom(step: number): number {
    return firstNotBelow(this.count, step, (index) => this.event(index).step);
  }
}
