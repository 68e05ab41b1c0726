/** What JavaScript, which has no types, may hand to the library: each time an error that names it, and what to give. */
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  configurePolicy,
  openTrace,
  policySnapshot,
  record,
  renderValue,
  startSession,
  UsageError,
  walkTrace,
} from "../../mod.ts";
import { withFolder } from "../support/recorder.ts";
import { goldenPath } from "../trace/reader/_golden.ts";

/** What a caller may give where something else is wanted. */
// deno-lint-ignore no-explicit-any
type Anything = any;

async function refused(call: () => unknown, message: RegExp | string): Promise<void> {
  await assert.rejects(async () => await call(), (error: unknown) => {
    assert.ok(error instanceof UsageError, `no usage error: ${error}`);
    assert.equal(error.code, "ERR_USAGE", error.message);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

Deno.test("recordings: options that are missing, unknown or of another kind", () =>
  withFolder(async (folder) => {
    const policy = await configurePolicy({
      settings: { out_dir: join(folder, "out"), log_level: "off" },
    });
    const command = ["-c", "print(1)"];
    const cases: [Anything, RegExp | string][] = [
      [
        undefined,
        "Cannot start the recording: the argument is missing; it has to be an object with the options command, policy, " +
        "cwd, environment, foreground, id, log, counterSink, signal",
      ],
      [null, /the argument is null; it has to be an object/],
      [command, /the argument is \["-c", "print\(1\)"\]; it has to be an object/],
      [
        { policy },
        /: command is missing; it has to be a list of texts, the program and its words: /,
      ],
      [{ policy, command: "app.py" }, /: command is "app.py"; it has to be a list of texts/],
      [{ policy, command: [5] }, /: command is \[5\]; it has to be a list of texts/],
      [{ policy, command: [] }, /: command is \[\]; it has to be a list of texts/],
      [{ policy, command: ["a\0b"] }, /: command is \["a\\u0000b"\]; it has to be a list of texts/],
      [{ command }, /: policy is missing; it has to be what configurePolicy returns$/],
      [{ command, policy: null }, /: policy is null; /],
      [
        { command, policy: { out_dir: "x" } },
        /: policy is an object; .* what configurePolicy returns/,
      ],
      [
        { command, policy: configurePolicy() },
        /: policy is a promise, which has to be awaited; /,
      ],
      [{ command, policy: { ...policy, sources: {} } }, /: policy is an object; /],
      [{ command, policy, cwd: 5 }, /: cwd is 5; it has to be a text/],
      [{ command, policy, cwd: "src" }, /cwd has to be absolute/],
      [{ command, policy, environment: { A: 1 } }, /: environment is an object; .*names and texts/],
      [{ command, policy, environment: [] }, /: environment is \[\]; /],
      [
        { command, policy, env: {} },
        /: there is no option "env"; options are command, .*; settings such as out_dir are for configurePolicy$/,
      ],
      [{ command, policy, outDir: "x" }, /there is no option "outDir".*settings such as out_dir/],
      [{ command, policy, comand: [] }, /there is no option "comand"; did you mean command\?/],
      [{ command, policy, signal: new AbortController() }, /: signal is an object; .* AbortSignal/],
      [{ command, policy, foreground: 1 }, /: foreground is 1; it has to be true or false$/],
      [{ command, policy, id: 7 }, /: id is 7; /],
      [{ command, policy, id: "mine" }, /Cannot call a recording "mine"/],
      [{ command, policy, log: console }, /: log is an object; it has to be a log with /],
      [{ command, policy, counterSink: () => {} }, /: counterSink is a function; .*method count$/],
    ];
    for (const [options, message] of cases) {
      await refused(() => record(options), message);
      await refused(() => startSession(options), message);
    }
    // A setting of a copy that was changed.
    const changed: Anything = { ...policy, policy: { ...policy.policy, value_max_depth: 99 } };
    await assert.rejects(record({ command, policy: changed }), {
      code: "ERR_INVALID_POLICY_VALUE",
    });
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("a policy by way of JSON is still one", async () => {
  const policy = await configurePolicy({
    settings: { value_max_depth: 5 },
    environment: { CODETRACER_QUIET: "1" },
  });
  const copy = JSON.parse(JSON.stringify(policy));
  assert.deepEqual(await policySnapshot(copy), await policySnapshot(policy));
});

Deno.test("policies: options that are unknown or of another kind", async () => {
  const cases: [Anything, RegExp][] = [
    [null, /^Cannot configure a policy: the argument is null; it has to be an object with/],
    ["quiet", /the argument is "quiet"/],
    [{ out_dir: "x" }, /there is no option "out_dir"; .*; settings stand below settings$/],
    [{ setting: {} }, /there is no option "setting"; did you mean settings\?/],
    [{ settings: null }, /: settings is null; it has to be an object$/],
    [{ settings: ["quiet"] }, /: settings is \["quiet"\]/],
    [{ environment: null }, /: environment is null; .* such as Deno\.env\.toObject\(\)$/],
    [{ environment: { CODETRACER_QUIET: 1 } }, /: environment is an object; it has to be/],
    [{ configFile: 5 }, /: configFile is 5; it has to be the path of a file, or null$/],
    [{ script: ["app.py"] }, /: script is \["app\.py"\]; it has to be a text/],
  ];
  for (const [options, message] of cases) await refused(() => configurePolicy(options), message);
  for (const given of [undefined, null, {}, { policy: {} }] as Anything[]) {
    await refused(
      () => policySnapshot(given),
      /^Cannot tell a policy: policy is .*; it has to be what/,
    );
  }
});

Deno.test("traces: paths, numbers and ids that are none", async () => {
  for (const path of [undefined, null, 5, ["a"], new URL("file:///a"), "a\0b"] as Anything[]) {
    await refused(
      () => openTrace(path),
      /^Cannot open a trace: path is .*; it has to be .* \.ct file/,
    );
  }
  using trace = openTrace(goldenPath("flow", ".ct"));
  const { calls, events, stepRecords, functions, types, variables, paths } = trace.counts;
  const outside = [-1, 1.5, NaN, Infinity, "0", undefined, null, {}, Symbol("s"), 1n] as Anything[];
  const accessors: [string, (id: Anything) => unknown, number][] = [
    ["step", (id) => trace.step(id), stepRecords],
    ["step", (id) => trace.threadAt(id), stepRecords],
    ["step", (id) => trace.values(id), stepRecords],
    ["step", (id) => trace.encodedValues(id), stepRecords],
    ["step", (id) => trace.encodedValue(id, 0), stepRecords],
    ["variable", (id) => trace.encodedValue(0, id), variables],
    ["step", (id) => trace.storedValues(id), stepRecords],
    ["step", (id) => trace.storedValuesAround(id), stepRecords],
    ["call", (id) => trace.call(id), calls],
    ["call", (id) => trace.callSpan(id), calls],
    ["call", (id) => trace.encodedArguments(id), calls],
    ["call", (id) => trace.encodedResult(id), calls],
    ["step", (id) => trace.callAt(id), stepRecords],
    ["event", (id) => trace.event(id), events],
    ["function", (id) => trace.functionName(id), functions],
    ["type", (id) => trace.typeName(id), types],
    ["variable", (id) => trace.variableName(id), variables],
  ];
  for (const [what, read, count] of accessors) {
    for (const id of [...outside, count, count + 99]) {
      await refused(() => read(id), new RegExp(`^Cannot read ${what} .*: the trace has ${count}$`));
    }
  }
  const sources = [-1, 1.5, NaN, paths, undefined, null, "none.py", Symbol("s")] as Anything[];
  for (const path of sources) {
    await refused(() => trace.source(path), /^Cannot read (the source of|path) /);
  }
  for (const step of [-1, 1.5, NaN, "0", undefined, null] as Anything[]) {
    await refused(() => trace.firstCallFrom(step), /^Cannot read calls .*: no such range$/);
    await refused(() => trace.firstEventFrom(step), /^Cannot read events .*: no such range$/);
  }
  for (const range of [[-1], [NaN], ["0"], [null], [0, NaN], [0, "9"], [0, null]] as Anything[]) {
    for (const read of ["steps", "calls", "events", "threadRecords"] as const) {
      await refused(() => [...trace[read](...range as [])], /^Cannot read .*: no such range$/);
    }
    await refused(() => [...walkTrace(trace, ...range as [])], /^Cannot read .*: no such range$/);
  }
  assert.equal(trace.firstCallFrom(stepRecords + 9), calls);
  await refused(() => trace.decodeValue(0, "5" as Anything), /: bytes is "5"; .* a Uint8Array$/);
  const value = trace.values(stepRecords - 1)[0]?.value;
  for (const options of [undefined, {}, { typeName: "int" }] as Anything[]) {
    await refused(() => renderValue(value as Anything, options), /^Cannot render a value: /);
  }
});
