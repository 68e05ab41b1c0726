import assert from "node:assert/strict";
import fc from "fast-check";
import { readRecordWords } from "../../src/cli/record_words.ts";

/** Flags as "key=value", then the rest. */
function read(...words: string[]) {
  const { flags, target, information, error } = readRecordWords(words);
  const given = Object.fromEntries([...flags].map(([key, { value }]) => [key, value]));
  return { given, target, information, error: error?.message ?? null };
}

Deno.test("options end where the target begins, and the rest is the program's", () => {
  const cases: [string[], Record<string, unknown>, string[]][] = [
    [["app.py", "-q", "--quiet"], {}, ["app.py", "-q", "--quiet"]],
    [["-q", "app.py", "--", "-q"], { quiet: true }, ["app.py", "--", "-q"]],
    [["-o", "d", "app.py"], { out_dir: "d" }, ["app.py"]],
    [["-od", "app.py"], { out_dir: "d" }, ["app.py"]],
    [["-qo", "d", "app.py"], { quiet: true, out_dir: "d" }, ["app.py"]],
    [["-qod", "app.py"], { quiet: true, out_dir: "d" }, ["app.py"]],
    [["--out-dir", "-q", "app.py"], { out_dir: "-q" }, ["app.py"]],
    [["--out-dir=a=b", "app.py"], { out_dir: "a=b" }, ["app.py"]],
    [["--out-dir=", "app.py"], { out_dir: "" }, ["app.py"]],
    [["--no-quiet", "app.py"], { quiet: false }, ["app.py"]],
    [["--quiet=maybe", "app.py"], { quiet: "maybe" }, ["app.py"]],
    [["-q", "--no-quiet", "x"], { quiet: false }, ["x"]],
    [["--python", "python3", "x"], { python: "python3" }, ["x"]],
    [["--io-capture", "off", "x"], { io_capture: "off" }, ["x"]],
    [["-q", "-m", "pkg", "-q"], { quiet: true }, ["-m", "pkg", "-q"]],
    [["-mpkg"], {}, ["-mpkg"]],
    [["-c", "code"], {}, ["-c", "code"]],
    [["-ccode"], {}, ["-ccode"]],
    [["-q", "-"], { quiet: true }, ["-"]],
    [["-q", "--", "app.py", "--"], { quiet: true }, ["app.py", "--"]],
    [["--", "-m", "pkg"], {}, ["-m", "pkg"]],
    [["-q", "--pytest", "-q", "tests"], { quiet: true }, ["--pytest", "-q", "tests"]],
    [["--unittest"], {}, ["--unittest"]],
    [["--pytest", "--", "-k", "x"], {}, ["--pytest", "--", "-k", "x"]],
    [["--", "--pytest"], {}, ["--pytest"]],
    [["app.py", "--pytest"], {}, ["app.py", "--pytest"]],
    [["--no-framework-filters", "--pytest"], { framework_filters: false }, ["--pytest"]],
    [[], {}, []],
  ];
  for (const [words, given, target] of cases) {
    assert.deepEqual(read(...words), { given, target, information: null, error: null });
  }
});

Deno.test("a command's own switches are options like the others", () => {
  const own = ["--json"];
  const { switches, flags, target } = readRecordWords(["-q", "--json", "app.py", "--json"], own);
  assert.deepEqual([...switches], ["--json"]);
  assert.deepEqual([...flags.keys()], ["quiet"]);
  assert.deepEqual(target, ["app.py", "--json"]);
  assert.equal(readRecordWords(["app.py", "--json"], own).switches.size, 0);
  assert.match(readRecordWords(["--jsn"], own).error?.message ?? "", /did you mean --json\?/);
  assert.match(
    readRecordWords(["--json=1"], own).error?.message ?? "",
    /--json takes no value, but got --json=1/,
  );
  assert.match(
    readRecordWords(["--json", "app.py"]).error?.message ?? "",
    /Unknown option --json/,
  );
});

Deno.test("operands of a command may stand among options; the target follows --", () => {
  const read = (...words: string[]) => readRecordWords(words, ["--json"], { valued: ["--value"] });
  const { operands, target, values, flags, switches, error } = read(
    ...[
      "a.py:f",
      "-q",
      "--value",
      "x",
      "-",
      "b",
      "--value=y",
      "--json",
      "--",
      "-m",
      "app",
      "--json",
    ],
  );
  assert.equal(error, null);
  assert.deepEqual(operands, ["a.py:f", "-", "b"]);
  assert.deepEqual(target, ["-m", "app", "--json"]);
  assert.deepEqual([...values], [["--value", ["x", "y"]]]);
  assert.deepEqual([[...flags.keys()], [...switches]], [["quiet"], ["--json"]]);
  assert.match(read("a", "--value").error?.message ?? "", /--value needs a value/);
  assert.match(read("--vaule", "x").error?.message ?? "", /did you mean --value\?/);
});

Deno.test("help and version", () => {
  assert.equal(read("--help").information, "help");
  assert.equal(read("-qh").information, "help");
  assert.equal(read("-o", "d", "-V").information, "version");
  assert.equal(read("app.py", "--help").information, null);
});

Deno.test("what is wrong is told, and the rest is read all the same", () => {
  const cases: [string[], RegExp][] = [
    [["--quite", "app.py"], /Unknown option --quite: did you mean --quiet\?/],
    [["--propagate", "app.py"], /Unknown option --propagate: /],
    [["-X", "dev", "app.py"], /Unknown option -X: .*ct-recorder python -X/],
    [["-Bq", "app.py"], /Unknown option -Bq: /],
    [["-qB", "app.py"], /Unknown option -B: /],
    [["-o"], /-o needs a value/],
    [["--out-dir"], /--out-dir needs a value/],
    [["--no-quiet=1", "x"], /--no-quiet takes no value/],
    [["--no-out-dir", "x"], /Unknown option --no-out-dir/],
    [["--help=x", "x"], /--help takes no value/],
    [["--pytest=tests"], /--pytest takes no value, .*: --pytest tests$/],
    [["--unitest", "tests"], /Unknown option --unitest: did you mean --unittest\?/],
    [["--no-pytest", "x"], /Unknown option --no-pytest/],
  ];
  for (const [words, message] of cases) assert.match(read(...words).error ?? "", message);
  const late = read("--bogus", "--json-errors", "app.py");
  assert.deepEqual(late.given, { json_errors: true });
});

Deno.test("any words are read; none of the target's is lost", () => {
  fc.assert(fc.property(fc.array(fc.string()), (words) => {
    const { target } = readRecordWords(words);
    assert.deepEqual(target, words.slice(words.length - target.length));
    const program = ["app.py", ...words];
    assert.deepEqual(readRecordWords(program).target, program);
  }));
});
