import { UsageError } from "../errors/mod.ts";
import { FRAMEWORK_WORDS } from "./frameworks.ts";
import { absolute, baseName, folderOf, hasSlash } from "./posix_path.ts";
import { parsePythonCommandLine } from "./python_command_line.ts";
import { pythonNameKind } from "./python_name.ts";

/**
 * Where the search for a configuration file begins: at the script that the words of a target name,
 * otherwise in the working directory. By the words alone, since the interpreter that resolving a
 * target needs may be what the file says.
 *
 * For what may be a script, a folder or a command the path itself is returned: the search goes on
 * above it when it is no folder, so that for a command it begins in the working directory, too. A
 * path such as `venv/bin/flask` is a console script's, which belongs to no
 * project: the working directory.
 *
 * @param words TARGET and its arguments; any words, also none and wrong ones.
 * @param cwd Absolute.
 * @returns Absolute, symbolic links not followed; may not exist.
 */
export function configStartFolder(words: readonly string[], cwd: string): string {
  const [first, ...others] = words;
  if (first === undefined || first === "" || first.startsWith("-")) return cwd;
  if (pythonNameKind(baseName(first)) !== null) return startOfPython(others, cwd);
  if (isPythonFile(first)) return startOf(first, cwd);
  const isConsoleScript = hasSlash(first) && /^(bin|Scripts)$/.test(baseName(folderOf(first)));
  return isConsoleScript ? cwd : startOf(first, cwd);
}

/**
 * Whose code is going to run: the script, or the working directory, which `-m`, `-c`, `-` and `--pytest` import from.
 * By the words alone, as {@link configStartFolder}.
 *
 * @returns A path, which may not exist; null for a command, whose code is not the project's.
 */
export function codeOf(words: readonly string[], cwd: string): string | null {
  const [first, ...others] = words;
  if (first === undefined || first === "") return null;
  if (/^-([mc]|$)/.test(first) || FRAMEWORK_WORDS.has(first)) return cwd;
  if (first.startsWith("-")) return null;
  if (pythonNameKind(baseName(first)) === null) {
    return hasSlash(first) || isPythonFile(first) ? absolute(cwd, first) : null;
  }
  try {
    const { run } = parsePythonCommandLine(others);
    return run.what === "path" && run.path !== "" ? absolute(cwd, run.path) : cwd;
  } catch (thrown) {
    if (thrown instanceof UsageError) return null; // resolving the target will say what is wrong
    throw thrown;
  }
}

function startOfPython(words: readonly string[], cwd: string): string {
  try {
    const { run } = parsePythonCommandLine(words);
    return run.what === "path" && run.path !== "" ? startOf(run.path, cwd) : cwd;
  } catch (thrown) {
    // Resolving the target will say what is wrong with it.
    if (thrown instanceof UsageError) return cwd;
    throw thrown;
  }
}

function startOf(path: string, cwd: string): string {
  const full = absolute(cwd, path);
  return isPythonFile(path) ? folderOf(full) : full;
}

function isPythonFile(path: string): boolean {
  return /[^/]\.py[wc]?$/i.test(path);
}
