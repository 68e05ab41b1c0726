/** The library where no configuration of this project is in force: imported by its path, from a folder of its own. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../support/processes.ts";
import { ROOT, withFolder } from "../support/recorder.ts";

Deno.test("imported by its path from elsewhere, all that is loaded late is found", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "settings.toml"), "value_max_items = 7\n");
    await Deno.writeTextFile(
      join(folder, "embeds.ts"),
      `
import { configurePolicy, record } from ${JSON.stringify(`file://${join(ROOT, "mod.ts")}`)};
const settings = { value_max_depth: 5, log_level: "debug", log_file: "log" };
const policy = await configurePolicy({ settings, configFile: "settings.toml" });
console.log(policy.policy.value_max_depth, policy.policy.value_max_items);
await record({ command: ["none.py"], policy }).catch((error) => console.log(error.code));
`,
    );
    const { status, stdout, stderr } = await run(
      [Deno.execPath(), "run", "-A", "embeds.ts"],
      { cwd: folder },
    );
    assert.equal(status, 0, stderr);
    assert.equal(stdout, "5 7\nERR_SCRIPT_NOT_FOUND\n");
    assert.match(await Deno.readTextFile(join(folder, "log")), /none\.py/);
  }));
