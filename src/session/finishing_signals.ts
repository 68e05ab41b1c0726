/** Signals that come when the program has ended, while its trace is being finished. */
import type { Listened } from "./platform.ts";

/** Those that ask to end. */
const ENDING: ReadonlySet<Listened> = new Set(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]);

/**
 * Milliseconds within which several count as one wish, and as the one that ended the program: a terminal and
 * `timeout` send theirs to the recorder as well, and that copy may come late.
 */
const TOGETHER = 200;

/** What to do about them. */
export interface FinishingActions {
  /** At the first: somebody waits. */
  explain(): void;
  /** At the second: nobody wants the trace any more. */
  giveUp(signal: Listened): void;
}

/**
 * Lets whoever ended the program by a signal have the trace all the same, and whoever then asks again have an end.
 *
 * @param clock Milliseconds.
 * @returns What to call with each signal, and with when the program has ended, by that clock.
 */
export function heedWhileFinishing(
  actions: FinishingActions,
  clock: () => number = () => performance.now(),
): (signal: Listened, endedAt: number) => void {
  let latest = -Infinity;
  let wishes = 0;
  return (signal, endedAt) => {
    const now = clock();
    if (!ENDING.has(signal) || now - Math.max(latest, endedAt) < TOGETHER) return;
    latest = now;
    wishes++;
    if (wishes === 1) actions.explain();
    if (wishes === 2) actions.giveUp(signal);
  };
}

/** Says on stderr what the recorder is about. */
export function explainFinishing(): void {
  // A progress line may stand there.
  const erase = Deno.stderr.isTerminal() ? "\r\x1b[K" : "";
  const line = `${erase}ct-recorder: finishing the trace; once more to give it up\n`;
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(line));
  } catch {
    // The terminal has gone away, which may be what the signal was about.
  }
}
