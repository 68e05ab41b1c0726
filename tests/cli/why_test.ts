/** `ct-recorder why`, through the real command, and against what recordings of the same words hold. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run, type RunResult } from "../support/processes.ts";
import { pooled } from "../support/pool.ts";
import { anyPython, forEachPython, needsPythons } from "../support/pythons.ts";
import { record, recorderCommand, withFolder } from "../support/recorder.ts";

const VERSIONS = ["3.8", "3.13"];
needsPythons(VERSIONS);

const FILES: Readonly<Record<string, string>> = {
  ".codetracer/trace-filter.toml": `
[scope]
[[scope.rules]]
selector = "pkg:shop.prices"
exec = "skip"
reason = "too much of it"
[[scope.rules]]
selector = "obj:shop.prices.Price.total"
exec = "trace"
[[scope.rules]]
selector = "obj:shop.orders.outer.<locals>.*"
exec = "skip"
[[scope.rules]]
selector = "file:shop/quiet.py"
value_default = "redact"
[[scope.rules.value_patterns]]
selector = "local:literal:shown"
action = "allow"
[[scope.rules.value_patterns]]
selector = "ret:*.gone"
action = "drop"
[[scope.rules]]
selector = "pkg:__main__"
[[scope.rules.value_patterns]]
selector = "global:here"
action = "drop"
`,
  "later.toml": `
[[scope.rules]]
selector = "file:app.py"
exec = "skip"
reason = "later"
`,
  "app.py": `
import json
import shop.orders, shop.prices, shop.quiet
here = 1
def main(token):
    shop.prices.Price().total(2)
    shop.prices.Price().each(3)
    shop.orders.outer(lambda n: n + 1)
    shop.quiet.quiet(4, 5)
    shop.quiet.gone()
    return json.loads("[1]")
main("t")
`,
  "shop/__init__.py": "",
  "shop/prices.py": `
class Price:
    def total(self, n):
        return n
    def each(self, n):
        return n
`,
  "shop/orders.py": `
def outer(f):
    def inner(n):
        return f(n)
    return inner(1)
`,
  "shop/quiet.py": `
def quiet(hidden, n):
    shown = n
    return shown
def gone():
    return 1
`,
};

async function inProject(body: (root: string) => Promise<void>): Promise<void> {
  await withFolder(async (root) => {
    for (const [name, text] of Object.entries(FILES)) {
      const path = join(root, name);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      await Deno.writeTextFile(path, text);
    }
    await body(root);
  });
}

function why(
  cwd: string,
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<RunResult> {
  return pooled(() => run([...recorderCommand(), "why", ...words], { cwd, env }));
}

Deno.test("the answer as text: the rule, its file and its reason", () =>
  inProject(async (root) => {
    const python = (await anyPython()).path;
    const filter = ".codetracer/trace-filter.toml";
    const secret = "redacted by the built-in filter, rule 7: a variable named like a secret";
    const prices = `by ${filter}, rule 1 (line 3), pkg:shop.prices: too much of it`;
    const table: readonly (readonly [readonly string[], readonly string[]])[] = [
      [["app.py:main"], [
        "recorded",
        "by the default of the built-in filter",
        `token (local, arg)  ${secret}`,
      ]],
      [["shop/prices.py:Price.each"], ["not recorded", prices]],
      [["shop.prices:Price.each"], ["not recorded", prices]],
      [["./shop/prices.py"], ["not recorded", prices]],
      [[`${root}/shop/prices.py:Price`], ["not recorded", prices]],
      [["shop.prices:Price.total"], [
        "recorded",
        `by ${filter}, rule 2 (line 7), obj:shop.prices.Price.total`,
      ]],
      [["shop.orders:outer.<locals>.inner"], [
        "not recorded",
        `by ${filter}, rule 3 (line 10), obj:shop.orders.outer.<locals>.*`,
      ]],
      [["shop.quiet:quiet"], [
        "recorded",
        "by the default of the built-in filter",
        `its values  redacted by ${filter}, rule 4 (line 13), file:shop/quiet.py`,
        `shown (local)  shown by ${filter}, rule 4 (line 13), local:literal:shown`,
      ]],
      [["shop.quiet:gone"], [
        "recorded",
        "by the default of the built-in filter",
        `its values  redacted by ${filter}, rule 4 (line 13), file:shop/quiet.py`,
        `what it returns  dropped by ${filter}, rule 4 (line 13), ret:*.gone`,
      ]],
      [["app.py:main", "--trace-filter", "later.toml"], [
        "not recorded",
        "by later.toml, rule 1 (line 2), file:app.py: later",
      ]],
      [["app.py:main", "--activation-path", "app.py"], [
        "recorded",
        "by the default of the built-in filter",
        "the recording is on while it runs: the activation path is its file",
        `token (local, arg)  ${secret}`,
      ]],
      [["shop/orders.py", "--activation-path=app.py"], [
        "recorded",
        "by the default of the built-in filter",
        "only while code of app.py, the activation path, runs or waits for it",
      ]],
      [["shop.prices", "--activation-path", "shop/prices.py"], [
        "not recorded",
        prices,
        "the activation path is its file, but what filters skip does not switch the recording on",
      ]],
      [["--value=token", "--value", "plain", "shop/orders.py:outer"], [
        "recorded",
        "by the default of the built-in filter",
        `token (local)  ${secret}`,
        `token (local, arg)  ${secret}`,
        `token (global)  ${secret.replace("a variable", "a global variable")}`,
        `token (attr)  ${secret.replace("a variable", "an attribute or key")}`,
        "plain (local)  shown by the default of the built-in filter",
        "plain (local, arg)  shown by the default of the built-in filter",
        "plain (global)  shown by the default of the built-in filter",
        "plain (attr)  shown by the default of the built-in filter",
      ]],
      [["--value", "f", "shop/orders.py:outer"], [
        "recorded",
        "by the default of the built-in filter",
        "f (local, arg)  shown by the default of the built-in filter",
        "f (attr)  shown by the default of the built-in filter",
      ]],
      // The script's own code is __main__, when that is what is recorded.
      [["app.py", "--", "app.py", "--unknown"], [
        "recorded",
        "by the default of the built-in filter",
        `here (local, global)  dropped by ${filter}, rule 5 (line 22), global:here`,
      ]],
      [["app.py"], ["recorded", "by the default of the built-in filter"]],
      [["time"], ["not recorded", "it is no Python code (built-in)"]],
      [["json.decoder:JSONDecoder.decode"], [
        "not recorded",
        "by the built-in filter, rule 1, file:<stdlib>/**: Python's standard library",
      ]],
      [["os"], [
        "not recorded",
        "by the built-in filter, rule 2, file:<frozen *>: modules frozen into the interpreter",
      ]],
      [["<string>:f"], ["recorded", "by the default of the built-in filter"]],
      [["--disabled", "shop"], [
        "not recorded",
        "by the default of the built-in filter",
        "the recorder is disabled by --disabled",
      ]],
    ];
    await Promise.all(table.map(async ([words, lines]) => {
      const { status, stdout, stderr } = await why(root, ["--python", python, ...words]);
      assert.equal(stderr, "", words.join(" "));
      assert.equal(status, 0);
      const [first = "", ...rest] = stdout.trimEnd().split("\n");
      const valued = /^(--(value|python|trace-filter|activation-path))$/;
      const end = words.includes("--") ? words.indexOf("--") : words.length;
      const code = words.slice(0, end).find((word, at) =>
        !word.startsWith("--") && !valued.test(words[at - 1] ?? "")
      );
      assert.deepEqual([first, ...rest.map((line) => line.trim())], [
        `${code}  ${lines[0]}`,
        ...lines.slice(1),
      ]);
    }));
  }));

Deno.test("what can't be answered says what may have been meant", () =>
  inProject(async (root) => {
    const table: readonly (readonly [readonly string[], string, RegExp])[] = [
      [[], "ERR_USAGE", /no code to ask about/],
      [["shop/price.py"], "ERR_SCRIPT_NOT_FOUND", /did you mean prices\.py\?/],
      [["shop/"], "ERR_SCRIPT_NOT_FOUND", /it is a folder/],
      [["shop.price"], "ERR_SCRIPT_NOT_FOUND", /did you mean shop\.prices\?/],
      [["jsn"], "ERR_SCRIPT_NOT_FOUND", /did you mean json\?/],
      [["a b"], "ERR_SCRIPT_NOT_FOUND", /there is no such file/],
      [["shop/prices.py:Price.totl"], "ERR_USAGE", /did you mean Price\.total\?/],
      [["shop/orders.py:inner"], "ERR_USAGE", /did you mean outer\.<locals>\.inner\?/],
      [["shop/orders.py:"], "ERR_USAGE", /write FILE or FILE:FUNCTION/],
      [["--valu", "x", "shop"], "ERR_USAGE", /did you mean --value\?/],
      [["shop", "--value"], "ERR_USAGE", /--value needs a value/],
      [["shop", "--trace-filter", "no.toml"], "ERR_INVALID_POLICY_VALUE", /no\.toml/],
      [["shop", "--activation-path", "no.py"], "ERR_INVALID_POLICY_VALUE", /no\.py/],
      [["shop", "--python", "./no"], "ERR_INTERPRETER_NOT_FOUND", /\.\/no/],
      [["shop", "--", "no.py"], "ERR_SCRIPT_NOT_FOUND", /no\.py/],
    ];
    await Promise.all(table.map(async ([words, code, says]) => {
      const { status, stdout, stderr } = await why(root, [...words]);
      assert.equal(stdout, "");
      assert.match(stderr, new RegExp(`error ${code}: `), words.join(" "));
      assert.match(stderr, says);
      assert.notEqual(status, 0);
    }));
  }));

Deno.test("nothing is run, and nothing is left behind", () =>
  inProject(async (root) => {
    await Deno.writeTextFile(join(root, "loud.py"), "open('ran', 'w')\nprint('ran')\n");
    await Deno.writeTextFile(join(root, "broken.py"), "def f(:\n");
    const before = [...Deno.readDirSync(root)].map(({ name }) => name).sort();
    const env = { PYTHONDONTWRITEBYTECODE: "" };
    const { stdout, stderr } = await why(root, ["loud.py", "loud", "broken.py:f"], env);
    assert.equal(stderr, "");
    assert.match(stdout, /^broken\.py:f {2}recorded\n.*\n {2}it does not compile: /m);
    assert.deepEqual([...Deno.readDirSync(root)].map(({ name }) => name).sort(), before);
  }));

Deno.test("policy names the same filters", () =>
  inProject(async (root) => {
    const flags = ["--trace-filter", "later.toml"];
    const target = "shop/orders.py";
    const policy = (words: readonly string[]) =>
      pooled(() => run([...recorderCommand(), "policy", ...flags, ...words], { cwd: root }));
    const [json, text, answer] = await Promise.all([
      policy(["--json", target]),
      policy([target]),
      why(root, ["--json", ...flags, target]),
    ]);
    const { filters } = JSON.parse(json.stdout);
    assert.deepEqual(filters, JSON.parse(answer.stdout).filters);
    assert.deepEqual(filters.map(({ path }: { path: string }) => path), [
      "<builtin-default>",
      join(root, ".codetracer/trace-filter.toml"),
      join(root, "later.toml"),
    ]);
    assert.deepEqual(
      text.stdout.split("\n").filter((line) => line.startsWith("trace filter "))
        .map((line) => line.split(/ {2,}/)[1]),
      filters.map(({ path }: { path: string }) => path),
    );
  }));

Deno.test({
  name: "what is said to be recorded is what a recording holds",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, VERSIONS, (python) =>
      inProject(async (root) => {
        const codes = [
          "app.py",
          "app.py:main",
          "app.py:main.<locals>.<lambda>",
          "shop",
          "shop.prices",
          "shop.prices:Price",
          "shop.prices:Price.total",
          "shop.prices:Price.each",
          "shop.orders",
          "shop.orders:outer",
          "shop.orders:outer.<locals>.inner",
          "shop/quiet.py",
          "shop/quiet.py:quiet",
          "shop/quiet.py:gone",
          "json",
          "json:loads",
          "json.decoder:JSONDecoder.decode",
        ];
        for (
          const flags of [
            [],
            ["--trace-filter", "later.toml"],
            ["--activation-path", "shop/orders.py"],
          ]
        ) {
          const words = ["--python", python.path, ...flags];
          const { stdout } = await why(root, ["--json", ...words, ...codes, "--", "app.py"]);
          const { answers } = JSON.parse(stdout);
          const { trace } = await record(root, [...words, "app.py"]);
          assert.ok(trace !== null);
          const steps = new Map<string, Map<string, boolean>>();
          for (const event of trace.events) {
            if (event.kind !== "step") continue;
            const key = `${event.path}:${event.function}`;
            const seen = steps.get(key) ?? new Map<string, boolean>();
            steps.set(key, seen);
            for (const { varname, value } of event.vars ?? []) {
              seen.set(varname, value["r"] === "<redacted>");
            }
          }
          for (const answer of answers) {
            const { filename, function: name, modules, recorded, values, value_default } = answer;
            const shown = name === "<module>" ? `<${modules[0]}>` : name;
            const seen = steps.get(`${filename}:${shown}`);
            const { path, is_its_code } = answer.activation;
            // Other code than the activation file's may run outside of the window only.
            if (path === null || is_its_code || seen !== undefined) {
              assert.equal(seen !== undefined, recorded, `${answer.code} ${flags}`);
            }
            for (const [variable, isRedacted] of seen ?? []) {
              const { action } = values.find((each: { name: string }) => each.name === variable) ??
                value_default;
              assert.equal(action, isRedacted ? "redact" : "allow", `${answer.code} ${variable}`);
            }
            for (const { name: variable, action } of values) {
              if (variable !== null && action === "drop") assert.ok(!seen?.has(variable));
            }
          }
          await Deno.remove(join(root, "out"), { recursive: true });
        }
      })),
});
