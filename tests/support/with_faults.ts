/**
 * The command with faults in its file layer, for what no real cause can be found to make: functions of Deno's are
 * broken, here and in the trace worker, which is another module that loads the real one. Nothing of this is in the
 * product.
 *
 * First word: a {@link Fault} as JSON; then the words of `ct-recorder`.
 */
import { existsSync } from "node:fs";
import { runCli } from "../../src/cli/main.ts";
import type { WorkerMessage } from "../../src/recording/trace_worker.ts";

/** What breaks in the worker. */
export interface Fault {
  /**
   * `write`, `sync`: the call fails in the worker; `rename` in the session. `throw`: the worker ends by an error nobody
   * caught. `wait`: when the worker has finished the trace, the file `<message>.waiting` is made, and the session hears
   * of it when there is a file `message`.
   */
  readonly call: "write" | "sync" | "rename" | "throw" | "wait";
  /** From which call on, counting from 0. */
  readonly from: number;
  /** As the system would put it, such as "Input/output error (os error 5)"; for `wait`, a path in the output folder. */
  readonly message: string;
}

async function waitFor(path: string): Promise<void> {
  Deno.writeTextFileSync(`${path}.waiting`, "");
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10));
}

if (import.meta.main) {
  const [fault = "", ...words] = Deno.args;
  const parsed: Fault = JSON.parse(fault);
  let renames = 0;
  const { renameSync } = Deno;
  Deno.renameSync = (from: string | URL, to: string | URL) => {
    if (parsed.call === "rename" && renames++ >= parsed.from) throw new Error(parsed.message);
    renameSync(from, to);
  };
  const Real = globalThis.Worker;
  globalThis.Worker = class extends Real {
    override set onmessage(handler: (event: MessageEvent) => void) {
      super.onmessage = async (event: MessageEvent<WorkerMessage>) => {
        if (event.data.type === "finished" && parsed.call === "wait") await waitFor(parsed.message);
        handler(event);
      };
    }

    constructor(_: string | URL, options?: WorkerOptions) {
      const module = new URL("./_faulty_worker.ts", import.meta.url);
      super(`${module.href}?${encodeURIComponent(fault)}`, options);
    }
  };
  Deno.exit(await runCli(words));
}
