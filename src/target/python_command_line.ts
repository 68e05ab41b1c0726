/**
 * The command line of a Python executable, read as CPython reads it (Python/getopt.c and
 * `config_parse_cmdline` in Python/initconfig.c, 3.8 to 3.15).
 */
import { ensureUsage, type UsageError, usageError } from "../errors/mod.ts";
import { FRAMEWORK_WORDS } from "./frameworks.ts";

/** One option of the interpreter, taken apart. */
export interface PythonOption {
  /** "-B", "-X", "--check-hash-based-pycs". */
  readonly name: string;
  /** The argument of those that take one. */
  readonly value: string | null;
}

/** What the interpreter is asked to run. */
export type PythonRun =
  | { readonly what: "module"; readonly name: string }
  | { readonly what: "code"; readonly code: string }
  /** A script, folder or zip. `dashed`: it came after `--`. */
  | { readonly what: "path"; readonly path: string; readonly dashed: boolean }
  /** `explicit`: by `-`, rather than by saying nothing. */
  | { readonly what: "stdin"; readonly explicit: boolean };

/** A command line, read. */
export interface PythonCommandLine {
  /** In their order; `-m` and `-c` are in `run`. */
  readonly options: readonly PythonOption[];
  readonly run: PythonRun;
  /** What becomes `sys.argv[1:]`. */
  readonly args: readonly string[];
}

/** `-R` and `-t` have no effect any more, but are still taken. */
const FLAGS = "bBdEhiIOPqRsStuvVx?";
const WITH_VALUE = "cmWX";
const LONG_WITH_VALUE = ["check-hash-based-pycs"];
/** Those that print something and end, whatever else is asked for. */
const INFORMATION = ["help", "version", "help-all", "help-env", "help-xoptions"];

/**
 * Reads the words after the interpreter.
 *
 * Options that print something and end (`-h`, `-V`, `--help-all`, …) are returned like all others;
 * see {@link asksForInformation}.
 *
 * @throws {UsageError} ERR_USAGE for what every Python refuses too: an unknown option, a missing
 * argument. Options that only some versions know are left to the interpreter.
 */
export function parsePythonCommandLine(words: readonly string[]): PythonCommandLine {
  const options: PythonOption[] = [];
  let next = 0;
  let dashed = false;

  const value = (name: string, attached: string): string => {
    if (attached !== "") return attached;
    const word = words[next++];
    ensureUsage(
      word !== undefined,
      "ERR_USAGE",
      () => `Cannot record: Python's option ${name} needs an argument, and nothing follows it`,
      { option: name },
    );
    return word;
  };

  while (!dashed && next < words.length) {
    const word = words[next] ?? "";
    if (!word.startsWith("-") || word === "-") break;
    next++;
    if (word === "--") {
      dashed = true;
      break;
    }
    // Options of one letter may be glued together; the first that takes an argument ends the word.
    for (let at = 1; at < word.length; at++) {
      const letter = word.charAt(at);
      const rest = word.slice(at + 1);
      // "-B-": CPython says "expected long option", and goes on as after "--".
      if (letter === "-" && rest === "") {
        dashed = true;
        break;
      }
      if (letter === "-") {
        options.push(longOption(rest, value));
        break;
      }
      if (WITH_VALUE.includes(letter)) {
        const name = `-${letter}`;
        const argument = value(name, rest);
        if (letter === "m") {
          return { options, run: { what: "module", name: argument }, args: words.slice(next) };
        }
        if (letter === "c") {
          return { options, run: { what: "code", code: argument }, args: words.slice(next) };
        }
        options.push({ name, value: argument });
        break;
      }
      if (!FLAGS.includes(letter)) throw unknownOption(`-${letter}`);
      options.push({ name: `-${letter}`, value: null });
    }
  }

  const target = words[next];
  const args = words.slice(next + 1);
  if (target === undefined) return { options, run: { what: "stdin", explicit: false }, args };
  if (target === "-") return { options, run: { what: "stdin", explicit: true }, args };
  return { options, run: { what: "path", path: target, dashed }, args };
}

function longOption(
  name: string,
  value: (name: string, attached: string) => string,
): PythonOption {
  if (LONG_WITH_VALUE.includes(name)) {
    return { name: `--${name}`, value: value(`--${name}`, "") };
  }
  if (INFORMATION.includes(name)) return { name: `--${name}`, value: null };
  throw unknownOption(`--${name}`);
}

function unknownOption(option: string): UsageError {
  const hint = FRAMEWORK_WORDS.has(option)
    ? `it is the recorder's: \`ct-recorder --python PATH ${option} …\``
    : "see `python --help`";
  return usageError(
    "ERR_USAGE",
    `Cannot record: Python has no option ${option}; ${hint}`,
    { option },
  );
}

/**
 * The first option, if any, that makes Python print something and end without running a program.
 */
export function asksForInformation(options: readonly PythonOption[]): string | null {
  const found = options.find(({ name }) =>
    name === "-h" || name === "-?" || name === "-V" || INFORMATION.includes(name.slice(2))
  );
  return found?.name ?? null;
}
