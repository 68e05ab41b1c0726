/** Tables say what the machines say that they are made of. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Automaton, compile, matches } from "../../src/filter/automaton.ts";
import { BUILTIN_COMPILED } from "../../src/filter/builtin_compiled.ts";
import { parseGlob } from "../../src/filter/glob.ts";
import { parseRegex } from "../../src/filter/regex.ts";
import { tableOf, tableOfMatcher } from "../../src/filter/table.ts";
import { TABLES } from "../../src/filter/tables_compiled.ts";
import { globs, names, regexes } from "./_names.ts";

/** As its description has it. */
function tableMatches(table: string, name: string): boolean {
  const [head, rows] = [table.slice(1, table.indexOf(";")), table.slice(table.indexOf(";") + 1)];
  const [width, start, accepting, ...drawn] = head.split(",").map(Number);
  let state = start!;
  for (const character of name) {
    let column = 0;
    for (let at = 0; at < drawn.length; at += 2) {
      if (drawn[at]! <= character.codePointAt(0)!) column = drawn[at + 1]!;
    }
    state = rows.charCodeAt(state * width! + column) - 0x4e00;
    if (state < 0) return false;
  }
  return state >= accepting!;
}

const machines = fc.oneof(
  fc.tuple(globs, fc.boolean()).map(([glob, isPath]) => parseGlob(glob, isPath)),
  regexes.map((regex) => parseRegex(regex)),
  regexes.map((regex) => parseRegex(`(?i)${regex}.*`)),
).map((pattern) => compile(pattern)!);

Deno.test("table: as the machine", () => {
  fc.assert(
    fc.property(machines, fc.array(names, { minLength: 1, maxLength: 20 }), (machine, all) => {
      const table = tableOf(machine, 500);
      fc.pre(table !== null);
      for (const name of [...all, "", "\u{10ffff}", "a\ud800"]) {
        assert.equal(tableMatches(table, name), matches(machine, name), JSON.stringify(name));
      }
    }),
    { numRuns: 150 },
  );
});

Deno.test("table: equal states are one", () => {
  // Ways to write: any text, with an "a" in it.
  for (const regex of [".*a.*", "(?:.*a.*)+", "(?:b|a|.)*a(?:.*|a)", "[^a]*a(?:[^b]|b)*"]) {
    const [head, rows] = tableOf(compile(parseRegex(regex.replaceAll(".", "[\\s\\S]")))!)!.split(
      ";",
    );
    assert.equal(head, "#2,0,1,0,0,97,1,98,0", regex);
    assert.equal(rows, "\u4e00\u4e01\u4e01\u4e01", regex);
  }
});

Deno.test("table: none for what holds at places, for literals, and for too many states", () => {
  assert.equal(tableOf(compile(parseRegex("\\ba"))!), null);
  assert.equal(tableOfMatcher("=a"), null);
  assert.equal(tableOf(compile(parseRegex(".*a.{17}"))!), null);
});

Deno.test("table: the recorder's own filters have tables of their machines", () => {
  const machines = BUILTIN_COMPILED.matchers.filter((matcher) => !matcher.startsWith("="));
  const secrets = machines.at(-1)!;
  for (const matcher of machines) assert.ok(TABLES[matcher] !== undefined);
  const automaton: Automaton = secrets.split(";").map((state) => state.split(",").map(Number));
  const words = [
    "pass",
    "Auth",
    "author",
    "pin",
    "Pin",
    "PIN",
    "SPIN",
    "card",
    "_",
    "x",
    "api",
    "key",
    "1",
    "é",
    "ſ",
  ];
  const name = fc.array(fc.constantFrom(...words), { maxLength: 5 }).map((all) => all.join(""));
  fc.assert(
    fc.property(name, (name) => {
      assert.equal(tableMatches(TABLES[secrets]!, name), matches(automaton, name));
    }),
    { numRuns: 2000 },
  );
});
