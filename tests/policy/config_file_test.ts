import assert from "node:assert/strict";
import fc from "fast-check";
import { EnvironmentError, UsageError } from "../../src/errors/mod.ts";
import { findConfigFile, readConfigFile, trustedOwners } from "../../src/policy/config_file.ts";
import { resolvePolicy, type Setting, SETTING_NAMES, SETTINGS } from "../../src/policy/mod.ts";

/** A folder `project/src/deep` under one of its own; gives that one's real path. */
async function inProject<T>(body: (root: string) => Promise<T>): Promise<T> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${root}/project/src/deep`, { recursive: true });
    return await body(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Writes the configuration file of a folder. */
async function configure(folder: string, content: string | Uint8Array): Promise<string> {
  const path = `${folder}/.codetracer/recorder.toml`;
  await Deno.mkdir(`${folder}/.codetracer`, { recursive: true });
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await Deno.writeFile(path, bytes);
  return path;
}

function invalid(message: RegExp, context: Record<string, unknown> = {}) {
  return (error: unknown) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.equal(error.code, "ERR_INVALID_POLICY_VALUE");
    assert.match(error.message, message);
    for (const [key, value] of Object.entries(context)) {
      assert.deepEqual(error.context[key], value, key);
    }
    return true;
  };
}

Deno.test("the nearest file upwards is found, from a folder, a file, or what isn't there", () =>
  inProject(async (root) => {
    const deep = `${root}/project/src/deep`;
    assert.equal(findConfigFile(deep), null);
    const outer = await configure(`${root}/project`, "");
    await Deno.writeTextFile(`${deep}/app.py`, "");
    for (const start of [deep, `${deep}/app.py`, `${deep}/none/at/all`, `${root}/project`]) {
      assert.equal(findConfigFile(start), outer, start);
    }
    assert.equal(findConfigFile(root), null);
    const inner = await configure(`${root}/project/src`, "");
    assert.equal(findConfigFile(deep), inner);
    // A folder for other things of the project's doesn't end the search.
    await Deno.mkdir(`${deep}/.codetracer`);
    assert.equal(findConfigFile(deep), inner);
    // By the path as it is written, not by where a link leads.
    await Deno.symlink(deep, `${root}/link`);
    assert.equal(findConfigFile(`${root}/link`), null);
    assert.equal(findConfigFile("/"), null);
    assert.equal(findConfigFile(`${deep}/${"x".repeat(5000)}`), inner);
  }));

Deno.test("values are checked and made what the policy has, paths joined to the project", () =>
  inProject(async (root) => {
    const project = `${root}/project`;
    const path = await configure(
      project,
      '\ufeffquiet = "YES" # a comment\nvalue_max_depth = 7\nio_capture = "none"\n' +
        'out_dir = "traces"\nlog_file = "log/x.log"\npython = "venv/bin/python"\n' +
        'accelerator = "./native/"\n',
    );
    assert.deepEqual(await readConfigFile(path, trustedOwners(null)), {
      path,
      values: {
        quiet: true,
        value_max_depth: 7,
        io_capture: "off",
        out_dir: `${project}/traces`,
        log_file: `${project}/log/x.log`,
        python: `${project}/venv/bin/python`,
        accelerator: `${project}/native/`,
      },
    });
    await configure(
      project,
      'out_dir = "/t"\nlog_file = ""\npython = "python3.12"\naccelerator = "Off"',
    );
    assert.deepEqual((await readConfigFile(path, trustedOwners(null))).values, {
      out_dir: "/t",
      log_file: null,
      python: "python3.12",
      accelerator: "off",
    });
  }));

Deno.test("a boolean may be a number that is a bit", () =>
  inProject(async (root) => {
    const path = await configure(root, "quiet = 1\njson_errors = 0\n");
    const { values } = await readConfigFile(path, trustedOwners(null));
    assert.deepEqual(values, { quiet: true, json_errors: false });
  }));

Deno.test("what is wrong with a file is said with file, place, value and what may be meant", () =>
  inProject(async (root) => {
    const path = await configure(root, "");
    const source = { kind: "file", name: path };
    const cases: [string | Uint8Array, RegExp, Record<string, unknown>][] = [
      [
        "quiet = true\nvalue_max_depth = = 3\n",
        /line 2, column 19: invalid value$/,
        { path, line: 2, column: 19 },
      ],
      ["quiet = true\nquiet = true\n", /line 2, column 1: .*redefine/, { path, line: 2 }],
      ["quiett = true", /no setting "quiett": did you mean quiet\?$/, { key: "quiett" }],
      [
        "out-dir = 'x'",
        /"out-dir": did you mean out_dir\?$/,
        { path, key: "out-dir", nearest: "out_dir" },
      ],
      ["colour = 1", /"colour": settings are out_dir, python, /, { key: "colour" }],
      ["__proto__ = 1", /"__proto__": settings are /, {}],
      ["toString = 1", /"toString": settings are /, {}],
      ["[recorder]\nquiet = true", /"recorder": .*without sections$/, { key: "recorder" }],
      ["[quiet]\nx = 1", /Cannot use a table as quiet, given by the file .*: accepted/, { source }],
      ["quiet = [true]", /Cannot use a list as quiet/, { setting: "quiet", value: [true] }],
      ["quiet = 1979-05-27", /Cannot use a date as quiet/, { setting: "quiet" }],
      ["quiet = 2", /Cannot use 2 as quiet/, { value: 2 }],
      ["max_steps = 0", /Cannot use 0 as max_steps/, { value: 0 }],
      ["max_size = '1 MB'", /Cannot use "1 MB" as max_size.*500MB\); or none$/, { value: "1 MB" }],
      ["max_size = '999kB'", /Cannot use "999kB" as max_size.*from 1000000 on/, { value: "999kB" }],
      ["value_max_depth = 2.5", /Cannot use 2\.5 as value_max_depth/, { value: 2.5 }],
      ["value_max_depth = nan", /Cannot use NaN as value_max_depth/, { value: "NaN" }],
      ["value_max_depth = 21", /a whole number from 1 to 20$/, { value: 21 }],
      ["out_dir = 3", /Cannot use 3 as out_dir/, { setting: "out_dir" }],
      ["out_dir = ''", /Cannot use "" as out_dir/, { setting: "out_dir" }],
      [
        "out_dir = 'a\\u0000b'".replaceAll("'", '"'),
        /Cannot use "a\\u0000b" as out_dir, .*: no path can have the character NUL/,
        {},
      ],
      [
        'log_level = "inf"',
        /did you mean info\?$/,
        { setting: "log_level", value: "inf", nearest: "info", source },
      ],
      [Uint8Array.of(0x71, 0xff, 0x3d), /not UTF-8 text/, { path }],
      ["#".repeat(1_000_001), /longer than 1000000 bytes/, { path }],
    ];
    for (const [content, message, context] of cases) {
      await configure(root, content);
      await assert.rejects(readConfigFile(path, trustedOwners(null)), invalid(message, context));
      await assert.rejects(readConfigFile(path, trustedOwners(null)), (error: unknown) => {
        return error instanceof UsageError && error.message.includes(path);
      });
    }
  }));

Deno.test("what stands in the file's place is refused, not passed over", () =>
  inProject(async (root) => {
    const path = `${root}/.codetracer/recorder.toml`;
    await Deno.mkdir(path, { recursive: true });
    assert.equal(findConfigFile(root), path);
    await assert.rejects(readConfigFile(path, trustedOwners(null)), invalid(/it is a folder/));
    await Deno.remove(path);
    await Deno.symlink("/dev/zero", path);
    await assert.rejects(readConfigFile(path, trustedOwners(null)), invalid(/it is not a file/));
    await Deno.remove(path);
    const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
    assert.ok(success);
    await assert.rejects(readConfigFile(path, trustedOwners(null)), invalid(/it is not a file/));
    await Deno.remove(path);
    await Deno.symlink("nowhere", path);
    assert.equal(findConfigFile(root), path);
    await assert.rejects(readConfigFile(path, trustedOwners(null)), (error: unknown) => {
      assert.ok(error instanceof EnvironmentError);
      assert.equal(error.code, "ERR_IO");
      assert.equal(error.context["path"], path);
      return true;
    });
  }));

Deno.test("a file, folder or link of somebody else's is refused", () =>
  inProject(async (root) => {
    const path = await configure(root, 'python = "./evil"');
    const uid = Deno.uid() ?? 0;
    const other = invalid(/belongs to another user .*Change the owner/, { owner: uid });
    // As another user would see it, whose id is one that owns nothing here.
    await assert.rejects(readConfigFile(path, [uid + 12345]), other);
    assert.equal(
      (await readConfigFile(path, [uid])).values.python,
      `${root}/evil`,
    );
    assert.ok((await readConfigFile(path, null)).values.python);
    assert.deepEqual(trustedOwners(null), [...new Set([uid, 0])]);
    assert.deepEqual(trustedOwners(`${root}/nowhere.py`), [...new Set([uid, 0])]);
  }));

Deno.test({
  name: "each of file, folder and link counts by itself",
  // Giving files away takes root.
  ignore: Deno.uid() !== 0,
  fn: () =>
    inProject(async (root) => {
      const path = await configure(root, "quiet = true");
      const folder = `${root}/.codetracer`;
      const refused = invalid(/belongs to another user \(4321\)/, { owner: 4321, trusted: [0] });
      for (const part of [path, folder]) {
        await Deno.chown(part, 4321, null);
        await assert.rejects(readConfigFile(path, trustedOwners(null)), refused);
        await Deno.chown(part, 0, null);
        await readConfigFile(path, trustedOwners(null));
      }
      // A checkout of somebody's, which root was told to run.
      await Deno.writeTextFile(`${root}/app.py`, "");
      await Deno.chown(`${root}/app.py`, 4321, null);
      await Deno.chown(path, 4321, null);
      assert.deepEqual((await readConfigFile(path, trustedOwners(`${root}/app.py`))).values, {
        quiet: true,
      });
      await Deno.chown(path, 4322, null);
      await assert.rejects(
        readConfigFile(path, trustedOwners(`${root}/app.py`)),
        invalid(/\(4322\)/),
      );
      await Deno.chown(path, 0, null);
      await configure(`${root}/project`, "quiet = true");
      for (
        const [link, to] of [[path, `${root}/project/.codetracer/recorder.toml`], [
          folder,
          `${root}/project/.codetracer`,
        ]] as const
      ) {
        await Deno.remove(link, { recursive: true });
        await Deno.symlink(to, link);
        await readConfigFile(path, trustedOwners(null));
        const chown = await new Deno.Command("chown", { args: ["-h", "4321", link] }).output();
        assert.ok(chown.success);
        await assert.rejects(readConfigFile(path, trustedOwners(null)), refused);
      }
    }),
});

Deno.test("any TOML value of any key: a valid policy or ERR_INVALID_POLICY_VALUE", () =>
  inProject(async (root) => {
    const path = await configure(root, "");
    const words = SETTING_NAMES.flatMap((name) => {
      const setting: Setting = SETTINGS[name];
      return setting.type === "choice"
        ? [...setting.values, ...Object.keys(setting.synonyms ?? {})]
        : [];
    });
    const text = fc.oneof(fc.constantFrom("yes", "12", "", ...words), fc.string({ unit: "binary" }))
      .map((value) => JSON.stringify(value).replaceAll("\x7f", "\\u007f"));
    const number = fc.oneof(fc.integer({ min: -1, max: 40 }), fc.integer(), fc.maxSafeInteger())
      .map(String);
    const simple = fc.oneof(
      { arbitrary: text, weight: 4 },
      { arbitrary: number, weight: 4 },
      { arbitrary: fc.constantFrom("true", "false"), weight: 4 },
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toFixed(3)),
      fc.constantFrom("nan", "-inf", "-0", "0x10", "1e3", "1979-05-27", "07:32:00", "{}", "''''''"),
    );
    const value = fc.oneof(
      { arbitrary: simple, weight: 5 },
      fc.array(simple).map((items) => `[${items.join(", ")}]`),
      simple.map((item) => `{ a = ${item} }`),
    );
    const key = fc.oneof(
      { arbitrary: fc.constantFrom(...SETTING_NAMES), weight: 20 },
      fc.string().map((name) => JSON.stringify(name)),
    );
    const table = fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 3 })
      .map((rows) => rows.map(([name, given]) => `${name} = ${given}\n`).join(""));
    const content = fc.oneof({ arbitrary: table, weight: 9 }, fc.string({ unit: "binary" }));
    let valid = 0;
    await fc.assert(
      fc.asyncProperty(content, async (toml) => {
        await configure(root, toml);
        try {
          const file = await readConfigFile(path, trustedOwners(null));
          const { policy } = await resolvePolicy({ flags: new Map(), environment: {}, file });
          assert.deepEqual(Object.keys(policy), SETTING_NAMES);
          for (const [name, wanted] of Object.entries(file.values)) {
            assert.deepEqual(Reflect.get(policy, name), wanted);
          }
          valid++;
        } catch (error) {
          assert.ok(error instanceof UsageError, String(error));
          assert.equal(error.code, "ERR_INVALID_POLICY_VALUE");
          assert.doesNotMatch(error.message, /\n/);
        }
      }),
      { numRuns: 500 },
    );
    assert.ok(valid > 50, `only ${valid} were valid: the generator is of no use`);
  }));

Deno.test("any text in any flag: a valid policy or ERR_INVALID_POLICY_VALUE", async () => {
  const given = fc.tuple(fc.constantFrom(...SETTING_NAMES), fc.string({ unit: "binary" }));
  await fc.assert(
    fc.asyncProperty(given, async ([name, value]) => {
      const flag = { name: SETTINGS[name].flag, value };
      try {
        const { sources } = await resolvePolicy({
          flags: new Map([[name, flag]]),
          environment: {},
        });
        assert.equal(sources[name].kind, "flag");
      } catch (error) {
        assert.ok(error instanceof UsageError, String(error));
        assert.equal(error.code, "ERR_INVALID_POLICY_VALUE");
        assert.equal(error.context["value"], value);
      }
    }),
    { numRuns: 500 },
  );
});
