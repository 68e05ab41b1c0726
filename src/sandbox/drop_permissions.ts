import { environmentError } from "../errors/mod.ts";

/**
 * Takes from the worker that calls it the permissions it was started with, for good. What it has open stays usable, and
 * is then all that it can touch: no path leads anywhere any more, so neither a symbolic link nor a folder that was
 * exchanged can lead out.
 *
 * Only for a worker that `startWorker` confined: another one shares its permissions with the whole process.
 *
 * @throws {EnvironmentError} ERR_SANDBOX_UNAVAILABLE, when Deno keeps one.
 */
export function dropPermissions(): void {
  for (const name of ["read", "write"] as const) {
    const { state } = Deno.permissions.revokeSync({ name });
    if (state === "granted") {
      throw environmentError(
        "ERR_SANDBOX_UNAVAILABLE",
        `Cannot confine the part of the recorder that handles the program's data: Deno does not take its permission ` +
          `to ${name} away`,
        { permission: name },
      );
    }
  }
}
