/** What a trace says was read and written, and where. */
import type { ReadTrace } from "./compare.ts";

/** One I/O event. */
export interface RecordedOutput {
  readonly stream: string;
  /** Who wrote it: the program's own streams, or what else has the descriptor. */
  readonly source: "own" | "fd";
  /** The step it belongs to, and that one's line; 0 where there is none. */
  readonly step: number;
  readonly line: number;
  readonly bytes: Uint8Array;
  /** The same, byte by byte as characters. */
  readonly text: string;
}

interface IoEvent {
  readonly kind: string;
  readonly step_id: number;
  readonly metadata: string;
  readonly bytes_b64: string;
}

/** Input and output of a trace, in order; errors are left out. */
export function recordedOutput(trace: ReadTrace | null): RecordedOutput[] {
  const events = trace?.events ?? [];
  const lines = new Map(events.map((event) => [event.step_index, event.line ?? 0]));
  return events.filter((event) => event.kind === "io").flatMap((event) => {
    const { step_id, metadata, bytes_b64 } = event as unknown as IoEvent;
    const { stream, source } = JSON.parse(metadata);
    if (stream === undefined) return [];
    const text = atob(bytes_b64);
    return {
      stream,
      source: source ?? "own",
      step: step_id,
      line: lines.get(step_id) ?? 0,
      bytes: Uint8Array.from(text, (character) => character.charCodeAt(0)),
      text,
    };
  });
}

/** All that went through one stream, or that one of the two sources wrote to it. */
export function textOf(
  output: readonly RecordedOutput[],
  stream: string,
  source?: RecordedOutput["source"],
): string {
  return output.filter((event) =>
    event.stream === stream && (source === undefined || event.source === source)
  ).map((event) => event.text).join("");
}
