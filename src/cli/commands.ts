/**
 * The table of commands: what each is for and what it takes. Help, completions and the man page are
 * made from it, and from the table of settings.
 *
 * Plain data that imports nothing; a recording never loads it.
 */
import type { COMMAND_NAMES } from "./command_hint.ts";

/** A command's name. */
export type CommandName = (typeof COMMAND_NAMES)[number];

/** What a shell can offer for a value. */
export type ValueKind = "file" | "folder" | "interpreter" | "text";

/** What follows an option. */
export interface OptionValue {
  /** What stands for it in the help. */
  readonly name: string;
  readonly kind: ValueKind;
  /** All that there are, where they are few; besides folders, where the kind says so. */
  readonly choices?: readonly string[];
}

/** An option of one command. */
export interface CommandOption {
  readonly flag: `--${string}`;
  readonly short?: `-${string}`;
  /** Absent for a switch. */
  readonly value?: OptionValue;
  /** For the help, no full stop. */
  readonly description: string;
}

/** What the words are that are no options. */
export type OperandKind =
  /** A program and its words: no option of ours behind it. */
  | "target"
  | "file"
  | "folder"
  | "error code"
  | "command"
  | "shell"
  | "none";

/** One command. */
export interface CommandEntry {
  /** What it does, as one sentence. */
  readonly summary: string;
  /** What follows the command's name in the usage line. */
  readonly usage: string;
  /** As commander has them: `<TRACE>`, `[PATH]`. */
  readonly arguments: readonly string[];
  readonly operands: OperandKind;
  /** Those besides `--help`, and besides the settings. */
  readonly options: readonly CommandOption[];
  /** Which settings are options of it, too: all of `record`, or `--json-errors` alone. */
  readonly settings: "all" | "json_errors";
  /** What the help says below the options; lines of at most 80 columns. */
  readonly notes: string;
}

const SHELLS = ["bash", "zsh", "fish"] as const;

/** A shell that completions are made for. */
export type Shell = (typeof SHELLS)[number];

/** Whether completions are made for a shell of that name. */
export function isShell(word: string): word is Shell {
  return SHELLS.some((shell) => shell === word);
}

/** For the target of `record`; also in the general help. */
export const TARGET_NOTES =
  `TARGET and all that follows it are as for Python, or the command you use now:
  app.py, folder, app.pyz      a script; a folder or archive with __main__.py
  -m MODULE, -c CODE, -        a module, code, standard input
  python3.12 -X dev app.py     an interpreter, its options, and any of the above
  venv/bin/flask, flask        a console script, by its path or found on PATH
  --pytest, --unittest         a test framework, like -m pytest, -m unittest`;

/** Which source of a setting wins. */
const SOURCE_NOTES = `A flag beats the environment variable beside it, which beats the file
.codetracer/recorder.toml, found in the script's folder or above it (without a
script, in the working directory or above it).`;

const ALL_OPTIONS = "All options: ct-recorder record --help";

/** The table; the order is that of the man page. */
export const COMMANDS: Readonly<Record<CommandName, CommandEntry>> = {
  record: {
    summary: "Runs a Python program as always, and records it for CodeTracer.",
    usage: "[options] TARGET [ARGS...]",
    arguments: [],
    operands: "target",
    options: [],
    settings: "all",
    notes: `${TARGET_NOTES}

${SOURCE_NOTES}
A program called like a command is reached by a path: ct-recorder ./print`,
  },
  print: {
    summary: "Shows what a trace holds: a .ct file, or a folder with one in it.",
    usage: "[options] TRACE",
    arguments: ["<TRACE>"],
    operands: "file",
    options: [
      { flag: "--summary", description: "what was recorded, and how the program ended" },
      { flag: "--calls", description: "the tree of calls, with arguments and results" },
      { flag: "--output", description: "what was printed, and where" },
      { flag: "--steps", description: "the lines that ran, one per line, without values" },
      {
        flag: "--variables",
        value: { name: "name", kind: "text" },
        description: "where a variable changed, call by call; several: a,b",
      },
      {
        flag: "--from",
        value: { name: "n", kind: "text" },
        description: "begin at this step, from 0",
      },
      { flag: "--to", value: { name: "n", kind: "text" }, description: "end with this step" },
      {
        flag: "--function",
        value: { name: "name", kind: "text" },
        description: "only this function: add, Shape.perimeter",
      },
      {
        flag: "--file",
        value: { name: "name", kind: "file" },
        description: "only this source: b.py, a/b.py, or a whole path",
      },
      {
        flag: "--thread",
        value: { name: "which", kind: "text" },
        description: "only this thread: its number (0 is the main one) or name",
      },
      { flag: "--json", description: "one JSON document, for programs" },
      { flag: "--jsonl", description: "the same as JSON lines: a header, then each event" },
      {
        flag: "--color",
        value: { name: "when", kind: "text", choices: ["auto", "always", "never"] },
        description: "default: auto",
      },
      { flag: "--no-pager", description: "not through CODETRACER_PAGER, PAGER or less" },
    ],
    settings: "json_errors",
    notes: `Without a view: everything, by step. "→" is a call, "←" its return; "#" shows
what changed since the call's previous step, as it was when the line began.`,
  },
  verify: {
    summary: "Checks everything that can be wrong with a trace.",
    usage: "[options] TRACE",
    arguments: ["<TRACE>"],
    operands: "file",
    options: [
      { flag: "--strict", description: "count warnings as errors" },
      { flag: "--json", description: "one JSON document, for programs" },
    ],
    settings: "json_errors",
    notes: `TRACE is a .ct file, or a folder with one in it.

A finding is one line: how bad it is, what, and where. fatal: the trace can't be
opened. error: a reader refuses, misreads or drops something. warning: readers
differ. note: unusual, harmless.

Exit status: 0 the trace is sound, perhaps with warnings and notes; 1 there are
errors; 10 it can't be read, or is no trace of any format`,
  },
  diff: {
    summary: "Shows where two recordings of a program part, and what led there.",
    usage: "[options] A B",
    arguments: ["<A>", "<B>"],
    operands: "file",
    options: [
      {
        flag: "--ignore",
        value: { name: "name", kind: "text" },
        description: "pass over variables and attributes of this name, or glob; repeatable",
      },
      {
        flag: "--ignore-output",
        description: "show where output differs, but don't count it as a difference",
      },
      {
        flag: "--thread",
        value: { name: "which", kind: "text" },
        description: "show this thread in full: its number in A (0 is the main one) or name",
      },
      { flag: "--json", description: "one JSON document, for programs" },
    ],
    settings: "json_errors",
    notes: `A and B are .ct files, or folders with one in them. Sources are the same where
they lie at the same place below the folder that the program was started in, or
end in the same names; addresses of objects and the order of sets don't count.

Where a recording is partial, what it lacks at the end is no difference.

Exit status: 0 if both did the same as far as both were recorded, 1 if not,
another one for trouble.`,
  },
  sources: {
    summary: "Lists the sources that a trace holds, prints one, or writes them out.",
    usage: "[options] TRACE [PATH]",
    arguments: ["<TRACE>", "[PATH]"],
    operands: "file",
    options: [
      {
        flag: "--extract",
        value: { name: "DIR", kind: "folder" },
        description: "write the sources below DIR, a new or empty folder",
      },
      { flag: "--json", description: "the same as JSON, for programs" },
    ],
    settings: "json_errors",
    notes: `TRACE is a .ct file, or a folder with one in it. With PATH (app.py, a/b.py, or a
whole path), that source as it was when it was recorded, byte by byte.

"this disk" says whether the file of that path is the same here, differs, or is
missing. --extract writes /a/b.py to DIR/a/b.py, and nothing outside of DIR.`,
  },
  recover: {
    summary:
      "Makes a trace of each recording in FOLDER that was cut off because the recorder was killed.",
    usage: "[options] FOLDER",
    arguments: ["<FOLDER>"],
    operands: "folder",
    options: [
      {
        flag: "--out-dir",
        short: "-o",
        value: { name: "DIR", kind: "folder" },
        description: "where the trace goes; by default to where it would have gone",
      },
      {
        flag: "--sandbox",
        value: { name: "how", kind: "text", choices: ["required", "preferred"] },
        description: "whether to go on where Deno can't confine what reads the recording",
      },
    ],
    settings: "json_errors",
    notes: `FOLDER is the one that was recorded into. Nothing of the program is run. A trace
that stands there is not replaced. Where the program still runs, it goes on;
what it does from then on is not recorded.`,
  },
  policy: {
    summary:
      "Shows every setting that a recording would have, with the source that decided it, and its filters.",
    usage: "[options of record] [--json] [TARGET [ARGS...]]",
    arguments: [],
    operands: "target",
    options: [{ flag: "--json", description: "Everything as JSON, for programs" }],
    settings: "all",
    notes: `Nothing is run. TARGET only says where to look for the configuration file.

${SOURCE_NOTES}

${ALL_OPTIONS}`,
  },
  why: {
    summary: "Says whether code would be recorded, which of its values, and by which rule.",
    usage: "[options] FILE[:FUNCTION]... [-- TARGET]",
    arguments: [],
    operands: "file",
    options: [
      {
        flag: "--value",
        value: { name: "name", kind: "text" },
        description: "what would be seen of a variable, attribute or key; repeatable",
      },
      { flag: "--json", description: "Everything as JSON, for programs" },
    ],
    settings: "all",
    notes: `FILE is a path or a module's name: app/db.py, app.db, json.decoder
FUNCTION is a qualified name: get, Pool.get, make.<locals>.inner; without it,
the module's own code
TARGET is what would be recorded, as for record; without it, FILE is taken to be
imported, and the project to be FILE's or the working directory

The interpreter is started once for its folders, and to compile FILE. Nothing of
the program is run.

All other options: ct-recorder record --help`,
  },
  "python-api": {
    summary: "Puts a module into DIR with which Python programs record parts of themselves.",
    usage: "[options] [DIR]",
    arguments: ["[DIR]"],
    operands: "folder",
    options: [
      {
        flag: "--check",
        description: "change nothing; fail unless this recorder's module is there",
      },
    ],
    settings: "json_errors",
    notes: `Prints DIR's path, for PYTHONPATH. By default DIR is .codetracer/python. The
module is codetracer_recorder; one of an older recorder is replaced. It names
this recorder by its path; CODETRACER_RECORDER, where the program runs, names
another.`,
  },
  explain: {
    summary: "Explains an error code, whole or without its prefix, in any case; or all codes.",
    usage: "[--json] [CODE]",
    arguments: ["[CODE]"],
    operands: "error code",
    options: [{ flag: "--json", description: "The same as JSON, for programs" }],
    settings: "json_errors",
    notes: "",
  },
  doctor: {
    summary: "Says what this machine offers to recordings, and what is in their way.",
    usage: "[options of record] [--json]",
    arguments: [],
    operands: "none",
    options: [{ flag: "--json", description: "Everything as JSON, for programs" }],
    settings: "all",
    notes: `Looks at the interpreters that there are, the sandbox, permissions, the output
folder, limits and the environment. Nothing of yours is run, nothing is left.

Exit status: 0 a recording would work; 10 it would not, and a remedy is told

${ALL_OPTIONS}`,
  },
  completions: {
    summary: "Prints the completions of a shell.",
    usage: "bash|zsh|fish",
    arguments: ["<SHELL>"],
    operands: "shell",
    options: [],
    settings: "json_errors",
    notes: `bash: ct-recorder completions bash >> ~/.bash_completion
zsh:  ct-recorder completions zsh > DIR/_ct-recorder, DIR being one of $fpath
fish: ct-recorder completions fish > ~/.config/fish/completions/ct-recorder.fish`,
  },
  man: {
    summary: "Prints the manual page, for man.",
    usage: "[options]",
    arguments: [],
    operands: "none",
    options: [],
    settings: "json_errors",
    notes: `To read it: ct-recorder man | man -l -
To keep it: ct-recorder man > ~/.local/share/man/man1/ct-recorder.1`,
  },
  licenses: {
    summary: "Prints the licences of the recorder and of all that is in it.",
    usage: "[options]",
    arguments: [],
    operands: "none",
    options: [
      { flag: "--json", description: "a bill of materials instead: CycloneDX 1.5" },
    ],
    settings: "json_errors",
    notes: "",
  },
  help: {
    summary: "Prints the help, or that of one command.",
    usage: "[COMMAND]",
    arguments: ["[COMMAND]"],
    operands: "command",
    options: [],
    settings: "json_errors",
    notes: "",
  },
};

/** A command's own options for the reader of `record`'s words: those without and those with a value. */
export function ownOptions(name: CommandName): {
  readonly switches: readonly string[];
  readonly valued: readonly string[];
} {
  const { options } = COMMANDS[name];
  return {
    switches: options.filter(({ value }) => value === undefined).map(({ flag }) => flag),
    valued: options.filter(({ value }) => value !== undefined).map(({ flag }) => flag),
  };
}

/** The shells' names. */
export const SHELL_NAMES: readonly Shell[] = SHELLS;
