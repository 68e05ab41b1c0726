/** The agent in the program answers as the recorder does, for random chains, code and names. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import {
  compileChain,
  decide,
  decideValue,
  makeChain,
  objectNames,
  subjectOf,
  type ValueKind,
} from "../../src/filter/mod.ts";
import { run } from "../support/processes.ts";
import { tableOfMatcher } from "../../src/filter/table.ts";
import { withTables } from "../../src/filter/with_tables.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";
import { plainChains, sourcesOf, toml, valueNames } from "./_chains.ts";
import { globs, names, regexes } from "./_names.ts";

needsPythons(PUSH_VERSIONS);

const AGENT = fileURLToPath(new URL("../../src/agent/python", import.meta.url));
const DECIDE = fileURLToPath(new URL("_decide.py", import.meta.url));
const ACTIONS = ["allow", "redact", "drop"];
const KINDS: ValueKind[][] = [["local"], ["global"], ["local", "arg"], ["local", "global"]];
const PLACES = {
  projects: ["/p", "/linked/p/"].map((path) => path.replace(/\/$/, "")),
  libraries: ["/usr/lib/python3.12", "/usr/lib/python312.zip"],
  workingFolder: "/p/w",
};

const filename = fc.oneof(
  fc.constantFrom(
    "app.py",
    "./x/../app.py",
    "/p/a/b.py",
    "//p/a/__init__.py",
    "/linked/p/a.f.py",
    "/p/a.d/b.py",
    "/p/.py",
    "/p",
    "/../p/é.py",
    "/usr/lib/python3.12/json/decoder.py",
    "/usr/lib/python3.12/site-packages/a.py",
    "/usr/lib/python3.12/dist-packages/a/b.py",
    "/usr/lib/python312.zip/json.py",
    "<frozen a>",
    "<string>",
    "/b/a",
  ),
  names,
);
const code = fc.record({
  filename,
  module: fc.option(fc.oneof(valueNames, names)),
  qualifiedName: fc.oneof(valueNames, names),
});

/** Besides plain chains, one rule of random patterns. */
const wild = fc.record({
  scope: fc.tuple(fc.constantFrom("pkg", "file", "obj"), globs),
  regex: fc.tuple(fc.constantFrom("local", "arg", "ret", "attr"), regexes),
  anyCase: fc.boolean(),
}).map(({ scope, regex, anyCase }) => {
  const glob = JSON.stringify(`${scope[0]}:glob:${scope[1]}`);
  const local = JSON.stringify(`${regex[0]}:regex:${anyCase ? "(?i)" : ""}.*\\b${regex[1]}.*`);
  return `[[scope.rules]]\nselector = ${glob}\nexec = "skip"\n[[scope.rules.value_patterns]]\n` +
    `selector = ${local}\naction = "drop"`;
});

const cases = fc.record({
  plain: plainChains,
  wild,
  builtin: fc.boolean(),
  tables: fc.boolean(),
  codes: fc.array(code, { minLength: 1, maxLength: 4 }),
  names: fc.array(
    fc.oneof(
      valueNames,
      names,
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.constant("x".repeat(1010) + "password"),
    ),
    { minLength: 1, maxLength: 6 },
  ),
});

Deno.test({
  name: "agent and recorder decide alike",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    const asked: string[] = [], expected: unknown[] = [], shown: string[] = [];
    let tables = 0;
    for (const each of fc.sample(cases, 250)) {
      const sources = [...sourcesOf(each.plain, each.builtin), {
        origin: "setting" as const,
        path: "/wild.toml",
        text: each.wild,
      }];
      const chain = await makeChain(sources);
      const machines = compileChain(chain, PLACES);
      // As the agent gets the recorder's own filters, and here others too.
      const matchers = each.tables
        ? withTables(machines).matchers.map((matcher) =>
          matcher.startsWith("#") ? matcher : tableOfMatcher(matcher) ?? matcher
        )
        : machines.matchers;
      tables += matchers.filter((matcher) => matcher.startsWith("#")).length;
      const compiled = { ...machines, matchers };
      asked.push(
        JSON.stringify({ compiled, places: PLACES, codes: each.codes, names: each.names }),
      );
      shown.push(
        JSON.stringify([each.plain.map(toml), each.wild, each.tables, each.codes, each.names]),
      );
      expected.push(each.codes.map((code) => {
        const subject = subjectOf(code, PLACES);
        const decision = decide(chain, subject);
        const action = (kinds: ValueKind[], names: readonly string[]) =>
          ACTIONS.indexOf(decideValue(decision, kinds, names).action);
        return [
          decision.exec === "trace",
          action(["ret"], objectNames(subject)),
          action([], []),
          each.names.map((name) => KINDS.map((kinds) => action(kinds, [name]))),
          each.names.map((name) => action(["attr"], [name])),
        ];
      }));
    }
    assert.ok(tables > asked.length / 4, `${tables}`);
    await forEachPython(t, PUSH_VERSIONS, async (python) => {
      const { stdout, stderr } = await run(
        [python.path, "-I", "-X", "utf8", DECIDE, AGENT],
        { stdin: asked.join("\n") },
      );
      assert.equal(stderr, "");
      const answers = stdout.trimEnd().split("\n");
      assert.equal(answers.length, expected.length);
      answers.forEach((answer, n) => assert.deepEqual(JSON.parse(answer), expected[n], shown[n]));
    });
  },
});
