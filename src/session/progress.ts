/** The live line of a long recording, on a terminal's stderr. */
import type { RingFile } from "../wire/ring_file.ts";
import type { TraceState } from "./trace_link.ts";

const FIRST_AFTER = 2000;
const EVERY = 500;
const encoder = new TextEncoder();

/** A size for people: "812 B", "3.4 MB". */
export function humanSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`;
}

/**
 * Shows steps and size once a recording has run for two seconds.
 *
 * The program owns the terminal. So the line is drawn in one piece and the cursor put back to its start, and
 * before the program's own next output the agent erases it (PROGRESS_SHOWN in the ring's header): it never stands
 * between the program's lines. It is drawn again only after the program was silent for a while.
 *
 * @returns A function that ends it and erases what is shown.
 */
export function startProgress(state: TraceState, ring: RingFile, startedAt: number): () => void {
  let shownBefore = false;
  const write = (text: string) => Deno.stderr.writeSync(encoder.encode(text));
  const draw = () => {
    if (performance.now() - startedAt < FIRST_AFTER) return;
    // Erased by the agent: the program has just printed, and may be in the middle of a line.
    if (shownBefore && !ring.progressShown()) {
      shownBefore = false;
      return;
    }
    ring.setProgressShown(true);
    shownBefore = true;
    const steps = state.steps.toLocaleString("en-US");
    write(`\r\x1b[Kct-recorder: ${steps} steps, ${humanSize(state.bytes)}\r`);
  };
  const erase = () => {
    if (!ring.progressShown()) return;
    ring.setProgressShown(false);
    write("\r\x1b[K");
  };
  const attempt = (action: () => void) => {
    try {
      action();
    } catch {
      // The program has cut the ring short, which the worker tells, or the terminal is gone: no reason to end.
      clearInterval(timer);
    }
  };
  const timer = setInterval(() => attempt(draw), EVERY);
  return () => {
    clearInterval(timer);
    attempt(erase);
  };
}
