/** Which files a chain is made of, and what is said of those that can't be read. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { UsageError } from "../../src/errors/mod.ts";
import { type ChainRequest, loadChain, makeChain } from "../../src/filter/mod.ts";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function write(folder: string, path: string, text: string | Uint8Array<ArrayBuffer>): void {
  Deno.mkdirSync(join(folder, path, ".."), { recursive: true });
  if (typeof text === "string") Deno.writeTextFileSync(join(folder, path), text);
  else Deno.writeFileSync(join(folder, path), text);
}

async function refused(request: ChainRequest): Promise<string> {
  try {
    await loadChain(request);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    assert.equal(error.code, "ERR_INVALID_POLICY_VALUE");
    return error.message;
  }
  throw new Error("taken");
}

Deno.test("a chain is the built-in filter, the project's, and those that were named", () =>
  inFolder(async (folder) => {
    const named = (name: string) => `\ufeff[meta]\nname = "${name}"\n`;
    write(folder, ".codetracer/trace-filter.toml", named("outer"));
    write(folder, "p/.codetracer/trace-filter.toml", named("project") + "[io]\ncapture = false");
    write(folder, "p/deep/er/app.py", "");
    write(folder, "w/one.toml", named("one"));
    write(folder, "w/two.toml", named("two"));
    write(folder, "w/three.toml", named("three"));
    const { chain, projectFolder } = await loadChain({
      scriptFolder: join(folder, "p/deep/er"),
      workingFolder: join(folder, "w"),
      paths: `one.toml::../w/two.toml::three.toml::one.toml::${join(folder, "w/two.toml")}`,
      builtins: [{ name: "builtin-pytest", text: named("pytest") }],
    });
    assert.equal(projectFolder, join(folder, "p"));
    assert.deepEqual(
      chain.files.map((file) => [file.origin, file.name, file.path.replace(folder, "")]),
      [
        ["builtin", "builtin-default", "<builtin-default>"],
        ["builtin", "pytest", "<builtin-pytest>"],
        ["project", "project", "/p/.codetracer/trace-filter.toml"],
        ["setting", "one", "/w/one.toml"],
        ["setting", "two", "/w/two.toml"],
        ["setting", "three", "/w/three.toml"],
        ["setting", "one", "/w/one.toml"],
        ["setting", "two", "/w/two.toml"],
      ],
    );
    const bytes = Deno.readFileSync(join(folder, "w/one.toml"));
    assert.equal(chain.files[3]!.sha256, createHash("sha256").update(bytes).digest("hex"));
    assert.equal(chain.captureOutput, false);
  }));

Deno.test("without a project's filter the script's folder is the project", () =>
  inFolder(async (folder) => {
    const { chain, projectFolder } = await loadChain({
      scriptFolder: folder,
      workingFolder: "/",
    });
    assert.equal(projectFolder, folder);
    assert.deepEqual(chain.files.map((file) => file.origin), ["builtin"]);
  }));

Deno.test("what is no filter file is refused with its name and where it comes from", () =>
  inFolder(async (folder) => {
    write(folder, "latin.toml", new Uint8Array([0x23, 0xe9]));
    write(folder, "bad.toml", "x");
    const request = { scriptFolder: folder, workingFolder: folder, from: "--trace-filter" };
    assert.match(
      await refused({ ...request, paths: "gone.toml" }),
      /^the trace filter gone\.toml \(--trace-filter\) does not exist; name a TOML file$/,
    );
    assert.match(
      await refused({ ...request, paths: "bad.toml/x", from: "the environment" }),
      /bad\.toml\/x \(the environment\) does not exist/,
    );
    assert.match(await refused({ ...request, paths: "." }), /trace filter \. .* is a folder/);
    assert.match(await refused({ ...request, paths: "latin.toml" }), /latin\.toml is not UTF-8/);
    assert.match(
      await refused({ ...request, paths: "bad.toml" }),
      /bad\.toml is not TOML \(line 1/,
    );
    assert.match(
      await refused({ ...request, paths: "a.toml::" }),
      /--trace-filter has an empty path/,
    );
    write(folder, ".codetracer/trace-filter.toml", "x");
    assert.match(await refused(request), /trace-filter\.toml is not TOML/);
  }));

Deno.test("the first filter of a chain has nothing to inherit", async () => {
  const head = (text: string) => makeChain([{ origin: "setting", path: "/f", text }]);
  await assert.rejects(head("[scope]\ndefault_exec = 'skip'"), /inherits default_value_action/);
  await assert.rejects(head("[scope]\ndefault_exec = 'inherit'"), /inherits default_exec/);
});
