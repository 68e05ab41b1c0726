/** Starts a program under the recorder, and decides what becomes of program and trace when one of them fails. */
import type { Library } from "../agent/accelerator.ts";
import {
  classifyError,
  ensureUsage,
  type RecorderError,
  targetError,
  usageError,
} from "../errors/mod.ts";
import { openLog, type RecorderLog } from "../logging/mod.ts";
import {
  describeSource,
  policyHash,
  type RecorderPolicy,
  type ResolvedPolicy,
} from "../policy/mod.ts";
import type { FinishedTrace, RecordingLimits, WorkerEnd } from "../recording/trace_worker.ts";
import { WORK_FILES } from "../recording/work_files.ts";
import { type Confinement, confinementFor, ensureConfinable } from "../sandbox/confined_worker.ts";
import {
  configStartFolder,
  diagnose,
  diagnosisError,
  isFramework,
  type ResolvedTarget,
  versionError,
} from "../target/mod.ts";
import { baseName, under } from "../target/posix_path.ts";
import { resolveTarget } from "../target/resolve.ts";
import { workingDirectory } from "../target/working_directory.ts";
import { shellWord } from "../text/shell_word.ts";
import { shownValue } from "../text/shown_value.ts";
import { UUID_V7, uuidv7 } from "../text/uuid.ts";
import { VERSION } from "../version.ts";
import { RECORDER_STARTS, RECORDER_STOPPED } from "../wire/protocol.ts";
import { beginRing, RingFile } from "../wire/ring_file.ts";
import { acceleratorFor } from "./accelerator.ts";
import { writeAgent } from "./agent_files.ts";
import { agentFilter, type AgentText, agentText } from "./agent_parts.ts";
import { childEnvironment } from "./child_environment.ts";
import { Counters, type CounterSink, type CounterSnapshot } from "./counters.ts";
import { exitStateOf, type ProgramStatus } from "./exit_state.ts";
import { explainFinishing, heedWhileFinishing } from "./finishing_signals.ts";
import { belongsTo, discardAgent, discardOutDir, prepareOutDir } from "./out_dir.ts";
import { activationFile } from "./activation_file.ts";
import type { AttachedProgram } from "./attached_program.ts";
import { requireRoom } from "./own_limits.ts";
import { describeEnd, describeRecording, openEnd } from "./recording_description.ts";
import { type RecordingFilter, recordingFilter } from "./recording_filter.ts";
import { inFrontOfPython } from "./startup_modules.ts";
import { holdFolder } from "./folder_lock.ts";
import type { Marshalled } from "./marshal.ts";
import { hasLeftBehind } from "./left_behind.ts";
import type { OutputRelay, RelayPlan } from "./output_relay.ts";
import { ignoredSignals, inheritedDescriptorLimit, surviveFileSizeLimit } from "./platform.ts";
import { listenAhead, type Listening, type RunningProgram, startProgram } from "./program.ts";
import { holdPlace, letGo, placeTrace } from "./place_trace.ts";
import { startProgress } from "./progress.ts";
import { recordedTrace } from "./recorded_trace.ts";
import { type TraceRequest, type TraceStarter, traceStarter } from "./trace_link.ts";
import { TraceWorkerClient, type WorkerFailure } from "./trace_worker_client.ts";
import { SessionLifecycle, type SessionState } from "./state.ts";
import type { PreparedOutDir, RecordedTrace, RecordingProgress, SessionOutcome } from "./types.ts";
import { givenEnvironment } from "./environment.ts";

/** Version of `trace_metadata.json`. */
export const METADATA_SCHEMA = 2;
const NOT_STARTED = "Cannot start the recording";

/** Lines of a recording that is finished in a moment: a million of calls take some 0.1 s. */
const MOST_WAITED_FOR = 1_000_000;

/** How often {@link Recording.stop} looks whether the agent is there, milliseconds. */
const ATTACH_POLL = 5;

/** What to run, and how. */
export interface SessionOptions {
  /** TARGET and its arguments, as on the command line: `["app.py", "arg"]`, `["-m", "package"]`. */
  readonly command: readonly string[];
  /** From `configurePolicy`. */
  readonly policy: ResolvedPolicy;
  /** The program's working directory, absolute; the recorder's own by default. */
  readonly cwd?: string;
  /** The program's environment; the recorder's own by default. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Whether to act as the program's stand-in at a terminal: signals are passed on to it, Ctrl-C is
   * left to it, long recordings show their progress. For the command line; false by default.
   */
  readonly foreground?: boolean;
  /** Names the recording; a new UUIDv7 by default. */
  readonly id?: string;
  /** Where log records go; by default, to where the policy says (`log_level`, `log_file`). */
  readonly log?: RecorderLog;
  /** Gets what the recording counts. */
  readonly counterSink?: CounterSink;
  /**
   * Ends the program (SIGTERM, after 5 s SIGKILL) for as long as it runs. The trace is finished all the same, whole, and
   * the outcome is that of a program which a signal ended. Before the program is started, nothing happens but that
   * {@link startSession} rejects with the signal's reason.
   */
  readonly signal?: AbortSignal;
}

/** A program that runs, and the recording of it. */
export interface Session {
  /** UUIDv7; in the trace's metadata as well. */
  readonly id: string;
  /** Where the trace will be; null when recording is disabled. */
  readonly tracePath: string | null;
  /** Where it is between its start and its outcome; `finished` and `failed` before {@link finished} settles. */
  readonly state: SessionState;
  /** Whether anything of the program has been recorded, or may have been. */
  readonly started: boolean;
  /** The program's process id. */
  readonly pid: number;
  /** How far the recording is; all 0 when it is disabled. */
  readonly progress: RecordingProgress;
  /** Settles when the program ends, also when that is after the recording. */
  readonly program: Promise<ProgramStatus>;
  /**
   * Settles when the trace is in its place, or when it is decided that there will be none. Rejects
   * with a RecorderError when the recorder failed and the policy does not let that pass.
   */
  readonly finished: Promise<SessionOutcome>;
  /** Whether the program was ended because the recorder failed (`on_recorder_error` is `abort`). */
  readonly terminated: boolean;
  /** A partial trace that was kept although {@link finished} rejects (`keep_partial_trace`). */
  readonly kept: RecordedTrace | null;
  /** Why one that was to be kept could not be finished. */
  readonly lost: RecorderError | null;
  /**
   * Ends the recording now; the program goes on without it. After the program's end, and a second
   * time, this only waits.
   *
   * @param exitCode What the trace is to say that the program ended with, 0 to 255; unknown by default.
   * @returns As {@link finished}.
   * @throws {UsageError} ERR_USAGE, for another exit code.
   */
  stop(exitCode?: number): Promise<SessionOutcome>;
}

/**
 * Checks all that can be checked, and starts the program and the recording of it.
 *
 * Needs run permission for the interpreter, read permission for the target, read and write permission
 * for the output folder, env permission without `environment`.
 *
 * @throws {RecorderError} When a check fails, of the options too (ERR_USAGE). Then nothing of the program has run, and
 * nothing is left behind.
 * @throws The reason of `signal`, in the same way, when that is aborted before the program is started.
 */
export async function startSession(options: SessionOptions): Promise<Session> {
  // For callers without a type checker. The command line, which loads this as every recording begins, has no use for it.
  const { checkedOptions } = await import("./check_options.ts");
  return await startChecked(await checkedOptions(NOT_STARTED, options));
}

/**
 * {@link startSession}, with options that are what their types say.
 *
 * @param exits Whether this process exits as soon as the recording has finished.
 */
export async function startChecked(options: SessionOptions, exits = false): Promise<Session> {
  options.signal?.throwIfAborted();
  const id = options.id ?? uuidv7();
  const { policy } = options.policy;
  const given = options.log;
  const log = given ?? openLog({ level: policy.log_level, file: policy.log_file, runId: id });
  try {
    const session = await start({ ...options, exits }, id, log);
    if (given === undefined) void session.finished.catch(() => {}).then(() => log.close()); // never rejects
    return session;
  } catch (thrown) {
    if (options.signal?.aborted === true && thrown === options.signal.reason) {
      if (given === undefined) await log.close();
      throw thrown;
    }
    const error = classifyError(thrown);
    if (given === undefined) {
      log.failure(error);
      await log.close();
    }
    throw error;
  }
}

/**
 * Records a program to its end: {@link startSession}, and its outcome. Needs the same permissions.
 *
 * @throws {RecorderError} When a check fails, and when the recorder fails and the policy does not let that pass.
 * @throws The reason of `signal`, when that is aborted before the program is started.
 */
export async function record(options: SessionOptions): Promise<SessionOutcome> {
  const session = await startSession(options);
  return await session.finished;
}

/** How to record a program that runs already; the rest is as for {@link startSession}. */
export interface AttachOptions extends SessionOptions {
  readonly program: AttachedProgram;
  readonly log: RecorderLog;
}

/** The recording of a program that runs already. */
export interface AttachedSession extends Session {
  readonly tracePath: string;
  /** Where the agent lies that the program is to load, absolute. */
  readonly agentFolder: string;
  /** Gives the recording up: {@link finished} rejects with `reason`, and nothing is left. */
  abandon(reason: RecorderError): void;
}

/**
 * Checks all that can be checked, and waits for the program to load the agent.
 *
 * Needs the permissions of {@link startSession}, but none to run anything.
 *
 * @param options `command` says no more than where the search for a project begins.
 * @returns Null with `disabled`.
 * @throws {RecorderError} When a check fails. Then nothing is left behind.
 */
export async function attachSession(options: AttachOptions): Promise<AttachedSession | null> {
  const { log, program, id = uuidv7() } = options;
  const parts = programParts(options, id, log, program.target);
  return isDisabled(options.policy) ? null : await startRecording(parts, program);
}

async function start(options: StartOptions, id: string, log: RecorderLog): Promise<Session> {
  const parts = programParts(options, id, log, null);
  return isDisabled(options.policy) ? runUnrecorded(parts) : await startRecording(parts, null);
}

function programParts(
  options: StartOptions,
  id: string,
  log: RecorderLog,
  found: ResolvedTarget | null,
): ProgramParts {
  const cwd = options.cwd ?? workingDirectory();
  if (options.cwd !== undefined) requireFolder(options.cwd);
  ensureUsage(
    UUID_V7.test(id),
    "ERR_USAGE",
    () =>
      `Cannot call a recording ${JSON.stringify(id)}: an id is a UUID of version 7 in lower case`,
  );
  const environment = options.environment ?? givenEnvironment();
  const target = found ?? resolveTarget(options.command, {
    env: environment,
    cwd,
    policy: options.policy.policy,
    pythonSource: pythonSource(options.policy),
    stdinIsTerminal: Deno.stdin.isTerminal(),
  });
  log.debug("target.resolved", { interpreter: target.interpreterPath, chosen_by: target.how });
  const counters = new Counters(options.counterSink);
  return { ...options, id, cwd, environment, target, log, counters };
}

function isDisabled(resolved: ResolvedPolicy): boolean {
  const { disabled, require_trace } = resolved.policy;
  if (disabled && require_trace) throw contradiction(resolved);
  return disabled;
}

async function startRecording(
  parts: ProgramParts,
  attached: AttachedProgram | null,
): Promise<Recording> {
  const { policy: resolved, command, cwd, target, id } = parts;
  const { policy } = resolved;
  const start = configStartFolder(command, cwd);
  const frameworks = policy.framework_filters && isFramework(target);
  const filter = await recordingFilter(resolved, start, cwd, frameworks);
  const activation = activationFile(resolved, cwd);
  const accelerator = acceleratorFor(resolved, cwd, target.pythonVersionHint);
  const capture = ioCapture(resolved, filter);
  const text = await agentText();
  const compiled = await agentFilter(filter.compiled);
  parts.signal?.throwIfAborted();
  requireRoom(capture === "proxies+fd");
  const ahead = parts.foreground ? listenAhead() : null;
  let out: PreparedOutDir | null = null;
  try {
    out = prepareOutDir(policy, target.stem, cwd, id);
    const confinement = await confinementFor(policy.sandbox, out.dir);
    // Descriptors can be led elsewhere only before a program begins.
    const relaying = capture === "proxies+fd" && attached === null
      ? await relayingOf(confinement)
      : null;
    const startTrace = await traceStarter(confinement);
    const recording = new Recording({
      ...parts,
      filter,
      activation,
      accelerator,
      capture,
      relaying,
      confinement,
      startTrace,
      out,
      ahead,
      agentText: text,
      agentFilter: compiled,
      attached,
    });
    await recording.begin();
    return recording;
  } catch (thrown) {
    ahead?.stop();
    if (out === null) throw thrown;
    discardOutDir(out);
    if (parts.signal?.aborted === true && thrown === parts.signal.reason) throw thrown;
    throw classifyError(thrown, { failed: NOT_STARTED, path: out.dir });
  }
}

function requireFolder(cwd: string): void {
  const failed = `Cannot run the program in ${JSON.stringify(cwd)}`;
  ensureUsage(cwd.startsWith("/"), "ERR_USAGE", `${failed}: cwd has to be absolute`);
  try {
    if (Deno.statSync(cwd).isDirectory) return;
  } catch (thrown) {
    throw classifyError(thrown, { failed });
  }
  throw usageError("ERR_USAGE", `${failed}: it is not a folder`);
}

/** See {@link startChecked}. */
interface StartOptions extends SessionOptions {
  /** False by default. */
  readonly exits?: boolean;
}

/** All that is known when a program starts. */
interface ProgramParts extends StartOptions {
  readonly id: string;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly target: ResolvedTarget;
  readonly log: RecorderLog;
  readonly counters: Counters;
}

/** And when it is to be recorded. */
interface RecordingParts extends ProgramParts {
  readonly filter: RecordingFilter;
  /** Absolute and real; null for the script. */
  readonly activation: string | null;
  readonly accelerator: string | readonly Library[];
  readonly capture: RecorderPolicy["io_capture"];
  /** Null unless descriptors are recorded. */
  readonly relaying: Relaying | null;
  readonly confinement: Confinement;
  readonly startTrace: TraceStarter;
  readonly out: PreparedOutDir;
  /** In the foreground, and where nothing was ignored at the start. */
  readonly ahead: Listening | null;
  readonly agentText: AgentText;
  readonly agentFilter: Marshalled;
  /** Null for one that is to be started. */
  readonly attached: AttachedProgram | null;
}

interface Relaying {
  readonly plan: RelayPlan;
  /** Null when nothing can be relayed. */
  make(folder: string, ring: RingFile): OutputRelay | null;
}

/** Loaded only where it is wanted: most recordings don't need it. */
async function relayingOf(confinement: Confinement): Promise<Relaying> {
  const { NO_SHARED_MEMORY, OutputRelay, relayPlan } = await import("./output_relay.ts");
  const plan = confinement === "child-process" ? NO_SHARED_MEMORY : relayPlan();
  const make = (folder: string, ring: RingFile) =>
    plan.streams.length === 0 ? null : new OutputRelay(folder, ring, plan);
  return { plan, make };
}

class Recording implements AttachedSession {
  readonly id: string;
  readonly agentFolder: string;
  readonly tracePath: string;
  // holds: begin() sets it before anybody else has the recording; so it does with the others
  program!: Promise<ProgramStatus>;
  finished!: Promise<SessionOutcome>; // holds: see above
  kept: RecordedTrace | null = null;
  lost: RecorderError | null = null;
  terminated = false;
  readonly #parts: RecordingParts;
  readonly #policy: RecorderPolicy;
  readonly #ring: RingFile;
  /** Settles when the ring is whole. */
  readonly #ringMade: Promise<void>;
  readonly #limits: RecordingLimits;
  readonly #trace: TraceRequest["trace"];
  #worker!: TraceWorkerClient; // holds: see above
  /** Null unless descriptors are relayed. */
  readonly #relay: OutputRelay | null;
  /** The program's, with what the agent needs. */
  readonly #environment: Readonly<Record<string, string>>;
  #running!: RunningProgram; // holds: see above
  #policyHash!: string; // holds: see above
  /** Where the end is described. */
  readonly #end: Deno.FsFile;
  /** Settles when all that the program wrote has been passed on, where that goes through the recorder. */
  #relayed!: Promise<void>; // holds: see above
  readonly #stop = Promise.withResolvers<{ readonly exitCode: number | null }>();
  /** Rejects when somebody would rather have an end than a trace. */
  readonly #givenUp = Promise.withResolvers<never>();
  readonly #cleanUp: (() => void)[] = [];
  readonly #life = new SessionLifecycle();
  /** Where an earlier recording was left behind by a recorder that was killed; null if there is none. */
  #leftBehind: string | null = null;
  #attached = false;
  /** Names of other traces that stood there when this one took its place. */
  #others: readonly string[] = [];
  /** What becomes of the trace, once that is decided. */
  #fate: "placed" | "given up" | null = null;

  constructor(parts: RecordingParts) {
    const { id, cwd, target, out } = parts;
    this.#life.to("starting");
    this.#parts = parts;
    this.id = id;
    this.tracePath = out.tracePath;
    this.#policy = parts.policy.policy;
    const ringPath = under(out.workDir, WORK_FILES.ring);
    const agentFolder = this.agentFolder = under(out.workDir, "agent");
    if (ignoredSignals()?.size === 0) surviveFileSizeLimit(); // the ring is what may hit it first
    this.#ringMade = beginRing(ringPath, RECORDER_STARTS);
    this.#ringMade.catch(() => {}); // awaited by begin(), unless something else fails first
    const { attached } = parts;
    const { environment, restore } = attached === null
      ? childEnvironment(target, agentFolder, parts.environment)
      : { environment: parts.environment, restore: {} };
    this.#environment = environment;
    writeAgent(
      {
        folder: agentFolder,
        ring: ringPath,
        environment: restore,
        environmentOrder: attached === null ? Object.keys(parts.environment) : [],
        descriptorLimit: attached === null ? inheritedDescriptorLimit() : null,
        pythonVersion: target.pythonVersionHint,
        isolated: target.isolated,
        originalWords: attached === null ? target.originalWords : null,
        ...(attached === null ? {} : { ownFiles: attached.ownFiles }),
        filter: parts.agentFilter,
        captureOutput: parts.capture !== "off",
        ...(parts.relaying === null ? {} : { relay: parts.relaying.plan }),
        activation: parts.activation,
        accelerator: parts.accelerator,
      },
      this.#policy,
      parts.agentText,
    );
    this.#ring = new RingFile(ringPath);
    this.#cleanUp.push(() => this.#ring[Symbol.dispose]());
    this.#limits = { steps: this.#policy.max_steps, bytes: this.#policy.max_size };
    this.#trace = {
      recordingId: id,
      program: target.program,
      args: [...target.programArgs],
      workdir: cwd,
      recorder: `ct-recorder ${VERSION}`,
      filters: parts.filter.files.map(({ path, sha256 }) => ({ path, sha256: fromHex(sha256) })),
      sources: this.#policy.record_sources,
    };
    try {
      ensureConfinable(out.workDir, parts.confinement); // now, while the ring is being written
      const held = holdFolder(out.workDir);
      this.#cleanUp.push(() => held[Symbol.dispose]());
      const relay = parts.relaying?.make(out.workDir, this.#ring) ?? null;
      if (relay !== null) this.#cleanUp.push(() => relay.stopRecording());
      const end = openEnd(out.workDir);
      this.#cleanUp.push(() => end.close());
      this.#end = end;
      this.#relay = relay;
    } catch (thrown) {
      this.#life.to("failed");
      this.#release();
      throw thrown;
    }
  }

  /**
   * Starts the program and the worker. To be called once, before anything else.
   *
   * @throws {RecorderError} When one of them can't be started; the reason of `signal`, when that was aborted. Then nothing is held.
   */
  async begin(): Promise<void> {
    const parts = this.#parts;
    const { id, cwd, target, out } = parts;
    const relay = this.#relay;
    /** From here on the worker may let the program begin. */
    let isReady = false;
    try {
      await this.#ringMade;
      parts.signal?.throwIfAborted();
      const words = [...target.interpreterOptions, ...target.targetWords];
      const foreground = parts.foreground ?? false;
      const late = heedWhileFinishing({
        explain: () => this.#policy.quiet || explainFinishing(),
        giveUp: (signal) => this.#giveUp(signal),
      });
      this.#running = this.#parts.attached?.running ?? startProgram(
        target,
        words,
        cwd,
        this.#environment,
        foreground ? late : null,
        relay,
        parts.ahead,
        () => isReady && this.#hasAttached(),
      );
      this.#cleanUp.push(() => this.#running.stopListening(this.#isOver()));
      endOnAbort(this.#running, parts.signal);
      // A Ctrl-C of before now: nobody but the recorder may have got it, and Python ends by it best as long as it doesn't
      // listen itself.
      await parts.ahead?.catchUp(1);
      try {
        this.#worker = this.#startWorker();
        this.#cleanUp.push(() => this.#endWorker());
        // And a Ctrl-C of meanwhile: that took long. The worker's modules are being loaded, which takes longer than this.
        const caughtUp = parts.ahead?.catchUp(3);
        this.#policyHash = await policyHash(this.#policy);
        this.#describe();
        await caughtUp;
      } catch (thrown) {
        // Not told in the ring, where it would be taken for leave to begin.
        await this.#running.terminate(true);
        throw thrown;
      }
      isReady = true;
      this.#worker.begin();
      // Nobody waits for this thread now.
      this.#leftBehind = [out.dir, ...out.before].find(hasLeftBehind) ?? null;
      // Also when the recording ends first: the pipe is the recorder's to close.
      this.#relayed = relay === null
        ? Promise.resolve()
        : this.#running.status.then(() => relay.programEnded());
      this.#relayed.catch(() => {}); // awaited, with the status, by whoever waits for the program
      if (relay !== null) void this.#worker.drained.then(() => relay.stopRecording());
      const { quiet, progress } = this.#policy;
      if (foreground && !quiet && progress === "auto" && Deno.stderr.isTerminal()) {
        this.#cleanUp.push(startProgress(this.#worker.state, this.#ring, performance.now()));
      }
    } catch (thrown) {
      this.#life.to("failed");
      this.#release();
      throw thrown;
    }
    parts.log.setTraceId(id);
    parts.log.info("recording.started", { folder: out.dir, sandbox: parts.confinement });
    this.program = this.#running.status;
    this.finished = this.#run();
    this.finished.catch(() => {}); // whoever started the session awaits it, perhaps later
  }

  /**
   * While the program's interpreter loads, which takes no less long: its first line waits for the worker.
   *
   * @throws {RecorderError} When it can't be made.
   */
  #startWorker(): TraceWorkerClient {
    const { out, startTrace } = this.#parts;
    return new TraceWorkerClient(startTrace, {
      sourceDir: out.workDir,
      workDir: out.workDir,
      recovers: false,
      limits: this.#limits,
      ...(this.#relay === null ? {} : { relayed: this.#relay.forWorker }),
      trace: this.#trace,
    });
  }

  /** For whoever recovers the recording: before the program's first line, which waits for the worker. */
  #describe(): void {
    const { out } = this.#parts;
    const relayed = this.#relay?.forWorker;
    describeRecording(out.workDir, {
      traceName: baseName(out.tracePath),
      trace: this.#trace,
      limits: this.#limits,
      relayed: relayed === undefined ? null : {
        streams: relayed.outputs.map(({ stream }) => stream),
        joined: relayed.joined,
      },
      metadata: this.#metadata(),
    });
  }

  /** Of a process that is about to exit the system ends the threads, which takes no time. */
  #endWorker(): void {
    const isLeft = this.#isOver() && this.#parts.confinement !== "child-process";
    if (!isLeft) this.#worker.terminate();
  }

  /** Whether the trace is in its place, and all that is left to this process is to exit. */
  #isOver(): boolean {
    return (this.#parts.exits ?? false) && this.#fate === "placed";
  }

  get state(): SessionState {
    if (this.#life.state === "starting") this.#hasAttached();
    return this.#life.state;
  }

  get started(): boolean {
    return this.#attached;
  }

  get pid(): number {
    return this.#running.pid;
  }

  get progress(): RecordingProgress {
    const { steps, bytes } = this.#worker.state;
    return { steps, bytes };
  }

  async stop(exitCode?: number): Promise<SessionOutcome> {
    ensureUsage(
      exitCode === undefined || (Number.isInteger(exitCode) && exitCode >= 0 && exitCode <= 255),
      "ERR_USAGE",
      () =>
        `Cannot stop the recording with the exit code ${
          shownValue(exitCode)
        }: accepted are whole numbers from 0 to 255`,
    );
    // Before the agent has loaded there is nothing to stop, and its files have to stay.
    while (!this.#life.isOver && !this.#hasAttached()) {
      await new Promise((resolve) => setTimeout(resolve, ATTACH_POLL));
    }
    this.#stop.resolve({ exitCode: exitCode ?? null });
    return await this.finished;
  }

  async #run(): Promise<SessionOutcome> {
    try {
      const outcome = await Promise.race([this.#untilTheEnd(), this.#givenUp.promise]);
      this.#life.to("finished");
      return outcome;
    } catch (thrown) {
      this.#life.to("failed");
      discardOutDir(this.#parts.out);
      throw classifyError(thrown, { failed: "Cannot record", path: this.#parts.out.dir });
    } finally {
      this.#release();
    }
  }

  abandon(reason: RecorderError): void {
    if (this.#fate !== null) return; // the trace stands, or is given up already
    this.#fate = "given up";
    this.#worker.terminate();
    this.#givenUp.reject(reason);
  }

  #giveUp(signal: string): void {
    this.abandon(targetError(
      "ERR_TRACE_INCOMPLETE",
      `There is no trace: it was given up while it was being finished, by ${signal}`,
      { signal },
    ));
  }

  async #untilTheEnd(): Promise<SessionOutcome> {
    const stopped = await Promise.race([
      this.#running.status.then(() => null),
      this.#worker.drained.then(() => null),
      this.#stop.promise,
    ]);
    this.#hasAttached();
    this.#life.to("finishing");
    if (stopped !== null) return await this.#finishEarly(stopped.exitCode);
    const early = this.#worker.failure;
    if (early !== null) {
      // The worker may not have been able to say it to the agent itself.
      this.#tellAgent();
      // Who asks for being recorded while it runs is told, and not ended.
      if (this.#policy.on_recorder_error === "abort" && this.#parts.attached === null) {
        this.terminated = true;
        await this.#running.terminate();
      }
    }
    const status = await this.#running.status;
    await this.#relayed;
    this.#parts.log.info("program.ended", { ...status });
    if (early === null && !this.#hasAttached()) {
      this.#noteEnd(status, false);
      const error = await this.#whyNoAgent(status);
      return await this.#afterFailure({ error, finishable: false }, status);
    }
    this.#worker.end(this.#endMessage({ status, stopped: false }));
    // The worker is at work; this thread has time until it has finished.
    this.#noteEnd(status, false);
    discardAgent(this.#parts.out, this.agentFolder);
    const failure = await this.#worker.drained;
    if (failure !== null) return await this.#afterFailure(failure, status);
    return this.#outcome(status, await this.#finishTrace(null), null);
  }

  /**
   * A rejection leaves no trace, or the one that stood there before.
   *
   * @param end Null where the worker knows.
   */
  async #finishTrace(end: Pick<WorkerEnd, "status" | "stopped"> | null): Promise<FinishedTrace> {
    const { out } = this.#parts;
    // Others wait for it: not for as long as it takes to finish a long recording.
    const place = this.#worker.state.steps <= MOST_WAITED_FOR ? holdPlace(out) : null;
    try {
      const trace = await Promise.race([
        this.#worker.finish(end && this.#endMessage(end)),
        this.#givenUp.promise,
      ]);
      if (this.#fate !== null) return await this.#givenUp.promise;
      this.#fate = "placed";
      this.#others = await placeTrace(out, trace.files, { place });
      discardOutDir({ ...out, created: [] }); // none is empty
      return trace;
    } finally {
      if (place !== null) await letGo(place);
    }
  }

  /** For whoever recovers the recording, if the recorder should be killed before the trace stands. */
  #noteEnd(status: ProgramStatus, stopped: boolean): void {
    try {
      const caughtInternalErrors = this.#caughtInternalErrors();
      describeEnd(this.#end, { status, stopped, caughtInternalErrors });
    } catch {
      // A full disk: told by whoever needs it more than this.
    }
  }

  /** The recorder failed before the trace could be finished: by policy an error, or a warning. */
  async #afterFailure(failure: WorkerFailure, status: ProgramStatus): Promise<SessionOutcome> {
    const { error, finishable } = failure;
    const { on_recorder_error, keep_partial_trace, require_trace } = this.#policy;
    const aborts = on_recorder_error === "abort";
    let trace: FinishedTrace | null = null;
    if (finishable && (!aborts || keep_partial_trace)) {
      try {
        trace = await this.#finishTrace({ status, stopped: false });
      } catch (thrown) {
        this.#parts.counters.add("caught_internal_errors");
        this.lost = classifyError(thrown);
        this.#parts.log.failure(this.lost, "warning");
      }
    } else {
      await this.#worker.discard();
    }
    if (aborts) {
      if (trace !== null) this.kept = recordedTrace(this.tracePath, trace);
      throw classifyError(error);
    }
    if (trace === null) {
      discardOutDir(this.#parts.out);
      if (require_trace) throw noTrace(error);
    }
    return this.#outcome(status, trace, error);
  }

  async #finishEarly(exitCode: number | null): Promise<SessionOutcome> {
    this.#tellAgent();
    this.#worker.state.markEnded();
    const failure = await this.#worker.drained;
    this.#tellAgent(); // the worker may just have let the program begin
    const status = { code: exitCode, signal: null };
    this.#noteEnd(status, true);
    if (failure !== null) return await this.#afterFailure(failure, status);
    const trace = await this.#finishTrace({ status, stopped: true });
    return this.#outcome({ code: null, signal: null }, trace, null);
  }

  #endMessage(end: Pick<WorkerEnd, "status" | "stopped">): WorkerEnd {
    return {
      ...end,
      caughtInternalErrors: this.#caughtInternalErrors(),
      cutOff: null,
      metadata: this.#metadata(),
    };
  }

  #caughtInternalErrors(): number {
    return this.#parts.counters.snapshot().caught_internal_errors + this.#parts.log.lost;
  }

  #metadata(): Record<string, unknown> {
    const { target, cwd, id, out } = this.#parts;
    return {
      schema_version: METADATA_SCHEMA,
      recorder: "ct-recorder",
      recorder_version: VERSION,
      recording_id: id,
      policy_hash: this.#policyHash,
      language: "python",
      program: target.program,
      args: target.programArgs,
      workdir: cwd,
      trace: baseName(out.tracePath),
      sandbox: this.#parts.confinement,
      filters: this.#parts.filter.files,
    };
  }

  #outcome(
    status: ProgramStatus,
    trace: FinishedTrace | null,
    failure: RecorderError | null,
  ): SessionOutcome {
    const { counters, log } = this.#parts;
    const facts = { uncaught: null, replaced: false, disabled: failure !== null };
    if (trace !== null) {
      countTrace(counters, trace.counters);
      const { bytes, state, counts: { steps, calls, events } } = trace;
      log.info("recording.finished", { steps, calls, events, bytes, state });
    } else if (failure !== null) counters.add("detach_reasons", 1, { reason: failure.code });
    return {
      status,
      state: trace?.state ?? exitStateOf(status, facts),
      trace: trace === null ? null : recordedTrace(this.tracePath, trace),
      failure,
      lost: this.lost,
      counters: counters.snapshot(),
      warnings: this.#warnings(trace),
    };
  }

  #warnings(trace: FinishedTrace | null): string[] {
    const { confinement, activation, out } = this.#parts;
    const warnings: string[] = [];
    if (confinement === "none") {
      warnings.push(
        "the trace was written without a sandbox: Deno ran without --unstable-worker-options, and may not run itself",
      );
    }
    if (!this.#policy.quiet) warnings.push(...this.#parts.relaying?.plan.warnings ?? []);
    if (trace !== null && this.#others.length > 0) {
      warnings.push(
        `${belongsTo(out.tracePath, this.#others)}; give each trace a folder of its own`,
      );
    }
    if (this.#leftBehind !== null) {
      warnings.push(
        `an earlier recording was cut off; ct-recorder recover ${
          shellWord(this.#leftBehind)
        } makes a trace of what it had recorded`,
      );
    }
    if (activation !== null && trace?.activated === false) {
      warnings.push(
        `nothing was recorded: no code of ${activation} ran, or filters skip it (activation_path, given by ${
          describeSource(this.#parts.policy.sources.activation_path)
        })`,
      );
    }
    return warnings;
  }

  /** That nobody listens any more. */
  #tellAgent(): void {
    try {
      this.#ring.setState(RECORDER_STOPPED);
    } catch {
      // A disk that takes nothing: the agent finds out when it waits for a free segment. The program matters more.
    }
  }

  /** Asks the ring as long as it is there, and remembers. */
  #hasAttached(): boolean {
    if (!this.#attached && this.#agentIsThere()) {
      this.#attached = true;
      if (this.#life.state === "starting") this.#life.to("recording");
    }
    return this.#attached;
  }

  #agentIsThere(): boolean {
    try {
      return this.#ring.agentSide().pid !== 0;
    } catch {
      return true; // the ring was cut short, by the program: the worker says so
    }
  }

  #release(): void {
    // In the opposite order: the progress line looks at the ring.
    for (const action of this.#cleanUp.splice(0).reverse()) action();
  }

  /**
   * Without an agent there is nothing to show: says why there was none.
   *
   * @throws {RecorderError} When it is for the interpreter, which then can't have run the program either.
   */
  async #whyNoAgent(status: ProgramStatus): Promise<RecorderError> {
    const { target, out, environment, cwd, attached } = this.#parts;
    if (attached !== null) {
      return targetError(
        "ERR_TRACE_INCOMPLETE",
        "Nothing was recorded: the program ended before it had loaded the recorder's agent",
      );
    }
    const found = { word: target.interpreter, path: target.interpreterPath, how: target.how };
    const version = saidByAgent(out, "unsupported");
    const unsupported = version === null ? null : versionError(found, version);
    if (unsupported !== null) throw classifyError(unsupported);
    const received = this.#running.lastSignal;
    if (received === null) {
      const diagnosed = diagnosisError(
        await diagnose(target.interpreter, { env: environment, cwd }),
        found,
      );
      if (diagnosed !== null) throw diagnosed;
    }
    const ended = `Nothing was recorded: ${target.interpreter} (chosen by ${target.how}) ended ` +
      (status.signal === null ? `with status ${status.code}` : `by ${status.signal}`);
    const why = status.signal !== null
      ? ", before it had loaded the recorder's agent"
      : received !== null
      ? `, after ${received}, before it had loaded the recorder's agent`
      : ` and never loaded the recorder's agent; ${whyNotLoaded(out, environment, cwd)}`;
    return targetError("ERR_TRACE_INCOMPLETE", ended + why, {
      interpreter: target.interpreter,
      how: target.how,
      ...status,
      received,
    });
  }
}

/**
 * What the agent has left in its folder: `unsupported`, an interpreter's version that it can't run on, or `failed`, what kept
 * it from beginning; null if it left nothing.
 */
function saidByAgent(out: PreparedOutDir, name: "unsupported" | "failed"): string | null {
  const path = under(out.workDir, `agent/${name}`);
  try {
    // To read what a program has put there instead might never end.
    return Deno.lstatSync(path).isFile ? Deno.readTextFileSync(path) : null;
  } catch {
    return null; // no such file: the agent did not get as far
  }
}

function whyNotLoaded(
  out: PreparedOutDir,
  environment: Readonly<Record<string, string>>,
  cwd: string,
): string {
  const failed = saidByAgent(out, "failed");
  if (failed !== null) return `that failed with ${failed}`;
  const path = inFrontOfPython(environment["PYTHONPATH"] ?? "", cwd);
  if (path !== null) {
    return `${path}, on PYTHONPATH, stands in front of a module that Python itself starts with: ` +
      "rename it, or take its folder off PYTHONPATH";
  }
  return "is it a wrapper that changes PYTHONPATH or starts another Python?";
}

/** The program as it is, for `disabled`. */
function runUnrecorded(parts: ProgramParts): Session {
  const { id, target, cwd, environment, foreground = false, log, counters } = parts;
  const words = target.originalWords;
  const running = startProgram(
    target,
    words,
    cwd,
    environment,
    foreground ? () => {} : null,
  );
  running.stopListening();
  endOnAbort(running, parts.signal);
  const { status } = running;
  const life = new SessionLifecycle();
  life.to("finishing");
  const finished = status.then((status): SessionOutcome => {
    life.to("finished");
    log.info("program.ended", { ...status });
    return {
      status,
      state: exitStateOf(status, { uncaught: null, replaced: false, disabled: false }),
      trace: null,
      failure: null,
      lost: null,
      counters: counters.snapshot(),
      warnings: [],
    };
  });
  return {
    id,
    tracePath: null,
    get state() {
      return life.state;
    },
    started: false,
    pid: running.pid,
    progress: { steps: 0, bytes: 0 },
    program: status,
    finished,
    kept: null,
    lost: null,
    terminated: false,
    stop: () => finished,
  };
}

/** Ends the program when `signal` says so, as long as it runs: the rest follows from that. */
function endOnAbort(running: RunningProgram, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const end = () => void running.terminate().catch(() => {}); // whoever waits for its status is told
  const stop = () => signal.removeEventListener("abort", end);
  signal.addEventListener("abort", end, { once: true });
  void running.status.then(stop, stop);
}

/** What the worker counted; of errors that were survived it has the session's own number. */
function countTrace(counters: Counters, counted: CounterSnapshot): void {
  for (const name of ["events", "dropped", "redacted", "detach_reasons"] as const) {
    for (const [reason, n] of Object.entries(counted[name])) counters.add(name, n, { reason });
  }
  counters.add("scopes_skipped", counted.scopes_skipped);
}

/** What the policy says; where it says nothing, the filters. */
function ioCapture(
  { policy, sources }: ResolvedPolicy,
  filter: RecordingFilter,
): RecorderPolicy["io_capture"] {
  if (sources.io_capture.kind === "default" && filter.captureOutput !== null) {
    return filter.captureOutput ? policy.io_capture : "off";
  }
  return policy.io_capture;
}

/** Bytes from hexadecimal digits. */
function fromHex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function contradiction({ sources }: ResolvedPolicy): RecorderError {
  const { disabled, require_trace } = sources;
  return usageError(
    "ERR_TRACE_MISSING",
    `Cannot run the program: a trace is required (require_trace, given by ${
      describeSource(require_trace)
    }), ` +
      `but recording is disabled (disabled, given by ${describeSource(disabled)})`,
    { disabled, require_trace },
  );
}

function noTrace(cause: RecorderError): RecorderError {
  return usageError(
    "ERR_TRACE_MISSING",
    `No trace was written, and one is required (require_trace): ${cause.message}`,
    { reason: cause.code },
    cause,
  );
}

function pythonSource({ sources }: ResolvedPolicy): string {
  const source = sources.python;
  return source.kind === "flag" || source.kind === "environment"
    ? source.name
    : describeSource(source);
}
