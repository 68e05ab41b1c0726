/**
 * The command with faults in what is below it, for what no real cause can be found to make: functions of Deno's are
 * broken, here and in the trace worker, which is another module that loads the real one. Nothing of this is in the
 * product.
 *
 * First word: a {@link Fault} as JSON; then the words of `ct-recorder`.
 */
import { existsSync } from "node:fs";
import { runCli } from "../../src/cli/main.ts";
import type { WorkerMessage, WorkerRequest } from "../../src/recording/trace_worker.ts";
import { BrokenDisk, type DiskFault } from "./broken_disk.ts";

/** What breaks. */
export type Fault =
  /**
   * The disk, in session and worker. What was asked of it is written to the file `report`, a {@link DiskReport} as JSON;
   * without `fault`, nothing fails.
   */
  | { readonly call: "disk"; readonly fault: DiskFault | null; readonly report: string }
  /** Instead of the session's call of rename or remove with this number, counting from 0, the process kills itself. */
  | { readonly call: "die"; readonly from: number }
  /** The worker ends by an error nobody caught. */
  | { readonly call: "throw"; readonly message: string }
  /** When the worker has finished, the file `<path>.waiting` is made, and the session hears of it when there is `path`. */
  | { readonly call: "wait"; readonly path: string };

/** What was asked of the disk, in order, session and worker in the order in which the session hears of it. */
export interface DiskReport {
  readonly operations: readonly string[];
  /** How many of them failed. */
  readonly failed: number;
}

/** Stands among the operations where the worker has taken in all there is. */
export const DRAINED = "drained";

/** What the broken worker says besides. */
export interface OperationMessage {
  readonly operation: string;
  readonly failed: boolean;
}

async function waitFor(path: string): Promise<void> {
  Deno.writeTextFileSync(`${path}.waiting`, "");
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10));
}

function dieAt(from: number): void {
  let calls = 0;
  const count = () => {
    if (calls++ >= from) Deno.kill(Deno.pid, "SIGKILL");
  };
  const { renameSync, removeSync } = Deno;
  Deno.removeSync = (path: string | URL, options?: Deno.RemoveOptions) => {
    count();
    removeSync(path, options);
  };
  Deno.renameSync = (from: string | URL, to: string | URL) => {
    count();
    renameSync(from, to);
  };
}

if (import.meta.main) {
  const [text = "", ...words] = Deno.args;
  const fault: Fault = JSON.parse(text);
  const { writeTextFileSync } = Deno;
  const operations: string[] = [];
  let failed = 0;
  const note = (operation: string, fails: boolean) => {
    operations.push(operation);
    if (fails) failed++;
  };
  const state = new Int32Array(new SharedArrayBuffer(4));
  if (fault.call === "disk") new BrokenDisk("session", fault.fault, () => state, note).install();
  if (fault.call === "die") dieAt(fault.from);
  const Real = globalThis.Worker;
  globalThis.Worker = class extends Real {
    override set onmessage(handler: (event: MessageEvent) => void) {
      super.onmessage = async (event: MessageEvent<WorkerMessage | OperationMessage>) => {
        const { data } = event;
        if ("operation" in data) return note(data.operation, data.failed);
        if (data.type === "drained") operations.push(DRAINED);
        if (data.type === "finished" && fault.call === "wait") await waitFor(fault.path);
        handler(event);
      };
    }

    constructor(_: string | URL, options?: WorkerOptions) {
      const module = new URL("./_faulty_worker.ts", import.meta.url);
      super(`${module.href}?${encodeURIComponent(text)}`, options);
    }

    override postMessage(message: WorkerRequest): void {
      super.postMessage({ ...message, disk: state });
    }
  };
  const status = await runCli(words);
  if (fault.call === "disk") {
    const report: DiskReport = { operations, failed };
    writeTextFileSync(fault.report, JSON.stringify(report));
  }
  Deno.exit(status);
}
