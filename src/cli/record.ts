import { classifyError, errorTrailer } from "../errors/mod.ts";
import { type RecorderPolicy, type ResolvedPolicy, resolvePolicy } from "../policy/mod.ts";
import { BOOLEAN_WORDS, SETTINGS } from "../policy/settings.ts";
import { discardOutDir, prepareOutDir } from "../session/out_dir.ts";
import type {
  ProgramStatus,
  RecordOutcome,
  RecordRequest,
  UnrecordedRequest,
} from "../session/types.ts";
import { uuidv7 } from "../session/uuid.ts";
import { resolveTarget } from "../target/mod.ts";
import { VERSION } from "../version.ts";
import { closingLine, detachment, endingOf, statusOfError } from "./outcome.ts";
import { readRecordWords, type RecordWords } from "./record_words.ts";
import { print, reportError, tell } from "./terminal.ts";

/** What runs programs: `src/session/record_program.ts`, or a stand-in for it in tests. */
export interface Engine {
  /** Runs and records; throws a RecorderError when the recorder failed, the trace then removed. */
  recordProgram(request: RecordRequest): Promise<RecordOutcome>;
  /** Runs and records nothing. */
  runUnrecorded(request: UnrecordedRequest): Promise<ProgramStatus>;
}

/** Loaded late, so that bad usage is told without loading what only recordings need. */
function realEngine(): Promise<Engine> {
  return import("../session/record_program.ts");
}

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
  loadEngine: () => Promise<Engine> = realEngine,
): Promise<number> {
  const read = readRecordWords(words);
  if (read.information !== null && read.error === null) return await inform(read.information);
  // The run's id is the recording's: there is one recording to a run of the command.
  const runId = uuidv7();
  let json = wantsJson(read);
  let started = false;
  try {
    if (read.error !== null) throw read.error;
    const resolved = await resolvePolicy({ flags: read.flags, environment: Deno.env.toObject() });
    json = resolved.policy.json_errors;
    const { policy } = resolved;
    const cwd = workingDirectory();
    const target = resolveTarget(read.target, {
      env: Deno.env.toObject(),
      cwd,
      policy,
      pythonSource: pythonSource(resolved),
      stdinIsTerminal: Deno.stdin.isTerminal(),
    });
    if (policy.disabled) {
      const engine = await loadEngine();
      if (!policy.quiet) tell("ct-recorder: recording is disabled, nothing is recorded");
      return finish(await engine.runUnrecorded({ target, policy, cwd }), policy);
    }
    const out = prepareOutDir(policy, target.stem, cwd, runId);
    let outcome: RecordOutcome;
    try {
      const engine = await loadEngine();
      outcome = await engine.recordProgram({
        target,
        policy,
        out,
        cwd,
        recordingId: runId,
        onStart: () => started = true,
      });
    } catch (thrown) {
      discardOutDir(out);
      throw thrown;
    }
    for (const warning of outcome.warnings) tell(`ct-recorder: warning: ${warning}`);
    const status = finish(outcome.status, policy);
    if (!policy.quiet) tell(`ct-recorder: ${closingLine(outcome, cwd)}`);
    const detached = detachment(outcome);
    if (detached !== null && json) tell(errorTrailer(detached, runId, runId));
    return status;
  } catch (thrown) {
    const error = classifyError(thrown);
    reportError(error, json, { runId, traceId: started ? runId : null });
    return statusOfError(error);
  }
}

function finish(program: ProgramStatus, policy: RecorderPolicy): number {
  const { status, warning } = endingOf(program, policy);
  if (warning !== null) tell(`ct-recorder: warning: ${warning}`);
  return status;
}

/**
 * Whether to end with a trailer, as far as it can be said before the policy is resolved: the error
 * to report may be that it can't be.
 */
function wantsJson(read: RecordWords): boolean {
  const setting = SETTINGS.json_errors;
  const given = read.flags.get("json_errors")?.value ?? Deno.env.get(setting.variable) ?? "";
  if (typeof given === "boolean") return given;
  return BOOLEAN_WORDS.true.some((word) => word === given.toLowerCase());
}

function pythonSource({ sources }: ResolvedPolicy): string {
  const source = sources.python;
  return source.kind === "default" ? "default" : source.name;
}

function workingDirectory(): string {
  try {
    return Deno.cwd();
  } catch (thrown) {
    throw classifyError(thrown, { failed: "Cannot find the working directory" });
  }
}

async function inform(what: "help" | "version"): Promise<number> {
  if (what === "version") {
    print(`ct-recorder ${VERSION}\n`);
  } else {
    const { recordHelp } = await import("./help.ts");
    print(recordHelp());
  }
  return 0;
}
