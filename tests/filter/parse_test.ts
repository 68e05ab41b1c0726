/** What is said about filters that are wrong; and that every text is a filter or an error. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../../src/errors/mod.ts";
import { builtinDefault, parseFilter } from "../../src/filter/mod.ts";
import { plainChains, toml } from "./_chains.ts";

const WHOLE = `[meta]
name = "all of it"
version = 2
description = "every key"
labels = ["a", "b"]

[io]
capture = false
streams = ["stdout", "files"]

[scope]
default_exec = "skip"
default_value_action = "deny"

[[scope.rules]]
selector = "pkg:app.*"
exec = "trace"
value_default = "inherit"
reason = "ours"

  [[scope.rules.value_patterns]]
  selector = 'local:regex:^(metric|masked)_\\w+$'
  action = "allow"

  [[ scope.rules.value_patterns ]]
  selector = "arg:literal:debug:payload"
  action = "drop"
  reason = "large"

[[scope.rules]] # the second
selector = "file:app/**/*.py"
`;

Deno.test("a filter is what its text says", async () => {
  const filter = await parseFilter(WHOLE, "/f.toml");
  const { rules, ...rest } = filter;
  assert.deepEqual(rest, {
    path: "/f.toml",
    name: "all of it",
    version: 2,
    description: "every key",
    labels: ["a", "b"],
    defaultExec: "skip",
    defaultValueAction: "redact",
    captureOutput: false,
  });
  const [first, second] = rules;
  assert.deepEqual([first!.exec, first!.valueDefault, first!.reason, first!.line], [
    "trace",
    null,
    "ours",
    15,
  ]);
  assert.deepEqual(
    first!.valuePatterns.map((each) => [each.selector.text, each.action, each.reason]),
    [
      ["local:regex:^(metric|masked)_\\w+$", "allow", null],
      ["arg:literal:debug:payload", "drop", "large"],
    ],
  );
  assert.equal(first!.valuePatterns[1]!.selector.matcher, "debug:payload");
  assert.deepEqual([second!.exec, second!.selector.kind, second!.line], [null, "file", 30]);
});

async function refused(text: string): Promise<UsageError> {
  try {
    await parseFilter(text, "/f.toml");
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    assert.equal(error.code, "ERR_INVALID_POLICY_VALUE");
    assert.equal(error.context["file"], "/f.toml");
    return error;
  }
  throw new Error(`taken: ${text}`);
}

Deno.test("what is wrong with a filter is said with its place", async () => {
  const rule = (text: string) =>
    `[scope]\n\n[[scope.rules]]\nselector = "pkg:a"\n[[scope.rules]]\n${text}`;
  const pattern = (text: string) =>
    rule(`selector = "pkg:b"\n[[scope.rules.value_patterns]]\n${text}`);
  const table: [string, string][] = [
    ["[scope", "the trace filter /f.toml is not TOML (line 1, column 2): "],
    ["a = 1\na = 2", "the trace filter /f.toml is not TOML (line 2, column 1): "],
    [
      "[scpoe]",
      'the file has the unknown key "scpoe"; accepted are meta, io or scope; did you mean "scope"?',
    ],
    ["scope = 1", "the file has scope = 1; accepted is a table, written [scope]"],
    ["[meta]\nversion = 0", "[meta] has version = 0; accepted is a whole number from 1"],
    ["[meta]\nname = 2020-01-01", "[meta] has name = 2020-01-01; accepted is a text"],
    ["[meta]\nlabels = [1]", "[meta] has labels = 1; accepted is a list of texts"],
    ["[io]\ncapture = 1", "[io] has capture = 1; accepted is true or false"],
    [
      "[io]\nstreams = ['x']",
      '[io] has streams = "x"; accepted is a list of stdin, stdout, stderr or files',
    ],
    ["[io]\nmodes = ['x']", '[io] has modes = "x"; accepted is an empty list'],
    [
      "[scope]\ndefault_exec = 'traec'",
      '[scope] has default_exec = "traec"; accepted is trace, skip or inherit; did you mean "trace"?',
    ],
    [
      "[scope]\ndefault_value_action = 1",
      "[scope] has default_value_action = 1; accepted is allow, redact, drop, deny or inherit",
    ],
    [
      "[scope]\nrules = 1",
      "[scope] has rules = 1; accepted is tables, each written [[scope.rules]]",
    ],
    [rule("exec = 'skip'"), 'rule 2 (line 5) has no "selector"; write one like "pkg:name"'],
    [rule("selector = 1"), "rule 2 (line 5) has selector = 1; accepted is a text"],
    [
      rule("selectr = 'pkg:b'"),
      'rule 2 (line 5) has the unknown key "selectr"; accepted are selector, exec, value_default, ' +
      'reason or value_patterns; did you mean "selector"?',
    ],
    [
      rule("selector = 'app'"),
      'rule 2 (line 5) has the selector "app"; at its character 1, it has no kind; write `pkg:app` ' +
      "(or pkg:, file:, obj:)",
    ],
    [
      rule("selector = 'pgk:b'"),
      'at its character 1, "pgk" is no kind that stands here: pkg:, file:, obj:; did you mean "pkg"?',
    ],
    [
      rule("selector = 'local:b'"),
      "it selects values, so it belongs to [[scope.rules.value_patterns]]",
    ],
    [
      rule("selector = 'pkg:regx:b'"),
      'at its character 5, "regx" is no way to match: glob, regex, literal; did you mean "regex"?; ' +
      "a pattern with a colon needs one, as in `pkg:glob:regx:b`",
    ],
    [rule("selector = 'pkg:'"), "its pattern is empty"],
    [rule("selector = 'pkg:regex:a('"), "at its character 12, the regex is wrong: `(` has no `)`"],
    [rule("selector = 'file:a['"), "at its character 7, the glob is wrong: `[` has no `]`"],
    [rule("selector = 'pkg:regex:((a{1000}){1000})'"), "the regex is too large (5000 states)"],
    [
      rule("selector = 'pkg:b'\nexec = 'allow'"),
      'rule 2 (line 5) has exec = "allow"; accepted is trace, skip or inherit',
    ],
    [
      pattern("selector = 'local:b'"),
      'value pattern 1 of rule 2 (line 7) has no "action"; write allow, redact, drop or deny',
    ],
    [
      pattern("selector = 'local:b'\naction = 'inherit'"),
      'value pattern 1 of rule 2 (line 7) has action = "inherit"; accepted is allow, redact, drop or deny',
    ],
    [
      pattern("selector = 'pkg:b'\naction = 'drop'"),
      "it selects code, so it belongs to [[scope.rules]]",
    ],
  ];
  for (const [text, message] of table) {
    const error = await refused(text);
    assert.ok(error.message.includes(message), `${error.message}\n  is not\n${message}`);
    assert.ok(error.message.includes("the trace filter /f.toml"), error.message);
  }
  const { context } = await refused(pattern("selector = 'local:b'\naction = 'x'"));
  assert.deepEqual(context, { file: "/f.toml", rule: 2, value_pattern: 1, line: 7, value: "x" });
});

Deno.test("no line is named where headers can't be counted", async () => {
  const text = "meta = {description = '''\n[[scope.rules]]\n'''}\nscope = {rules = [{}, {}]}";
  assert.match((await refused(text)).message, /rule 1 has no "selector"/);
});

Deno.test("any text is a filter or ERR_INVALID_POLICY_VALUE", async () => {
  const valid = fc.oneof(
    fc.constant(WHOLE),
    fc.constant(builtinDefault().text),
    plainChains.map((chain) => toml(chain[0]!)),
  );
  const damaged = fc.tuple(
    valid,
    fc.array(fc.tuple(fc.nat(), fc.nat(6), fc.string({ maxLength: 6 }))),
  )
    .map(([text, edits]) =>
      edits.reduce((all, [at, removed, added]) => {
        const start = at % (all.length + 1);
        return all.slice(0, start) + added + all.slice(start + removed);
      }, text)
    );
  const lines = WHOLE.split("\n");
  const shuffled = fc.array(fc.constantFrom(...lines)).map((all) => all.join("\n"));
  const any = fc.oneof(fc.string({ unit: "binary" }), damaged, shuffled);
  await fc.assert(
    fc.asyncProperty(any, async (text) => {
      try {
        await parseFilter(text, "/f.toml");
      } catch (error) {
        if (!(error instanceof UsageError) || error.code !== "ERR_INVALID_POLICY_VALUE") {
          throw error;
        }
      }
    }),
    { numRuns: 1000 },
  );
  await refused("a = " + "[".repeat(100_000));
  await refused("a.".repeat(50_000) + "a = 1");
});
