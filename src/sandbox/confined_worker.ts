/** Starts the trace worker with no more permissions than it needs. */
import { environmentError } from "../errors/mod.ts";

/** How the worker is confined: by Deno's worker permissions, or not at all. */
export type Confinement = "worker-permissions" | "none";

/**
 * A worker that may read and write below `folder` and do nothing else.
 *
 * Deno offers worker permissions behind the flag `--unstable-worker-options`, which the compiled binary and
 * this project's deno.json turn on. Without it the worker runs unconfined if the policy allows that.
 *
 * @param folder Absolute.
 * @throws {EnvironmentError} ERR_SANDBOX_UNAVAILABLE, when confinement is required and can't be had.
 */
export function startConfined(
  module: URL,
  folder: string,
  policy: "required" | "preferred",
): { worker: Worker; confinement: Confinement } {
  const permissions: Deno.PermissionOptionsObject = {
    read: [folder],
    write: [folder],
    env: false,
    ffi: false,
    import: false,
    net: false,
    run: false,
    sys: false,
  };
  try {
    const worker = new Worker(module, { type: "module", name: "trace", deno: { permissions } });
    return { worker, confinement: "worker-permissions" };
  } catch (cause) {
    if (policy === "preferred") {
      return { worker: new Worker(module, { type: "module", name: "trace" }), confinement: "none" };
    }
    throw environmentError(
      "ERR_SANDBOX_UNAVAILABLE",
      `Cannot confine the part of the recorder that handles the program's data: ` +
        `${cause instanceof Error ? cause.message : String(cause)}; ` +
        `run Deno with --unstable-worker-options`,
      {},
      cause,
    );
  }
}
