/** CI runs this with the oldest Deno as well. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("./_probe_main.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CONFINED = "worker-permissions\nworker-permissions\n";
const BY_CHILD = "child-process\nchild-process\n";
const UNCONFINED = "ERR_SANDBOX_UNAVAILABLE\nnone\n";
const FLAG = "--unstable-worker-options";

async function probe(options: string[], cwd: string, main = MAIN): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", ...options, main],
    cwd,
  }).output();
  const said = new TextDecoder().decode(stdout);
  assert.equal(code, 0, said + new TextDecoder().decode(stderr));
  return said;
}

/** A folder that is gone afterwards; its path has no symbolic links. */
async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "ct-probe-" }));
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the probe knows when worker permissions are on", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/on.json`, '{ "unstable": ["worker-options"] }');
    // This project's configuration is found from the main module, wherever the process runs.
    assert.equal(await probe(["-A"], folder), CONFINED);
    assert.equal(await probe(["-A", "--no-config", FLAG], folder), CONFINED);
    assert.equal(await probe(["-A", `--config=${folder}/on.json`], folder), CONFINED);
    // The probe starts nothing, so it needs no permission to.
    const few = ["--allow-read", "--allow-env", "--no-prompt"];
    assert.equal(await probe([...few, "--no-config", FLAG], folder), CONFINED);
  });
});

Deno.test("the probe knows when they are off, and survives", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/off.json`, "{}");
    assert.equal(await probe(["-A", "--no-config"], folder), BY_CHILD);
    // Where it runs doesn't matter either.
    assert.equal(await probe(["-A", "--no-config"], ROOT), BY_CHILD);
    assert.equal(await probe(["-A", `--config=${folder}/off.json`], ROOT), BY_CHILD);
    assert.equal(
      await probe(["-A", "--no-config", "--unstable-kv"], folder),
      BY_CHILD,
    );
    // Without permission to start Deno there is no other way.
    const few = ["--allow-read", "--allow-env", "--no-prompt", "--no-config"];
    assert.equal(await probe([...few, "--allow-run=python3"], folder), UNCONFINED);
    // Nor can it be found out without permission to look at the environment.
    assert.equal(await probe(["--allow-read", "--no-config", FLAG], folder), UNCONFINED);
  });
});

Deno.test("as a part of another project, that one's configuration counts", async () => {
  await inFolder(async (folder) => {
    const member = `${folder}/recorder`;
    await Deno.mkdir(member);
    for (const name of ["src", "tests"]) {
      await Deno.symlink(`${ROOT}/${name}`, `${member}/${name}`);
    }
    await Deno.copyFile(`${ROOT}/deno.json`, `${member}/deno.json`);
    const importer = `${folder}/main.ts`;
    await Deno.writeTextFile(
      importer,
      `import "${new URL("./_probe_main.ts", import.meta.url)}";`,
    );
    const options = ["-A", "--no-lock"];
    assert.equal(await probe(options, folder, importer), BY_CHILD);
    const root = { workspace: ["./recorder"] };
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(root));
    const copied = `${member}/tests/sandbox/_probe_main.ts`;
    assert.equal(await probe(options, folder, copied), BY_CHILD);
    const on = { ...root, unstable: ["worker-options"] };
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(on));
    assert.equal(await probe(options, folder, copied), CONFINED);
  });
});
