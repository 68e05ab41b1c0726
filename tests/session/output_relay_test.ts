import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../support/processes.ts";
import { ROOT, withFolder } from "../support/recorder.ts";

const RELAYING = join(ROOT, "tests/session/_relaying.ts");

Deno.test("where the end can't be marked, it is taken for reached when nothing more comes", () =>
  withFolder(async (folder) => {
    const { stdout, stderr, status } = await run([
      Deno.execPath(),
      "run",
      "-A",
      "--no-check",
      RELAYING,
      folder,
    ]);
    assert.equal(stderr, "");
    assert.equal(stdout, "one\ntwo\n");
    assert.equal(status, 7);
    const kept = Deno.readTextFileSync(join(folder, "relayed-1"));
    assert.match(kept, /one\n[^]*two\n/);
  }));

for (
  const [what, redirection, reason] of [
    ["not open for writing", "1< /dev/null", "it is not open for writing"],
    ["a device", "> /dev/full", "a device is left to the program"],
  ] as const
) {
  Deno.test(`a descriptor that is ${what} stays the program's`, () =>
    withFolder(async (folder) => {
      const code = `import { relayPlan } from ${
        JSON.stringify(join(ROOT, "src/session/output_relay.ts"))
      };
const { streams, warnings } = relayPlan();
console.error(JSON.stringify([streams, warnings]));`;
      const script = `"$@" ${redirection}`;
      const words = [Deno.execPath(), "eval", "--no-check", "--ext=ts", code];
      const { stderr } = await run(["sh", "-c", script, "sh", ...words], { cwd: folder });
      assert.deepEqual(JSON.parse(stderr), [
        [2],
        [`what native code and child processes write to stdout is not recorded: ${reason}`],
      ]);
    }));
}
