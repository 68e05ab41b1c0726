import { dirname, join } from "node:path";
import { renderValue } from "../../trace/reader/render.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";

/** How the recorded program ended. */
export interface RecordedExit {
  /** Exit status; null when it is not known. */
  readonly code: number | null;
  /** A signal's or an exception's name, `exec`, `disabled`; null for a plain end. */
  readonly label: string | null;
}

const MAX_METADATA_BYTES = 1024 * 1024;
/** The root of recordings whose return value is the program's exit status. */
const ROOT_FUNCTION = "<toplevel>";

/**
 * How the program ended: by the `trace_metadata.json` beside the container, or else by what the
 * recording's root returned. Null if neither says.
 */
export function recordedExit(trace: TraceReader): RecordedExit | null {
  return fromMetadataFile(trace) ?? fromRoot(trace);
}

function fromMetadataFile(trace: TraceReader): RecordedExit | null {
  const path = join(dirname(trace.path), "trace_metadata.json");
  try {
    if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return null;
    const stat = Deno.statSync(path);
    if (!stat.isFile || stat.size > MAX_METADATA_BYTES) return null;
    const metadata: unknown = JSON.parse(Deno.readTextFileSync(path));
    if (!isRecord(metadata)) return null;
    // The file of another recording may lie beside a container that somebody moved here.
    const id = metadata.recording_id;
    if (typeof id === "string" && id !== trace.metadata.recordingId) return null;
    const status = metadata.process_exit_status;
    if (!isRecord(status)) return null;
    const code = typeof status.code === "number" ? status.code : null;
    const label = typeof status.label === "string" ? status.label : null;
    return code === null && label === null ? null : { code, label };
  } catch {
    // A trace is whole without that file, and the root says nearly the same.
    return null;
  }
}

function fromRoot(trace: TraceReader): RecordedExit | null {
  if (trace.counts.calls === 0) return null;
  const root = trace.call(0);
  if (root.parentKey !== -1 || trace.functionName(root.functionId) !== ROOT_FUNCTION) return null;
  const value = root.returnValue;
  if (value === null) return null;
  if (value.kind === "Int") return { code: Number(value.i), label: null };
  const typeName = (id: number) => trace.typeName(id);
  return { code: null, label: renderValue(value, { typeName, maxLength: 80 }) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
