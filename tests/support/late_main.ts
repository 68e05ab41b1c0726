/**
 * The command, started by a Deno that has begun to listen to signals of its own, as it does half a second after its start
 * (from 2.9.2 on): on a busy machine that is ahead of the program's start. Words: those of `ct-recorder`.
 */
import { runCli } from "../../src/cli/main.ts";
import { ignoredSignals } from "../../src/session/platform.ts";

ignoredSignals(); // as the command does, when it begins
Deno.addSignalListener("SIGUSR1", () => {});
Deno.exit(await runCli(Deno.args));
