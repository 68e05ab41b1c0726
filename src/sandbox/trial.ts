/** Tries the confinement out, as far as that can be done without harm. */
import { environmentError } from "../errors/mod.ts";
import { startChild } from "./confined_child.ts";
import { type Confinement, confinementFor, startWorker } from "./confined_worker.ts";
import type { TrialAttempts, TrialRequest } from "./trial_attempts.ts";
import { TRIAL_PROCESS } from "./trial_process_main.ts";

/** What came of it. */
export interface Trial extends TrialAttempts {
  readonly confinement: Confinement;
}

/** How long it may take, milliseconds. */
const LIMIT = 10_000;

/**
 * Starts a worker or a process as a recording would, and lets it write in its folder and read outside of it.
 *
 * Needs permission to read and write in the folder, and to run Deno where workers can't be confined.
 *
 * @param folder Absolute, and no symbolic link leads there; a file `trial` is left in it.
 * @throws {EnvironmentError} ERR_SANDBOX_UNAVAILABLE, when confinement is required and can't be had, or nothing is
 *   said in time.
 */
export async function tryConfinement(
  sandbox: "required" | "preferred",
  folder: string,
): Promise<Trial> {
  const confinement = await confinementFor(sandbox, folder);
  const request: TrialRequest = { inside: `${folder}/trial`, outside: Deno.execPath() };
  const attempts = confinement === "child-process"
    ? await askProcess(folder, request)
    : await askWorker(folder, confinement, request);
  return { confinement, ...attempts };
}

async function askWorker(
  folder: string,
  confinement: Exclude<Confinement, "child-process">,
  request: TrialRequest,
): Promise<TrialAttempts> {
  const module = new URL("./trial_worker_main.ts", import.meta.url);
  const worker = startWorker(module, folder, confinement);
  try {
    return await inTime(
      new Promise((resolve, reject) => {
        worker.onmessage = ({ data }: MessageEvent<TrialAttempts>) => resolve(data);
        worker.onerror = (event) => {
          event.preventDefault();
          reject(environmentError("ERR_SANDBOX_UNAVAILABLE", silent(event.message), {}));
        };
        worker.postMessage(request);
      }),
    );
  } finally {
    worker.terminate();
  }
}

async function askProcess(folder: string, request: TrialRequest): Promise<TrialAttempts> {
  const child = startChild(TRIAL_PROCESS, folder);
  try {
    // One that ends early doesn't read it; what it says then is told.
    new Response(JSON.stringify(request)).body?.pipeTo(child.stdin).catch(() => {});
    const { success, stdout, stderr } = await inTime(child.output());
    if (success) return JSON.parse(new TextDecoder().decode(stdout));
    throw environmentError("ERR_SANDBOX_UNAVAILABLE", silent(new TextDecoder().decode(stderr)), {});
  } finally {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended, as it should.
    }
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let alarm: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    alarm = setTimeout(
      () =>
        reject(
          environmentError("ERR_SANDBOX_UNAVAILABLE", silent("it did not answer in time"), {}),
        ),
      LIMIT,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(alarm);
  }
}

function silent(why: string): string {
  return `Cannot start a confined worker: ${why.trim()}`;
}
