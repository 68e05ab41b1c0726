/** Runs a program twice, by itself and under the recorder, and has everything a user can see compared. */
import { assertSameText } from "./diff.ts";
import { run, type RunOptions, type RunResult } from "./processes.ts";
import { record, type Recording } from "./recorder.ts";

/** How to run both. */
export interface SameOptions extends RunOptions {
  /** The recorder's own options. */
  readonly recorderOptions?: readonly string[];
  /**
   * Shell commands ahead of both, such as `ulimit -n 100`: what the shell sets up, its command inherits.
   */
  readonly prelude?: string;
  /** Another recorder than the usual one. */
  readonly recorder?: readonly string[];
  /** Parts of standard output that only the recorded run may have, such as a known limit. */
  readonly allowed?: RegExp;
  /** Whether the trace's events are read back, too; true by default. */
  readonly readBack?: boolean;
}

/** Both runs. */
export interface Both {
  readonly plain: RunResult;
  readonly recorded: Recording;
}

/** The options that leave no line of the recorder's own on stderr and pass the status on. */
export const SILENT: readonly string[] = ["--quiet", "--propagate-script-exit"];

/**
 * Runs `words` (an interpreter and what it is to run) without and with the recorder.
 *
 * @throws {Error} With a diff, unless stdout, stderr and exit status are the same and a trace was left.
 */
export async function sameAsWithout(
  folder: string,
  words: readonly string[],
  options: SameOptions = {},
): Promise<Both> {
  const wrapper = options.prelude === undefined
    ? []
    : ["sh", "-c", `${options.prelude}\n"$@"\nexit $?`, "sh"];
  const both = { cwd: folder, ...options };
  const plain = await run([...wrapper, ...words], both);
  const recorded = await record(folder, [...SILENT, ...(options.recorderOptions ?? []), ...words], {
    ...both,
    wrapper,
  });
  const { allowed } = options;
  assertSameRun(plain, {
    ...recorded,
    stdout: allowed === undefined ? recorded.stdout : recorded.stdout.replace(allowed, ""),
    stderr: withoutWarning(recorded),
  });
  if (recorded.trace === null) {
    throw new Error(`no trace was left, only: ${recorded.left.join(", ")}`);
  }
  return { plain, recorded };
}

/** That a trace is partial is said to the person as well, on the last line: but only then, and by the right name. */
export function withoutWarning({ stderr, metadata }: Recording): string {
  if (metadata?.["partial"] !== true) return stderr;
  const line = `ct-recorder: warning ${metadata["reason"]}: ${metadata["detail"]}\n`;
  if (!stderr.endsWith(line)) throw new Error(`no warning of the partial trace:\n${stderr}`);
  return stderr.slice(0, -line.length);
}

/** Fails with a diff unless two runs look the same. */
export function assertSameRun(plain: RunResult, recorded: RunResult): void {
  // The text first: it says most about what went wrong.
  assertSameText(
    "standard error",
    withoutAddresses(plain.stderr),
    withoutAddresses(recorded.stderr),
  );
  assertSameText("standard output", plain.stdout, recorded.stdout);
  assertSameText("exit status", String(plain.status), String(recorded.status));
}

/** Addresses in messages are others in every process. */
function withoutAddresses(text: string): string {
  return text.replace(/\b0x[0-9a-f]{6,}\b/g, "0x…");
}
