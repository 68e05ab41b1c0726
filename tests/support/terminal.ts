/** Runs commands under a terminal of their own. */
import { join } from "node:path";
import { baseEnvironment, run } from "./processes.ts";
import { anyPython } from "./pythons.ts";
import { ROOT } from "./recorder.ts";

/** What to run, and what to type when. */
export interface Session {
  readonly cwd: string;
  /** Which of descriptors 0, 1 and 2 are the terminal; all by default. */
  readonly terminal?: readonly number[];
  /** `[text to wait for, text to type]`. */
  readonly conversation?: readonly (readonly [string, string])[];
  /** Typed so many seconds after there is such a file. */
  readonly once?: { readonly path: string; readonly seconds: number; readonly text: string };
  readonly env?: Readonly<Record<string, string>>;
}

/** What came of it. */
export interface SessionResult {
  readonly status: number;
  /** All that the terminal showed, with lines ended by "\n". */
  readonly output: string;
  /** What went to those of descriptors 1 and 2 that were not the terminal. */
  readonly files: Readonly<Record<string, string>>;
  /** Modes of the terminal that were left changed: name, before, after. */
  readonly modes: readonly (readonly [string, string, string])[];
}

/** Runs `command` as a session of its own. */
export async function underTerminal(
  command: readonly string[],
  session: Session,
): Promise<SessionResult> {
  const request = await Deno.makeTempFile({ prefix: "ct-session-" });
  const answer = `${request}.answer`;
  try {
    await Deno.writeTextFile(
      request,
      JSON.stringify({
        command,
        cwd: session.cwd,
        env: { ...baseEnvironment(), TERM: "xterm", ...session.env },
        terminal: session.terminal ?? [0, 1, 2],
        conversation: session.conversation ?? [],
        once: session.once ? [session.once.path, session.once.seconds, session.once.text] : null,
      }),
    );
    const helper = await run([
      (await anyPython()).path,
      join(ROOT, "tests/support/under_pty.py"),
      request,
      answer,
    ]);
    if (helper.status !== 0) throw new Error(`under_pty.py failed:\n${helper.stderr}`);
    const result = JSON.parse(await Deno.readTextFile(answer)) as SessionResult;
    return { ...result, output: result.output.replaceAll("\r\n", "\n") };
  } finally {
    await Deno.remove(request);
    await Deno.remove(answer).catch(() => {});
  }
}
