import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../../src/errors/mod.ts";
import {
  policyHash,
  type PolicyInput,
  type RecorderPolicy,
  resolvePolicy,
  type Setting,
  SETTING_NAMES,
  SETTINGS,
} from "../../src/policy/mod.ts";
import { checkValue } from "../../src/policy/schema.ts";

const EMPTY: PolicyInput = { flags: new Map(), environment: {} };

const DEFAULTS: RecorderPolicy = {
  out_dir: null,
  python: null,
  propagate_script_exit: false,
  quiet: false,
  progress: "auto",
  progress_file: null,
  json_errors: false,
  io_capture: "proxies",
  record_sources: true,
  module_name_from_globals: true,
  value_max_depth: SETTINGS.value_max_depth.default,
  value_max_items: SETTINGS.value_max_items.default,
  value_max_bytes: SETTINGS.value_max_bytes.default,
  accelerator: "auto",
  sandbox: "required",
  on_recorder_error: "abort",
  require_trace: false,
  keep_partial_trace: false,
  log_level: "warning",
  log_file: null,
  trace_filter: null,
  framework_filters: true,
  activation_path: null,
  max_steps: null,
  max_size: null,
  disabled: false,
};

function inEnvironment(variables: Record<string, string>): PolicyInput {
  return { ...EMPTY, environment: variables };
}

function otherThanDefault(setting: Setting): unknown {
  switch (setting.type) {
    case "boolean":
      return !setting.default;
    case "choice":
      return setting.values.find((value) => value !== setting.default);
    case "integer":
      return setting.default + 1;
    case "limit":
      return setting.min + 1;
    case "text":
      return "/somewhere";
  }
}

Deno.test("nothing given: the defaults, frozen, and said to be defaults", async () => {
  const { policy, sources } = await resolvePolicy(EMPTY);
  assert.deepEqual(policy, DEFAULTS);
  assert.ok(Object.isFrozen(policy) && Object.isFrozen(sources));
  for (const name of SETTING_NAMES) assert.deepEqual(sources[name], { kind: "default" });
});

Deno.test("flags and variables follow the naming rule, and none is there twice", () => {
  const ownVariables: Record<string, string> = {
    out_dir: "CODETRACER_PYTHON_RECORDER_OUT_DIR",
    disabled: "CODETRACER_PYTHON_RECORDER_DISABLED",
    io_capture: "CODETRACER_CAPTURE_IO",
  };
  for (const name of SETTING_NAMES) {
    assert.equal(SETTINGS[name].flag, `--${name.replaceAll("_", "-")}`);
    assert.equal(SETTINGS[name].variable, ownVariables[name] ?? `CODETRACER_${name.toUpperCase()}`);
  }
  const rows: Setting[] = Object.values(SETTINGS);
  const names = rows.flatMap(({ flag, short, variable }) => [flag, short ?? flag + "…", variable]);
  assert.equal(new Set(names).size, names.length);
});

Deno.test("every default is a value that would be accepted", () => {
  for (const name of SETTING_NAMES) {
    const setting: Setting = SETTINGS[name];
    if (setting.default === null) continue;
    assert.deepEqual(checkValue(setting, setting.default), { ok: true, value: setting.default });
    assert.deepEqual(
      checkValue(setting, String(setting.default)),
      { ok: true, value: setting.default },
    );
  }
});

Deno.test("flag over environment over file over default, and the winner is named", async () => {
  const file = { path: "/p/recorder.toml", values: { value_max_items: 3 } };
  const environment = { CODETRACER_VALUE_MAX_ITEMS: "2" };
  const flags = new Map([["value_max_items", { name: "--value-max-items", value: "1" }]] as const);
  const steps: [PolicyInput, number, unknown][] = [
    [{ flags, environment, file }, 1, { kind: "flag", name: "--value-max-items" }],
    [
      { ...EMPTY, environment, file },
      2,
      { kind: "environment", name: "CODETRACER_VALUE_MAX_ITEMS" },
    ],
    [{ ...EMPTY, file }, 3, { kind: "file", name: "/p/recorder.toml" }],
    [EMPTY, SETTINGS.value_max_items.default, { kind: "default" }],
  ];
  for (const [input, value, source] of steps) {
    const resolved = await resolvePolicy(input);
    assert.equal(resolved.policy.value_max_items, value);
    assert.deepEqual(resolved.sources.value_max_items, source);
  }
});

Deno.test("a flag can switch off what the environment switched on", async () => {
  const { policy } = await resolvePolicy({
    flags: new Map([["quiet", { name: "--no-quiet", value: false }]]),
    environment: { CODETRACER_QUIET: "1" },
  });
  assert.equal(policy.quiet, false);
});

Deno.test("booleans: the accepted words in any case", async () => {
  const words: [boolean, string[]][] = [
    [true, ["1", "true", "t", "yes", "y", "on", "TRUE", "Yes", "oN"]],
    [false, ["0", "false", "f", "no", "n", "off", "False", "NO"]],
  ];
  for (const [value, texts] of words) {
    for (const text of texts) {
      const { policy } = await resolvePolicy(inEnvironment({ CODETRACER_QUIET: text }));
      assert.equal(policy.quiet, value, text);
    }
  }
});

Deno.test("levels have the names that other logs use", async () => {
  for (const [text, level] of [["warn", "warning"], ["CRITICAL", "fatal"]] as const) {
    const { policy } = await resolvePolicy(inEnvironment({ CODETRACER_LOG_LEVEL: text }));
    assert.equal(policy.log_level, level);
  }
});

Deno.test("a NUL is said to be what is wrong, in a list too", () => {
  for (
    const [name, given] of [["out_dir", "a\0b"], ["log_file", "\0"], ["trace_filter", [
      "a\0",
    ]]] as const
  ) {
    const checked = checkValue(SETTINGS[name], given);
    assert.ok(!checked.ok && checked.reason?.includes("NUL"), name);
  }
  assert.deepEqual(checkValue(SETTINGS.out_dir, ""), { ok: false, reason: null });
});

Deno.test("an empty variable counts as unset, but for the files of log and progress it means none", async () => {
  const all = Object.fromEntries(SETTING_NAMES.map((name) => [SETTINGS[name].variable, ""]));
  const other = SETTING_NAMES.map((name) => [name, otherThanDefault(SETTINGS[name])] as const);
  const file = { path: "/p/recorder.toml", values: Object.fromEntries(other) };
  assert.deepEqual((await resolvePolicy(inEnvironment(all))).policy, DEFAULTS);
  const { policy, sources } = await resolvePolicy({ ...inEnvironment(all), file });
  for (const [name, value] of other) {
    const meansNone = name === "log_file" || name === "progress_file";
    assert.equal(policy[name], meansNone ? null : value, name);
    assert.equal(sources[name].kind, meansNone ? "environment" : "file", name);
  }
});

Deno.test("an empty log file by flag means none, too; other empty paths are refused", async () => {
  const flagged = (name: "log_file" | "out_dir"): PolicyInput => ({
    flags: new Map([[name, { name: SETTINGS[name].flag, value: "" }]]),
    environment: { CODETRACER_LOG_FILE: "x.log" },
  });
  const { policy, sources } = await resolvePolicy(flagged("log_file"));
  assert.equal(policy.log_file, null);
  assert.equal(sources.log_file.kind, "flag");
  await assert.rejects(resolvePolicy(flagged("out_dir")), UsageError);
});

Deno.test("a calling program is as strong as a flag, and null is a value of its own", async () => {
  const { policy, sources } = await resolvePolicy({
    caller: { value_max_items: 1, log_file: null },
    flags: new Map(),
    environment: { CODETRACER_VALUE_MAX_ITEMS: "2", CODETRACER_LOG_FILE: "x" },
  });
  assert.deepEqual([policy.value_max_items, policy.log_file], [1, null]);
  assert.deepEqual(sources.log_file, { kind: "caller", name: "the calling program" });
});

Deno.test("what may have been meant is said, and nothing of the validator's own", async () => {
  const cases: [string, string, string][] = [
    ["CODETRACER_CAPTURE_IO", "loud", "accepted: proxies, proxies+fd or off"],
    ["CODETRACER_CAPTURE_IO", "of", "accepted: proxies, proxies+fd or off; did you mean off?"],
    [
      "CODETRACER_CAPTURE_IO",
      "proxie",
      "accepted: proxies, proxies+fd or off; did you mean proxies?",
    ],
    [
      "CODETRACER_LOG_LEVEL",
      "warnin",
      "accepted: trace, debug, info, warning, error, fatal or off; did you mean warning?",
    ],
    [
      "CODETRACER_QUIET",
      "Ture",
      "accepted: 1, true, t, yes, y, on or 0, false, f, no, n, off; did you mean true?",
    ],
    ["CODETRACER_QUIET", "2", "accepted: 1, true, t, yes, y, on or 0, false, f, no, n, off"],
  ];
  for (const [variable, value, rest] of cases) {
    await assert.rejects(resolvePolicy(inEnvironment({ [variable]: value })), (error: unknown) => {
      assert.ok(error instanceof UsageError);
      const name = SETTING_NAMES.find((key) => SETTINGS[key].variable === variable);
      assert.equal(
        error.message,
        `Cannot use "${value}" as ${name}, given by the environment variable ${variable}: ${rest}`,
      );
      const near = /did you mean (.*)\?$/.exec(rest)?.[1];
      assert.equal(error.context["nearest"], near);
      return true;
    });
  }
});

Deno.test("a value is shown on one short line, without what a terminal would act on", async () => {
  const odd = "\x1b[2J\n\x9b2J\u2028" + "x".repeat(5000);
  await assert.rejects(
    resolvePolicy(inEnvironment({ CODETRACER_QUIET: odd })),
    (error: unknown) => {
      assert.ok(error instanceof UsageError);
      assert.doesNotMatch(error.message, /[\p{Cc}\u2028]/u);
      assert.ok(error.message.length < 500);
      assert.equal(error.context["value"], odd);
      return true;
    },
  );
});

Deno.test("io_capture: the spellings in use", async () => {
  const spellings: [string, string[]][] = [
    ["proxies", ["proxies", "1", "on", "true", "yes", "enable", "ON"]],
    ["proxies+fd", ["proxies+fd", "proxies,fd", "PROXIES+FD"]],
    ["off", ["off", "0", "none", "false", "disabled", "None"]],
  ];
  for (const [value, texts] of spellings) {
    for (const text of texts) {
      const { policy } = await resolvePolicy(inEnvironment({ CODETRACER_CAPTURE_IO: text }));
      assert.equal(policy.io_capture, value, text);
    }
  }
});

Deno.test("accelerator: its words, or a folder, which is told by its slash", async () => {
  const given: [string, string][] = [
    ["auto", "auto"],
    ["OFF", "off"],
    ["0", "off"],
    ["/Lib/Auto", "/Lib/Auto"],
    ["./off", "./off"],
    ["a/", "a/"],
  ];
  for (const [text, value] of given) {
    const { policy } = await resolvePolicy(inEnvironment({ CODETRACER_ACCELERATOR: text }));
    assert.equal(policy.accelerator, value, text);
  }
  const wrong: [unknown, RegExp][] = [
    ["of", /: accepted: auto, off or a folder \(with a slash\); did you mean off\?$/],
    ["lib", /: accepted: auto, off or a folder \(with a slash\)$/],
    ["a/\0", /: no path can have the character NUL .*; accepted: auto/],
    [true, /accepted: auto/],
    [null, /accepted: auto/],
    [["/lib"], /accepted: auto/],
  ];
  for (const [value, message] of wrong) {
    const caller = { accelerator: value };
    await assert.rejects(resolvePolicy({ ...EMPTY, caller }), (error: unknown) => {
      assert.ok(error instanceof UsageError);
      assert.equal(error.code, "ERR_INVALID_POLICY_VALUE");
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("an invalid value names its source, itself and what is accepted", async () => {
  const input: PolicyInput = {
    flags: new Map([["value_max_depth", { name: "--value-max-depth", value: "1e3" }]]),
    environment: {},
  };
  const accepted = `a whole number from 1 to ${SETTINGS.value_max_depth.max}`;
  await assert.rejects(resolvePolicy(input), (error: unknown) => {
    assert.ok(error instanceof UsageError);
    assert.equal(error.code, "ERR_INVALID_POLICY_VALUE");
    assert.equal(
      error.message,
      'Cannot use "1e3" as value_max_depth, given by --value-max-depth: ' +
        `accepted: ${accepted}`,
    );
    assert.deepEqual(error.context, {
      setting: "value_max_depth",
      value: "1e3",
      source: { kind: "flag", name: "--value-max-depth" },
      accepted,
    });
    return true;
  });
});

Deno.test("numbers: digits within the range, nothing else", () => {
  const depth = SETTINGS.value_max_depth;
  for (const good of ["1", String(depth.max), "007", 1, depth.max]) {
    assert.ok(checkValue(depth, good).ok, String(good));
  }
  const bad = [
    "0",
    String(depth.max + 1),
    "-1",
    "+1",
    " 1",
    "1.0",
    "0x10",
    "",
    "9".repeat(40),
    0,
    1.5,
    NaN,
    null,
  ];
  for (const value of bad) assert.ok(!checkValue(depth, value).ok, String(value));
});

Deno.test("any string in any variable: a valid policy or ERR_INVALID_POLICY_VALUE", async () => {
  const words = [
    "",
    "1",
    "ON",
    "no",
    "proxies",
    "proxies+fd",
    "off",
    "required",
    "12",
    "/usr/bin/python3",
  ];
  const value = fc.oneof(fc.constantFrom(...words), fc.string({ unit: "binary" }), fc.string());
  const variables = fc.dictionary(
    fc.constantFrom(...SETTING_NAMES.map((name) => SETTINGS[name].variable)),
    value,
  );
  await fc.assert(
    fc.asyncProperty(variables, async (environment) => {
      try {
        const { policy } = await resolvePolicy(inEnvironment(environment));
        assert.deepEqual(Object.keys(policy), SETTING_NAMES);
        // The schema, asked about the result, agrees with each value.
        for (const name of SETTING_NAMES) {
          const value = policy[name];
          if (value !== null) {
            assert.deepEqual(checkValue(SETTINGS[name], value), { ok: true, value });
          }
        }
      } catch (error) {
        assert.ok(error instanceof UsageError, String(error));
        assert.equal(error.code, "ERR_INVALID_POLICY_VALUE");
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("the hash depends on the values and on nothing else", async () => {
  const reversed = Object.fromEntries(Object.entries(DEFAULTS).reverse()) as RecorderPolicy;
  const hash = await policyHash(DEFAULTS);
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(await policyHash(reversed), hash);
  assert.notEqual(await policyHash({ ...DEFAULTS, quiet: true }), hash);
});

Deno.test("limits: digits, with a unit or without, and the word for no limit", async () => {
  const given: [string, string, number | null][] = [
    ["max_steps", "1", 1],
    ["max_steps", "10M", 10_000_000],
    ["max_steps", "3k", 3000],
    ["max_steps", "None", null],
    ["max_size", "500MB", 500_000_000],
    ["max_size", "2gib", 2 ** 31],
    ["max_size", "1000000", 1_000_000],
  ];
  for (const [name, text, value] of given) {
    const { policy } = await resolvePolicy(
      inEnvironment({ [`CODETRACER_${name.toUpperCase()}`]: text }),
    );
    assert.equal(policy[name as "max_steps"], value, `${name} ${text}`);
  }
  for (const text of ["0", "-1", "1.5M", "1e6", "M", "10 M", "10MB", "99999999999999999999"]) {
    await assert.rejects(
      resolvePolicy(inEnvironment({ CODETRACER_MAX_STEPS: text })),
      /ERR_INVALID_POLICY_VALUE|Cannot use/,
      text,
    );
  }
});
