/**
 * The record command with a stand-in for the session, as a process of its own so that its stderr
 * and exit status are real. First argument: JSON of what the session does; then the command's words.
 */
import { recordCommand, type SessionStarter } from "../../src/cli/record.ts";
import { fromJSON } from "../../src/errors/mod.ts";
import { Counters } from "../../src/session/counters.ts";
import type { ProgramStatus } from "../../src/session/exit_state.ts";
import type { Session } from "../../src/session/session.ts";
import type { RecordedTrace } from "../../src/session/types.ts";

/** What the stand-in does. */
export interface Script {
  readonly status?: ProgramStatus;
  readonly warnings?: readonly string[];
  /** An error in JSON: the recording saw only a part. */
  readonly partial?: unknown;
  /** An error in JSON that the policy lets pass; there is no trace then. */
  readonly failure?: unknown;
  /** An error in JSON to throw instead. */
  readonly fails?: unknown;
  /** A plain error to throw instead. */
  readonly breaks?: string;
  /** Fail before the program has started. */
  readonly early?: boolean;
  /** With an error: a partial trace is kept. */
  readonly keeps?: boolean;
}

function standIn(script: Script): SessionStarter {
  return ({ id = "", cwd = Deno.cwd() }) => {
    const thrown = script.breaks !== undefined
      ? new Error(script.breaks)
      : script.fails !== undefined
      ? fromJSON(script.fails)
      : null;
    if (thrown !== null && script.early) return Promise.reject(thrown);
    const status = script.status ?? { code: 0, signal: null };
    const trace: RecordedTrace = {
      path: `${cwd}/out/app.ct`,
      bytes: 2048,
      counts: { steps: 12, calls: 3, events: 20 },
      partial: script.partial === undefined ? null : fromJSON(script.partial),
      unrecordedChildren: 0,
    };
    const finished = thrown === null
      ? Promise.resolve({
        status,
        state: { kind: "unknown" } as const,
        trace: script.failure === undefined ? trace : null,
        failure: script.failure === undefined ? null : fromJSON(script.failure),
        lost: null,
        counters: new Counters().snapshot(),
        warnings: script.warnings ?? [],
      })
      : Promise.reject(thrown);
    const session: Session = {
      id,
      tracePath: trace.path,
      state: "recording",
      started: true,
      pid: Deno.pid,
      progress: { steps: 0, bytes: 0 },
      program: Promise.resolve(status),
      finished,
      terminated: script.keeps ?? false,
      kept: script.keeps ? trace : null,
      lost: null,
      stop: () => finished,
    };
    return Promise.resolve(session);
  };
}

if (import.meta.main) {
  const [script = "{}", ...words] = Deno.args;
  Deno.exit(await recordCommand(words, standIn(JSON.parse(script))));
}
