/** Programs that run another one which their own words name: coverage, and the standard library's profilers. */
import { baseName } from "./posix_path.ts";
import type { ResolvedTarget } from "./target.ts";

/** What tells a program of the framework that it may be, or may run. */
export type NamedProgram = Pick<ResolvedTarget, "kind" | "program" | "programArgs">;

interface Launcher {
  /** The word that comes first; null for those without. */
  readonly command: string | null;
  /** The options that make the first operand a module. */
  readonly module: readonly string[];
  /** The options that take the next word, where it isn't attached. */
  readonly withValue: readonly string[];
}

const PROFILER: Launcher = {
  command: null,
  module: ["-m"],
  withValue: ["-o", "--outfile", "-s", "--sort"],
};

const BY_MODULE: ReadonlyMap<string, Launcher> = new Map([
  ["coverage", {
    command: "run",
    module: ["-m", "--module"],
    withValue: [
      "--concurrency",
      "--context",
      "--data-file",
      "--debug",
      "--include",
      "--omit",
      "--rcfile",
      "--save-signal",
      "--source",
    ],
  }],
  ["cProfile", PROFILER],
  ["profile", PROFILER],
  ["pdb", { command: null, module: ["-m"], withValue: ["-c", "--command"] }],
  // Its -m is another thing.
  ["trace", {
    command: null,
    module: ["--module"],
    withValue: ["-f", "--file", "-C", "--coverdir", "--ignore-module", "--ignore-dir"],
  }],
]);

/** coverage's, the only ones that there are. */
const CONSOLE_SCRIPT = /^coverage(3|-[0-9.]+)?$/;

/**
 * What a launcher is told to run: `-m pytest` for `coverage run --branch -m pytest tests`.
 *
 * Only what its words say. That `coverage run` alone may take them from a file of the project is not looked at.
 *
 * @returns null for what is no launcher, or is told nothing.
 */
export function launchedBy({ kind, program, programArgs }: NamedProgram): NamedProgram | null {
  const launcher = launcherOf(kind, program);
  if (launcher === undefined) return null;
  const { command, module, withValue } = launcher;
  if (command !== null && programArgs[0] !== command) return null;
  let next = command === null ? 0 : 1;
  let isModule = false;
  while (next < programArgs.length) {
    const word = programArgs[next] ?? "";
    if (!word.startsWith("-") || word === "-") break;
    next++;
    if (word === "--") break;
    for (const { name, attached } of optionsIn(word)) {
      if (module.includes(name)) isModule = true;
      if (!withValue.includes(name)) continue;
      if (!attached) next++;
      break;
    }
  }
  const operand = programArgs[next];
  if (operand === undefined) return null;
  return {
    kind: isModule ? "module" : "script",
    program: isModule ? `-m ${operand}` : operand,
    programArgs: programArgs.slice(next + 1),
  };
}

function launcherOf(kind: NamedProgram["kind"], program: string): Launcher | undefined {
  if (kind === "module") {
    return BY_MODULE.get(program.replace(/^-m /, "").replace(/\.__main__$/, ""));
  }
  return kind === "script" && CONSOLE_SCRIPT.test(baseName(program))
    ? BY_MODULE.get("coverage")
    : undefined;
}

/** `--source=src`; `-am` as `-a` and `-m`. `attached`: there is more behind the name. */
function* optionsIn(word: string): Generator<{ name: string; attached: boolean }, undefined> {
  if (word.startsWith("--")) {
    const [name = ""] = word.split("=", 1);
    yield { name, attached: name !== word };
    return;
  }
  for (let at = 1; at < word.length; at++) {
    yield { name: `-${word.charAt(at)}`, attached: at + 1 < word.length };
  }
}
