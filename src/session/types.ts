import type { FileIdentity } from "../trace/file_store.ts";
import type { RecorderError } from "../errors/mod.ts";
import type { CounterSnapshot } from "./counters.ts";
import type { ProgramStatus, SessionExitState } from "./exit_state.ts";

/** A folder that is ready to be recorded into. All paths are absolute. */
export interface PreparedOutDir {
  /** The output folder; no symbolic link leads there. */
  readonly dir: string;
  /** Which folder that is. */
  readonly identity: FileIdentity;
  /** `DIR/<stem>.ct`; not created yet. */
  readonly tracePath: string;
  /** `DIR/trace_metadata.json`; not created yet. */
  readonly metadataPath: string;
  /** `DIR/.recording-<id>/`, mode 0700: the recording's scratch space, removed at the end. */
  readonly workDir: string;
  /** Which folder that is; null if it was not there yet. */
  readonly workIdentity: FileIdentity | null;
  /** The folder that the recording before was written to, where folders are numbered: none or one. */
  readonly before: readonly string[];
  /** Folders that did not exist before, outermost first, without `workDir`. */
  readonly created: readonly string[];
}

/** How far a recording is. */
export interface RecordingProgress {
  /** Lines. */
  readonly steps: number;
  /** Size of the container so far. */
  readonly bytes: number;
}

/** A trace that a recording left. */
export interface RecordedTrace {
  /** Absolute. */
  readonly path: string;
  /** Size of the container. */
  readonly bytes: number;
  readonly counts: {
    readonly steps: number;
    readonly calls: number;
    readonly events: number;
  };
  /** Why it is partial; null if it is whole. */
  readonly partial: RecorderError | null;
  /** Child processes of the program that were not recorded. */
  readonly unrecordedChildren: number;
}

/** What came out of a session that the recorder itself came through, or was allowed to fail in. */
export interface SessionOutcome {
  /** How the program's process ended; all null if it still runs. */
  readonly status: ProgramStatus;
  /** What the trace says of that. */
  readonly state: SessionExitState;
  /** Null if there is none: recording was disabled, or it failed and `on_recorder_error` is `disable`. */
  readonly trace: RecordedTrace | null;
  /** Why the recorder went away while the program ran; null if it did not. */
  readonly failure: RecorderError | null;
  /** Why what was recorded until then could not be finished; null if it was, or was not to be. */
  readonly lost: RecorderError | null;
  /** What happened, in numbers; as in the trace's metadata if there is a trace. */
  readonly counters: CounterSnapshot;
  /** Sentences for the person at the terminal, one per line, without a prefix. */
  readonly warnings: readonly string[];
}
