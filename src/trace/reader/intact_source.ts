import { classifyError, type RecorderError } from "../../errors/mod.ts";
import type { TraceReader } from "./open_trace.ts";

/**
 * The text of a source, as `TraceReader.source`; but damage to it is told, and gives null: steps and values are whole
 * all the same.
 *
 * @param id Index of the path.
 * @param damaged Gets the trace, and the `ERR_TRACE_CORRUPT`.
 * @throws {RecorderError} `ERR_IO`, `ERR_USAGE`.
 */
export function intactSource(
  trace: TraceReader,
  id: number,
  damaged: (trace: TraceReader, error: RecorderError) => void,
): Uint8Array<ArrayBuffer> | null {
  try {
    return trace.source(id);
  } catch (thrown) {
    const error = classifyError(thrown);
    if (error.code !== "ERR_TRACE_CORRUPT") throw error;
    damaged(trace, error);
    return null;
  }
}
