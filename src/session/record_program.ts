/** Records one program: lays out the agent, starts the program and the trace worker, and waits for both. */
import { join } from "node:path";
import { RecorderError, targetError } from "../errors/mod.ts";
import { diagnose, diagnosisError, type ResolvedTarget, versionError } from "../target/mod.ts";
import { VERSION } from "../version.ts";
import { createRing, RingFile } from "../wire/ring_file.ts";
import { type AgentConfig, writeAgent } from "./agent_files.ts";
import { forPythonPath, inheritedDescriptorLimit, PATH_SEPARATOR } from "./platform.ts";
import { startProgram } from "./program.ts";
import { startProgress } from "./progress.ts";
import { TraceWorkerClient } from "./trace_worker_client.ts";
import type {
  PreparedOutDir,
  ProgramStatus,
  RecordOutcome,
  RecordRequest,
  UnrecordedRequest,
} from "./types.ts";

/** Version of `trace_metadata.json`. */
const METADATA_SCHEMA = 1;

/**
 * Runs the program and records it.
 *
 * Needs run permission for the interpreter, read and write permission for the output folder.
 *
 * @throws {RecorderError} If the recording failed. Nothing is left but the work folder, which is the caller's
 *   to remove.
 */
export async function recordProgram(request: RecordRequest): Promise<RecordOutcome> {
  const { target, policy, out, cwd, recordingId } = request;
  const ringPath = join(out.workDir, "ring");
  createRing(ringPath);
  const { environment, restore } = childEnvironment(target, join(out.workDir, "agent"));
  const config: AgentConfig = {
    folder: join(out.workDir, "agent"),
    ring: ringPath,
    environment: restore,
    descriptorLimit: inheritedDescriptorLimit(),
    isolated: target.isolated,
    originalWords: target.originalWords,
  };
  writeAgent(config, policy);
  const ring = new RingFile(ringPath);
  const worker = new TraceWorkerClient(out.dir, policy.sandbox, {
    ringPath,
    workDir: out.workDir,
    tracePath: out.tracePath,
    metadataPath: out.metadataPath,
    trace: {
      recordingId,
      program: target.program,
      args: [...target.programArgs],
      workdir: cwd,
      recorder: `ct-recorder ${VERSION}`,
    },
  });
  let status: ProgramStatus;
  const startedAt = performance.now();
  try {
    const words = [...target.interpreterOptions, ...target.targetWords];
    const program = startProgram(target, words, cwd, environment);
    request.onStart?.();
    const endProgress = !policy.quiet && Deno.stderr.isTerminal()
      ? startProgress(worker.shared, ring, startedAt)
      : () => {};
    status = await program.status;
    endProgress();
    await requireAgent(target, ring, out, cwd, status);
  } catch (thrown) {
    await worker.discard();
    throw thrown;
  } finally {
    ring[Symbol.dispose]();
  }
  const result = await worker.finish({
    end: status,
    metadata: {
      schema_version: METADATA_SCHEMA,
      recorder: "ct-recorder",
      recorder_version: VERSION,
      recording_id: recordingId,
      language: "python",
      program: target.program,
      args: target.programArgs,
      workdir: cwd,
      trace: out.tracePath.slice(out.dir.length + 1),
      sandbox: worker.confinement,
    },
  });
  return {
    status,
    counts: result.counts,
    bytes: result.bytes,
    tracePath: out.tracePath,
    unrecordedChildren: result.children,
    partial: result.partial,
    warnings: worker.confinement === "none"
      ? ["the trace was written without a sandbox: Deno ran without --unstable-worker-options"]
      : [],
  };
}

/** Runs the program as it is, for `disabled`. */
export async function runUnrecorded({ target, cwd }: UnrecordedRequest): Promise<ProgramStatus> {
  return await startProgram(target, target.originalWords, cwd, Deno.env.toObject()).status;
}

/**
 * The program's environment: the recorder's own, with the agent's folder at the head of PYTHONPATH; and what
 * the agent has to set right again.
 */
function childEnvironment(
  target: ResolvedTarget,
  agentFolder: string,
): { environment: Record<string, string>; restore: Record<string, string | null> } {
  const environment = Deno.env.toObject();
  const restore: Record<string, string | null> = {};
  if (target.ignoreEnvironment) {
    for (const name of Object.keys(environment)) {
      if (!name.startsWith("PYTHON")) continue;
      restore[name] = environment[name]!;
      delete environment[name];
    }
  }
  if (target.isolated) {
    // What `-I` means for sys.path[0], for 3.11 and later; older versions don't know it and leave it to the agent.
    restore.PYTHONSAFEPATH ??= null;
    environment.PYTHONSAFEPATH = "1";
  }
  restore.PYTHONPATH ??= environment.PYTHONPATH ?? null;
  const folder = forPythonPath(agentFolder);
  // An empty PYTHONPATH counts as none: appending it would put the working directory on sys.path.
  environment.PYTHONPATH = environment.PYTHONPATH
    ? folder + PATH_SEPARATOR + environment.PYTHONPATH
    : folder;
  return { environment, restore };
}

/** Without an agent there is nothing to show: says why there was none. */
async function requireAgent(
  target: ResolvedTarget,
  ring: RingFile,
  out: PreparedOutDir,
  cwd: string,
  status: ProgramStatus,
): Promise<void> {
  if (ring.agentSide().pid !== 0) return;
  const found = { word: target.interpreter, path: target.interpreterPath, how: target.how };
  try {
    const version = Deno.readTextFileSync(join(out.workDir, "agent", "unsupported"));
    const unsupported = versionError(found, version);
    if (unsupported !== null) throw unsupported;
  } catch (thrown) {
    if (thrown instanceof RecorderError) throw thrown;
    // No such file: the agent did not get as far as to look at the version.
  }
  const place = { env: Deno.env.toObject(), cwd };
  const diagnosed = diagnosisError(await diagnose(target.interpreter, place), found);
  if (diagnosed !== null) throw diagnosed;
  throw targetError(
    "ERR_TRACE_INCOMPLETE",
    `Nothing was recorded: ${target.interpreter} (chosen by ${target.how}) ended ` +
      (status.signal === null ? `with status ${status.code}` : `by ${status.signal}`) +
      ` and never loaded the recorder's agent; is it a wrapper that changes PYTHONPATH or starts another Python?`,
    { interpreter: target.interpreter, how: target.how, ...status },
  );
}
