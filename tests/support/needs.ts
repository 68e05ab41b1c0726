/**
 * Says at once, ahead of the tests, what hundreds of them would fail for: no `ct-accept`, or nothing that it can read zstd
 * with. Exit status 1, unless CT_ALLOW_MISSING is 1.
 */
import { ACCEPT_TOOL } from "./accept_command.ts";

const ZSTD = "import sys\nif sys.version_info < (3, 14): import zstandard";

function missing(): string | null {
  try {
    Deno.statSync(ACCEPT_TOOL);
  } catch (error) {
    return `the reader that checks each trace, ct-accept, can't be had: ${error}\nSet CT_ACCEPT to its place`;
  }
  try {
    const { success, stderr } = new Deno.Command("python3", { args: ["-c", ZSTD] }).outputSync();
    return success
      ? null
      : `ct-accept, the reader that checks each trace, needs the package zstandard of python3:\n${
        new TextDecoder().decode(stderr)
      }Install it: python3 -m pip install zstandard`;
  } catch (error) {
    return `ct-accept, the reader that checks each trace, needs python3: ${error}`;
  }
}

const problem = missing();
if (problem !== null) {
  console.error(`!!! MISSING: ${problem}.`);
  if (Deno.env.get("CT_ALLOW_MISSING") !== "1") {
    console.error("CT_ALLOW_MISSING=1 runs the tests all the same; those that record fail.");
    Deno.exit(1);
  }
}
