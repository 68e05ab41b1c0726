import { classifyError, ensureUsage, type RecorderError } from "../errors/mod.ts";
import { openLog, type RecorderLog } from "../logging/mod.ts";
import {
  asksForJsonErrors,
  asksForProgress,
  describeSource,
  isStronger,
  type RecorderPolicy,
  type ResolvedPolicy,
} from "../policy/mod.ts";
import { ignoredSignals } from "../session/platform.ts";
import type { Session, SessionOptions } from "../session/session.ts";
import type { SessionOutcome } from "../session/types.ts";
import { uuidv7 } from "../text/uuid.ts";
import { workingDirectory } from "../target/working_directory.ts";
import { withCommandHint } from "./command_hint.ts";
import type { ProgressEvents } from "./progress_events.ts";
import { closingLine, endingOf, keptLine, statusOfError } from "./outcome.ts";
import { readRecordWords } from "./record_words.ts";
import { recordingPolicy } from "./recording_policy.ts";
import { reportError, reportTrailer, reportWarning, tell } from "./terminal.ts";
import { givenEnvironment } from "../session/environment.ts";

/** What starts programs: `startChecked`, or a stand-in for it in tests. */
export type SessionStarter = (options: SessionOptions) => Promise<Session>;

/** Loaded late, so that bad usage is told without loading what only recordings need. */
const startReal: SessionStarter = async (options) => {
  const { startChecked } = await import("../session/session.ts");
  return await startChecked(options, true);
};

/**
 * `ct-recorder record`: checks all that can be checked, records, and says what came of it.
 *
 * Nothing goes to stdout, except help and version when they are asked for.
 *
 * @param words What follows the command's name.
 * @returns The exit status of the command.
 */
export async function recordCommand(
  words: readonly string[],
  start: SessionStarter = startReal,
): Promise<number> {
  const read = readRecordWords(words);
  // The run's id is the recording's: there is one recording to a run of the command.
  const runId = uuidv7();
  const given = { flags: read.flags, environment: givenEnvironment() };
  let json = asksForJsonErrors(given);
  let log: RecorderLog | null = null;
  let session: Session | null = null;
  let events: ProgressEvents | null = null;
  try {
    if (read.error !== null) throw classifyError(read.error);
    if (read.information !== null) {
      return await (await import("./inform.ts")).inform(read.information, "record");
    }
    ignoredSignals(); // known from here on, whatever Deno listens to from the next wait on
    const { resolved } = await recordingPolicy(
      given,
      read.target,
      workingDirectory(),
      (asked) => json = asked,
    );
    const { policy } = resolved;
    json = policy.json_errors;
    log = openLog({ level: policy.log_level, file: policy.log_file, runId });
    refuseIdleProgressFile(resolved);
    if (policy.progress === "json") events = await openEvents(policy.progress_file, runId);
    session = await start({
      command: read.target,
      policy: resolved,
      foreground: true,
      id: runId,
      log,
    });
    events?.started(session);
    if (session.tracePath === null && !policy.quiet) {
      tell("ct-recorder: recording is disabled, nothing is recorded");
    }
    return await report(await session.finished, policy, { runId, log, events });
  } catch (thrown) {
    const error = withCommandHint(classifyError(thrown), words[0]);
    const status = statusOfError(error);
    log?.failure(error, "error", { told: true });
    events ??= await eventsAskedFor(given, runId);
    await events?.failed(error, session, status);
    reportError(error);
    if (session?.terminated) {
      tell("ct-recorder: the program was ended; --on-recorder-error disable lets it go on");
    }
    if (session?.lost) tell(`ct-recorder: no partial trace could be kept: ${session.lost.message}`);
    if (session?.kept) tell(`ct-recorder: ${keptLine(session.kept, workingFolder())}`);
    await log?.close();
    if (json) reportTrailer(error, { runId, traceId: session?.started ? runId : null });
    return status;
  }
}

/** Whoever names a file for events waits for them. An explicit wish for none, as strong or stronger, says otherwise. */
function refuseIdleProgressFile({ policy, sources }: ResolvedPolicy): void {
  const { progress, progress_file } = sources;
  ensureUsage(
    policy.progress === "json" || policy.progress_file === null ||
      !isStronger(progress_file, progress),
    "ERR_USAGE",
    () =>
      `Cannot tell progress in ${policy.progress_file} (progress_file, given by ${
        describeSource(progress_file)
      }): that takes --progress=json`,
    { progress_file, progress },
  );
}

/** Loaded only for whoever asks for them. */
async function openEvents(file: string | null, runId: string): Promise<ProgressEvents> {
  const { ProgressEvents } = await import("./progress_events.ts");
  return await ProgressEvents.open(file, runId);
}

/** For an error ahead of the policy; null when nobody waits for events, or they can't be told. */
async function eventsAskedFor(
  given: Parameters<typeof asksForProgress>[0],
  runId: string,
): Promise<ProgressEvents | null> {
  const asked = asksForProgress(given);
  if (asked === null) return null;
  try {
    return await openEvents(asked.file, runId);
  } catch {
    return null; // the error at hand is the one to tell, and may be this very one
  }
}

/** What is told to others than the person at the terminal. */
interface Told {
  readonly runId: string;
  readonly log: RecorderLog;
  readonly events: ProgressEvents | null;
}

/** What a person reads after the program, and the trailer when the trace is not whole. */
async function report(
  outcome: SessionOutcome,
  policy: RecorderPolicy,
  { runId, log, events }: Told,
): Promise<number> {
  const { status, warning } = endingOf(outcome.status, policy);
  await events?.finished(outcome, status);
  for (const text of outcome.warnings) tell(`ct-recorder: warning: ${text}`);
  const trouble: RecorderError | null = outcome.failure ?? outcome.trace?.partial ?? null;
  if (trouble !== null) {
    log.failure(trouble, "warning", { told: true });
    reportWarning(trouble);
  }
  if (warning !== null) {
    log.warning("exit_status.not_propagated", { ...outcome.status }, { told: true });
    tell(`ct-recorder: warning: ${warning}`);
  }
  if (!policy.quiet) {
    if (outcome.trace !== null) tell(`ct-recorder: ${closingLine(outcome.trace, workingFolder())}`);
    else if (outcome.lost !== null) {
      tell(`ct-recorder: no trace was written: ${outcome.lost.message}`);
    } else if (outcome.failure !== null) tell("ct-recorder: no trace was written");
  }
  await log.close();
  if (trouble !== null && policy.json_errors) reportTrailer(trouble, { runId, traceId: runId });
  return status;
}

/** For showing short paths. */
function workingFolder(): string | null {
  try {
    return Deno.cwd();
  } catch {
    return null; // removed meanwhile
  }
}
