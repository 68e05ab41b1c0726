/** What a recording's agent gets of the native accelerator, by the settings. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { UsageError } from "../../src/errors/mod.ts";
import { configurePolicy } from "../../src/policy/mod.ts";
import { acceleratorFolder, acceleratorFor } from "../../src/session/accelerator.ts";
import { run } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { inspect, record, ROOT, withFolder } from "../support/recorder.ts";

/** Says what the agent is told, in the midst of the recording. */
const LOOKS = `import glob, marshal
with open(glob.glob("out/.recording-*/agent/config")[0], "rb") as file:
    print(marshal.load(file)["accelerator"])
`;

const IN_PROGRAM = `import codetracer_recorder as ct
with ct.trace("out", policy={"accelerator": "./native"}):
    exec(open("looks.py").read())
`;

Deno.test("accelerator: a recorder that isn't compiled has none of its own, and a folder is taken as it is", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(join(folder, "native"));
    await Deno.symlink("native", join(folder, "link"));
    const cases: [given: string | undefined, got: unknown][] = [
      [undefined, []],
      ["auto", []],
      ["off", []],
      ["./native", join(folder, "native")],
      ["link/", join(folder, "link/")],
      [join(folder, "link"), join(folder, "link")],
    ];
    for (const [accelerator, got] of cases) {
      const resolved = await configurePolicy({
        settings: accelerator === undefined ? {} : { accelerator },
      });
      assert.deepEqual(acceleratorFor(resolved, folder, "3.12"), got);
      assert.equal(acceleratorFolder(resolved, folder), typeof got === "string" ? got : null);
    }
  });
});

Deno.test("accelerator: a folder that is none is refused, with who named it", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "file"), "");
    const cases: [path: string, why: RegExp, osError: string | undefined][] = [
      ["./none", /: it does not exist; accepted: auto, off or a folder$/, "ENOENT"],
      ["./file", /: it is no folder; accepted: auto, off or a folder$/, undefined],
      ["file/x", /: .*; accepted: auto, off or a folder$/, "ENOTDIR"],
    ];
    for (const [path, why, osError] of cases) {
      const environment = { CODETRACER_ACCELERATOR: path };
      const resolved = await configurePolicy({ environment });
      assert.throws(() => acceleratorFor(resolved, folder, null), (error: unknown) => {
        assert.ok(error instanceof UsageError);
        assert.equal(error.code, "ERR_INVALID_POLICY_VALUE");
        assert.match(error.message, why);
        assert.ok(error.message.includes(`"${path}" as accelerator, given by the environment var`));
        assert.deepEqual([error.context["setting"], error.context["value"]], ["accelerator", path]);
        assert.equal(error.context["os_error"], osError);
        return true;
      });
    }
  });
});

Deno.test("accelerator: flag, file and module lead to the agent", async () => {
  const { path } = await anyPython();
  await withFolder(async (folder) => {
    const native = join(folder, "native");
    await Deno.mkdir(native);
    await Deno.writeTextFile(join(folder, "looks.py"), LOOKS);
    await Deno.mkdir(join(folder, ".codetracer"));
    const file = join(folder, ".codetracer/recorder.toml");
    const said = async (...words: string[]) => {
      const { status, stdout, stderr } = await record(folder, [
        ...["-q", "--python", path, ...words],
        "looks.py",
      ], { env: { PYTHONDONTWRITEBYTECODE: "1" } });
      assert.equal(status, 0, stderr);
      return stdout;
    };
    assert.equal(await said("--accelerator=./native"), `${native}\n`);
    await Deno.writeTextFile(file, 'accelerator = "./native"\n');
    assert.equal(await said(), `${native}\n`);
    assert.equal(await said("--accelerator", "off"), "None\n");
    await Deno.remove(join(folder, "out"), { recursive: true });

    await Deno.remove(file);
    const module = join(folder, "api");
    const api = await run([
      Deno.execPath(),
      "run",
      "-A",
      join(ROOT, "main.ts"),
      "python-api",
      module,
    ]);
    assert.equal(api.status, 0, api.stderr);
    await Deno.writeTextFile(join(folder, "app.py"), IN_PROGRAM);
    const recorded = await run([path, "app.py"], { cwd: folder, env: { PYTHONPATH: module } });
    assert.deepEqual([recorded.stdout, recorded.stderr], [`${native}\n`, ""]);
    assert.equal((await inspect(join(folder, "out"))).metadata?.["partial"], false);
  });
});
