/** A program that runs already, and asks for being recorded (design-docs/python-api.md). */
import type { ResolvedTarget, TargetKind } from "../target/mod.ts";
import { stemOf } from "../target/stem.ts";
import type { ProgramStatus } from "./exit_state.ts";
import { processOf, runs } from "./process_identity.ts";
import { surviveFileSizeLimit } from "./platform.ts";
import type { RunningProgram } from "./program.ts";

/** What the session has to know of one. */
export interface AttachedProgram {
  readonly target: ResolvedTarget;
  readonly running: RunningProgram;
  /** Its files that are the recorder's, as code objects name them: the module that asks. */
  readonly ownFiles: readonly string[];
}

/** What such a program says of itself. */
export interface ProgramFacts {
  readonly pid: number;
  /** `sys.executable`. */
  readonly executable: string;
  readonly kind: TargetKind;
  /** Absolute path for script, folder and zip, dotted name for module, else empty. */
  readonly subject: string;
  /** `sys.argv[1:]`. */
  readonly args: readonly string[];
}

/** How often it is looked for, milliseconds. */
const LOOK = 1000;

/** The target that would have started the program, as far as it can be told afterwards. */
export function targetOf({ executable, kind, subject, args }: ProgramFacts): ResolvedTarget {
  const dashed = kind === "module" ? `-m ${subject}` : kind === "stdin" ? "-" : "-c";
  return {
    kind,
    interpreter: executable,
    interpreterPath: executable,
    how: "the program, which runs already",
    pythonVersionHint: null,
    interpreterOptions: [],
    targetWords: [],
    originalWords: [],
    ignoreEnvironment: false,
    isolated: false,
    program: kind === "module" || kind === "code" || kind === "stdin" ? dashed : subject,
    programArgs: args,
    stem: stemOf(kind, subject),
  };
}

/**
 * Waits for the end of a program that is no child of this process: of its exit status nothing is known, unless it says
 * it itself.
 */
export class FoundProgram implements RunningProgram {
  readonly status: Promise<ProgramStatus>;
  readonly lastSignal = null;
  readonly pid: number;
  readonly #ended = Promise.withResolvers<ProgramStatus>();
  readonly #timer: ReturnType<typeof setInterval>;

  /** Needs read permission for /proc; elsewhere than on Linux run permission for `ps`. */
  constructor(pid: number) {
    this.pid = pid;
    surviveFileSizeLimit();
    this.status = this.#ended.promise;
    const identity = processOf(pid);
    // A child of its that knows nothing of us may hold the socket open for longer.
    this.#timer = setInterval(() => {
      if (runs(identity) === false) this.ended(null);
    }, LOOK);
  }

  /** It is over, or nothing more is to be heard of it. `code`: what it says that it ends with. */
  ended(code: number | null): void {
    clearInterval(this.#timer);
    this.#ended.resolve({ code, signal: null });
  }

  /** Not ours to end. */
  terminate(): Promise<void> {
    return Promise.resolve();
  }

  stopListening(): void {
    clearInterval(this.#timer);
  }
}
