import { functionNameOf, typeNameOf } from "../../trace/reader/names.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";
import { renderValue } from "../../trace/reader/render.ts";
import { isRecord, metadataBeside } from "./metadata_file.ts";

/** How the recorded program ended. */
export interface RecordedExit {
  /** Exit status; null when it is not known. */
  readonly code: number | null;
  /** A signal's or an exception's name, `exec`, `disabled`; null for a plain end. */
  readonly label: string | null;
}

/** Why a trace holds only the beginning of its recording. */
export interface PartialTrace {
  /** An error code. */
  readonly reason: string;
  /** Its message; empty when the recorder gave none. */
  readonly detail: string;
}

/** How a recording ended. */
export interface RecordedEnd {
  /** Null when nothing says. */
  readonly exit: RecordedExit | null;
  /** Null for a whole trace. */
  readonly partial: PartialTrace | null;
}

/** The root of recordings whose return value is the program's exit status. */
const ROOT_FUNCTION = "<toplevel>";

/**
 * How the recording ended: by the `trace_metadata.json` beside the container, or else by what the
 * recording's root returned.
 */
export function recordedEnd(trace: TraceReader): RecordedEnd {
  const metadata = metadataBeside(trace);
  const reason = metadata?.partial === true ? metadata.reason : undefined;
  const detail = metadata?.detail;
  return {
    exit: fromMetadata(metadata) ?? fromRoot(trace),
    partial: typeof reason !== "string"
      ? null
      : { reason, detail: typeof detail === "string" ? detail : "" },
  };
}

function fromMetadata(metadata: Record<string, unknown> | null): RecordedExit | null {
  const status = metadata?.process_exit_status;
  if (!isRecord(status)) return null;
  const code = typeof status.code === "number" ? status.code : null;
  const label = typeof status.label === "string" ? status.label : null;
  return code === null && label === null ? null : { code, label };
}

function fromRoot(trace: TraceReader): RecordedExit | null {
  if (trace.counts.calls === 0) return null;
  const root = trace.call(0);
  if (root.parentKey !== -1 || functionNameOf(trace, root.functionId) !== ROOT_FUNCTION) {
    return null;
  }
  const value = root.returnValue;
  if (value === null) return null;
  if (value.kind === "Int") return { code: Number(value.i), label: null };
  const typeName = (id: number) => typeNameOf(trace, id);
  return { code: null, label: renderValue(value, { typeName, maxLength: 80 }) };
}
