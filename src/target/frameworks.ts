/** Test frameworks: the words that run one under the recorder, and how a target is known to be one. */
import { ensureUsage } from "../errors/mod.ts";
import { launchedBy, type NamedProgram } from "./launchers.ts";
import { baseName } from "./posix_path.ts";

/** Words that stand where TARGET stands, and the module that each one runs. */
export const FRAMEWORK_WORDS: ReadonlyMap<string, string> = new Map([
  ["--pytest", "pytest"],
  ["--unittest", "unittest"],
]);

/** The console scripts of frameworks; unittest has none. */
const CONSOLE_SCRIPTS = ["pytest", "py.test"];

/**
 * `--pytest tests` as `-m pytest tests`; any other words as they are. A `--` right behind the word ends
 * the recorder's options like everywhere else, and is not the framework's.
 *
 * @param words TARGET and its arguments.
 * @throws {UsageError} ERR_USAGE: two frameworks at once.
 */
export function expandFramework(words: readonly string[]): readonly string[] {
  const [word = "", ...args] = words;
  const module = FRAMEWORK_WORDS.get(word);
  if (module === undefined) return words;
  const [next = ""] = args;
  ensureUsage(
    !FRAMEWORK_WORDS.has(next),
    "ERR_USAGE",
    () => `Cannot record with ${word} and ${next} at once: a recording runs one framework`,
    { option: next },
  );
  return ["-m", module, ...(next === "--" ? args.slice(1) : args)];
}

/**
 * Whether a target is a test framework, in whatever way it was named: `--pytest`, `-m pytest`, `venv/bin/pytest`,
 * `python -m unittest`; or a launcher whose words name one: `coverage run -m pytest`.
 */
export function isFramework(target: NamedProgram): boolean {
  let named: NamedProgram | null = target;
  while (named !== null) {
    if (isFrameworkItself(named)) return true;
    named = launchedBy(named);
  }
  return false;
}

function isFrameworkItself({ kind, program }: NamedProgram): boolean {
  switch (kind) {
    case "module":
      return [...FRAMEWORK_WORDS.values()].some((module) =>
        program === `-m ${module}` || program === `-m ${module}.__main__`
      );
    case "script":
      return CONSOLE_SCRIPTS.includes(baseName(program));
    case "folder":
    case "zip":
    case "code":
    case "stdin":
      return false;
  }
}
