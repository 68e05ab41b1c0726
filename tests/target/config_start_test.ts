import assert from "node:assert/strict";
import fc from "fast-check";
import { configStartFolder } from "../../src/target/mod.ts";

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
