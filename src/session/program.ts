/** Starts the user's program and stands between it and the terminal as little as possible. */
import { classifyError, environmentError } from "../errors/mod.ts";
import type { ResolvedTarget } from "../target/mod.ts";
import { forwardedSignals, interruptIsOpen, terminalInterruptsProgram } from "./platform.ts";
import type { ProgramStatus } from "./types.ts";

/** A started program. */
export interface RunningProgram {
  readonly status: Promise<ProgramStatus>;
}

/**
 * Starts `words` with the recorder's own stdin, stdout and stderr.
 *
 * While it runs, Ctrl-C is the program's: the terminal sends it to both, and the recorder ignores its copy.
 * Signals sent to the recorder itself (SIGINT, SIGTERM, SIGHUP, SIGQUIT) are sent on.
 *
 * Needs run permission for the interpreter.
 *
 * @throws {EnvironmentError} ERR_INTERPRETER_NOT_FOUND, when the interpreter can't be started.
 */
export function startProgram(
  target: ResolvedTarget,
  words: readonly string[],
  cwd: string,
  environment: Record<string, string>,
): RunningProgram {
  const interrupt = interruptIsOpen();
  let child: Deno.ChildProcess | undefined;
  const passOnInterrupt = () => {
    if (!terminalInterruptsProgram()) send(child, "SIGINT");
  };
  if (interrupt) Deno.addSignalListener("SIGINT", passOnInterrupt);
  try {
    child = new Deno.Command(target.interpreter, {
      args: [...words],
      cwd,
      clearEnv: true,
      env: environment,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
  } catch (thrown) {
    if (interrupt) Deno.removeSignalListener("SIGINT", passOnInterrupt);
    if (thrown instanceof Deno.errors.NotFound || thrown instanceof Deno.errors.PermissionDenied) {
      throw environmentError(
        "ERR_INTERPRETER_NOT_FOUND",
        `Cannot start the interpreter ${target.interpreter} (chosen by ${target.how}): ${thrown.message}`,
        { interpreter: target.interpreter, how: target.how },
        thrown,
      );
    }
    throw classifyError(thrown);
  }
  const forwarders = forwardedSignals().map((signal) => {
    const forward = () => send(child, signal);
    Deno.addSignalListener(signal, forward);
    return () => Deno.removeSignalListener(signal, forward);
  });
  const status = child.status.then(({ code, signal }) => {
    for (const remove of forwarders) remove();
    if (interrupt) Deno.removeSignalListener("SIGINT", passOnInterrupt);
    return { code: signal === null ? code : null, signal };
  });
  return { status };
}

function send(child: Deno.ChildProcess | undefined, signal: Deno.Signal): void {
  try {
    child?.kill(signal);
  } catch {
    // It has ended meanwhile, which is what the signal was for.
  }
}
