import { corrupt, type Place } from "../_corrupt.ts";
import {
  type RecordedFilter,
  recordingTime,
  type TraceFlags,
  type TraceInfo,
} from "../metadata.ts";

/** The largest of these files that is read. */
export const MAX_METADATA_BYTES = 16 * 1024 * 1024;

/** What holds of every imported trace: lines only, and all the streams. */
export const LEGACY_FLAGS: TraceFlags = {
  columnAwareSteps: false,
  alternateSourceViews: false,
  columnBreakpoints: false,
  columnMotions: false,
  callStream: true,
  stepStream: true,
  valueStream: true,
  ioEventStream: true,
  interningTables: false,
};

/**
 * The content of a `trace_metadata.json` or `meta.json`: `program`, `args`, `workdir`, and, from the
 * recorders that say more, `recording_id`, `recorder` and `trace_filter`. What is missing is empty.
 *
 * @param text The file; null if there is none.
 * @throws {RecorderError} `ERR_TRACE_CORRUPT` if it is no JSON object.
 */
export function legacyMetadata(text: string | null, place: Place): TraceInfo {
  const content = text === null ? {} : parsed(text, place);
  if (!isObject(content)) throw corrupt(place, "expected an object");
  const recordingId = asText(content["recording_id"]);
  const recorder = content["recorder"];
  return {
    recordingId,
    recordedAt: recordingTime(recordingId),
    program: asText(content["program"]),
    args: texts(content["args"]),
    workdir: asText(content["workdir"]),
    recorder: isObject(recorder)
      ? [recorder["name"], recorder["version"]].map(asText).filter((word) => word !== "").join(" ")
      : asText(recorder),
    flags: LEGACY_FLAGS,
    filters: filters(content["trace_filter"]),
  };
}

/**
 * The paths of a `trace_paths.json` or `paths.json`.
 *
 * @param text The file; null if there is none.
 * @throws {RecorderError} `ERR_TRACE_CORRUPT` if it is no JSON array.
 */
export function legacyPaths(text: string | null, place: Place): string[] {
  const content = text === null ? [] : parsed(text, place);
  if (!Array.isArray(content)) throw corrupt(place, "expected an array");
  return content.map(asText);
}

function parsed(text: string, place: Place): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw corrupt(place, `no JSON: ${(error as Error).message}`);
  }
}

function filters(value: unknown): RecordedFilter[] | null {
  const list = isObject(value) ? value["filters"] : undefined;
  if (!Array.isArray(list)) return null;
  return list.filter(isObject)
    .map((filter) => ({ path: asText(filter["path"]), sha256: asText(filter["sha256"]) }));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(asText) : [];
}
