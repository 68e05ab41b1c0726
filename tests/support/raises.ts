/**
 * Compares what a trace says of exceptions with what the program says itself: lines `raise TYPE: MESSAGE in FUNCTION`
 * and `catch TYPE in FUNCTION` among its output, in the order in which it happened.
 */
import type { ReadTrace } from "./compare.ts";

const TOLD = /^(raise \S+: .*|catch \S+) in \S+$/;

/** What the two disagree about, or null. */
export function compareRaises(trace: ReadTrace, stdout: string): string | null {
  const told = stdout.split("\n").filter((line) => TOLD.test(line));
  const recorded = trace.events.flatMap((event) => {
    const name = (event.function ?? "?").replace(/^.*\./s, "").replace("<__main__>", "<module>");
    if (event.step_kind === "sekRaise") {
      const type = trace.types[event.exception_type_id!];
      return `raise ${type}: ${event.exception_message} in ${name}`;
    }
    return event.step_kind === "sekCatch"
      ? `catch ${trace.types[event.catch_exception_type_id!]} in ${name}`
      : [];
  });
  if (told.length === 0) return "the program says nothing of exceptions";
  for (let at = 0; at < Math.max(told.length, recorded.length); at++) {
    if (told[at] === recorded[at]) continue;
    const shown = (lines: readonly string[], sign: string) =>
      lines.slice(at, at + 5).map((line) => `${sign} ${line}`);
    return [
      `exceptions differ at number ${at} (- program, + trace):`,
      ...told.slice(Math.max(at - 5, 0), at).map((line) => `  ${line}`),
      ...shown(told, "-"),
      ...shown(recorded, "+"),
    ].join("\n");
  }
  return null;
}
