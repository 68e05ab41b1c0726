/** Recorders that know which signals were ignored at their start. */
import { fileURLToPath } from "node:url";

/** The status of one that can't know it; no command exits with it. */
export const TOO_LATE = 75;

/**
 * The command, started again and again until it is not too late: see signals_main.ts.
 *
 * @param when How soon Deno listens to signals of its own: after that, or as soon as the command has begun.
 */
export function inTime(when: "early" | "late"): string[] {
  return [
    ...["sh", "-c", `while :; do "$@"; status=$?; [ $status = ${TOO_LATE} ] || exit $status; done`],
    ...["sh", Deno.execPath(), "run", "-A"],
    ...[fileURLToPath(new URL("signals_main.ts", import.meta.url)), when],
  ];
}
