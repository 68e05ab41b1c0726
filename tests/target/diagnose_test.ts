import assert from "node:assert/strict";
import { diagnose, diagnosisError, versionError } from "../../src/target/mod.ts";
import { anyPython } from "../support/pythons.ts";

const FOUND = { word: "python3", path: "/x/python3", how: "PATH" };

async function withFile(
  content: string,
  mode: number,
  body: (path: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/python3`;
  await Deno.writeTextFile(path, content);
  await Deno.chmod(path, mode);
  try {
    await body(path, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const env = Deno.env.toObject();

Deno.test("a working interpreter says what it is, and nothing of the user's runs", async () => {
  const python = await anyPython();
  await withFile("raise SystemExit('ran')", 0o644, async (_path, folder) => {
    await Deno.rename(`${folder}/python3`, `${folder}/sitecustomize.py`);
    const said = await diagnose(python.path, {
      env: { ...env, PYTHONPATH: folder },
      cwd: folder,
    });
    assert.equal(said.implementation, "cpython");
    assert.match(said.version ?? "", new RegExp(`^${python.version.replace(".", "\\.")}\\.\\d+$`));
    assert.equal(said.problem, null);
    assert.equal(diagnosisError(said, FOUND), null);
  });
});

Deno.test("an interpreter that can't work is told with its reason", async () => {
  const cases: [string, number, RegExp][] = [
    ["#!/bin/sh\nexit 3\n", 0o755, /it ended with status 3/],
    ["#!/bin/sh\necho broken >&2; exit 1\n", 0o755, /with status 1 .*: broken/],
    ["#!/bin/sh\nkill -9 $$\n", 0o755, /killed by SIGKILL/],
    ["#!/nowhere/sh\n", 0o755, /does not exist/],
    ["", 0o644, /permission denied/],
  ];
  for (const [content, mode, problem] of cases) {
    await withFile(content, mode, async (path, folder) => {
      const error = diagnosisError(await diagnose(path, { env, cwd: folder }), FOUND);
      assert.equal(error?.code, "ERR_INTERPRETER_NOT_FOUND");
      assert.match(error?.message ?? "", problem);
    });
  }
});

Deno.test("an interpreter of another version or kind is not supported", async () => {
  await withFile("#!/bin/sh\necho 'ct cpython 3.7.16'\n", 0o755, async (path, folder) => {
    const said = await diagnose(path, { env, cwd: folder });
    assert.equal(said.problem, "it ended with status 0 instead of saying its version");
  });
  await withFile("#!/bin/sh\nprintf 'ct cpython 2.7.18'\n", 0o755, async (path, folder) => {
    const error = diagnosisError(await diagnose(path, { env, cwd: folder }), FOUND);
    assert.equal(error?.code, "ERR_INTERPRETER_UNSUPPORTED");
    assert.match(error?.message ?? "", /Python 2\.7\.18, and only CPython 3\.8 to 3\.15/);
  });
  assert.equal(versionError(FOUND, "3.8.0"), null);
  assert.equal(versionError(FOUND, "3.15.2"), null);
  for (const version of ["3.7.16", "3.16.0", "2.7.18", "4.0.0"]) {
    assert.equal(versionError(FOUND, version)?.code, "ERR_INTERPRETER_UNSUPPORTED");
  }
  assert.equal(versionError(FOUND, "3.10.1", "pypy")?.code, "ERR_INTERPRETER_UNSUPPORTED");
});
