/**
 * Says whether Deno lets a worker have permissions of its own, without asking Deno for one.
 *
 * Asking is no way: where `--unstable-worker-options` is missing, `new Worker` with permissions ends the process with
 * status 70. No API says which unstable features are on. So it is concluded from what can be seen, the cheapest first:
 *
 * 1. A compiled program has its features built in; whoever compiles it finds out at its first start.
 * 2. This project's deno.json turns the feature on, and maps `#worker-options` for this folder. The mapping stands
 *    under `scopes` since Deno heeds those, as `unstable`, only in the configuration that is in force for the whole
 *    process: not with `--no-config` or `--config`, not as a part of another project's workspace.
 * 3. Node's `fork` hands the unstable features of this process, from flags and configuration, on to its child, and
 *    `spawnargs` shows its command line. The child is a program that can't exist, so none is started.
 *
 * The third way takes about 50 ms, most of it for loading Node's modules, and is taken only where the recorder comes from
 * an address or a registry.
 */

const FLAG = "--unstable-worker-options";

let answer: Promise<boolean> | undefined;

/**
 * Whether a worker can be started with permissions. The same answer for the whole life of the process.
 *
 * Needs no permission in a compiled program and with this project's deno.json, otherwise env (Node's `fork` copies the
 * environment): without that the answer is no, and nobody is asked for it.
 */
export function workerPermissionsAvailable(): Promise<boolean> {
  return answer ??= find();
}

async function find(): Promise<boolean> {
  if (Deno.build.standalone || ownConfigurationInForce()) return true;
  if (Deno.permissions.querySync({ name: "env" }).state !== "granted") return false;
  const { fork } = await import("node:child_process");
  const child = fork("none", [], {
    // In no folder of PATH. That is found out before Deno would ask whether it may be run.
    execPath: `ct-recorder-none-${crypto.randomUUID()}`,
    // What it inherits from others, such as a debugger's flags, is of no interest.
    execArgv: [],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  // That it failed to start is what was meant to happen.
  child.on("error", () => {});
  return child.spawnargs.includes(FLAG);
}

function ownConfigurationInForce(): boolean {
  try {
    return import.meta.resolve("#worker-options") === import.meta.url;
  } catch {
    // Not mapped.
    return false;
  }
}
