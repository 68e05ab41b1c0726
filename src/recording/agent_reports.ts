/** What an agent reports of itself, as errors: the one place where that is classified. */
import { type RecorderError, targetError, usageError } from "../errors/mod.ts";
import { BrokenRecord } from "../wire/marshal.ts";

/**
 * Why the agent lost sight of the program.
 *
 * @param code As the agent wrote it: an error's code, or the name of an exception.
 * @throws {BrokenRecord} If no agent writes that.
 */
export function detachment(code: string): RecorderError {
  switch (code) {
    case "ERR_TRACER_INSTALL_CONFLICT":
      return usageError(
        code,
        "The program installed a tracer of its own (sys.settrace), which ended the recording",
      );
    case "ERR_TRACE_INCOMPLETE":
      return targetError(
        code,
        "The interpreter dropped the agent's tracer for a while, after an error inside it at the end of the stack " +
          "or by Ctrl-C: what ran meanwhile is missing",
      );
    case "AttributeError":
      return targetError(
        "ERR_TRACE_INCOMPLETE",
        "The interpreter had emptied the modules that the agent needs when the program's last code ran: some of that is " +
          "missing",
      );
    case "MemoryError":
      return targetError(
        "ERR_TRACE_INCOMPLETE",
        "The program ran out of memory, and the agent with it: some of what it did then is missing",
      );
    default:
      throw new BrokenRecord(`"${code}" is no reason to detach`);
  }
}

/** The agent stopped writing without a word: the recorder gave it no room for too long. */
export function silentDetachment(): RecorderError {
  return targetError(
    "ERR_TRACE_INCOMPLETE",
    "The agent gave up before the program ended, because the recorder did not take in what it wrote; " +
      "was the recorder stopped (SIGSTOP), or the machine out of memory?",
  );
}

/**
 * The recording is as long as it was allowed to get.
 *
 * @param setting Which limit.
 * @param limit Its value.
 */
export function limitReached(
  setting: "max_steps" | "max_size",
  limit: number | null,
): RecorderError {
  return targetError(
    "ERR_TRACE_INCOMPLETE",
    `The recording has reached its limit (${setting}, ${limit}): what the program did after that is not recorded`,
    { setting, limit },
  );
}

/**
 * The agent failed inside the program, and left it alone from there on.
 *
 * @param where Exception, function and line in the agent, as it wrote them.
 */
export function agentFailure(where: string): RecorderError {
  return targetError(
    "ERR_FRAME_INTROSPECTION_FAILED",
    `The agent could not look at the program: ${where}. This is a fault of the recorder; please report it`,
    { where },
  );
}
