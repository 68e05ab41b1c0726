import { VERSION } from "../version.ts";
import type { CommandName } from "./commands.ts";
import { print } from "./terminal.ts";

/**
 * Prints what `--help` or `--version` among the words of a command ask for.
 *
 * @returns The exit status: 0.
 * @throws {EnvironmentError} ERR_IO, when it can't be written.
 */
export async function inform(what: "help" | "version", command: CommandName): Promise<number> {
  if (what === "help") return (await import("./help_command.ts")).helpCommand([command]);
  print(`ct-recorder ${VERSION}\n`);
  return 0;
}
