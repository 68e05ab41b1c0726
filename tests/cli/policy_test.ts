import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { SETTING_NAMES } from "../../src/policy/mod.ts";
import { pooled } from "../support/pool.ts";
import { run, type RunResult } from "../support/processes.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** A folder `project` with a configuration file and `project/src/app.py`, which would leave a file. */
async function inProject(
  toml: string,
  body: (root: string, file: string) => Promise<void>,
): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    const file = `${root}/project/.codetracer/recorder.toml`;
    await Deno.mkdir(`${root}/project/.codetracer`, { recursive: true });
    await Deno.mkdir(`${root}/project/src`);
    await Deno.writeTextFile(file, toml);
    await Deno.writeTextFile(`${root}/project/src/app.py`, "open('ran', 'w')");
    await body(root, file);
    assert.deepEqual([...Deno.readDirSync(root)].map(({ name }) => name), ["project"]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function policy(
  cwd: string,
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<RunResult> {
  const command = [Deno.execPath(), "run", "-A", MAIN, "policy", ...words];
  return pooled(() => run(command, { cwd, env }));
}

Deno.test("each source through the command, as text and as JSON", () =>
  inProject('value_max_items = 3\npython = "venv/python"', async (root, file) => {
    const app = "project/src/app.py";
    const variable = { CODETRACER_VALUE_MAX_ITEMS: "2" };
    const cases: [string[], Record<string, string>, number, Record<string, unknown>][] = [
      [["--value-max-items=1", app], variable, 1, { kind: "flag", name: "--value-max-items" }],
      [[app], variable, 2, { kind: "environment", name: "CODETRACER_VALUE_MAX_ITEMS" }],
      [[app], {}, 3, { kind: "file", name: file }],
      [["python3", "-B", app, "x"], {}, 3, { kind: "file", name: file }],
      [["-m", "app"], {}, 256, { kind: "default" }],
      [[], {}, 256, { kind: "default" }],
    ];
    await Promise.all(cases.map(async ([words, env, value, source]) => {
      const [json, text] = await Promise.all([
        policy(root, ["--json", ...words], env),
        policy(root, words, env),
      ]);
      assert.equal(json.stderr + text.stderr, "");
      assert.deepEqual([json.status, text.status], [0, 0]);
      const snapshot = JSON.parse(json.stdout);
      const { settings } = snapshot;
      assert.deepEqual(Object.keys(settings), SETTING_NAMES);
      assert.equal(settings.value_max_items.value, value);
      assert.deepEqual(settings.value_max_items.source, source);
      const isFound = words.includes(app);
      assert.equal(snapshot.config_file, isFound ? file : null);
      assert.equal(settings.python.value, isFound ? `${root}/project/venv/python` : null);

      const lines = text.stdout.split("\n");
      assert.deepEqual(
        lines.slice(0, SETTING_NAMES.length).map((line) => line.split(" ")[0]),
        SETTING_NAMES,
      );
      const columns = lines.map((line) => line.split(/ {2,}/));
      assert.deepEqual(
        columns.find(([name]) => name === "value_max_items"),
        ["value_max_items", String(value), source["name"] ?? "default"],
      );
      assert.deepEqual(columns.slice(-3), [
        ["configuration file", isFound ? file : "none"],
        ["policy hash", snapshot.policy_hash],
        [""],
      ]);
    }));
  }));

Deno.test("columns are aligned, and texts that would be mistaken are in quotation marks", () =>
  inProject("", async (root) => {
    const { stdout } = await policy(root, ["-o", "(a\x1b[2J b)", "--log-file", "", "project/src"]);
    const rows = stdout.split("\n").slice(0, SETTING_NAMES.length);
    const starts = rows.map((row) => /^\S+ +/.exec(row)?.[0].length);
    assert.equal(new Set(starts).size, 1);
    assert.equal(new Set(rows.map((row) => row.lastIndexOf("  "))).size, 1);
    assert.match(rows[0] ?? "", /^out_dir +"\(a\\u001b\[2J b\)" +-o$/);
    assert.match(stdout, /^log_file +\(stderr\) +--log-file$/m);
  }));

Deno.test("what is wrong is told as for a recording, with the trailer if asked", () =>
  inProject("quiett = true", async (root, file) => {
    const app = "project/src/app.py";
    const code = "ERR_INVALID_POLICY_VALUE";
    const cases: [string[], Record<string, string>, string, RegExp][] = [
      [[app], {}, code, /recorder\.toml: there is no setting "quiett": did you mean quiet\?/],
      [["--quiet", app], {}, code, /did you mean quiet\?/],
      [[], { CODETRACER_CAPTURE_IO: "loud" }, code, /CODETRACER_CAPTURE_IO: accepted: proxies/],
      [["--log-level", "inf"], {}, code, /given by --log-level: .* did you mean info\?/],
      [["--jsonn"], {}, "ERR_USAGE", /did you mean --json\?/],
    ];
    await Promise.all(cases.map(async ([words, env, expected, message]) => {
      const result = await policy(root, words, { ...env, CODETRACER_JSON_ERRORS: "1" });
      assert.deepEqual([result.status, result.stdout], [2, ""]);
      const [line = "", trailer = "", ...rest] = result.stderr.split("\n");
      assert.ok(line.startsWith(`ct-recorder: error ${expected}: `), line);
      assert.match(line, message);
      const { error_code, trace_id } = JSON.parse(trailer);
      assert.deepEqual([error_code, trace_id, rest], [expected, null, [""]]);
    }));
    await Deno.writeTextFile(file, "quiet = ");
    const { stderr } = await policy(root, [app]);
    assert.match(stderr, /recorder\.toml: line 1, column 9: [^\n]*\n$/);
  }));

Deno.test("help and version", () =>
  inProject("", async (root) => {
    const help = await policy(root, ["--help"]);
    assert.deepEqual([help.status, help.stderr], [0, ""]);
    assert.match(help.stdout, /^Usage: ct-recorder policy /);
    assert.ok(help.stdout.split("\n").every((line) => line.length <= 80));
    assert.match((await policy(root, ["-V"])).stdout, /^ct-recorder \d/);
  }));
