/** Makes traces of what recorders that were killed left behind (adr/0011). */
import {
  classifyError,
  ensureUsage,
  RecorderError,
  targetError,
  usageError,
} from "../errors/mod.ts";
import type { FinishedTrace } from "../recording/trace_worker.ts";
import { relayedSoFar } from "../recording/relayed_output.ts";
import { WORK_FILES } from "../recording/work_files.ts";
import { type Confinement, confinementFor } from "../sandbox/confined_worker.ts";
import { isFolder } from "../target/is_folder.ts";
import { baseName, folderOf, under } from "../target/posix_path.ts";
import { RECORDER_STOPPED } from "../wire/protocol.ts";
import { RingFile } from "../wire/ring_file.ts";
import { leftBehind } from "./left_behind.ts";
import { openOutDir } from "./out_dir.ts";
import { placeTrace } from "./place_trace.ts";
import { runs } from "./process_identity.ts";
import {
  readDescription,
  readEnd,
  recorderOf,
  type RecordingDescription,
  WORK_PREFIX,
} from "./recording_description.ts";
import { TraceWorkerClient } from "./trace_worker_client.ts";
import type { RecordedTrace } from "./types.ts";

/** How long a recorder whose process can't be looked up is given for a sign of life, milliseconds. */
const SIGN_OF_LIFE = 1000;

/** How to recover. */
export interface RecoverOptions {
  /** Where the traces go, absolute; by default into the folder that they were recorded into. */
  readonly outDir: string | null;
  readonly sandbox: "required" | "preferred";
}

/** What became of one recording. */
export interface Recovered {
  /** The work folder it was found in, absolute. */
  readonly workDir: string;
  /** Null when nothing had been recorded: the work folder is removed. */
  readonly trace: RecordedTrace | null;
  /** The process id of the program, where that still runs without a recorder; else null. */
  readonly programRuns: number | null;
}

/**
 * Recovers all recordings that were cut off in a folder.
 *
 * Needs read and write permission for it, and for `outDir`; read permission for /proc.
 *
 * @param folder Absolute: an output folder, or the work folder of one recording in it.
 * @throws {RecorderError} ERR_TRACE_MISSING: there is nothing to recover. ERR_USAGE: a recorder is at work.
 *   ERR_TRACE_DIR_CONFLICT: another trace stands where the recovered one is to go. ERR_IO. Recordings that were not
 *   recovered are as they were.
 */
export async function recoverRecordings(
  folder: string,
  options: RecoverOptions,
): Promise<Recovered[]> {
  const workDirs = find(folder);
  const confinement = await confinementFor(options.sandbox);
  const recovered: Recovered[] = [];
  for (const workDir of workDirs) {
    recovered.push(await recover(workDir, options.outDir, confinement));
  }
  return recovered;
}

function find(folder: string): string[] {
  let real;
  try {
    real = Deno.realPathSync(folder);
  } catch (error) {
    throw classifyError(error, { failed: "Cannot recover a recording", path: folder });
  }
  if (baseName(real).startsWith(WORK_PREFIX)) return [real];
  const found = isFolder(real) ? leftBehind(real, { unknown: true }) : [];
  ensureUsage(
    found.length > 0,
    "ERR_TRACE_MISSING",
    () =>
      `Cannot recover anything in ${folder}: no recording was cut off there. Name the folder that was recorded into, ` +
      `which holds a folder ${WORK_PREFIX}…`,
    { path: folder },
  );
  return found.map((name) => under(real, name));
}

async function recover(
  workDir: string,
  outDir: string | null,
  confinement: Confinement,
): Promise<Recovered> {
  await requireDead(workDir);
  const description = readDescription(workDir);
  const ringPath = under(workDir, WORK_FILES.ring);
  const pid = description === null ? 0 : stopAgent(ringPath);
  if (description === null || pid === 0) {
    Deno.removeSync(workDir, { recursive: true });
    return { workDir, trace: null, programRuns: null };
  }
  const out = openOutDir(outDir ?? folderOf(workDir), description.traceName, workDir);
  requireFree(out.tracePath);
  const scratch = under(workDir, "recovery");
  try {
    // Of a recovery that was itself cut off.
    Deno.removeSync(scratch, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw classifyError(error, { failed: "Cannot recover the recording", path: scratch });
    }
  }
  try {
    Deno.mkdirSync(scratch, { mode: 0o700 });
    const finished = await replay(workDir, scratch, description, confinement);
    placeTrace({ ...out, workDir: scratch }, finished.files);
    const programRuns = isRunning(pid) ? pid : null;
    removeWork(workDir);
    return { workDir, trace: recordedTrace(out.tracePath, finished), programRuns };
  } catch (error) {
    removeWork(scratch);
    throw classifyError(error, { failed: "Cannot recover the recording", path: workDir });
  }
}

/** One that has not written its description yet has no program either. */
async function requireDead(workDir: string): Promise<void> {
  const recorder = recorderOf(workDir);
  if (recorder === null) return;
  const alive = runs(recorder) ?? await movesStill(under(workDir, WORK_FILES.ring));
  ensureUsage(
    !alive,
    "ERR_USAGE",
    () =>
      `Cannot recover ${workDir}: its recorder (process ${recorder.pid}) is still at work; ` +
      "wait for it, or end it",
    { path: workDir, pid: recorder.pid },
  );
}

/** Whether the recorder gives the agent segments back, or signs of life. */
async function movesStill(ringPath: string): Promise<boolean> {
  const state = () => {
    const bytes = new Uint8Array(96);
    using file = Deno.openSync(ringPath);
    file.readSync(bytes);
    return bytes.join();
  };
  try {
    const before = state();
    await new Promise((resolve) => setTimeout(resolve, SIGN_OF_LIFE));
    return state() !== before;
  } catch {
    return false; // there is no ring
  }
}

/** Tells the agent, if there is one, that nobody listens, and returns its process id; 0 if there never was one. */
function stopAgent(ringPath: string): number {
  try {
    using ring = new RingFile(ringPath);
    ring.setState(RECORDER_STOPPED);
    return ring.agentSide().pid;
  } catch (error) {
    throw classifyError(error, { failed: "Cannot recover the recording", path: ringPath });
  }
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false; // gone, or not to be seen from here
  }
}

function requireFree(tracePath: string): void {
  try {
    Deno.lstatSync(tracePath);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw classifyError(error, { failed: "Cannot recover the recording", path: tracePath });
  }
  throw usageError(
    "ERR_TRACE_DIR_CONFLICT",
    `Cannot recover into ${folderOf(tracePath)}: another trace stands there as ${
      baseName(tracePath)
    }; ` +
      "choose another folder with --out-dir",
    { path: tracePath },
  );
}

async function replay(
  workDir: string,
  scratch: string,
  { trace, limits, relayed, metadata }: RecordingDescription,
  confinement: Confinement,
): Promise<FinishedTrace> {
  const end = readEnd(workDir);
  const worker = new TraceWorkerClient(workDir, confinement, {
    sourceDir: workDir,
    workDir: scratch,
    recovers: true,
    trace,
    limits,
    ...(relayed === null ? {} : {
      relayed: {
        outputs: relayed.streams.map((stream) => relayedSoFar(workDir, stream)),
        joined: relayed.joined,
      },
    }),
  });
  try {
    worker.shared.markEnded();
    const failure = await worker.drained;
    if (failure?.finishable === false) throw classifyError(failure.error);
    return await worker.finish({
      status: end?.status ?? { code: null, signal: null },
      stopped: false,
      cutOff: end === null ? cutOff().toJSON() : null,
      caughtInternalErrors: end?.caughtInternalErrors ?? 0,
      metadata: { ...metadata, sandbox: confinement, recovered: true },
    });
  } finally {
    worker.terminate();
  }
}

function cutOff(): RecorderError {
  return targetError(
    "ERR_TRACE_INCOMPLETE",
    "The recorder was killed while the program ran, and the recording was recovered: what the program did after that " +
      "is missing",
  );
}

function recordedTrace(
  path: string,
  { bytes, counts, partial, children }: FinishedTrace,
): RecordedTrace {
  return {
    path,
    bytes,
    counts,
    partial: partial === null ? null : RecorderError.fromJSON(partial),
    unrecordedChildren: children,
  };
}

function removeWork(folder: string): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw classifyError(error, {
      failed: "Cannot remove what the recording left behind",
      path: folder,
    });
  }
}
