import type { TraceReader } from "../../trace/reader/open_trace.ts";
import { recordedEnd, type RecordedExit } from "../print/exit_status.ts";

/** How both programs ended. */
export interface Ends {
  readonly a: RecordedExit | null;
  readonly b: RecordedExit | null;
  readonly same: boolean;
}

/** How the programs of two traces ended; what is unknown in both is the same. */
export function endsOf(a: TraceReader, b: TraceReader): Ends {
  const ends = { a: recordedEnd(a).exit, b: recordedEnd(b).exit };
  return {
    ...ends,
    same: ends.a?.code === ends.b?.code && ends.a?.label === ends.b?.label,
  };
}
