/**
 * Names of what a trace itself refers to. Unlike the reader's own methods, which take ids from whoever asks, these have
 * an answer for ids that are in no table: a damaged trace is still shown.
 */
import type { TraceReader } from "./open_trace.ts";

/** Name of a function; `<unknown>` for an id that is not in the table. */
export function functionNameOf(trace: Pick<TraceReader, "functions">, id: number): string {
  return trace.functions[id] ?? "<unknown>";
}

/** Name of a type; `<none>` for an id that is not in the table. */
export function typeNameOf(trace: Pick<TraceReader, "types">, id: number): string {
  return trace.types[id] ?? "<none>";
}

/** Name of a variable; `<unknown>` for an id that is not in the table. */
export function variableNameOf(trace: Pick<TraceReader, "variables">, id: number): string {
  return trace.variables[id] ?? "<unknown>";
}
