/** Prints how a worker of this process would be confined, and the code of the error where it can't be. */
import { RecorderError } from "../../src/errors/mod.ts";
import { confinementFor } from "../../src/sandbox/confined_worker.ts";

for (const sandbox of ["required", "preferred"] as const) {
  try {
    console.log(await confinementFor(sandbox));
  } catch (error) {
    console.log(error instanceof RecorderError ? error.code : String(error));
  }
}
