/** Where the search for a project's filter begins. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { configurePolicy } from "../../src/policy/mod.ts";
import { recordingChain } from "../../src/session/recording_filter.ts";
import { withFolder } from "../support/recorder.ts";

Deno.test("a script that is not there is looked for beside, one that can't be looked at is an error", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(join(folder, ".codetracer"));
    await Deno.writeTextFile(
      join(folder, ".codetracer/trace-filter.toml"),
      '[meta]\nname = "own"\nversion = 1\n[scope]\ndefault_exec = "trace"\ndefault_value_action = "allow"\n',
    );
    await Deno.symlink("loop", join(folder, "loop"));
    const policy = await configurePolicy();
    for (const start of ["none.py", "none/app.py", "."]) {
      const { chain } = await recordingChain(policy, join(folder, start), folder);
      assert.ok(chain.files.some(({ path }) => path.startsWith(folder)), start);
    }
    await assert.rejects(recordingChain(policy, join(folder, "loop"), folder), {
      code: "ERR_IO",
      message: /^Cannot look for the project's trace filter .*loop\): too many symbolic links/,
    });
  }));
