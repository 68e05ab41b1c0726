import assert from "node:assert/strict";
import fc from "fast-check";
import { codeOf, configStartFolder } from "../../src/target/mod.ts";

Deno.test("whose code runs: the script's, what is imported from here, or a command's", () => {
  const cases: [string[], string | null][] = [
    [["src/app.py"], "/w/src/app.py"],
    [["app.py"], "/w/app.py"],
    [["./tool"], "/w/tool"],
    [["python3", "-X", "dev", "../app.py"], "/app.py"],
    [["-m", "pytest"], "/w"],
    [["-mpytest"], "/w"],
    [["--pytest", "tests"], "/w"],
    [["--unittest"], "/w"],
    [["-c", "code"], "/w"],
    [["-"], "/w"],
    [["python3", "-m", "pytest"], "/w"],
    [["python3"], "/w"],
    [["flask", "run"], null],
    [["python3", "--nonsense"], null],
    [["--nonsense"], null],
    [[], null],
  ];
  for (const [words, path] of cases) assert.equal(codeOf(words, "/w"), path, words.join(" "));
});

Deno.test("the search for a configuration begins at the script, otherwise where we are", () => {
  const cases: [string[], string][] = [
    [["app.py", "x/y.py"], "/w"],
    [["src/app.py"], "/w/src"],
    [["./src/../app.PYW"], "/w"],
    [["/a/b/app.pyc"], "/a/b"],
    [["bin/app.py"], "/w/bin"],
    // A folder, an archive, a script without extension: the search goes up from a file by itself.
    [["folder"], "/w/folder"],
    [["folder/"], "/w/folder"],
    [["."], "/w"],
    [[".."], "/"],
    [["/a/tool.pyz"], "/a/tool.pyz"],
    [["./tool", "app.py"], "/w/tool"],
    [["flask", "run"], "/w/flask"],
    [["venv/bin/flask", "run"], "/w"],
    [["/venv/Scripts/flask"], "/w"],
    [["-m", "pkg"], "/w"],
    [["-c", "code"], "/w"],
    [["-"], "/w"],
    [["python3", "src/app.py"], "/w/src"],
    [["python3", "-X", "dev", "-Wd", "src/app.py", "-m", "x"], "/w/src"],
    [["/usr/bin/python3.12", "folder"], "/w/folder"],
    [["pypy3", "src/app.py"], "/w/src"],
    [["venv/bin/python", "-m", "pkg"], "/w"],
    [["python3", "-c", "code", "src/app.py"], "/w"],
    [["python3", "-"], "/w"],
    [["python3"], "/w"],
    [["python3", ""], "/w"],
    [["python3", "--nonsense", "src/app.py"], "/w"],
    [["python3", "-X"], "/w"],
    [["--nonsense", "src/app.py"], "/w"],
    [["--pytest", "src/app_test.py"], "/w"],
    [[""], "/w"],
    [[], "/w"],
  ];
  for (const [words, start] of cases) assert.equal(configStartFolder(words, "/w"), start, words[0]);
});

Deno.test("any words have a start, and it is absolute and plain", () => {
  fc.assert(fc.property(fc.array(fc.string()), fc.boolean(), (words, python) => {
    const start = configStartFolder(python ? ["python3", ...words] : words, "/w/x");
    assert.match(start, /^\/(?!.*\/\/)/s);
    assert.ok(!start.split("/").includes(".."));
  }));
});
