/** A program for `bundle_test.ts`: says, as JSON, what a bundled module finds out about itself. */
import { failure } from "./shared.ts";
import { message } from "./worker_client.ts";

if (import.meta.main) {
  const late = await import("./late.ts");
  const [inWorker, workerStack] = await message();
  console.log(JSON.stringify({
    entry: import.meta.main,
    late: late.isEntry,
    same: late.failure === failure,
    inWorker,
    stack: failure().stack,
    lateStack: late.lateFailure().stack,
    workerStack,
  }));
}
