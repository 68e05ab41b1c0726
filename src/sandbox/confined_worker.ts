/**
 * Starts the trace worker with no more permissions than it needs to open its files, all of which it drops when it has
 * (adr/0011).
 */
import { type EnvironmentError, environmentError } from "../errors/mod.ts";
import { childrenAllowed } from "./confined_child.ts";
import { workerPermissionsAvailable } from "./probe.ts";
import { needsAllPermissions } from "./reserved_folders.ts";

/** How the worker is confined: by Deno's worker permissions, as a process with few permissions, or not at all. */
export type Confinement = "worker-permissions" | "child-process" | "none";

const FAILED = "Cannot confine the part of the recorder that handles the program's data";

/**
 * How a worker of this process will be confined. A preflight check: it starts nothing.
 *
 * Deno offers worker permissions behind the flag `--unstable-worker-options`, which the compiled binary and
 * this project's deno.json turn on. Without it, as for `deno run -A URL`, a process of its own does the same for 50 ms
 * more.
 *
 * @param folders What the worker is to open files in: absolute, and no symbolic link leads there.
 * @throws {EnvironmentError} ERR_SANDBOX_UNAVAILABLE, when confinement is required and can't be had.
 */
export async function confinementFor(
  sandbox: "required" | "preferred",
  ...folders: readonly string[]
): Promise<Confinement> {
  const guarded = folders.find(needsAllPermissions);
  if (guarded === undefined) {
    if (await workerPermissionsAvailable()) return "worker-permissions";
    if (childrenAllowed()) return "child-process";
  }
  if (sandbox === "preferred") return "none";
  const why = guarded === undefined
    ? "this Deno was started without worker permissions, and may not run itself; run it with " +
      `--unstable-worker-options, or with --allow-run=${Deno.execPath()} besides`
    : `Deno lets nobody who has less than all permissions open what lies in ${guarded}; ` +
      "name another folder with --out-dir";
  throw environmentError(
    "ERR_SANDBOX_UNAVAILABLE",
    `${FAILED}: ${why}, or use --sandbox preferred`,
    { deno: Deno.version.deno, ...(guarded === undefined ? {} : { folder: guarded }) },
  );
}

/**
 * A preflight check of {@link startWorker}, for what must not have begun when that fails.
 *
 * @throws {EnvironmentError} ERR_SANDBOX_UNAVAILABLE, when this process has not itself what the worker is to get.
 */
export function ensureConfinable(folder: string, confinement: Confinement): void {
  if (confinement !== "worker-permissions") return;
  for (const name of ["read", "write"] as const) {
    if (Deno.permissions.querySync({ name, path: folder }).state !== "granted") {
      throw notConfinable(folder, `this process has not itself the permission to ${name} there`);
    }
  }
}

/**
 * A worker that may read and write below `folder`, read below `source`, and do nothing else, until it drops that as well
 * (`drop_permissions.ts`); without confinement, whatever this process may.
 *
 * @param folder Absolute, and no symbolic link leads there: Deno compares permissions as text.
 * @param source In the same way; null for none.
 * @param confinement As {@link confinementFor} decided. Where Deno has no worker permissions, asking for them ends the
 *   process.
 * @throws {EnvironmentError} ERR_SANDBOX_UNAVAILABLE, when this process has not itself what the worker is to get.
 */
export function startWorker(
  module: URL,
  folder: string,
  confinement: Exclude<Confinement, "child-process">,
  source: string | null = null,
): Worker {
  if (confinement === "none") return new Worker(module, { type: "module", name: "trace" });
  const permissions: Deno.PermissionOptionsObject = {
    read: source === null ? [folder] : [folder, source],
    write: [folder],
    env: false,
    ffi: false,
    import: false,
    net: false,
    run: false,
    sys: false,
  };
  try {
    return new Worker(module, { type: "module", name: "trace", deno: { permissions } });
  } catch (cause) {
    throw notConfinable(folder, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/**
 * A worker that may do nothing but compute. Only where workers have permissions (`worker-permissions`).
 *
 * @param name Shown by tools that look at threads.
 * @throws Whatever Deno says when it can't be made.
 */
export function startPowerless(module: URL, name: string): Worker {
  return new Worker(module, { type: "module", name, deno: { permissions: "none" } });
}

function notConfinable(folder: string, why: string, cause?: unknown): EnvironmentError {
  return environmentError(
    "ERR_SANDBOX_UNAVAILABLE",
    `${FAILED}: ${why}; run Deno with permission to read and write ${folder}`,
    { folder },
    cause,
  );
}
