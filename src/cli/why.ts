import {
  classifyError,
  ensureUsage,
  osErrorCode,
  type UsageError,
  usageError,
} from "../errors/mod.ts";
import type { FilterChain } from "../filter/mod.ts";
import { asksForJsonErrors, describeSource, type ResolvedPolicy } from "../policy/mod.ts";
import { activationFile } from "../session/activation_file.ts";
import { recordingChain } from "../session/recording_filter.ts";
import { uuidv7 } from "../text/uuid.ts";
import { workingDirectory } from "../target/working_directory.ts";
import type { Place, ResolvedTarget } from "../target/mod.ts";
import { absolute, folderOf } from "../target/posix_path.ts";
import { chooseInterpreter } from "../target/python_interpreter.ts";
import { resolveTarget } from "../target/resolve.ts";
import { nearest } from "../text/nearest.ts";
import { ownOptions } from "./commands.ts";
import { inform } from "./inform.ts";
import { statusOfError } from "./outcome.ts";
import { readRecordWords, type RecordWords } from "./record_words.ts";
import { recordingPolicy } from "./recording_policy.ts";
import { print, reportError, reportTrailer } from "./terminal.ts";
import { type ActivationAnswer, answerFor, type CodeAnswer } from "./why/answer.ts";
import { type CodeWord, codeWord } from "./why/code_word.ts";
import {
  type FoundCode,
  type LookedUp,
  lookUp,
  type MissingCode,
  type NativeCode,
  type StartUp,
  type Wanted,
} from "./why/look_up.ts";
import { paragraph } from "./why/text.ts";
import { givenEnvironment } from "../session/environment.ts";

/**
 * `ct-recorder why`: says whether code would be recorded by the same settings, and which rule decides.
 *
 * Needs read permission for the filters and the folders above the target, the environment, and permission to
 * run the interpreter.
 *
 * @param words What follows the command's name.
 * @returns The exit status of the command.
 */
export async function whyCommand(words: readonly string[]): Promise<number> {
  const { switches, valued } = ownOptions("why");
  const read = readRecordWords(words, switches, { valued });
  const environment = givenEnvironment();
  let json = asksForJsonErrors({ flags: read.flags, environment });
  try {
    if (read.error !== null) throw classifyError(read.error);
    if (read.information !== null) return await inform(read.information, "why");
    await answer(read, environment, (asked) => json = asked);
    return 0;
  } catch (thrown) {
    const error = classifyError(thrown);
    reportError(error);
    if (json) reportTrailer(error, { runId: uuidv7(), traceId: null });
    return statusOfError(error);
  }
}

async function answer(
  read: RecordWords,
  env: Record<string, string>,
  onJson: (json: boolean) => void,
): Promise<void> {
  ensureUsage(
    read.operands.length > 0,
    "ERR_USAGE",
    "There is no code to ask about; try `ct-recorder why app.py:main`",
  );
  const valueNames = read.values.get("--value") ?? [];
  ensureUsage(!valueNames.includes(""), "ERR_USAGE", "--value needs a name");
  const cwd = workingDirectory();
  const asked = read.operands.map((word) => codeWord(word, cwd));
  const recording = await recordingOf(read, asked, { env, cwd }, onJson);
  const { resolved, chain, startUp, imports } = recording;
  const { libraries, found } = await askInterpreter(asked, startUp, imports, { env, cwd });
  const places = { projects: recording.projects, libraries, workingFolder: cwd };
  const { disabled } = resolved.policy;
  const activationPath = activationFile(resolved, cwd);
  const answers = found.map(([word, known]): CodeAnswer => {
    const activation = activationOf(activationPath, known, cwd);
    if (known.status !== "code") return nativeCode(word, known, activation);
    checkFunction(word, known.functions);
    const { code, functionName } = word;
    const full = answerFor({ code, functionName, valueNames }, known, chain, places, activation);
    if (!disabled) return full;
    const by = describeSource(resolved.sources.disabled);
    return { ...full, recorded: false, note: `the recorder is disabled by ${by}` };
  });
  if (!read.switches.has("--json")) {
    print(answers.map((each) => paragraph(each, cwd)).join("\n"));
    return;
  }
  const { files } = chain;
  const { path } = startUp.interpreter;
  print(`${JSON.stringify({ interpreter: path, filters: files, answers }, null, 2)}\n`);
}

/** What the same words would record. */
interface RecordingToBe {
  readonly resolved: ResolvedPolicy;
  readonly chain: FilterChain;
  readonly projects: readonly string[];
  readonly startUp: StartUp;
  /** The folder where imports begin. */
  readonly imports: string;
}

async function recordingOf(
  read: RecordWords,
  asked: readonly CodeWord[],
  { env, cwd }: { env: Record<string, string>; cwd: string },
  onJson: (json: boolean) => void,
): Promise<RecordingToBe> {
  // Without a target it is as if the first file were recorded.
  const file = asked.find((each) => each.file.kind === "file")?.file.name;
  const words = read.target.length > 0 || file === undefined ? read.target : [file];
  const given = { flags: read.flags, environment: env };
  const { resolved, start, frameworks } = await recordingPolicy(given, words, cwd, onJson);
  const { policy, sources } = resolved;
  const { chain, projects } = await recordingChain(resolved, start, cwd, frameworks);
  const pythonSource = describeSource(sources.python);
  const place = { env, cwd };
  if (read.target.length > 0) {
    const target = resolveTarget(read.target, { policy, pythonSource, ...place });
    return { resolved, chain, projects, ...startOf(target, cwd) };
  }
  const interpreter = chooseInterpreter(
    place,
    policy.python === null ? null : { word: policy.python, source: pythonSource },
  );
  // A file below the working directory, in no project of its own, is imported from here.
  const isHere = file === undefined ||
    (file.startsWith(`${cwd}/`) && !chain.files.some(({ origin }) => origin === "project"));
  return {
    resolved,
    chain,
    projects: isHere ? [...new Set([cwd, Deno.realPathSync(cwd)])] : projects,
    startUp: { interpreter, options: [], main: null },
    imports: isHere ? cwd : folderOf(file),
  };
}

function startOf(
  target: ResolvedTarget,
  cwd: string,
): Pick<RecordingToBe, "startUp" | "imports"> {
  const { kind, program, interpreterOptions } = target;
  const options = interpreterOptions.flatMap((word, at) =>
    word === "-X" ? [word, interpreterOptions[at + 1] ?? ""] : /^-[sP]$/.test(word) ? [word] : []
  );
  if (target.isolated) options.push("-I");
  else if (target.ignoreEnvironment) options.push("-E");
  const main: Wanted | null = kind === "module"
    ? { kind, name: program.slice("-m ".length) }
    : kind === "script"
    ? { kind: "file", name: program }
    : kind === "folder"
    ? { kind: "file", name: `${program}/__main__.py` }
    : null;
  return {
    startUp: {
      interpreter: {
        word: target.interpreter,
        path: target.interpreterPath,
        how: target.how,
      },
      options,
      main,
    },
    // Python follows links to a script, and to a script alone.
    imports: kind === "script"
      ? folderOf(Deno.realPathSync(program))
      : kind === "folder" || kind === "zip"
      ? program
      : cwd,
  };
}

/** What the interpreter knows of each word. */
async function askInterpreter(
  asked: readonly CodeWord[],
  startUp: StartUp,
  imports: string,
  place: Place,
): Promise<{
  libraries: readonly string[];
  found: readonly (readonly [CodeWord, Exclude<LookedUp, { status: "missing" }>])[];
}> {
  const wanted = asked.flatMap(({ file }) => file.kind === "pseudo" ? [] : [file]);
  const { libraries, found } = await lookUp(wanted, startUp, imports, place);
  const next = found.values();
  return {
    libraries,
    found: asked.map((word) => {
      if (word.file.kind === "pseudo") return [word, pseudoFile(word.file.name)];
      const known = next.next().value;
      if (known === undefined || known.status === "missing") throw noModule(word.file.name, known);
      return [word, known];
    }),
  };
}

/** `-c`, `-` and `exec` run code that no file holds. */
function pseudoFile(filename: string): FoundCode {
  return { status: "code", filename, module: "__main__", functions: null, problem: null };
}

function noModule(name: string, missing: MissingCode | undefined): UsageError {
  const near = nearest(name, missing?.candidates ?? []);
  return usageError(
    "ERR_SCRIPT_NOT_FOUND",
    `Cannot look up ${name}: there is no such file, and no such module` +
      (near === null ? "" : `; did you mean ${near}?`),
    { path: name, ...(near === null ? {} : { nearest: near }) },
  );
}

function checkFunction({ code, functionName }: CodeWord, known: FoundCode["functions"]): void {
  if (known === null || Object.hasOwn(known, functionName)) return;
  const names = Object.keys(known);
  const last = `.${functionName}`;
  const near = nearest(functionName, names) ?? names.find((name) => name.endsWith(last)) ?? null;
  throw usageError(
    "ERR_USAGE",
    `Cannot find ${functionName} of ${code}: it defines no such function; ` +
      (near === null
        ? "write a qualified name, as in Pool.get or make.<locals>.inner"
        : `did you mean ${near}?`),
    { code, function: functionName, ...(near === null ? {} : { nearest: near }) },
  );
}

function activationOf(
  path: string | null,
  known: Exclude<LookedUp, { status: "missing" }>,
  cwd: string,
): ActivationAnswer {
  if (path === null) return { path, is_its_code: false };
  const isFile = known.status === "code" && !known.filename.startsWith("<");
  return { path, is_its_code: isFile && realPath(absolute(cwd, known.filename)) === path };
}

function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (thrown) {
    if (osErrorCode(thrown) === null) throw thrown;
    return path; // does not exist, or is inside of an archive: nothing to follow
  }
}

function nativeCode(
  { code, functionName }: CodeWord,
  { module, origin }: NativeCode,
  activation: ActivationAnswer,
): CodeAnswer {
  return {
    code,
    filename: origin,
    modules: [module],
    files: [],
    function: functionName,
    recorded: false,
    from: null,
    note: `it is no Python code (${origin})`,
    activation,
    value_default: null,
    values: [],
  };
}
