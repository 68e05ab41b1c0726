import { classifyError } from "../errors/mod.ts";

/**
 * Writes text to standard output, all of it.
 *
 * @returns False when nobody reads it any more.
 * @throws {EnvironmentError} ERR_IO, when it can't be written.
 */
export function writeStdout(text: string): boolean {
  return writeStdoutBytes(new TextEncoder().encode(text));
}

/** {@link writeStdout} for bytes, which are written as they are. */
export function writeStdoutBytes(bytes: Uint8Array): boolean {
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
    } catch (thrown) {
      if (thrown instanceof Deno.errors.BrokenPipe) return false;
      if (!(thrown instanceof Deno.errors.WouldBlock)) {
        throw classifyError(thrown, { failed: "Cannot write to standard output", remedy: false });
      }
      // Another process has made the shared pipe non-blocking, and it is full.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
  return true;
}
