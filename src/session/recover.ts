/** Makes traces of what recorders that were killed left behind (adr/0011). */
import {
  classifyError,
  ensureUsage,
  environmentError,
  osErrorCode,
  type RecorderError,
  targetError,
  usageError,
} from "../errors/mod.ts";
import type { FinishedTrace } from "../recording/trace_worker.ts";
import { relayedSoFar } from "../recording/relayed_output.ts";
import { WORK_FILES } from "../recording/work_files.ts";
import { type Confinement, confinementFor } from "../sandbox/confined_worker.ts";
import { baseName, folderOf, under } from "../target/posix_path.ts";
import { openTrace } from "../trace/reader/open_trace.ts";
import { RECORDER_STOPPED } from "../wire/protocol.ts";
import { RingFile } from "../wire/ring_file.ts";
import { lockFolder } from "./folder_lock.ts";
import { handOver } from "./hand_over.ts";
import { isOld, livingRecorders, mayBeLeftBehind } from "./left_behind.ts";
import { discardOutDir, openOutDir } from "./out_dir.ts";
import { placeTrace } from "./place_trace.ts";
import { runs } from "./process_identity.ts";
import {
  readDescription,
  readEnd,
  recorderOf,
  type RecordingDescription,
} from "./recording_description.ts";
import { traceStarter } from "./trace_link.ts";
import { TraceWorkerClient } from "./trace_worker_client.ts";
import { recordedTrace } from "./recorded_trace.ts";
import type { RecordedTrace } from "./types.ts";
import {
  holdsRecords,
  isRecorders,
  recordingIdOf,
  RECOVERY_PREFIX,
  removeMade,
  removeWork,
  requirePlain,
  WORK_PREFIX,
} from "./work_folder.ts";

/** How long a recorder whose process can't be looked up is given for a sign of life, milliseconds. */
const SIGN_OF_LIFE = 1000;
/** How long another recovery, or a recorder that was not known to live, is waited for, milliseconds. */
const OTHER_RECOVERY = 2000;
/** Within so many milliseconds of the program's start the agent has mostly been loaded. */
const AGENT_LOADS = 2000;
const LOAD_POLL = 20;

const FAILED = "Cannot recover the recording";

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
  /** Null when nothing was left to do but to remove the work folder. */
  readonly trace: RecordedTrace | null;
  /** Where the whole trace stood already, its recorder having been killed just behind that; else null. */
  readonly stood: string | null;
  /** Names of other traces beside it, which the metadata there does not belong to. */
  readonly otherTraces: readonly string[];
  /** The process id of the program, where that still runs without a recorder; else null. */
  readonly programRuns: number | null;
  /** Why the work folder could not be removed, as on a disk that is read only; null if it was. */
  readonly kept: RecorderError | null;
}

/** One that could not be recovered; it is as it was. */
export interface NotRecovered {
  readonly workDir: string;
  readonly error: RecorderError;
}

/**
 * Recovers all recordings that were cut off in a folder, one after the other.
 *
 * Needs read permission for it and for /proc, read and write permission for where the traces go; write permission for the
 * folder, too, if what was left there is to be removed.
 *
 * @param folder Absolute: an output folder, or the work folder of one recording in it.
 * @returns What became of each. Errors: ERR_USAGE: a recorder is at work, or the program may still be starting. ERR_TRACE_DIR_CONFLICT: another trace stands
 *   where the recovered one is to go. ERR_TRACE_MISSING: another recovery was faster. ERR_TRACE_CORRUPT: somebody changed what was left. ERR_IO.
 * @throws {RecorderError} ERR_TRACE_MISSING: there is nothing to recover. ERR_SANDBOX_UNAVAILABLE. ERR_IO.
 */
export async function* recoverRecordings(
  folder: string,
  options: RecoverOptions,
): AsyncGenerator<Recovered | NotRecovered, void, undefined> {
  const workDirs = find(folder);
  await confinementFor(options.sandbox, ...workDirs); // ahead of all that can't be taken back
  for (const workDir of workDirs) {
    try {
      yield await recover(workDir, options);
    } catch (thrown) {
      const error = isGone(workDir) ? recoveredByAnother(workDir) : thrown;
      yield { workDir, error: classifyError(error, { failed: FAILED, path: workDir }) };
    }
  }
}

function isGone(workDir: string): boolean {
  try {
    Deno.lstatSync(workDir);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

function recoveredByAnother(workDir: string): RecorderError {
  return usageError(
    "ERR_TRACE_MISSING",
    `Cannot recover ${workDir}: it is gone, most likely because another ct-recorder has just recovered it`,
    { path: workDir },
  );
}

const NO_FOLDER: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "it does not exist"],
  ["ENOTDIR", "it is no folder"],
]);

function find(folder: string): string[] {
  let living: number[] = [];
  try {
    const real = Deno.realPathSync(folder);
    if (recordingIdOf(baseName(real)) !== null && isRecorders(real)) return [real];
    const found = mayBeLeftBehind(real);
    if (found.length > 0) return found.map((name) => under(real, name));
    living = livingRecorders(real);
  } catch (error) {
    const none = NO_FOLDER.get(osErrorCode(error) ?? "");
    if (none === undefined) {
      throw classifyError(error, { failed: "Cannot recover a recording", path: folder });
    }
    throw usageError(
      "ERR_TRACE_MISSING",
      `Cannot recover anything in ${folder}: ${none}. Name the folder that was recorded into`,
      { path: folder },
      error,
    );
  }
  const why = living.length > 0
    ? `a recorder is at work there (process ${living.join(", ")}); wait for its end`
    : "no recording was cut off there. Name the folder that was recorded into, which holds a " +
      `folder ${WORK_PREFIX}…`;
  throw usageError(
    "ERR_TRACE_MISSING",
    `Cannot recover anything in ${folder}: ${why}`,
    { path: folder, pids: living },
  );
}

async function recover(
  workDir: string,
  { outDir, sandbox }: RecoverOptions,
): Promise<Recovered> {
  requirePlain(workDir);
  await requireDead(workDir);
  using held = await lockFolder(workDir, OTHER_RECOVERY);
  ensureUsage(
    held !== null,
    "ERR_USAGE",
    () => `${FAILED} (${workDir}): another ct-recorder is at it; wait for that one`,
    { path: workDir },
  );
  if (isGone(workDir)) throw recoveredByAnother(workDir);
  const description = readDescription(workDir);
  const nothing = {
    workDir,
    trace: null,
    stood: null,
    otherTraces: [],
    programRuns: null,
    kept: null,
  };
  const id = description?.trace.recordingId ?? recordingIdOf(baseName(workDir));
  const stood = id === null ? null : standing(folderOf(workDir), id);
  if (stood !== null) {
    removeWork(under(folderOf(workDir), `${RECOVERY_PREFIX}${id}`));
    removeWork(workDir);
    return { ...nothing, stood };
  }
  const pid = description === null ? 0 : await stopAgent(workDir);
  const records = holdsRecords(workDir);
  if (description === null && records !== null) throw withoutDescription(workDir, records);
  if (description === null || (pid === 0 && records === null)) {
    // It was killed ahead of its program's first line: a slow interpreter may only now load the agent.
    ensureUsage(
      description === null || isOld(under(workDir, WORK_FILES.description)),
      "ERR_USAGE",
      () =>
        `Cannot recover ${workDir} yet: nothing has been recorded, but its program may still be starting; ` +
        "run this again a minute after the recorder was killed",
      { path: workDir },
    );
    removeWork(workDir);
    return nothing;
  }
  const { traceName, trace: { recordingId } } = description;
  const opened = openOutDir(outDir ?? folderOf(workDir), traceName, workDir);
  // Beside where the trace goes: renaming doesn't lead from one file system to another.
  const out = { ...opened, workDir: under(opened.dir, `${RECOVERY_PREFIX}${recordingId}`) };
  try {
    const confinement = await confinementFor(sandbox, out.dir, workDir);
    requireFree(out.tracePath, recordingId);
    removeWork(out.workDir); // of a recovery that was itself cut off
    if (out.dir === folderOf(workDir)) removeMade(workDir); // the disk may be full
    Deno.mkdirSync(out.workDir, { mode: 0o700 });
    const finished = await replay(workDir, out.workDir, description, confinement);
    for (const name of ["trace", "metadata"] as const) {
      handOver(under(out.workDir, WORK_FILES[name]), finished.files[name], workDir);
    }
    const otherTraces = await placeTrace(
      out,
      finished.files,
      { requireFree: () => requireFree(out.tracePath, recordingId) },
    );
    const programRuns = isRunning(pid) ? pid : null;
    const trace = recordedTrace(out.tracePath, finished);
    discardOutDir(out); // ahead of the work folder, without which nobody looks for it
    return { workDir, trace, stood, otherTraces, programRuns, kept: tryToRemove(workDir) };
  } catch (error) {
    discardOutDir(out);
    throw error;
  }
}

/** The trace stands: what can't be removed is no reason to say otherwise. */
function tryToRemove(workDir: string): RecorderError | null {
  try {
    removeWork(workDir);
    return null;
  } catch (error) {
    return classifyError(error);
  }
}

/** The path of the recording's trace, where that stands in `dir` with the metadata that is its own; else null. */
function standing(dir: string, recordingId: string): string | null {
  const path = under(dir, WORK_FILES.metadata);
  try {
    if (!Deno.lstatSync(path).isFile) return null; // a pipe would keep whoever opens it waiting
    const metadata: unknown = JSON.parse(Deno.readTextFileSync(path));
    const id = typeof metadata === "object" && metadata !== null && "recording_id" in metadata
      ? metadata.recording_id
      : null;
    if (id !== recordingId) return null;
  } catch {
    return null; // none, or another one's
  }
  const traces = [...Deno.readDirSync(dir)].filter(({ name, isFile }) =>
    isFile && name.endsWith(".ct")
  );
  return traces.map(({ name }) => under(dir, name))
    .find((path) => recordingOf(path) === recordingId) ?? null;
}

function withoutDescription(workDir: string, records: string): RecorderError {
  const path = under(workDir, WORK_FILES.description);
  return environmentError(
    "ERR_TRACE_CORRUPT",
    `${FAILED}: ${path} is missing or not whole, though ${
      baseName(records)
    } holds what the program did; nothing was ` +
      "removed",
    { path, records },
  );
}

/** One that has not written its description yet has no program either. */
async function requireDead(workDir: string): Promise<void> {
  const recorder = recorderOf(workDir);
  const alive = recorder === null
    ? !isOld(workDir)
    : runs(recorder) ?? await movesStill(under(workDir, WORK_FILES.ring));
  const who = recorder === null ? "it may have been begun just now" : (
    `its recorder (process ${recorder.pid}) is still at work`
  );
  ensureUsage(
    !alive,
    "ERR_USAGE",
    () => `Cannot recover ${workDir}: ${who}; wait a minute, or for its end`,
    { path: workDir, pid: recorder?.pid ?? null },
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

/**
 * Tells the agent, if there is one, that nobody listens, and returns its process id; 0 if there never was one. If the
 * program may be just starting, waits for a while until the agent has been loaded.
 */
async function stopAgent(workDir: string): Promise<number> {
  const path = under(workDir, WORK_FILES.ring);
  try {
    using ring = openRing(path);
    const { mtime } = Deno.statSync(under(workDir, WORK_FILES.description));
    const age = Math.max(0, Date.now() - (mtime?.getTime() ?? 0));
    const loaded = performance.now() + AGENT_LOADS - age;
    const mayLoad = () => {
      const { pid } = ring.agentSide();
      return pid === 0 || isRunning(pid);
    };
    while (performance.now() < loaded && mayLoad()) {
      await new Promise((resolve) => setTimeout(resolve, LOAD_POLL));
    }
    return ring.agentSide().pid;
  } catch (error) {
    throw classifyError(error, { failed: FAILED, path });
  }
}

/** The ring, whose agent has been told that nobody listens, where that can be written. */
function openRing(path: string): RingFile {
  try {
    const ring = new RingFile(path);
    ring.setState(RECORDER_STOPPED);
    return ring;
  } catch {
    return new RingFile(path, "read"); // which tells what is in the way, if it can't be read either
  }
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false; // gone, or not to be seen from here
  }
}

/**
 * Nothing may stand there but the recording's own trace: its recorder, or another recovery, was killed just after it had
 * put it there.
 */
function requireFree(tracePath: string, recordingId: string): void {
  try {
    if (Deno.lstatSync(tracePath).isFile && recordingOf(tracePath) === recordingId) return;
  } catch (error) {
    if (osErrorCode(error) === "ENOENT") return;
    throw error;
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

/** The id of the recording that a trace is of; null if it is none. */
function recordingOf(tracePath: string): string | null {
  try {
    using trace = openTrace(tracePath);
    return trace.metadata.recordingId;
  } catch {
    return null; // what can't be read is not ours to replace
  }
}

async function replay(
  workDir: string,
  scratch: string,
  { trace, limits, relayed, metadata }: RecordingDescription,
  confinement: Confinement,
): Promise<FinishedTrace> {
  const end = readEnd(workDir);
  const worker = new TraceWorkerClient(await traceStarter(confinement), {
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
    worker.begin();
    worker.state.markEnded();
    const failure = await worker.drained;
    if (failure?.finishable === false) throw classifyError(failure.error);
    return await worker.finish({
      status: end?.status ?? { code: null, signal: null },
      stopped: end?.stopped ?? false,
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
