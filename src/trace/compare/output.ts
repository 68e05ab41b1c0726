import type { TraceReader } from "../reader/open_trace.ts";
import { withoutDurations } from "./fold.ts";
import type { Side } from "./values.ts";

/** What is compared of input and output; an `error` event repeats what the end of the program says. */
export type Stream = "stdin" | "stdout" | "stderr";

/** A line of a stream. */
export interface StreamLine {
  readonly text: string;
  /** Index of the step record during which its first byte was written or read. */
  readonly step: number;
}

/** Where a stream differs; null where it has ended. */
export interface StreamDifference {
  readonly stream: Stream;
  /** From 1. */
  readonly line: number;
  readonly a: StreamLine | null;
  readonly b: StreamLine | null;
}

/** Whose streams they are. */
export interface StreamSide extends Side {
  /** Whether there may have been more. */
  readonly partial: boolean;
}

const STREAMS: readonly (readonly [Stream, string])[] = [
  ["stdin", "file"],
  ["stdout", "stdout"],
  ["stderr", "stderr"],
];
/** Longer lines are taken for several. */
const LONGEST_LINE = 64 << 10;
const NEWLINE = 10;

/**
 * The first line of each stream that isn't the same; how the lines were cut into writes doesn't count.
 * What a partial trace lacks at the end is no difference.
 */
export function compareStreams(a: StreamSide, b: StreamSide): StreamDifference[] {
  const isSame = (textA: string, textB: string) => {
    if (textA === textB) return true;
    const foldedA = withoutDurations(a.fold(textA));
    const foldedB = withoutDurations(b.fold(textB));
    return foldedA === foldedB ||
      (isCut(a, textA) && foldedB.startsWith(foldedA)) ||
      (isCut(b, textB) && foldedA.startsWith(foldedB));
  };
  return STREAMS.flatMap(([stream, eventClass]) => {
    const [linesA, linesB] = [linesOf(a.trace, eventClass), linesOf(b.trace, eventClass)];
    for (let line = 1;; line++) {
      const [nextA, nextB] = [linesA.next(), linesB.next()];
      const [lineA, lineB] = [nextA.value ?? null, nextB.value ?? null];
      if (lineA === null && (lineB === null || a.partial)) return [];
      if (lineB === null && b.partial) return [];
      if (lineA !== null && lineB !== null && isSame(lineA.text, lineB.text)) continue;
      return [{ stream, line, a: lineA, b: lineB }];
    }
  });
}

/** Whether a line may be only the beginning of one. */
function isCut({ partial }: StreamSide, line: string): boolean {
  return partial && !line.endsWith("\n");
}

function* linesOf(trace: TraceReader, eventClass: string): Generator<StreamLine, undefined, void> {
  const decoder = new TextDecoder();
  let pending: Uint8Array[] = [];
  let size = 0;
  let step = 0;
  const take = (): StreamLine => {
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const piece of pending) {
      bytes.set(piece, at);
      at += piece.length;
    }
    pending = [];
    size = 0;
    return { text: decoder.decode(bytes), step };
  };
  for (const event of trace.events()) {
    if (event.class !== eventClass) continue;
    for (let at = 0; at < event.content.length;) {
      const newline = event.content.indexOf(NEWLINE, at);
      const end = Math.min(
        newline < 0 ? event.content.length : newline + 1,
        at + LONGEST_LINE - size,
      );
      if (size === 0) step = event.step;
      pending.push(event.content.subarray(at, end));
      size += end - at;
      at = end;
      if (end === newline + 1 || size === LONGEST_LINE) yield take();
    }
  }
  if (size > 0) yield take();
}
