import assert from "node:assert/strict";
import { join } from "node:path";
import { bytecodeFileName, readBytecode, writeBytecode } from "../../src/agent/bytecode.ts";
import { bytecodeOf } from "../../tools/build/bytecode.ts";
import { run } from "../support/processes.ts";
import { anyPython, needsPythons, pythons } from "../support/pythons.ts";
import { withFolder } from "../support/recorder.ts";

needsPythons([]);

Deno.test("bytecode: the same Pythons make the same, in the order of their versions", async () => {
  const paths = [...(await pythons()).values()].map(({ path }) => path);
  const made = await bytecodeOf(paths);
  assert.deepEqual(await bytecodeOf([...paths].reverse()), made);
  assert.deepEqual(made.map(({ python }) => python), [...(await pythons()).keys()]);
  for (const each of made) assert.deepEqual(readBytecode(writeBytecode(each)), each);
  assert.equal(new Set(made.map(bytecodeFileName)).size, made.length);
});

Deno.test("bytecode: two interpreters with the same bytecode are one", async () => {
  const { path, version } = await anyPython();
  assert.deepEqual((await bytecodeOf([path, path])).map(({ python }) => python), [version]);
});

Deno.test("bytecode: what is named has to make some, and what is found may", async () => {
  await withFolder(async (folder) => {
    const old = join(folder, "old"), broken = join(folder, "python3");
    const about = { python: "3.7", magic: [1, 2, 13, 10], tag: "cpython-37", entry: 0 };
    await Deno.writeTextFile(old, `#!/bin/sh\necho '${JSON.stringify(about)}'\n`, { mode: 0o755 });
    await Deno.writeTextFile(broken, "#!/bin/sh\necho what >&2; exit 3\n", { mode: 0o755 });
    await assert.rejects(bytecodeOf([old]), /No bytecode for Python 3\.7/);
    await assert.rejects(bytecodeOf([broken]), /Cannot make bytecode with .*python3: what/);
    await assert.rejects(bytecodeOf([join(folder, "none")]), /Cannot make bytecode with .*none/);
    // In a process of its own: the test files beside this one have the environment in common with it.
    const module = new URL("../../tools/build/bytecode.ts", import.meta.url).href;
    const { stdout, stderr } = await run([
      ...[Deno.execPath(), "eval"],
      `import { bytecodeOf } from "${module}"; console.log(JSON.stringify(await bytecodeOf(null)));`,
    ], { env: { PATH: folder, HOME: folder, PYENV_ROOT: folder } });
    assert.equal(stdout, "[]\n", stderr);
  });
});
