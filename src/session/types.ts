import type { RecorderPolicy } from "../policy/mod.ts";
import type { ResolvedTarget } from "../target/target.ts";

/** A folder that is ready to be recorded into. All paths are absolute. */
export interface PreparedOutDir {
  /** The output folder. */
  readonly dir: string;
  /** `DIR/<stem>.ct`; not created yet. */
  readonly tracePath: string;
  /** `DIR/trace_metadata.json`; not created yet. */
  readonly metadataPath: string;
  /** `DIR/.recording-<id>/`, mode 0700: the recording's scratch space, removed at the end. */
  readonly workDir: string;
  /** Folders that did not exist before, outermost first, without `workDir`. */
  readonly created: readonly string[];
}

/** All that a recording needs to know. */
export interface RecordRequest {
  readonly target: ResolvedTarget;
  readonly policy: RecorderPolicy;
  readonly out: PreparedOutDir;
  /** Absolute; the program's working directory. */
  readonly cwd: string;
  /** UUIDv7, lower case. */
  readonly recordingId: string;
  /** To be called once, when the program has been started: all preflight checks have passed. */
  readonly onStart?: () => void;
}

/** All that running a program without recording it needs to know (`disabled`). */
export interface UnrecordedRequest {
  readonly target: ResolvedTarget;
  readonly policy: RecorderPolicy;
  readonly cwd: string;
}

/** How a process ended. */
export interface ProgramStatus {
  /** Exit status, 0 to 255; null when a signal ended it or it is not known. */
  readonly code: number | null;
  /** The signal's name ("SIGTERM"); null when it exited by itself or it is not known. */
  readonly signal: string | null;
}

/** What came out of a recording. */
export interface RecordOutcome {
  readonly status: ProgramStatus;
  readonly counts: {
    readonly steps: number;
    readonly calls: number;
    readonly events: number;
  };
  /** Size of the trace in bytes. */
  readonly bytes: number;
  readonly tracePath: string;
  /** Child processes of the program that were not recorded. */
  readonly unrecordedChildren: number;
  /** Null for a complete trace, otherwise the error code that says why it is partial. */
  readonly partial: string | null;
  /** Sentences for the person at the terminal, one per line, without a prefix. */
  readonly warnings: readonly string[];
}
