/** The examples of the library's documentation, as somebody would try them: in a folder with a program. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { run } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { inspect, ROOT, withFolder } from "../support/recorder.ts";

Deno.test("examples: those of mod.ts and README.md run, and record what they say", async () => {
  const python = await anyPython();
  await withFolder(async (folder) => {
    await Deno.writeTextFile(
      join(folder, "app.py"),
      "for number in range(3):\n    print(number)\n",
    );
    const { status, stdout, stderr } = await run([
      Deno.execPath(),
      "test",
      "--doc",
      "-A",
      "--no-check",
      `--config=${join(ROOT, "deno.json")}`,
      join(ROOT, "mod.ts"),
      join(ROOT, "README.md"),
    ], {
      cwd: folder,
      env: { NO_COLOR: "1", PATH: `${dirname(python.path)}:${Deno.env.get("PATH")}` },
    });
    assert.equal(status, 0, stdout + stderr);
    // One module for each: none is left out by a mark that keeps it from being run.
    const sources = await Promise.all(
      ["mod.ts", "README.md"].map((name) => Deno.readTextFile(join(ROOT, name))),
    );
    const examples = sources.join("\n").match(/^[ *]*```ts/gm)?.length;
    assert.match(stdout, new RegExp(`^ok \\| ${examples} passed \\| 0 failed`, "m"));
    for (const name of ["traces", "traces/part", "traces/short"]) {
      const { metadata } = await inspect(join(folder, name), false);
      assert.equal(metadata?.["partial"], false, name);
    }
  });
});
