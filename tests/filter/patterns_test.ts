/** Globs and regexes against slow matchers of another kind. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { compile, matches, MOST_STATES, type Pattern } from "../../src/filter/automaton.ts";
import { bothCases, complement, contains, union } from "../../src/filter/character_set.ts";
import { parseGlob } from "../../src/filter/glob.ts";
import { parseRegex } from "../../src/filter/regex.ts";
import { PatternError } from "../../src/filter/pattern_error.ts";
import { globs, names, regexes } from "./_names.ts";

const matchesAll = (pattern: Pattern, name: string) => {
  const machine = compile(pattern);
  assert.ok(machine !== null);
  return matches(machine, name);
};
const glob = (pattern: string, name: string, isPath: boolean) =>
  matchesAll(parseGlob(pattern, isPath), name);
const regex = (pattern: string, name: string) => matchesAll(parseRegex(pattern), name);

/** Tries every way, on the text of the glob; the braces are written out first. */
function slowGlob(pattern: string, name: string, isPath: boolean): boolean {
  const braces = /\{([^{}]*)\}/.exec(pattern);
  if (braces !== null) {
    return braces[1]!.split(",").some((option) =>
      slowGlob(pattern.replace(braces[0], () => option), name, isPath)
    );
  }
  const walk = (p: number, n: number): boolean => {
    if (p === pattern.length) return n === name.length;
    const rest = pattern.slice(p);
    const stopsAtSlash = isPath && name[n] === "/";
    if (isPath && rest.startsWith("**/") && (p === 0 || pattern[p - 1] === "/")) {
      if (walk(p + 3, n)) return true;
      for (let m = n; m < name.length; m++) if (name[m] === "/" && walk(p + 3, m + 1)) return true;
      return false;
    }
    if (rest.startsWith("**")) return walk(p + 2, n) || (n < name.length && walk(p, n + 1));
    if (rest[0] === "*") {
      return walk(p + 1, n) || (n < name.length && !stopsAtSlash && walk(p, n + 1));
    }
    if (n === name.length) return false;
    if (rest[0] === "?") return !stopsAtSlash && walk(p + 1, n + 1);
    const set = /^\[(!?)(.*?)\]/.exec(rest);
    if (set !== null) {
      const isIn = set[2]!.includes(name[n]!) !== (set[1] === "!");
      return isIn && !stopsAtSlash && walk(p + set[0].length, n + 1);
    }
    return rest[0] === name[n] && walk(p + 1, n + 1);
  };
  return walk(0, 0);
}

Deno.test("globs match what a slow matcher says", () => {
  // A brace's `**/` begins a part or doesn't, depending on the option: written out that is one text.
  const plain = globs.filter((pattern) => !/[{,][^}]*\*|\}\*|\*\{/.test(pattern));
  fc.assert(
    fc.property(plain, names, fc.boolean(), (pattern, name, isPath) => {
      assert.equal(glob(pattern, name, isPath), slowGlob(pattern, name, isPath));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("globs by example", () => {
  const path: [string, string, boolean][] = [
    ["*.py", "a.py", true],
    ["*.py", "d/a.py", false],
    ["**/*.py", "a.py", true],
    ["**/*.py", "x/d/a.py", true],
    ["a/**/b", "a/b", true],
    ["a/**/b", "a/x/y/b", true],
    ["a/**/b", "axb", false],
    ["a/**", "a/b/c", true],
    ["a/**", "a", false],
    ["a**b", "a/x/b", true],
    ["a[!x]b", "a/b", false],
    ["\\*", "*", true],
    ["\\*", "x", false],
    ["{a,b/{c,d}}.py", "b/d.py", true],
    ["[]-]", "]", true],
    ["<frozen *>", "<frozen importlib._bootstrap>", true],
  ];
  for (const [pattern, name, expected] of path) {
    assert.equal(glob(pattern, name, true), expected, `${pattern} on ${name}`);
  }
  const dotted: [string, string, boolean][] = [
    ["app.*", "app.core.db", true],
    ["app.*", "app", false],
    ["app.**.db", "app.core.db", true],
    ["app?core", "app.core", true],
    ["a*", "a/b", true],
  ];
  for (const [pattern, name, expected] of dotted) {
    assert.equal(glob(pattern, name, false), expected, `${pattern} on ${name}`);
  }
});

Deno.test("regexes match what JavaScript's engine says", () => {
  fc.assert(
    fc.property(regexes, names, fc.boolean(), (pattern, name, anyCase) => {
      // The engines mean other letters beyond ASCII by `\w`.
      fc.pre(!(pattern.includes("\\w") && name.includes("é")));
      // Repetitions of repetitions may be refused as too long.
      fc.pre(compile(parseRegex(pattern)) !== null);
      const expected = new RegExp(
        `^(?:${pattern.replaceAll("[]a]", "[\\]a]")})$`,
        anyCase ? "si" : "s",
      );
      assert.equal(regex((anyCase ? "(?i)" : "") + pattern, name), expected.test(name));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("regexes by example", () => {
  const table: [string, string, boolean][] = [
    ["^a$", "a", true],
    ["a", "ab", false],
    ["(^|.*_)token($|_.*)", "my_token_2", true],
    ["(^|.*_)token($|_.*)", "mytoken", false],
    [".*\\btoken\\b.*", "a token.", true],
    [".*\\btoken\\b.*", "tokens", false],
    [".*\\Boken.*", "token", true],
    ["a\\Zb", "ab", false],
    [".*", "a\nb", true],
    ["a$", "a\n", false],
    ["a\\t1", "a\t1", true],
    ["(?i)ÉTÉ", "été", true],
    ["(?i:a)b", "Ab", true],
    ["(?i:a)b", "AB", false],
    ["(?i)a(?-i:b)", "Ab", true],
    ["(?i)a(?-i:b)", "AB", false],
    ["(?P<x>a){2,}", "aaa", true],
    ["\\x41\\u0042\\U00000043\\x{44}", "ABCD", true],
    ["[\\x00-\\x1f]", "\n", true],
    ["[^\\W\\d]+", "aé", true],
    ["[^\\W\\d]+", "a1", false],
    ["a{,2}", "aa", true],
    ["a{,2}", "aaa", false],
    ["a{x}", "a{x}", true],
    ["\u{1f600}", "\u{1f600}", true],
    ["..", "\u{1f600}", false],
    ["(a*)*", "aaaa", true],
    ["(a+)+b", "a".repeat(500), false],
  ];
  for (const [pattern, name, expected] of table) {
    assert.equal(regex(pattern, name), expected, `${pattern} on ${JSON.stringify(name)}`);
  }
});

Deno.test("regexes that are wrong say where", () => {
  const table: [string, RegExp, number][] = [
    ["a(", /`\(` has no `\)`/, 1],
    ["a)", /closes nothing/, 1],
    ["*a", /nothing stands ahead/, 0],
    ["a**", /repeated/, 2],
    ["a{3,2}", /backwards/, 1],
    ["a{1001}", /more than 1000/, 1],
    ["[a", /`\[` has no `\]`/, 0],
    ["[b-a]", /lower and higher/, 0],
    ["[[:alpha:]]", /write the characters/, 0],
    ["a\\", /stands at the end/, 1],
    ["\\pL", /not part of the language/, 0],
    ["(a)\\1", /not part of the language/, 3],
    ["(?=a)", /lookahead/, 0],
    ["(?<!a)b", /lookahead/, 0],
    ["a(?i)b", /very start/, 1],
    ["(?x)a", /flag `x`/, 0],
    ["\\ud800", /names no character/, 0],
    ["^*", /repeated/, 0],
    ["(".repeat(200), /nested too deep/, 100],
  ];
  for (const [pattern, reason, at] of table) {
    assert.throws(() => parseRegex(pattern), (error) => {
      assert.ok(error instanceof PatternError, pattern);
      assert.match(error.reason, reason);
      assert.equal(error.at, at, pattern);
      return true;
    });
  }
});

Deno.test("any text is a pattern or a PatternError", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom(..."ab*?{}[](),|\\!^$.-+:<>P=i1"), { maxLength: 12 }).map((all) =>
      all.join("")
    ),
  );
  fc.assert(
    fc.property(
      text,
      fc.constantFrom(parseRegex, (t: string) => parseGlob(t, true)),
      (all, parse) => {
        try {
          compile(parse(all));
        } catch (error) {
          if (!(error instanceof PatternError)) throw error;
        }
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("a machine has up to so many states, counted before it is made", () => {
  const one: Pattern = { kind: "set", set: [0x61, 0x61] };
  const repeated = (part: Pattern, least: number, most: number): Pattern => ({
    kind: "repeat",
    part,
    least,
    most,
  });
  const most = MOST_STATES - 2;
  const full: readonly Pattern[] = [
    repeated(one, most, most),
    repeated(one, most - 2, Infinity),
    repeated(one, 0, most / 2),
    { kind: "choice", options: [repeated(one, most - 2, most - 2), one] },
  ];
  for (const pattern of full) {
    assert.equal(compile(pattern)?.length, MOST_STATES);
    assert.equal(compile({ kind: "sequence", parts: [pattern, one] }), null);
  }
  assert.equal(compile(parseRegex("(a{1000}){5}")), null);
});

Deno.test("nothing can be repeated any number of times", () => {
  const nothing = `${"(".repeat(50)}${"){1000}".repeat(50)}`;
  assert.ok(regex(nothing, ""));
  assert.ok(!regex(nothing, "a"));
  assert.ok(regex(`a${nothing}b`, "ab"));
});

Deno.test("sets of characters", () => {
  const point = fc.integer({ min: 0, max: 400 });
  const range = fc.tuple(point, point).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
  const set = fc.array(range).map((ranges) => union(...ranges));
  fc.assert(
    fc.property(set, set, point, (a, b, c) => {
      assert.equal(contains(union(a, b), c), contains(a, c) || contains(b, c));
      assert.equal(contains(complement(a), c), !contains(a, c));
      assert.deepEqual(complement(complement(a)), a);
    }),
  );
  assert.deepEqual(bothCases([0x61, 0x62]), [0x41, 0x42, 0x61, 0x62]);
  assert.deepEqual(bothCases([0x31, 0x31]), [0x31, 0x31]);
});
