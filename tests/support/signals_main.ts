/**
 * The command, for tests of signals that are ignored at its start. Deno listens to signals of its own half a second after
 * its start (from 2.9.2 on): where that is ahead of anything of ours, as on a very busy machine, nobody can know what was
 * ignored (limits.md), and the status is {@link TOO_LATE}.
 *
 * Words: those of `ct-recorder`, behind the first one. With `late` Deno listens as soon as the command has begun.
 */
import { runCli } from "../../src/cli/main.ts";
import { ignoredSignals } from "../../src/session/platform.ts";
import { TOO_LATE } from "./in_time.ts";

const SIGHUP = 1n;
const status = Deno.readTextFileSync("/proc/self/status");
const [, caught = "0"] = /^SigCgt:\s*(\w+)/m.exec(status) ?? [];
if (BigInt(`0x${caught}`) & SIGHUP) Deno.exit(TOO_LATE);
const [when, ...words] = Deno.args;
if (when === "late") {
  ignoredSignals(); // as the command does, when it begins
  Deno.addSignalListener("SIGUSR1", () => {});
}
Deno.exit(await runCli(words));
