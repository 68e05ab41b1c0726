/**
 * The command line: which command, and what the process exits with.
 *
 * @module
 */
import { classifyError } from "../errors/mod.ts";
import { uuidv7 } from "../session/uuid.ts";
import { VERSION } from "../version.ts";
import { statusOfError } from "./outcome.ts";
import { recordCommand } from "./record.ts";
import { print, reportError } from "./terminal.ts";

/**
 * Runs `ct-recorder` with the given words.
 *
 * `record` is the default command: a first word that is no command's name belongs to it. A program
 * that is called like a command is reached by a path: `ct-recorder ./print`.
 *
 * Needs all permissions: to run programs, and to read and write where the user may.
 *
 * @param args The words after the command's own name.
 * @returns The exit status. Never rejects.
 */
export async function runCli(args: string[]): Promise<number> {
  const [command, ...words] = args;
  try {
    switch (command) {
      case "print": {
        const { printCommand } = await import("./print.ts");
        return await printCommand(words);
      }
      case "explain": {
        const { explainCommand } = await import("./explain.ts");
        return explainCommand(words);
      }
      case "policy": {
        const { policyCommand } = await import("./policy.ts");
        return await policyCommand(words);
      }
      case "record":
        return await recordCommand(words);
      case "-h":
      case "--help": {
        const { generalHelp } = await import("./help.ts");
        print(generalHelp());
        return 0;
      }
      case "-V":
      case "--version":
        print(`ct-recorder ${VERSION}\n`);
        return 0;
      default:
        return await recordCommand(args);
    }
  } catch (thrown) {
    const error = classifyError(thrown);
    reportError(error, false, { runId: uuidv7(), traceId: null });
    return statusOfError(error);
  }
}
