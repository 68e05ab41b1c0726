/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
// deno-lint-ignore-file no-explicit-any
/**
 * Tries everything that a trace worker has no business to do, and says what came of each attempt. It stands for the
 * recorder's own worker after the recorded program has found a way to run code in it.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createConnection } from "node:net";
import { hostname } from "node:os";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { Worker as Thread } from "node:worker_threads";
import { dropPermissions } from "../../src/sandbox/drop_permissions.ts";

/** What the worker may touch, and what it must not. */
export interface Playground {
  /** Open to the worker. */
  readonly folder: string;
  /** Beside `folder`; closed. */
  readonly outside: string;
  /** Something listens here. */
  readonly port: number;
  /** Whether the worker drops its permissions when it has opened a file, as the trace worker does. */
  readonly dropped: boolean;
  /** Names of attempts that can't be made there. */
  readonly omitted?: readonly string[];
}

/** Name of the attempt, and the error that it ended with; null when it succeeded. */
export type Attempts = Record<string, string | null>;

declare const self: DedicatedWorkerGlobalScope;

self.onmessage = async (message: MessageEvent<Playground>) => {
  self.postMessage(await attemptsIn(message.data));
};

/** Tries everything, here. */
export async function attemptsIn(data: Playground): Promise<Attempts> {
  const attempts: Attempts = {};
  const own = data.dropped ? openOwn(data.folder) : beforehand(data.folder);
  for (const [name, attempt] of Object.entries({ ...own, ...allAttempts(data) })) {
    if (data.omitted?.includes(name)) continue;
    try {
      await attempt();
      attempts[name] = null;
    } catch (error) {
      attempts[name] = String(error);
    }
  }
  return attempts;
}

/** What may be done until the permissions are dropped. */
function beforehand(folder: string): Record<string, () => unknown> {
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
    "move a file out": () => {
      Deno.writeTextFileSync(`${folder}/bait`, "text");
      Deno.renameSync(`${folder}/bait`, `${folder}/../outside/planted`);
    },
  };
}

/** And from then on: what is open, and nothing by its name. There is a symbolic link `out` to the folder outside. */
function openOwn(folder: string): Record<string, () => unknown> {
  const file = Deno.openSync(`${folder}/own`, { read: true, write: true, createNew: true });
  dropPermissions();
  const bytes = new Uint8Array(4);
  return {
    "allowed: write what is open": () => file.writeSync(bytes),
    "allowed: cut it": () => file.truncateSync(2),
    "allowed: seek and read it": () => [file.seekSync(0, 0), file.readSync(bytes)],
    "allowed: sync it": () => file.syncDataSync(),
    "allowed: close it": () => file.close(),
    "write a file in the folder": () => Deno.writeTextFileSync(`${folder}/new`, "text"),
    "write its own file by its name": () => Deno.writeTextFileSync(`${folder}/own`, "text"),
    "read its own file by its name": () => Deno.readTextFileSync(`${folder}/own`),
    "look at its own file": () => Deno.statSync(`${folder}/own`),
    "list the folder": () => [...Deno.readDirSync(folder)],
    "rename its own file": () => Deno.renameSync(`${folder}/own`, `${folder}/other`),
    "remove its own file": () => Deno.removeSync(`${folder}/own`),
    "make a folder": () => Deno.mkdirSync(`${folder}/new`),
    "write by a planted link": () => Deno.writeTextFileSync(`${folder}/out/planted`, "text"),
    "read by a planted link": () => Deno.readTextFileSync(`${folder}/out/secret`),
    "open the null device": () => Deno.openSync("/dev/null", { write: true }).close(),
  };
}

/** Names that the module loader can't have looked at ahead. */
const computed = (specifier: string) => [...specifier].join("");

/** The answer of a worker that tries something itself: its error, thrown. */
function nested(start: () => { worker: Worker | Thread; answer: Promise<unknown> }): () => unknown {
  return async () => {
    const { worker, answer } = start();
    try {
      const said = await answer;
      if (said !== "done") throw new Deno.errors.NotCapable(String(said));
    } finally {
      void worker.terminate();
    }
  };
}

function allAttempts({ folder, outside, port }: Playground): Record<string, () => unknown> {
  const secret = `${outside}/secret`;
  return {
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

    "import a module from elsewhere": () => import(computed(`file://${outside}/module.ts`)),
    "import a JSON file from elsewhere": () =>
      import(computed(`file://${outside}/data.json`), { with: { type: "json" } }),
    "import a text from elsewhere": () =>
      import(computed(`file://${secret}`), { with: { type: "text" } }),
    "import bytes from elsewhere": () =>
      import(computed(`file://${secret}`), { with: { type: "bytes" } }),
    "import a module from the network": () =>
      import(computed(`http://127.0.0.1:${port}/module.ts`)),
    "require a file": () => createRequire(`file://${outside}/x.js`)("./data.json"),
    "fetch a file": () => fetch(`file://${secret}`),
    "read a file with node:fs": () => readFileSync(secret),
    "make a database": () => new DatabaseSync(`${outside}/planted`).exec("create table t (a)"),
    "load a library as an addon": () => (process as any).dlopen({ exports: {} }, "/libc.so.6"),
    "read a variable with node:process": () => process.env["HOME"],
    "ask for the host's name with node:os": () => hostname(),
    "open a socket in the file system": () =>
      (Deno as any).connect({ transport: "unix", path: `${outside}/socket` }),
    "serve": () => Deno.serve({ port: 0, onListen: () => {} }, () => new Response()).shutdown(),
    "write in a worker of its own": nested(() => {
      const code = `try { Deno.writeTextFileSync(${JSON.stringify(`${outside}/planted`)}, "text");
        postMessage("done"); } catch (error) { postMessage(String(error)); }`;
      const worker = new Worker(`data:text/javascript,${encodeURIComponent(code)}`, {
        type: "module",
      });
      const answer = new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data));
      return { worker, answer };
    }),
    "read in a thread of its own": nested(() => {
      const code = `const { parentPort } = require("worker_threads");
        try { require("fs").readFileSync(${
        JSON.stringify(secret)
      }); parentPort.postMessage("done"); }
        catch (error) { parentPort.postMessage(String(error)); }`;
      const worker = new Thread(code, { eval: true });
      const answer = new Promise((resolve) => worker.on("message", resolve));
      return { worker, answer };
    }),
    "keep something in the Cache API": async () => {
      const cache = await caches.open("ct-sandbox-test");
      await cache.put("http://x/", new Response("x"));
      await caches.delete("ct-sandbox-test");
    },
    "request more": () => {
      const names = ["read", "write", "net", "env", "run", "ffi", "sys"] as const;
      const states = names.map((name) => Deno.permissions.requestSync({ name }).state);
      if (!states.includes("granted")) throw new Deno.errors.NotCapable();
    },
    "start a worker that may do more": () =>
      new Worker(import.meta.url, {
        type: "module",
        deno: { permissions: { read: true, write: true } },
      }),
  };
}
