import {
  environmentError,
  osErrorCode,
  osReason,
  type RecorderError,
  type UsageError,
  usageError,
} from "../errors/mod.ts";
import { isSurelyMissing } from "./missing.ts";
import { baseName, hasSlash, under } from "./posix_path.ts";
import {
  isSupportedVersion,
  pythonNameKind,
  SUPPORTED_PYTHON,
  versionInName,
} from "./python_name.ts";

/** Where a program is going to be started. */
export interface Place {
  /** The environment that the program gets. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
}

/** An interpreter that was found; not run yet. */
export interface Interpreter {
  /** What to pass to exec, and argv[0]: as the user, the environment or the first line says. */
  readonly word: string;
  /** The file: absolute, symbolic links not followed. */
  readonly path: string;
  /** In words that follow "chosen by". */
  readonly how: string;
  /** "3.12" when the file's name, links followed, says so. */
  readonly versionHint: string | null;
}

/** One place that was looked at in vain. */
interface Tried {
  readonly where: string;
  readonly result: string;
}

/**
 * The interpreter for a target that doesn't name one: `--python` or CODETRACER_PYTHON, the active
 * virtual environment, `python3`, `python` on PATH.
 *
 * No process is started, because that would cost more than the rest of a small recording: the file
 * has to exist, be executable, and not be known by its name for one that can't be recorded. The
 * agent checks the version before the program's first line runs; see {@link diagnose}.
 *
 * @param python The setting and where it comes from, or null when it isn't set. One that is set is
 * the only one tried.
 * @throws {EnvironmentError} ERR_INTERPRETER_NOT_FOUND, with all that was tried.
 * @throws {UsageError} ERR_INTERPRETER_UNSUPPORTED
 */
export function chooseInterpreter(
  place: Place,
  python: { readonly word: string; readonly source: string } | null,
): Interpreter {
  if (python !== null) return findInterpreter(python.word, python.source, place);
  const tried: Tried[] = [];
  const venv = place.env["VIRTUAL_ENV"];
  const candidates = [
    ...(venv === undefined || venv === ""
      ? []
      : [{ word: `${under(place.cwd, venv)}/bin/python`, how: "VIRTUAL_ENV" }]),
    { word: "python3", how: "PATH" },
    { word: "python", how: "PATH" },
  ];
  for (const { word, how } of candidates) {
    const found = locate(word, place);
    if (found.path !== null) return accepted({ ...found, how });
    tried.push({ where: `${word} (${how})`, result: found.why });
  }
  const list = tried.map(({ where, result }) => `${where}: ${result}`).join("; ");
  throw environmentError(
    "ERR_INTERPRETER_NOT_FOUND",
    `No Python interpreter found. Tried ${list}. Name one with --python PATH or CODETRACER_PYTHON`,
    { tried },
  );
}

/**
 * The interpreter that a word means.
 *
 * @param word A path, or a bare name to look up on PATH.
 * @param how Who says so, in words that follow "chosen by".
 * @throws As {@link chooseInterpreter}.
 */
export function findInterpreter(word: string, how: string, place: Place): Interpreter {
  const found = locate(word, place);
  if (found.path !== null) return accepted({ ...found, how });
  throw environmentError(
    "ERR_INTERPRETER_NOT_FOUND",
    `Cannot use the Python interpreter ${word} (chosen by ${how}): ${found.why}. ` +
      "Name one with --python PATH or CODETRACER_PYTHON",
    { tried: [{ where: `${word} (${how})`, result: found.why }] },
  );
}

/**
 * The first file of that name on PATH that may be executed.
 *
 * @param name Without slash.
 * @returns Absolute path, or null.
 */
export function lookUpOnPath(name: string, place: Place): string | null {
  // An empty element means the working directory, as it does to exec.
  const folders = (place.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(":");
  for (const folder of folders) {
    const there = folder === "" ? place.cwd : under(place.cwd, folder);
    if (isSurelyMissing(there, name)) continue;
    const path = under(place.cwd, folder === "" ? name : `${folder}/${name}`);
    if (whyNotExecutable(path) === null) return path;
  }
  return null;
}

type Located =
  | { readonly path: string; readonly word: string }
  | { readonly path: null; readonly why: string };

function locate(word: string, place: Place): Located {
  if (!hasSlash(word)) {
    const path = lookUpOnPath(word, place);
    if (path === null) return { path, why: "not found on PATH" };
    // Deno starts no mere name where there is no PATH; exec and shells look into folders of their own then.
    return { path, word: place.env["PATH"] === undefined ? path : word };
  }
  const path = under(place.cwd, word);
  const why = whyNotExecutable(path);
  return why === null ? { path, word } : { path: null, why };
}

/** Null when exec would at least try. */
export function whyNotExecutable(path: string): string | null {
  try {
    const info = Deno.statSync(path);
    if (info.isDirectory) return "it is a folder";
    if (!info.isFile) return "it is not a file";
    return ((info.mode ?? 0) & 0o111) === 0 ? "it is not executable" : null;
  } catch (thrown) {
    const code = osErrorCode(thrown);
    if (code === null) throw thrown;
    return osReason(code);
  }
}

function accepted(found: Omit<Interpreter, "versionHint">): Interpreter {
  const real = baseName(realPathOr(found.path));
  if (pythonNameKind(real) === "other") {
    throw unsupported(found, `it is ${real}, and only ${SUPPORTED_PYTHON} can be recorded`);
  }
  const versionHint = versionInName(real) ?? versionInName(baseName(found.path));
  if (versionHint !== null && !isSupportedVersion(versionHint)) {
    throw unsupported(
      found,
      `it is Python ${versionHint}, and only ${SUPPORTED_PYTHON} can be recorded`,
    );
  }
  return { ...found, versionHint };
}

function unsupported(
  found: { word: string; path: string; how: string },
  reason: string,
): UsageError {
  return usageError(
    "ERR_INTERPRETER_UNSUPPORTED",
    `Cannot record with ${found.path} (chosen by ${found.how}): ${reason}. ` +
      "Choose another one with --python PATH or CODETRACER_PYTHON",
    { interpreter: found.path, chosen_by: found.how },
  );
}

function realPathOr(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    // It was there a moment ago; starting it will say what is wrong now.
    return path;
  }
}

/** What an interpreter says about itself. */
export interface Diagnosis {
  /** "cpython", "pypy", …; null when it could not be run. */
  readonly implementation: string | null;
  /** "3.12.1"; null when it could not be run. */
  readonly version: string | null;
  /** Why it could not be run, with the last line it wrote; null when it could. */
  readonly problem: string | null;
}

const DIAGNOSE_LIMIT_MS = 10_000;

/** Runs on every Python since 2.0. */
const SAY_VERSION = "import sys; v = sys.version_info; " +
  "n = getattr(getattr(sys, 'implementation', None), 'name', 'cpython'); " +
  "sys.stdout.write('ct %s %d.%d.%d' % (n, v[0], v[1], v[2]))";

/**
 * Runs an interpreter, without `site` and thus without anything of the user's, and asks what it is.
 * For the case that it could not be started or the agent in it did not report; takes a process.
 *
 * Needs permission to run it.
 *
 * @param interpreter A path or a bare name, as `ResolvedTarget.interpreter`.
 */
export async function diagnose(interpreter: string, place: Place): Promise<Diagnosis> {
  const failed = (problem: string): Diagnosis => ({
    implementation: null,
    version: null,
    problem,
  });
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(interpreter, {
      // Not -E or -I: a PYTHONHOME that keeps it from starting is what this is to find out.
      args: ["-S", "-s", "-c", SAY_VERSION],
      cwd: place.cwd,
      clearEnv: true,
      env: definedOnly(place.env),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(DIAGNOSE_LIMIT_MS),
    }).output();
  } catch (thrown) {
    const code = osErrorCode(thrown);
    return failed(code === null ? String(thrown) : osReason(code));
  }
  const said = new TextDecoder().decode(output.stdout);
  const [, implementation, version] = /ct (\S+) (\d+\.\d+\.\d+)$/.exec(said) ?? [];
  if (implementation !== undefined && version !== undefined) {
    return { implementation, version, problem: null };
  }
  if (output.signal === "SIGTERM") return failed("it did not answer in time");
  const lines = new TextDecoder().decode(output.stderr).trim().split("\n");
  const how = output.signal === null
    ? `ended with status ${output.code}`
    : `was killed by ${output.signal}`;
  const last = lines.at(-1) ?? "";
  return failed(`it ${how} instead of saying its version${last === "" ? "" : `: ${last}`}`);
}

/**
 * The error that a diagnosis amounts to.
 *
 * @param found The interpreter in question, and how it was chosen.
 * @returns null when the interpreter is one that can be recorded: the cause is elsewhere.
 */
export function diagnosisError(
  diagnosis: Diagnosis,
  found: { readonly word: string; readonly path: string; readonly how: string },
): RecorderError | null {
  if (diagnosis.version === null) {
    return environmentError(
      "ERR_INTERPRETER_NOT_FOUND",
      `Cannot start the Python interpreter ${found.path} (chosen by ${found.how}): ` +
        `${diagnosis.problem}. Name another one with --python PATH or CODETRACER_PYTHON`,
      { tried: [{ where: `${found.word} (${found.how})`, result: diagnosis.problem }] },
    );
  }
  return versionError(found, diagnosis.version, diagnosis.implementation ?? "cpython");
}

/**
 * ERR_INTERPRETER_UNSUPPORTED for a version that the agent or a diagnosis reported.
 *
 * @param version "3.7.16"
 * @param implementation As `sys.implementation.name`.
 * @returns null when the version can be recorded.
 */
export function versionError(
  found: { readonly word: string; readonly path: string; readonly how: string },
  version: string,
  implementation = "cpython",
): UsageError | null {
  if (implementation === "cpython" && isSupportedVersion(version)) return null;
  const what = implementation === "cpython" ? `Python ${version}` : `${implementation} ${version}`;
  return unsupported(found, `it is ${what}, and only ${SUPPORTED_PYTHON} can be recorded`);
}

function definedOnly(env: Place["env"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]),
  );
}
