import type { TraceReader } from "../../trace/reader/open_trace.ts";
import { type PartialTrace, recordedEnd, type RecordedExit } from "../print/exit_status.ts";

/** How both programs ended. */
export interface Ends {
  readonly a: RecordedExit | null;
  readonly b: RecordedExit | null;
  /** Why a trace holds only the beginning; null for a whole one. */
  readonly partialA: PartialTrace | null;
  readonly partialB: PartialTrace | null;
  readonly same: boolean;
}

/**
 * How the programs of two traces ended; what is unknown in both is the same. A partial trace may not know how its program
 * ended: only exit statuses that both know can differ then.
 */
export function endsOf(a: TraceReader, b: TraceReader): Ends {
  const [{ exit: exitA, partial: partialA }, { exit: exitB, partial: partialB }] = [
    recordedEnd(a),
    recordedEnd(b),
  ];
  const [codeA, codeB] = [exitA?.code ?? null, exitB?.code ?? null];
  const same = partialA === null && partialB === null
    ? exitA?.code === exitB?.code && exitA?.label === exitB?.label
    : codeA === null || codeB === null || codeA === codeB;
  return { a: exitA, b: exitB, partialA, partialB, same };
}
