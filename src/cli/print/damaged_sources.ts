import type { RecorderError } from "../../errors/mod.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";
import { tell } from "../terminal.ts";

const told = new WeakSet<TraceReader>();

/**
 * Says on stderr that a trace's texts of sources are damaged, once for each open trace.
 *
 * @param error The `ERR_TRACE_CORRUPT` of one text.
 */
export function tellDamagedSource(trace: TraceReader, error: RecorderError): void {
  if (told.has(trace)) return;
  told.add(trace);
  tell(
    `ct-recorder: warning ${error.code}: ${error.message}; ` +
      "lines without a text that can be read come from this disk, or are not shown",
  );
}
