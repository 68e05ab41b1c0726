/**
 * The record command with a stand-in for the engine, as a process of its own so that its stderr
 * and exit status are real. First argument: JSON of what the engine does; then the command's words.
 */
import { type Engine, recordCommand } from "../../src/cli/record.ts";
import { fromJSON } from "../../src/errors/mod.ts";
import type { RecordOutcome } from "../../src/session/types.ts";

/** What the stand-in does. */
export interface Script {
  /** Parts of the outcome that differ from a good one. */
  readonly outcome?: Partial<RecordOutcome>;
  /** An error in JSON to throw instead. */
  readonly fails?: unknown;
  /** A plain error to throw instead. */
  readonly breaks?: string;
  /** Fail before the program has started. */
  readonly early?: boolean;
}

function engineOf(script: Script): Engine {
  const status = script.outcome?.status ?? { code: 0, signal: null };
  return {
    recordProgram: async ({ onStart, out, target, recordingId }) => {
      await Deno.writeTextFile(`${out.workDir}/segment`, "x");
      if (script.early !== true) onStart?.();
      if (script.breaks !== undefined) throw new Error(script.breaks);
      if (script.fails !== undefined) throw fromJSON(script.fails);
      await Deno.writeTextFile(out.tracePath, JSON.stringify({ target, recordingId }));
      await Deno.remove(out.workDir, { recursive: true });
      return {
        status,
        counts: { steps: 12, calls: 3, events: 20 },
        bytes: 2048,
        tracePath: out.tracePath,
        unrecordedChildren: 0,
        partial: null,
        warnings: [],
        ...script.outcome,
      };
    },
    runUnrecorded: () => Promise.resolve(status),
  };
}

if (import.meta.main) {
  const [script = "{}", ...words] = Deno.args;
  Deno.exit(await recordCommand(words, () => Promise.resolve(engineOf(JSON.parse(script)))));
}
