import { dirname, join } from "node:path";
import type { TraceReader } from "../../trace/reader/open_trace.ts";

const MAX_METADATA_BYTES = 1024 * 1024;

/**
 * What the `trace_metadata.json` beside a container says, null where there is none of this recording,
 * or it may not be read: a trace is whole without it.
 */
export function metadataBeside(trace: TraceReader): Record<string, unknown> | null {
  const path = join(dirname(trace.path), "trace_metadata.json");
  try {
    if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return null;
    const stat = Deno.statSync(path);
    if (!stat.isFile || stat.size > MAX_METADATA_BYTES) return null;
    const metadata: unknown = JSON.parse(Deno.readTextFileSync(path));
    if (!isRecord(metadata)) return null;
    // The file of another recording may lie beside a container that somebody moved here.
    const id = metadata.recording_id;
    return typeof id === "string" && id !== trace.metadata.recordingId ? null : metadata;
  } catch {
    // As if there were none, which is no error either.
    return null;
  }
}

/** Whether a value from JSON is an object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
