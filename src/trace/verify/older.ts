import { classifyError } from "../../errors/mod.ts";
import type { TraceReader, TraceTotals } from "../reader/open_trace.ts";
import type { Findings } from "./findings.ts";

/**
 * Checks a trace of an older format, by reading it once to its end, as opening it does.
 *
 * @param file Where its records are.
 * @param open Opens the trace.
 * @returns How much it holds; null if it can't be read, which has been said.
 * @throws {RecorderError} `ERR_IO`, also where no temporary files can be made.
 */
export function checkOlder(
  file: string,
  open: () => TraceReader,
  findings: Findings,
): TraceTotals | null {
  try {
    using trace = open();
    const { counts } = trace;
    findings.add("older-format", { file }, () => "");
    return counts;
  } catch (thrown) {
    const error = classifyError(thrown);
    if (error.code !== "ERR_TRACE_CORRUPT") throw error;
    findings.add("older-damaged", { file }, () => error.message);
    return null;
  }
}
