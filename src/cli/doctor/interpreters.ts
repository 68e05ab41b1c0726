/** Where programs would come from: the interpreters of this machine. */
import { classifyError, type JsonValue } from "../../errors/mod.ts";
import { isFile } from "../../target/is_file.ts";
import { baseName, folderOf, under } from "../../target/posix_path.ts";
import {
  chooseInterpreter,
  type Place,
  versionError,
  whyNotExecutable,
} from "../../target/python_interpreter.ts";
import {
  isSupportedVersion,
  pythonNameKind,
  SUPPORTED_PYTHON,
  versionInName,
} from "../../target/python_name.ts";
import { type Finding, note, ok, problem, type Section, warning } from "./section.ts";

/** How long one interpreter may take to answer, and all of them, milliseconds. */
const LIMIT = 10_000;
const LIMIT_OF_ALL = 20_000;
/** How many are asked at a time, and at all. */
const AT_ONCE = 4;
const MOST = 40;

/** What is known of an interpreter. */
interface Known {
  readonly path: string;
  /** In words that follow "by". */
  readonly foundBy: string;
  readonly implementation: string | null;
  readonly version: string | null;
  readonly freeThreaded: boolean;
  /** Why it can't be recorded with; null if it can. */
  readonly unusable: string | null;
}

/** Runs on every Python from 3.4, without `site` and the user's environment. */
const SAY = "import sys; v = sys.version_info; " +
  "sys.stdout.write('ct-doctor %s %d.%d.%d %d' % " +
  "(sys.implementation.name, v[0], v[1], v[2], 'free-threading' in sys.version))";

/** What the interpreters came to. */
export interface Interpreters {
  readonly section: Section;
  /** The one that a recording would take; null when there is none that can be used. */
  readonly chosen: string | null;
}

/**
 * Looks on PATH, in pyenv, in the active virtual environment and those of the working directory, and asks each
 * interpreter what it is. None runs code of the user's.
 *
 * Needs permission to read, and to run them.
 *
 * @param python The setting and where it comes from; null when it isn't set.
 */
export async function interpreters(
  place: Place,
  python: { readonly word: string; readonly source: string } | null,
): Promise<Interpreters> {
  const findings: Finding[] = [];
  const candidates = new Map<string, { path: string; foundBy: string }>();
  const add = (path: string, foundBy: string) => {
    const key = identityOf(path);
    if (!candidates.has(key) && candidates.size < MOST) candidates.set(key, { path, foundBy });
  };
  let chosen: string | null = null;
  let failure: Finding | null = null;
  try {
    const { path, how } = chooseInterpreter(place, python);
    chosen = path;
    add(path, how);
  } catch (thrown) {
    failure = problem(classifyError(thrown).message, "name another one with --python PATH");
  }
  for (const { path, foundBy } of around(place)) add(path, foundBy);
  const known = await askAll([...candidates.values()]);
  const usable = known.find(({ unusable }) => unusable === null);
  const remedy = usable === undefined
    ? `install ${SUPPORTED_PYTHON}`
    : `record with --python ${usable.path}`;
  const first = known.find(({ path }) => path === chosen);
  if (failure !== null) findings.push({ ...failure, remedy });
  if (first !== undefined) findings.push(...ofChosen(first, remedy));
  for (const each of known) if (each !== first) findings.push(note(told(each)));
  return {
    chosen: first?.unusable === null ? first.path : null,
    section: {
      name: "python",
      facts: { interpreters: known.map((each) => factsOf(each, each === first)) },
      findings,
    },
  };
}

function ofChosen(chosen: Known, remedy: string): Finding[] {
  const text = `${told(chosen)}; a recording takes this one, unless its target names another`;
  if (chosen.unusable !== null) return [problem(told(chosen), remedy)];
  if (!chosen.freeThreaded) return [ok(text)];
  return [
    warning(`${text}; free-threaded builds have not been tried`, "take a usual build of Python"),
  ];
}

function told({ path, foundBy, implementation, version, freeThreaded, unusable }: Known): string {
  const name = implementation === "cpython" || implementation === null ? "Python" : implementation;
  const what = version === null
    ? ""
    : `: ${name} ${version}${freeThreaded ? ", free-threaded" : ""}`;
  const how = unusable === null ? `observed by ${observerOf(version)}` : `not usable: ${unusable}`;
  return `${path} (by ${foundBy})${what}, ${how}`;
}

function factsOf(known: Known, chosen: boolean): JsonValue {
  const { path, foundBy, implementation, version, freeThreaded, unusable } = known;
  return {
    path,
    found_by: foundBy,
    implementation,
    version,
    free_threaded: freeThreaded,
    observer: unusable === null ? observerOf(version) : null,
    usable: unusable === null,
    unusable,
    chosen,
  };
}

function observerOf(version: string | null): string {
  return Number(version?.split(".")[1]) >= 12 ? "sys.monitoring" : "sys.settrace";
}

/** Two names of one file are one interpreter, but in a virtual environment. */
function identityOf(path: string): string {
  const folder = folderOf(folderOf(path));
  try {
    if (isFile(`${folder}/pyvenv.cfg`)) return `environment ${Deno.realPathSync(folder)}`;
    return Deno.realPathSync(path);
  } catch {
    return path; // gone since it was found; asking it will tell
  }
}

function* around({ env, cwd }: Place): Generator<{ path: string; foundBy: string }> {
  for (const folder of (env["PATH"] ?? "").split(":")) {
    if (folder === "") continue;
    for (const name of namesIn(under(cwd, folder))) {
      // A shim starts whatever pyenv has chosen; those are found below.
      if (baseName(folder) === "shims" && name !== "python3") continue;
      const path = `${under(cwd, folder)}/${name}`;
      if (pythonNameKind(name) !== null && whyNotExecutable(path) === null) {
        yield { path, foundBy: "PATH" };
      }
    }
  }
  for (const name of [".venv", "venv"]) {
    const path = `${cwd}/${name}/bin/python`;
    if (whyNotExecutable(path) === null) yield { path, foundBy: "the folder here" };
  }
  const pyenv = env["PYENV_ROOT"] || (env["HOME"] ? `${env["HOME"]}/.pyenv` : null);
  if (pyenv === null) return;
  const versions = `${under(cwd, pyenv)}/versions`;
  for (const name of namesIn(versions)) {
    const path = `${versions}/${name}/bin/python`;
    if (whyNotExecutable(path) === null) yield { path, foundBy: "pyenv" };
  }
}

/** Sorted; of a folder that can't be read, none. */
function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch {
    return []; // not there, or not for us: as for exec
  }
}

async function askAll(all: readonly { path: string; foundBy: string }[]): Promise<Known[]> {
  const known: Known[] = [];
  let next = 0;
  const end = Date.now() + LIMIT_OF_ALL;
  const asking = Array.from({ length: Math.min(AT_ONCE, all.length) }, async () => {
    for (let index = next++; index < all.length; index = next++) {
      const one = all[index];
      if (one !== undefined) known[index] = await ask(one, Math.min(LIMIT, end - Date.now()));
    }
  });
  await Promise.all(asking);
  return known;
}

async function ask(
  { path, foundBy }: { path: string; foundBy: string },
  limit: number,
): Promise<Known> {
  const one = { path, foundBy, implementation: null, version: null, freeThreaded: false };
  const name = realName(path);
  if (pythonNameKind(name) === "other") {
    return { ...one, unusable: `it is ${name}, and only ${SUPPORTED_PYTHON} can be recorded` };
  }
  const hint = versionInName(name);
  if (hint !== null && !isSupportedVersion(hint)) {
    const unusable = `only ${SUPPORTED_PYTHON} can be recorded`;
    return { ...one, implementation: "cpython", version: hint, unusable };
  }
  const said = await runQuietly(path, ["-I", "-S", "-c", SAY], limit);
  if (typeof said !== "string") return { ...one, unusable: said.why };
  const [, implementation, version, free] = /ct-doctor (\S+) (\S+) ([01])$/.exec(said) ?? [];
  if (implementation === undefined || version === undefined) {
    return { ...one, unusable: "it did not say its version" };
  }
  const wrong = versionError({ word: path, path, how: foundBy }, version, implementation);
  return {
    ...one,
    implementation,
    version,
    freeThreaded: free === "1",
    unusable: wrong === null ? null : `only ${SUPPORTED_PYTHON} can be recorded`,
  };
}

/**
 * Runs a program for a moment.
 *
 * @param limit Milliseconds; then it is killed, and not waited for.
 * @returns What it wrote, or why it failed.
 */
export async function runQuietly(
  path: string,
  args: readonly string[],
  limit = LIMIT,
): Promise<string | { readonly why: string }> {
  let alarm: ReturnType<typeof setTimeout> | undefined;
  try {
    const child = new Deno.Command(path, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    // Not the signal of Deno.Command: what the program has started may keep its output open.
    const late = new Promise<null>((resolve) => {
      alarm = setTimeout(() => resolve(null), Math.max(limit, 0));
    });
    const output = await Promise.race([child.output(), late]);
    if (output === null) {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended; what it has started has not.
      }
      return { why: "it did not answer in time" };
    }
    const { success, code, signal, stdout, stderr } = output;
    if (success) return new TextDecoder().decode(stdout);
    const last = new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "";
    const how = signal === null ? `it ended with status ${code}` : `it was killed by ${signal}`;
    return { why: last === "" ? how : `${how}: ${last}` };
  } catch (thrown) {
    return { why: classifyError(thrown, { failed: "it can't be started" }).message };
  } finally {
    clearTimeout(alarm);
  }
}

function realName(path: string): string {
  try {
    return baseName(Deno.realPathSync(path));
  } catch {
    return baseName(path); // gone since it was found; asking it will tell
  }
}
