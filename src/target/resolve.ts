import {
  classifyError,
  ensureUsage,
  environmentError,
  osErrorCode,
  osReason,
  type RecorderError,
  type UsageError,
  usageError,
} from "../errors/mod.ts";
import type { RecorderPolicy } from "../policy/mod.ts";
import { nearest } from "../text/nearest.ts";
import { expandFramework } from "./frameworks.ts";
import { isFolder } from "./is_folder.ts";
import { absolute, baseName, folderOf, hasSlash, under } from "./posix_path.ts";
import {
  asksForInformation,
  parsePythonCommandLine,
  type PythonCommandLine,
  type PythonOption,
} from "./python_command_line.ts";
import {
  chooseInterpreter,
  findInterpreter,
  type Interpreter,
  lookUpOnPath,
  type Place,
  whyNotExecutable,
} from "./python_interpreter.ts";
import { pythonNameKind } from "./python_name.ts";
import { HEAD_BYTES, parseShebang } from "./shebang.ts";
import { stemOf } from "./stem.ts";
import type { ResolvedTarget, TargetKind } from "./target.ts";
import { inspectZip, MAIN_FILES } from "./zip.ts";

/** What decides about a target besides its words. */
export interface ResolveInput extends Place {
  readonly policy: Pick<RecorderPolicy, "python" | "disabled">;
  /** Who set `policy.python`: "--python" or "CODETRACER_PYTHON". */
  readonly pythonSource?: string;
  /** Whether standard input is a terminal, so that `python` alone would wait for a person. */
  readonly stdinIsTerminal?: boolean;
}

/**
 * Turns the words of a command line that stand for TARGET and its arguments into a program that is
 * ready to be started. Nothing is started here.
 *
 * A word without slash means, in this order: a Python executable on PATH when it is called like one
 * (`python`, `python3.12`), as in a shell; a file or folder in the working directory, as for Python;
 * a command on PATH (`flask`).
 *
 * Needs read permission for the target and for what is on PATH.
 *
 * @throws {UsageError} ERR_USAGE, ERR_SCRIPT_NOT_FOUND, ERR_INTERPRETER_UNSUPPORTED
 * @throws {EnvironmentError} ERR_SCRIPT_UNREADABLE, ERR_INTERPRETER_NOT_FOUND
 */
export function resolveTarget(given: readonly string[], input: ResolveInput): ResolvedTarget {
  const words = expandFramework(given);
  const [first, ...others] = words;
  if (first === undefined || first === "") {
    throw usageError(
      "ERR_USAGE",
      first === undefined
        ? "There is no program to record; try `ct-recorder app.py` or see `ct-recorder --help`"
        : "Cannot record a program whose name is empty",
    );
  }
  if (first === "-" || first.startsWith("-m") || first.startsWith("-c")) {
    return fromPythonWords(chosen(input), words, input);
  }
  ensureUsage(
    !first.startsWith("-"),
    "ERR_USAGE",
    () =>
      `Unknown option ${first}. Options for Python itself follow an interpreter: ` +
      `\`ct-recorder python ${first} …\``,
    { option: first },
  );
  const interpreter = asInterpreter(first, input);
  if (interpreter !== null) return fromPythonWords(interpreter, others, input);
  return fromProgram(first, others, input);
}

function chosen(input: ResolveInput): Interpreter {
  const word = input.policy.python;
  return chooseInterpreter(
    input,
    word === null ? null : { word, source: input.pythonSource ?? "--python" },
  );
}

/** The first word as a Python executable; null when it is something else. */
function asInterpreter(word: string, input: ResolveInput): Interpreter | null {
  const how = "the command line";
  if (pythonNameKind(baseName(word)) === null) {
    return isLinkToPython(word, input) ? findInterpreter(word, how, input) : null;
  }
  if (hasSlash(word)) {
    const why = whyNotExecutable(under(input.cwd, word));
    // A folder or a text file that happens to be called python is a program like any other.
    if (why !== null && exists(under(input.cwd, word))) return null;
    return findInterpreter(word, how, input);
  }
  if (lookUpOnPath(word, input) === null && exists(under(input.cwd, word))) return null;
  return findInterpreter(word, how, input);
}

/** `./py` → `/usr/bin/python3.12` */
function isLinkToPython(word: string, input: ResolveInput): boolean {
  if (!hasSlash(word) || word.endsWith(".py")) return false;
  try {
    const path = under(input.cwd, word);
    return pythonNameKind(baseName(Deno.realPathSync(path))) !== null &&
      whyNotExecutable(path) === null;
  } catch (thrown) {
    if (osErrorCode(thrown) === null) throw thrown;
    return false; // Whatever it is, it will be looked at as a program next.
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (thrown) {
    if (osErrorCode(thrown) === null) throw thrown;
    return false;
  }
}

/** `python [options] target [args]`, and `-m`, `-c`, `-` at the start of the words. */
function fromPythonWords(
  interpreter: Interpreter,
  words: readonly string[],
  input: ResolveInput,
): ResolvedTarget {
  const line = parsePythonCommandLine(words);
  const information = asksForInformation(line.options);
  ensureUsage(
    information === null,
    "ERR_USAGE",
    () => `There is no program to record: ${information} makes Python print something and end`,
    { option: information },
  );
  const common = {
    ...fromInterpreter(interpreter),
    ...rewriteOptions(line.options, input),
    originalWords: words,
    programArgs: line.args,
  };
  switch (line.run.what) {
    case "module": {
      const { name } = line.run;
      ensureUsage(name !== "", "ERR_USAGE", "Cannot record a module whose name is empty");
      return {
        ...common,
        kind: "module",
        targetWords: ["-m", name, ...line.args],
        program: `-m ${name}`,
        stem: stemOf("module", name),
      };
    }
    case "code":
      return {
        ...common,
        kind: "code",
        targetWords: ["-c", line.run.code, ...line.args],
        program: "-c",
        stem: stemOf("code", ""),
      };
    case "stdin":
      ensureUsage(
        line.run.explicit || input.stdinIsTerminal !== true,
        "ERR_USAGE",
        "There is no program to record: Python alone would start an interactive session; " +
          "name a script, or use - to record what is typed",
      );
      return {
        ...common,
        kind: "stdin",
        targetWords: line.run.explicit ? ["-", ...line.args] : [],
        program: "-",
        stem: stemOf("stdin", ""),
      };
    case "path":
      return { ...common, ...fromPath(line.run, line.args, input) };
  }
}

/** A script, folder or zip given to an interpreter, which does not care about its first line. */
function fromPath(
  run: Extract<PythonCommandLine["run"], { what: "path" }>,
  args: readonly string[],
  input: ResolveInput,
) {
  ensureUsage(run.path !== "", "ERR_USAGE", "Cannot record a program whose name is empty");
  const { kind } = inspect(run.path, input.cwd);
  return {
    ...located(kind, run.path, input),
    targetWords: [...(run.dashed && run.path.startsWith("-") ? ["--"] : []), run.path, ...args],
  };
}

/** A script, folder, zip or console script that stands by itself. */
function fromProgram(
  word: string,
  args: readonly string[],
  input: ResolveInput,
): ResolvedTarget {
  const path = hasSlash(word) ? word : inCwdOrOnPath(word, input);
  const { kind, head } = inspect(path, input.cwd);
  const common = { originalWords: [path, ...args], programArgs: args };
  const own = {
    ignoreEnvironment: false,
    isolated: false,
    interpreterOptions: [],
    targetWords: [path, ...args],
  };
  if (kind === "folder" || /\.py[wc]?$/i.test(path) || head === null) {
    return { ...fromInterpreter(chosen(input)), ...own, ...common, ...located(kind, path, input) };
  }
  const absolutePath = under(input.cwd, path);
  const shebang = parseShebang(head, absolutePath);
  switch (shebang.kind) {
    case "python": {
      const interpreter = findInterpreter(
        shebang.interpreter,
        `the first line of ${path}`,
        input,
      );
      return fromPythonWords(interpreter, [...shebang.words, path, ...args], input);
    }
    case "other":
      throw otherLanguage(path, shebang.says, head);
    case "none":
      if (kind === "script" && isExecutableImage(head)) throw notPython(path, args);
      return {
        ...fromInterpreter(chosen(input)),
        ...own,
        ...common,
        ...located(kind, path, input),
      };
  }
}

function otherLanguage(path: string, says: string, head: Uint8Array): UsageError {
  // pyenv and its kind put a shell script in front of every command; the command is Python after all.
  const shim = path.includes("/shims/") && new TextDecoder().decode(head).includes("pyenv");
  const name = baseName(path);
  return usageError(
    "ERR_USAGE",
    shim
      ? `Cannot record ${path}: it is a pyenv shim, a shell script. ` +
        `Name the command behind it: \`ct-recorder "$(pyenv which ${name})" …\``
      : `Cannot record ${path}: it is no Python program, its first line asks for ${says}. ` +
        `To run it with Python anyway: \`ct-recorder python ${path}\``,
    { path, first_line: says },
  );
}

function notPython(path: string, args: readonly string[]): UsageError {
  return usageError(
    "ERR_USAGE",
    `Cannot record ${path}: it is a compiled program, not a Python program. If it starts one, ` +
      `put the recorder behind it: \`${[path, ...args].slice(0, 2).join(" ")} ct-recorder …\``,
    { path },
  );
}

/**
 * A file in the working directory, or a command on PATH: what `flask` means when there is no file
 * of that name. A folder without `__main__.py`, as in the sources of flask, doesn't stand in the way.
 */
function inCwdOrOnPath(word: string, input: ResolveInput): string {
  const here = under(input.cwd, word);
  if (exists(here) && !(isFolder(here) && mainOfFolder(here) === null)) return word;
  const command = lookUpOnPath(word, input);
  return command ?? word;
}

interface Inspected {
  readonly kind: Extract<TargetKind, "script" | "folder" | "zip">;
  /** The file's first bytes; null for a folder, and for what can be read only once (a pipe). */
  readonly head: Uint8Array | null;
}

/** Looks at what is to be run, and refuses what Python could not run. */
function inspect(path: string, cwd: string): Inspected {
  const full = under(cwd, path);
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(full);
  } catch (thrown) {
    throw unreadable(thrown, path, full);
  }
  if (info.isDirectory) {
    ensureUsage(
      mainOfFolder(full) !== null,
      "ERR_SCRIPT_NOT_FOUND",
      () => `Cannot record the folder ${path}: there is no __main__.py in it`,
      { path },
    );
    return { kind: "folder", head: null };
  }
  // Reading from a pipe or a device (`<(…)`, /dev/stdin) would take from the program what it is to
  // read itself.
  if (!info.isFile) return { kind: "script", head: null };
  try {
    using file = Deno.openSync(full);
    const buffer = new Uint8Array(HEAD_BYTES);
    const head = buffer.subarray(0, file.readSync(buffer) ?? 0);
    const zip = inspectZip(file, startsLikeZip(head) || !/\.py[wc]?$/i.test(path));
    ensureUsage(
      zip !== "zip without __main__",
      "ERR_SCRIPT_NOT_FOUND",
      () => `Cannot record the archive ${path}: there is no __main__.py in it`,
      { path },
    );
    return { kind: zip === "zip" ? "zip" : "script", head };
  } catch (thrown) {
    throw unreadable(thrown, path, full);
  }
}

function startsLikeZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b;
}

/** ELF or Mach-O. */
function isExecutableImage(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  const magic = new DataView(head.buffer, head.byteOffset).getUint32(0);
  return [0x7f454c46, 0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe].includes(magic);
}

function mainOfFolder(folder: string): string | null {
  for (const name of MAIN_FILES) {
    try {
      if (Deno.statSync(`${folder}/${name}`).isFile) return name;
    } catch (thrown) {
      const code = osErrorCode(thrown);
      if (code !== "ENOENT" && code !== "ENOTDIR") throw unreadable(thrown, folder, folder);
    }
  }
  return null;
}

function unreadable(thrown: unknown, path: string, full: string): RecorderError {
  const code = osErrorCode(thrown);
  if (code === "ENOENT" || code === "ENOTDIR") {
    const near = similarName(full);
    const hint = near === null ? "" : `; did you mean ${near}?`;
    return usageError(
      "ERR_SCRIPT_NOT_FOUND",
      `Cannot record ${path}: there is no such file${
        hasSlash(path) ? "" : ", and no such command on PATH"
      }${hint}`,
      { path, ...(near === null ? {} : { nearest: near }) },
    );
  }
  if (code !== null) {
    return environmentError(
      "ERR_SCRIPT_UNREADABLE",
      `Cannot read ${path}: ${osReason(code)}`,
      { path, os_error: code },
      thrown,
    );
  }
  return classifyError(thrown, { failed: "Cannot inspect the program", path });
}

/** A name in the same folder that may have been meant. */
export function similarName(full: string): string | null {
  try {
    const names = [...Deno.readDirSync(folderOf(full))].map(({ name }) => name);
    const wanted = baseName(full);
    if (names.includes(`${wanted}.py`)) return `${wanted}.py`;
    return nearest(wanted, names);
  } catch (thrown) {
    if (osErrorCode(thrown) === null) throw thrown;
    return null; // Only a hint.
  }
}

function located(kind: Inspected["kind"], path: string, input: ResolveInput) {
  const program = absolute(input.cwd, path);
  return { kind, program, stem: stemOf(kind, program) };
}

function fromInterpreter(interpreter: Interpreter) {
  return {
    interpreter: interpreter.word,
    interpreterPath: interpreter.path,
    how: interpreter.how,
    pythonVersionHint: interpreter.versionHint,
  };
}

/**
 * The options to start with. The agent comes in by PYTHONPATH and `sitecustomize`, so what would
 * shut it out is taken out and noted, or refused.
 */
function rewriteOptions(options: readonly PythonOption[], input: ResolveInput) {
  const has = (name: string) => options.some((option) => option.name === name);
  ensureUsage(
    !has("-S") || input.policy.disabled,
    "ERR_USAGE",
    "Cannot record with Python's option -S: without the site module nothing can be loaded " +
      "before the program starts. Leave -S out",
    { option: "-S" },
  );
  const isolated = has("-I");
  const kept = options.filter(({ name }) => name !== "-E" && name !== "-I");
  // Of what -I means, -s is an option by itself in all versions.
  if (isolated && !has("-s")) kept.push({ name: "-s", value: null });
  return {
    ignoreEnvironment: isolated || has("-E"),
    isolated,
    interpreterOptions: kept.flatMap(({ name, value }) => value === null ? [name] : [name, value]),
  };
}
