import assert from "node:assert/strict";
import { relative } from "node:path";
import fc from "fast-check";
import { UsageError } from "../../src/errors/mod.ts";
import {
  configurePolicy,
  policyHash,
  type PolicyOptions,
  policySnapshot,
  type RecorderPolicy,
  type Setting,
  SETTING_NAMES,
  SETTINGS,
} from "../../src/policy/mod.ts";
import { VERSION } from "../../src/version.ts";

/** All values that a setting can have, as the policy has them. */
function valuesOf(setting: Setting): fc.Arbitrary<unknown> {
  switch (setting.type) {
    case "boolean":
      return fc.boolean();
    case "choice":
      return setting.orFolder === undefined
        ? fc.constantFrom(...setting.values)
        : fc.constantFrom(...setting.values, "/a/folder", "../Another");
    case "integer":
      return fc.integer({ min: setting.min, max: setting.max });
    case "limit":
      return fc.option(fc.maxSafeInteger().map((n) => Math.max(Math.abs(n), setting.min)));
    case "text":
      return fc.option(
        fc.string({ unit: "binary", minLength: 1 }).map((text) => text.replaceAll("\0", "0")),
      );
  }
}

const POLICIES = fc.record(
  Object.fromEntries(SETTING_NAMES.map((name) => [name, valuesOf(SETTINGS[name])])),
  { requiredKeys: [] },
) as fc.Arbitrary<Partial<RecorderPolicy>>;

Deno.test("a snapshot loses nothing as JSON, and the policy can be made from it again", async () => {
  await fc.assert(fc.asyncProperty(POLICIES, async (settings) => {
    const resolved = await configurePolicy({ settings });
    const snapshot = await policySnapshot(resolved);
    const read = JSON.parse(JSON.stringify(snapshot));
    assert.deepEqual(read, snapshot);
    const values = Object.fromEntries(
      SETTING_NAMES.map((name) => [name, read.settings[name].value]),
    );
    const again = await configurePolicy({ settings: values });
    assert.deepEqual(again.policy, resolved.policy);
    assert.equal((await policySnapshot(again)).policy_hash, snapshot.policy_hash);
  }));
});

Deno.test("a snapshot says everything about each setting", async () => {
  const resolved = await configurePolicy({
    settings: { value_max_depth: 5 },
    environment: { CODETRACER_QUIET: "on" },
  });
  const snapshot = await policySnapshot(resolved);
  assert.equal(snapshot.schema_version, 1);
  assert.equal(snapshot.recorder_version, VERSION);
  assert.equal(snapshot.policy_hash, await policyHash(resolved.policy));
  assert.equal(snapshot.config_file, null);
  assert.deepEqual(Object.keys(snapshot.settings), SETTING_NAMES);
  assert.deepEqual(snapshot.settings.value_max_depth, {
    value: 5,
    default: 3,
    source: { kind: "caller", name: "the calling program" },
    flag: "--value-max-depth",
    variable: "CODETRACER_VALUE_MAX_DEPTH",
  });
  assert.deepEqual(snapshot.settings.quiet.source, {
    kind: "environment",
    name: "CODETRACER_QUIET",
  });
  assert.deepEqual(snapshot.settings.out_dir.source, { kind: "default" });
});

Deno.test("files: the one that is named, the nearest to the script, or none", async () => {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${root}/.codetracer`);
    await Deno.mkdir(`${root}/src`);
    const found = `${root}/.codetracer/recorder.toml`;
    await Deno.writeTextFile(found, 'value_max_items = 1\nout_dir = "t"');
    const named = `${root}/src/other.toml`;
    await Deno.writeTextFile(named, 'value_max_items = 2\nout_dir = "t"');
    const cases: [PolicyOptions, number, string | null, string | null][] = [
      [{ script: `${root}/src/app.py` }, 1, found, `${root}/t`],
      [{ script: `${root}/none/../src/./app.py` }, 1, found, `${root}/t`],
      [{ script: relative(Deno.cwd(), `${root}/src/app.py`) }, 1, found, `${root}/t`],
      [{ script: root }, 1, found, `${root}/t`],
      [{ configFile: named, script: `${root}/src/app.py` }, 2, named, `${root}/src/t`],
      [{ configFile: found }, 1, found, `${root}/t`],
      [{ configFile: null, script: `${root}/src/app.py` }, 256, null, null],
      [{}, 256, null, null],
      [{ settings: { value_max_items: 4 }, configFile: found }, 4, found, `${root}/t`],
    ];
    for (const [options, items, file, outDir] of cases) {
      const { policy, configFile } = await configurePolicy(options);
      assert.deepEqual([policy.value_max_items, configFile, policy.out_dir], [items, file, outDir]);
    }
    // Whole, though none of its values would have been used.
    await Deno.writeTextFile(found, "value_max_items = -1");
    await assert.rejects(
      configurePolicy({ settings: { value_max_items: 4 }, script: root }),
      /Cannot use -1 as value_max_items, given by the file /,
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("what an embedding program gets wrong is told as on the command line", async () => {
  const cases: [Record<string, unknown>, string, Record<string, unknown>][] = [
    [
      { quite: true },
      'There is no setting "quite", given by the calling program: did you mean quiet?',
      { key: "quite", nearest: "quiet" },
    ],
    [
      { sandbox: "prefered" },
      'Cannot use "prefered" as sandbox, given by the calling program: ' +
      "accepted: required or preferred; did you mean preferred?",
      { setting: "sandbox", value: "prefered", nearest: "preferred" },
    ],
    [
      { value_max_depth: 3n },
      "Cannot use 3 as value_max_depth, given by the calling program: " +
      "accepted: a whole number from 1 to 20",
      { setting: "value_max_depth" },
    ],
    [
      { quiet: null },
      "Cannot use null as quiet, given by the calling program: " +
      "accepted: 1, true, t, yes, y, on or 0, false, f, no, n, off",
      { setting: "quiet", value: null },
    ],
  ];
  for (const [settings, message, context] of cases) {
    await assert.rejects(configurePolicy({ settings }), (error: unknown) => {
      assert.ok(error instanceof UsageError);
      assert.equal(error.code, "ERR_INVALID_POLICY_VALUE");
      assert.equal(error.message, message);
      for (const [key, value] of Object.entries(context)) {
        assert.deepEqual(error.context[key], value);
      }
      return true;
    });
  }
});

Deno.test("any value of any setting: a valid policy or ERR_INVALID_POLICY_VALUE", async () => {
  const settings = fc.dictionary(
    fc.oneof({ arbitrary: fc.constantFrom<string>(...SETTING_NAMES), weight: 9 }, fc.string()),
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
    { maxKeys: 2 },
  );
  await fc.assert(
    fc.asyncProperty(settings, async (given) => {
      try {
        const { policy } = await configurePolicy({ settings: given });
        assert.deepEqual(Object.keys(policy), SETTING_NAMES);
      } catch (error) {
        assert.ok(error instanceof UsageError, String(error));
        assert.equal(error.code, "ERR_INVALID_POLICY_VALUE");
      }
    }),
    { numRuns: 500 },
  );
});
