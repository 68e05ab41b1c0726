/**
 * What a recording is, beside its data in the work folder: from the two, a recording whose recorder was killed can be
 * recovered.
 */
import type { WorkerRequest } from "../recording/trace_worker.ts";
import { WORK_FILES } from "../recording/work_files.ts";
import { under } from "../target/posix_path.ts";
import type { ProgramStatus } from "./exit_state.ts";
import { type ProcessIdentity, thisProcess } from "./process_identity.ts";

/** How the names of work folders begin; the recording's id follows. */
export const WORK_PREFIX = ".recording-";

/** Version of what is written. */
const VERSION = 1;

/** What is known when the program is about to start. */
export interface RecordingDescription {
  /** The trace's file name. */
  readonly traceName: string;
  /** What the container says of the recording. */
  readonly trace: WorkerRequest["trace"];
  readonly limits: WorkerRequest["limits"];
  /** Descriptors that are relayed. */
  readonly relayed: { readonly streams: readonly (1 | 2)[]; readonly joined: boolean } | null;
  /** What `trace_metadata.json` says of it, as far as that is known. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What is known when the program has ended. */
export interface RecordingEnd {
  readonly status: ProgramStatus;
  readonly caughtInternalErrors: number;
}

/** Needs write permission for the work folder. */
export function describeRecording(workDir: string, description: RecordingDescription): void {
  const { trace } = description;
  const filters = trace.filters.map(({ path, sha256 }) => ({ path, sha256: [...sha256] }));
  write(workDir, WORK_FILES.description, {
    version: VERSION,
    recorder: thisProcess(),
    ...description,
    trace: { ...trace, filters },
  });
}

/** Needs write permission for the work folder. */
export function describeEnd(workDir: string, end: RecordingEnd): void {
  write(workDir, WORK_FILES.end, end);
}

/**
 * The process that records into a work folder; null when the folder says nothing of the kind.
 *
 * Needs read permission for it.
 */
export function recorderOf(workDir: string): ProcessIdentity | null {
  const { recorder } = read(workDir, WORK_FILES.description) ?? {};
  return isIdentity(recorder) ? recorder : null;
}

/**
 * What was written of a recording; null if that is not whole: then the program had not been started.
 *
 * Needs read permission for the work folder.
 */
export function readDescription(workDir: string): RecordingDescription | null {
  const found = read(workDir, WORK_FILES.description);
  if (found === null || found["version"] !== VERSION) return null;
  const { trace, ...rest } = found as unknown as RecordingDescription;
  const filters = trace.filters.map(({ path, sha256 }) => ({
    path,
    sha256: Uint8Array.from(sha256),
  }));
  return { ...rest, trace: { ...trace, filters } };
}

/** How the program ended; null if the recorder did not get to know. Needs read permission for the work folder. */
export function readEnd(workDir: string): RecordingEnd | null {
  return read(workDir, WORK_FILES.end) as RecordingEnd | null;
}

function write(workDir: string, name: string, value: unknown): void {
  Deno.writeTextFileSync(under(workDir, name), JSON.stringify(value), {
    mode: 0o600,
    createNew: true,
  });
}

function read(workDir: string, name: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Deno.readTextFileSync(under(workDir, name)));
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : null;
  } catch {
    return null; // not there, or not written to its end
  }
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return typeof value === "object" && value !== null && "pid" in value &&
    Number.isInteger(value.pid) && "started" in value &&
    (value.started === null || typeof value.started === "string");
}
