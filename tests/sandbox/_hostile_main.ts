/**
 * Starts the hostile worker in the way in which the recorder starts its own, and prints what came of its attempts.
 * A program of its own so that it can be compiled as the recorder is.
 */
import { startWorker } from "../../src/sandbox/confined_worker.ts";
import type { Attempts, Playground } from "./_hostile_worker.ts";

/** Lets the worker try everything. */
export async function attemptsOf(playground: Playground): Promise<Attempts> {
  const module = new URL("./_hostile_worker.ts", import.meta.url);
  const worker = startWorker(module, playground.folder, "worker-permissions");
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = (event: MessageEvent<Attempts>) => resolve(event.data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      worker.postMessage(playground);
    });
  } finally {
    worker.terminate();
  }
}

if (import.meta.main) {
  const attempts = await attemptsOf(JSON.parse(Deno.args[0]!));
  console.log(JSON.stringify(attempts));
}
