/**
 * The command with faults in its file layer, for what no real cause can be found to make: the trace
 * worker is another module, which breaks a function of Deno's and then loads the real one. Nothing of
 * this is in the product.
 *
 * First word: a {@link Fault} as JSON; then the words of `ct-recorder`.
 */
import { runCli } from "../../src/cli/main.ts";

/** What breaks in the worker. */
export interface Fault {
  /**
   * `write`, `rename`, `remove`: the call fails. `throw`: the worker ends by an error nobody caught. `wait`: when the
   * trace is all but finished, the worker makes the file `<message>.waiting` and waits for the file `message`.
   */
  readonly call: "write" | "rename" | "remove" | "throw" | "wait";
  /** From which call on, counting from 0. */
  readonly from: number;
  /** As the system would put it, such as "Input/output error (os error 5)"; for `wait`, a path in the output folder. */
  readonly message: string;
}

if (import.meta.main) {
  const [fault = "", ...words] = Deno.args;
  const Real = globalThis.Worker;
  globalThis.Worker = class extends Real {
    constructor(_: string | URL, options?: WorkerOptions) {
      const module = new URL("./_faulty_worker.ts", import.meta.url);
      super(`${module.href}?${encodeURIComponent(fault)}`, options);
    }
  };
  Deno.exit(await runCli(words));
}
