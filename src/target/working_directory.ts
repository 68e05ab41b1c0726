import { classifyError } from "../errors/mod.ts";

/**
 * The folder that relative paths on the command line are relative to.
 *
 * @throws {EnvironmentError} ERR_IO, when it has been removed or can't be reached.
 */
export function workingDirectory(): string {
  try {
    return Deno.cwd();
  } catch (thrown) {
    throw classifyError(thrown, { failed: "Cannot find the working directory" });
  }
}
