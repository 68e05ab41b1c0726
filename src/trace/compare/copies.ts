import type { TraceReader } from "../reader/open_trace.ts";
import type { TraceStep } from "../reader/steps.ts";
import { sameBytes } from "./values.ts";

/**
 * Whether a step is one that the writer has put there: a chunk can't begin with what is no step, so then the step before
 * is there twice. It stands in the calls, and so in the thread, of what comes behind it.
 *
 * One that ran twice is taken for a copy if it also is the last of the two that begins a chunk, with nothing changed.
 *
 * @param previous The record before, where it is at hand.
 */
export function isCopy(
  trace: TraceReader,
  step: TraceStep,
  previous: TraceStep | null = null,
): boolean {
  const { index, tag, pathId, line, column } = step;
  if (tag !== ABSOLUTE || index === 0) return false;
  const before = previous?.index === index - 1 ? previous : trace.step(index - 1);
  if (before.line !== line || before.pathId !== pathId || before.column !== column) return false;
  if (index + 1 >= trace.counts.stepRecords) return false;
  const { kind } = trace.step(index + 1);
  return kind !== "line" && kind !== "column" &&
    sameBytes(trace.storedValues(index - 1), trace.storedValues(index));
}

/** The tag of a step that doesn't depend on the one before. */
const ABSOLUTE = 0;
