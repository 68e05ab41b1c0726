/** What kind of thing the target is, which decides what `__main__`, `sys.argv[0]` and the stem are. */
export type TargetKind = "script" | "folder" | "zip" | "module" | "code" | "stdin";

/**
 * A program, ready to be started: everything that its command line says, with nothing left to
 * guess. Made by `resolveTarget`; nothing of the program has run yet.
 *
 * The recorded process is `[interpreter, ...interpreterOptions, ...targetWords]`; without the
 * recorder it would be `[interpreter, ...originalWords]`. The two differ where an option had to be
 * taken out (see {@link ResolvedTarget.ignoreEnvironment}) or was glued to others.
 */
export interface ResolvedTarget {
  readonly kind: TargetKind;
  /** What to pass to exec as program *and* as argv[0]: a path, or a bare name to look up on PATH. */
  readonly interpreter: string;
  /** The file that `interpreter` means now: absolute, symbolic links not followed. */
  readonly interpreterPath: string;
  /** How the interpreter was chosen, in words that follow "chosen by": "--python", "VIRTUAL_ENV". */
  readonly how: string;
  /** "3.12" when the interpreter's file name says so; null when only running it would tell. */
  readonly pythonVersionHint: string | null;
  /** The interpreter's own options, without `-E` and `-I`, each word complete ("-X", "dev"). */
  readonly interpreterOptions: readonly string[];
  /**
   * The target as Python takes it and the program's arguments: `["app.py", "a"]`,
   * `["-m", "pkg", "a"]`, `["-c", code]`, `["-"]`, `[]` (standard input, when `python` stands alone).
   * Starts with `--` when the script's name starts with a dash.
   */
  readonly targetWords: readonly string[];
  /** The words after the interpreter exactly as without the recorder (for `sys.orig_argv`). */
  readonly originalWords: readonly string[];
  /**
   * `-E` or `-I` was given and taken out, because the agent comes in by PYTHONPATH. The session has
   * to remove all PYTHON* variables from the child's environment, the agent to put them back.
   */
  readonly ignoreEnvironment: boolean;
  /**
   * `-I` was given and taken out; `-s` stands in `interpreterOptions` in its place. What remains is
   * the agent's: no script folder at `sys.path[0]`.
   */
  readonly isolated: boolean;
  /** What meta.dat calls program: the script's absolute path, `-m pkg`, `-c` or `-`. */
  readonly program: string;
  /** The program's own arguments, `sys.argv[1:]`. */
  readonly programArgs: readonly string[];
  /** Plain file name for the trace, without extension; see `stem.ts`. */
  readonly stem: string;
}
