/** The permissions that README.md names: they are enough, nothing more is asked for, and none is one too many. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { inspect, ROOT, withFolder } from "../support/recorder.ts";
import { underTerminal } from "../support/terminal.ts";

/** The permissions of README's command that has `word` in it, for this folder and interpreter. */
async function permissionsOf(word: string, python: string): Promise<string[]> {
  const readme = await Deno.readTextFile(join(ROOT, "README.md"));
  const command = readme.split("\n").find((line) =>
    line.startsWith("deno run --allow") && line.includes(word)
  );
  const flags = command?.split(" ").filter((flag) => flag.startsWith("--allow-")) ?? [];
  return flags.map((flag) => flag.replace(/=.*python3$/, `=${python}`));
}

Deno.test("permissions: those of README are enough, and nobody is asked for more", () =>
  withFolder(async (folder) => {
    const python = await anyPython();
    const granted = await permissionsOf("app.py", python.path);
    assert.equal(granted.length, 4);
    await Deno.writeTextFile(join(folder, "app.py"), 'open("ran", "w").close()\n');
    const words = [join(ROOT, "main.ts"), "-o", "traces", python.path, "app.py"];
    for (const missing of granted) {
      const flags = granted.filter((flag) => flag !== missing);
      const { status } = await run([Deno.execPath(), "run", "--no-prompt", ...flags, ...words], {
        cwd: folder,
      });
      assert.notEqual(status, 0, `${missing} is not needed`);
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["app.py"], missing);
    }
    // At a terminal Deno would ask, and the program would wait for an answer.
    const command = [Deno.execPath(), "run", ...granted, ...words];
    const { status, output } = await underTerminal(command, { cwd: folder });
    assert.equal(status, 0, output);
    assert.match(output, /^ct-recorder: recorded [^\n]*\n$/);
    const { metadata, left } = await inspect(join(folder, "traces"), false);
    assert.deepEqual(left, ["app.ct", "trace_metadata.json"]);
    assert.equal(metadata?.["sandbox"], "worker-permissions");
  }));

Deno.test("permissions: those of README are enough to recover", () =>
  withFolder(async (folder) => {
    const python = await anyPython();
    const granted = await permissionsOf("recover", python.path);
    assert.equal(granted.length, 3);
    const main = join(ROOT, "main.ts");
    const flags = await permissionsOf("app.py", python.path);
    const code = "import os, signal, time; os.kill(os.getppid(), signal.SIGKILL)";
    await run([Deno.execPath(), "run", ...flags, main, "-o", "traces", python.path, "-c", code], {
      cwd: folder,
    });
    const command = [Deno.execPath(), "run", ...granted, main, "recover", "traces"];
    const { status, output } = await underTerminal(command, { cwd: folder });
    assert.equal(status, 0, output);
    const { metadata, left } = await inspect(join(folder, "traces"), false);
    assert.deepEqual(left, ["code.ct", "trace_metadata.json"]);
    assert.equal(metadata?.["sandbox"], "worker-permissions");
  }));

Deno.test("permissions: without the environment every command says the same, and not what it has found", async () => {
  for (
    const words of [["--version"], ["diff", "a", "b"], ["verify", "a"], ["app.py"], ["policy"]]
  ) {
    const command = [Deno.execPath(), "run", "--no-prompt", "--allow-read", join(ROOT, "main.ts")];
    const { status, stdout, stderr } = await run([...command, ...words]);
    assert.deepEqual([status, stdout], [10, ""], words.join(" "));
    assert.match(stderr, /^ct-recorder: error ERR_IO: [^\n]*without the permission for it\n$/);
  }
});
