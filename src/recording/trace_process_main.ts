/** Entry of the trace worker's process; imported, it only says where it is. */
import { dropPermissions } from "../sandbox/drop_permissions.ts";
import { surviveFileSizeLimit } from "../session/platform.ts";
import { serveLines } from "./trace_process.ts";

/** What to run. */
export const TRACE_PROCESS = new URL(import.meta.url);

function write(line: Uint8Array): void {
  while (line.length > 0) line = line.subarray(Deno.stdout.writeSync(line));
}

if (import.meta.main) {
  surviveFileSizeLimit();
  await serveLines(Deno.stdin.readable, write, dropPermissions);
  // Whatever was at work: nobody waits for it any more.
  Deno.exit(0);
}
