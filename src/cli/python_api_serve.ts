/** The recorder's side of the Python module: requests and answers are lines of JSON (design-docs/python-api.md). */
import { classifyError, ensureUsage, type RecorderError, targetError } from "../errors/mod.ts";
import { openLog } from "../logging/mod.ts";
import { refuseForeign } from "../policy/check.ts";
import {
  CALLER,
  configurePolicy,
  type RecorderPolicy,
  type ResolvedPolicy,
} from "../policy/mod.ts";
import { FoundProgram, type ProgramFacts, targetOf } from "../session/attached_program.ts";
import { recordingFilter } from "../session/recording_filter.ts";
import { type AttachedSession, attachSession } from "../session/session.ts";
import { isFramework } from "../target/mod.ts";
import { folderOf } from "../target/posix_path.ts";
import { workingDirectory } from "../target/working_directory.ts";
import { uuidv7 } from "../text/uuid.ts";
import { policyJson } from "./policy.ts";
import { writeStdout } from "./stdout.ts";

/** Of requests and answers. */
const VERSION = 2;

/** The first request. */
interface Opening {
  readonly do: "start" | "policy";
  /** Settings of the program's own. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Of those, values that no setting can have, in words. */
  readonly foreign: Readonly<Record<string, string>>;
  /** Whether variables count. */
  readonly environment: boolean;
  readonly program: ProgramFacts;
  readonly own_files: readonly string[];
}

/** What follows `start`. */
type Request = { readonly do: "stop"; readonly exit_code: number | null } | {
  readonly do: "discard";
};

/**
 * Answers one program, until it stops the recording, or ends.
 *
 * Nothing but answers is written to standard output, and nothing to standard error unless the policy leads the log there.
 *
 * Needs the permissions of `startSession`.
 *
 * @returns The exit status: 0. What fails is told to the program.
 */
export async function servePythonApi(): Promise<number> {
  const lines = linesOf(Deno.stdin.readable);
  try {
    const opening = openingOf((await lines.next()).value);
    const resolved = await policyOf(opening);
    if (opening.do === "policy") {
      answer({ policy: await snapshotOf(opening, resolved) });
      return 0;
    }
    await serveRecording(opening, resolved, lines);
  } catch (thrown) {
    answer({ error: withoutStack(classifyError(thrown)) });
  }
  return 0;
}

async function serveRecording(
  opening: Opening,
  resolved: ResolvedPolicy,
  lines: AsyncIterator<string, undefined>,
): Promise<void> {
  const { policy } = resolved;
  const id = uuidv7();
  // Standard error is the program's.
  const log = openLog({
    level: policy.log_file === null ? "off" : policy.log_level,
    file: policy.log_file,
    runId: id,
  });
  const running = new FoundProgram(opening.program.pid);
  try {
    const program = { target: targetOf(opening.program), running, ownFiles: opening.own_files };
    const session = await attachSession({
      id,
      command: commandOf(opening.program),
      policy: resolved,
      program,
      log,
    });
    if (session === null) return answer({ agent: null });
    answer({
      agent: session.agentFolder,
      trace: session.tracePath,
      folder: folderOf(session.tracePath),
      warnings: policy.io_capture === "proxies+fd" ? [NO_DESCRIPTORS] : [],
    });
    await finish(session, running, lines);
  } catch (thrown) {
    const error = classifyError(thrown);
    log.failure(error);
    throw error;
  } finally {
    running.stopListening();
    await log.close();
  }
}

const NO_DESCRIPTORS =
  "io_capture is proxies: what native code and children write can be recorded only of programs that ct-recorder starts";

async function finish(
  session: AttachedSession,
  running: FoundProgram,
  lines: AsyncIterator<string, undefined>,
): Promise<void> {
  const request = await Promise.race([
    lines.next().then(({ value }) => value === undefined ? null : JSON.parse(value) as Request),
    running.status.then(() => null),
  ]);
  if (request?.do === "discard") {
    session.abandon(targetError("ERR_TRACE_INCOMPLETE", "There is no trace: it was given up"));
  }
  const code = request?.do === "stop" ? request.exit_code : null;
  if (request?.do === "stop") void session.stop(code ?? undefined).catch(() => {}); // awaited below
  // Where the recording was over before, its end waits for that of the program.
  running.ended(code);
  const { trace, failure, warnings } = await session.finished;
  const partial = failure ?? trace?.partial ?? null;
  answer({
    trace: trace?.path ?? null,
    partial: partial && withoutStack(partial),
    warnings,
  });
}

function openingOf(line: string | undefined): Opening {
  const opening = line === undefined ? null : JSON.parse(line);
  ensureUsage(
    opening?.version === VERSION,
    "ERR_USAGE",
    "Cannot serve this program: its codetracer_recorder is of another version; run ct-recorder python-api again",
  );
  return opening;
}

async function policyOf(
  { settings, foreign, environment, program }: Opening,
): Promise<ResolvedPolicy> {
  for (const [key, shown] of Object.entries(foreign)) refuseForeign(key, shown, CALLER);
  return await configurePolicy({
    settings: settings as Partial<RecorderPolicy>, // checked there, value by value
    environment: environment ? Deno.env.toObject() : {},
    script: codeOf(program),
  });
}

/** Where the search for the project's configuration begins. */
function codeOf({ kind, subject }: ProgramFacts): string {
  return kind === "script" || kind === "folder" || kind === "zip" ? subject : workingDirectory();
}

/** TARGET, as it was. */
function commandOf({ kind, subject }: ProgramFacts): string[] {
  if (kind === "module") return ["-m", subject];
  return kind === "code" || kind === "stdin" ? [] : [subject];
}

async function snapshotOf({ program }: Opening, resolved: ResolvedPolicy): Promise<unknown> {
  const cwd = workingDirectory();
  const frameworks = resolved.policy.framework_filters && isFramework(targetOf(program));
  const { files } = await recordingFilter(resolved, codeOf(program), cwd, frameworks);
  return await policyJson(resolved, files);
}

function answer(value: unknown): void {
  writeStdout(`${JSON.stringify(value)}\n`); // a program that is gone needs none
}

function withoutStack({ kind, code, message, context }: RecorderError): Record<string, unknown> {
  return { kind, code, message, context };
}

async function* linesOf(bytes: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (
    const text of bytes.pipeThrough(
      new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>,
    )
  ) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
