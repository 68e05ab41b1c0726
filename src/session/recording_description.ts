/**
 * What a recording is, beside its data in the work folder: from the two, a recording whose recorder was killed can be
 * recovered.
 */
import type { WorkerRequest } from "../recording/trace_worker.ts";
import { WORK_FILES } from "../recording/work_files.ts";
import { environmentError, osErrorCode, type RecorderError } from "../errors/mod.ts";
import { under } from "../target/posix_path.ts";
import { UUID_V7 } from "../text/uuid.ts";
import type { ProgramStatus } from "./exit_state.ts";
import { type ProcessIdentity, thisProcess } from "./process_identity.ts";

/** Version of what is written. */
const VERSION = 1;

/** More than the description of a recording takes up, with the longest command line that there can be; bytes. */
const LONGEST = 16 << 20;
const SHA256_BYTES = 32;

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
  /** The recording was stopped while the program went on. */
  readonly stopped: boolean;
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

/**
 * Makes the file that {@link describeEnd} fills. Opened before the program starts: later the name could lead elsewhere.
 *
 * Needs write permission for the work folder.
 */
export function openEnd(workDir: string): Deno.FsFile {
  return Deno.openSync(under(workDir, WORK_FILES.end), {
    write: true,
    createNew: true,
    mode: 0o600,
  });
}

/** @param file Of {@link openEnd}; nothing was written to it before. */
export function describeEnd(file: Deno.FsFile, end: RecordingEnd): void {
  const bytes = new TextEncoder().encode(JSON.stringify(end));
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

/**
 * The process that records into a work folder; null when the folder says nothing of the kind.
 *
 * Needs read permission for it.
 *
 * @throws What the system says, where it can't be read; ERR_TRACE_CORRUPT, where no recorder has written it.
 */
export function recorderOf(workDir: string): ProcessIdentity | null {
  const { recorder } = read(workDir, WORK_FILES.description) ?? {};
  return isIdentity(recorder) ? recorder : null;
}

/**
 * What was written of a recording; null if that is not whole: then the program had not been started.
 *
 * Needs read permission for the work folder.
 *
 * @throws {RecorderError} ERR_TRACE_CORRUPT: somebody else has written it, or another version.
 */
export function readDescription(workDir: string): RecordingDescription | null {
  const found = read(workDir, WORK_FILES.description);
  if (found === null) return null;
  if (!isDescription(found)) throw damaged(under(workDir, WORK_FILES.description));
  const { trace, ...rest } = found;
  const filters = trace.filters.map(({ path, sha256 }) => ({
    path,
    sha256: Uint8Array.from(sha256),
  }));
  return { ...rest, trace: { ...trace, filters } };
}

/**
 * How the program ended; null if the recorder did not get to know. Needs read permission for the work folder.
 *
 * @throws What the system says, where it can't be read; ERR_TRACE_CORRUPT, where no recorder has written it.
 */
export function readEnd(workDir: string): RecordingEnd | null {
  const end = read(workDir, WORK_FILES.end);
  return end !== null && isEnd(end) ? end : null;
}

function write(workDir: string, name: string, value: unknown): void {
  Deno.writeTextFileSync(under(workDir, name), JSON.stringify(value), {
    mode: 0o600,
    createNew: true,
  });
}

function read(workDir: string, name: string): Record<string, unknown> | null {
  const path = under(workDir, name);
  try {
    // A pipe would keep whoever opens it waiting, and a file without end whoever reads it.
    const { isFile, size } = Deno.lstatSync(path);
    if (!isFile || size > LONGEST) throw damaged(path);
    const value: unknown = JSON.parse(Deno.readTextFileSync(path));
    return isObject(value) ? value : null;
  } catch (error) {
    // Not there, or not written to its end.
    if (error instanceof SyntaxError || osErrorCode(error) === "ENOENT") return null;
    throw error;
  }
}

function damaged(path: string): RecorderError {
  return environmentError(
    "ERR_TRACE_CORRUPT",
    `Cannot recover the recording: ${path} is not as this version of ct-recorder writes it; was it changed, or ` +
      "written by another version?",
    { path },
  );
}

// The program can write into the work folder: what it says there must lead nowhere else.

function isDescription(found: Record<string, unknown>): found is
  & Record<string, unknown>
  & RecordingDescription {
  const { version, traceName, trace, limits, relayed, metadata } = found;
  return version === VERSION && typeof traceName === "string" &&
    /^[^/\0]+\.ct$/.test(traceName) && isTrace(trace) && isLimits(limits) && isObject(metadata) &&
    (relayed === null || isObject(relayed) && typeof relayed["joined"] === "boolean" &&
        isArrayOf(relayed["streams"], (stream) => stream === 1 || stream === 2));
}

function isTrace(trace: unknown): boolean {
  if (!isObject(trace)) return false;
  return ["recordingId", "program", "workdir", "recorder"].every((name) => isText(trace[name])) &&
    UUID_V7.test(String(trace["recordingId"])) && isArrayOf(trace["args"], isText) &&
    isArrayOf(
      trace["filters"],
      (filter) =>
        isObject(filter) && isText(filter["path"]) &&
        isArrayOf(filter["sha256"], (byte) => isCount(byte) && byte < 256) &&
        filter["sha256"].length === SHA256_BYTES,
    );
}

function isLimits(limits: unknown): boolean {
  return isObject(limits) &&
    ["steps", "bytes"].every((name) => limits[name] === null || isCount(limits[name]));
}

function isEnd(end: Record<string, unknown>): end is Record<string, unknown> & RecordingEnd {
  const { status, stopped, caughtInternalErrors } = end;
  return isObject(status) && (status["code"] === null || Number.isInteger(status["code"])) &&
    (status["signal"] === null || isText(status["signal"])) && typeof stopped === "boolean" &&
    Number.isInteger(caughtInternalErrors);
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return isObject(value) && Number.isInteger(value["pid"]) &&
    (value["started"] === null || isText(value["started"]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isArrayOf(value: unknown, test: (item: unknown) => boolean): value is unknown[] {
  return Array.isArray(value) && value.every(test);
}
