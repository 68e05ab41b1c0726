/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/**
 * Tries everything that a trace worker has no business to do, and says what came of each attempt. It stands for the
 * recorder's own worker after the recorded program has found a way to run code in it.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createConnection } from "node:net";

/** What the worker may touch, and what it must not. */
export interface Playground {
  /** Open to the worker. */
  readonly folder: string;
  /** Beside `folder`; closed. */
  readonly outside: string;
  /** Something listens here. */
  readonly port: number;
}

/** Name of the attempt, and the error that it ended with; null when it succeeded. */
export type Attempts = Record<string, string | null>;

declare const self: DedicatedWorkerGlobalScope;

self.onmessage = async (message: MessageEvent<Playground>) => {
  const attempts: Attempts = {};
  for (const [name, attempt] of Object.entries(allAttempts(message.data))) {
    try {
      await attempt();
      attempts[name] = null;
    } catch (error) {
      attempts[name] = String(error);
    }
  }
  self.postMessage(attempts);
};

function allAttempts({ folder, outside, port }: Playground): Record<string, () => unknown> {
  const secret = `${outside}/secret`;
  return {
    "allowed: write a file in the folder": () => Deno.writeTextFileSync(`${folder}/own`, "text"),
    "allowed: read it": () => Deno.readTextFileSync(`${folder}/own`),
    "allowed: rename it": () => Deno.renameSync(`${folder}/own`, `${folder}/renamed`),
    "allowed: make a folder": () => Deno.mkdirSync(`${folder}/sub/sub`, { recursive: true }),
    "allowed: list the folder": () => [...Deno.readDirSync(folder)],
    "allowed: remove all of it": () => {
      Deno.removeSync(`${folder}/renamed`);
      Deno.removeSync(`${folder}/sub`, { recursive: true });
    },

    "write a file elsewhere": () => Deno.writeTextFileSync(`${outside}/planted`, "text"),
    "write a file by way of ..": () =>
      Deno.writeTextFileSync(`${folder}/../outside/planted`, "text"),
    "write a file whose name only begins alike": () =>
      Deno.writeTextFileSync(`${folder}-planted`, "text"),
    "write a file with node:fs": () => writeFileSync(`${outside}/planted`, "text"),
    "make a folder elsewhere": () => Deno.mkdirSync(`${outside}/planted`),
    "remove a file elsewhere": () => Deno.removeSync(secret),
    "remove the folder's parent": () => Deno.removeSync(`${folder}/..`, { recursive: true }),
    "change a file's mode elsewhere": () => Deno.chmodSync(secret, 0o777),
    "move a file out": () => {
      Deno.writeTextFileSync(`${folder}/bait`, "text");
      Deno.renameSync(`${folder}/bait`, `${outside}/planted`);
    },
    "move a file in": () => Deno.renameSync(secret, `${folder}/loot`),
    "copy a file in": () => Deno.copyFileSync(secret, `${folder}/loot`),
    "make a hard link to a file elsewhere": () => Deno.linkSync(secret, `${folder}/loot`),
    "make a symbolic link to a file elsewhere": () => Deno.symlinkSync(secret, `${folder}/link`),
    "make a temporary file": () => Deno.makeTempFileSync(),
    "read a file elsewhere": () => Deno.readTextFileSync(secret),
    "read a file of the system": () => Deno.readTextFileSync("/etc/passwd"),
    "read its own process": () => Deno.readTextFileSync("/proc/self/environ"),
    "write its own process": () => Deno.openSync("/proc/self/mem", { write: true }).close(),
    "see whether a file is there": () => Deno.statSync(secret),
    "list a folder elsewhere": () => [...Deno.readDirSync(outside)],
    "resolve a path elsewhere": () => Deno.realPathSync(outside),
    "change the working directory": () => Deno.chdir(outside),

    "connect to a socket": () => Deno.connect({ hostname: "127.0.0.1", port }),
    "connect with node:net": () =>
      new Promise((resolve, reject) =>
        createConnection(port, "127.0.0.1").on("connect", resolve).on("error", reject)
      ),
    "listen on a socket": () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
    "fetch": () => fetch(`http://127.0.0.1:${port}/`),
    "open a WebSocket": () => new WebSocket(`ws://127.0.0.1:${port}/`),
    "ask the name service": () => Deno.resolveDns("localhost", "A"),

    "run a command": () => new Deno.Command("true").outputSync(),
    "run a command with node:child_process": () => {
      const { error } = spawnSync("true");
      if (error !== undefined) throw error;
    },
    // To another process: recent versions of Deno let it signal its own.
    "send a signal": () => Deno.kill(Deno.ppid, "SIGCONT"),
    "load a library": () => Deno.dlopen("libc.so.6", {}).close(),

    "read a variable": () => Deno.env.get("HOME"),
    "read all variables": () => Deno.env.toObject(),
    "set a variable": () => Deno.env.set("LD_PRELOAD", "x"),
    "ask for the host's name": () => Deno.hostname(),
    "ask for the user's id": () => Deno.uid(),

    "import a module from elsewhere": () => import(`file://${outside}/module.ts`),
    "import a module from the network": () => import(`http://127.0.0.1:${port}/module.ts`),
    "request more": async () => {
      const { state } = await Deno.permissions.request({ name: "read" });
      if (state !== "granted") throw new Deno.errors.NotCapable();
    },
    "start a worker that may do more": () =>
      new Worker(import.meta.url, {
        type: "module",
        deno: { permissions: { read: true, write: true } },
      }),
  };
}
