import type { TraceEvent } from "../../trace/reader/events.ts";

/** What our own recorder says of an event besides (trace-format.md); nothing of it is in every trace. */
export interface EventNotes {
  readonly stdin: boolean;
  /** Written past the program's streams, by native code or a child. */
  readonly isFromDescriptor: boolean;
  /** Number of the thread that wrote it, 0 for the main one. */
  readonly thread: number | null;
  readonly threadName: string | null;
  /** Name of the asyncio task. */
  readonly task: string | null;
}

const NOTHING: EventNotes = {
  stdin: false,
  isFromDescriptor: false,
  thread: null,
  threadName: null,
  task: null,
};

/** Reads an event's metadata; that of other recorders may be anything, and says nothing here. */
export function notesOf(event: TraceEvent): EventNotes {
  let said: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(event.metadata);
    if (typeof parsed !== "object" || parsed === null) return NOTHING;
    said = { ...parsed };
  } catch {
    return NOTHING; // no JSON
  }
  const text = (value: unknown) => typeof value === "string" ? value : null;
  return {
    stdin: said.stream === "stdin",
    isFromDescriptor: said.source === "fd",
    thread: typeof said.thread === "number" ? said.thread : null,
    threadName: text(said.thread_name),
    task: text(said.task),
  };
}
