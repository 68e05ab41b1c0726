import assert from "node:assert/strict";
import { ERROR_CODES, type ErrorCode, exitStatus } from "../../src/errors/mod.ts";
import { run } from "../support/processes.ts";
import { pooled } from "../support/pool.ts";
import { recorderCommand } from "../support/recorder.ts";

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

function explain(...words: string[]) {
  return pooled(() => run([...recorderCommand(), "explain", ...words]));
}

function factsOf(code: ErrorCode) {
  const { kind, reserved, meaning, advice } = ERROR_CODES[code];
  return { code, kind, exit_status: exitStatus(kind), reserved, meaning, advice };
}

/** The text with its lines joined again. */
function joined(text: string): string {
  return text.replace(/\n {2}/g, " ");
}

Deno.test("explain without a code explains all of them, on lines that fit", async () => {
  const { status, stdout, stderr } = await explain();
  assert.equal(stderr, "");
  assert.equal(status, 0);
  const paragraphs = joined(stdout).trimEnd().split("\n\n");
  assert.deepEqual(
    paragraphs,
    CODES.map((code) => {
      const { kind, exit_status, reserved, meaning, advice } = factsOf(code);
      const note = reserved ? "; reserved: nothing raises it" : "";
      return `${code} (${kind}, exit status ${exit_status}${note}) ${meaning} ${advice}`;
    }),
  );
  for (const line of stdout.split("\n")) {
    if (line.startsWith(" ")) assert.ok(line.length <= 80, line);
  }
});

Deno.test("a code may be given in any case, with or without ERR_", async () => {
  const { stdout: expected } = await explain("ERR_IO");
  assert.match(expected, /^ERR_IO \(Environment, exit status 10\)\n {2}\S/);
  for (
    const words of [["err_io"], ["IO"], ["io"], ["Err_Io"], ["--", "ERR_IO"], ["ERR_IO", "--"]]
  ) {
    const { status, stdout } = await explain(...words);
    assert.deepEqual([status, stdout], [0, expected], words.join(" "));
  }
});

Deno.test("--json gives a program the same", async () => {
  const one = await explain("--json", "trace_missing");
  assert.equal(one.status, 0);
  assert.deepEqual(JSON.parse(one.stdout), factsOf("ERR_TRACE_MISSING"));
  const all = await explain("--json");
  assert.deepEqual(JSON.parse(all.stdout), CODES.map(factsOf));
});

Deno.test("explain --help says how it is used", async () => {
  for (const word of ["--help", "-h"]) {
    const { status, stdout, stderr } = await explain(word);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^Usage: ct-recorder explain /);
  }
});

Deno.test("what is no code is ERR_USAGE, with the nearest one", async (t) => {
  const cases: [string[], RegExp][] = [
    [["ERR_TRACE_MISING"], /"ERR_TRACE_MISING".*did you mean ERR_TRACE_MISSING\?$/],
    [["trace-missing"], /did you mean ERR_TRACE_MISSING\?$/],
    // Nothing is near to a short word, or to a file.
    [["oi2"], /`ct-recorder explain` lists all of them$/],
    [["main.ts"], /"main\.ts".*`ct-recorder explain` lists all of them$/],
    [["toString"], /"toString".*lists all of them$/],
    [[""], /Cannot explain "":/],
    [["ERR_"], /Cannot explain "ERR_":/],
    [["ERR_IO", "ERR_USAGE"], /Cannot explain ERR_IO ERR_USAGE: give one code/],
    [["--jsn"], /Unknown option --jsn: did you mean --json\?$/],
    [["--json=yes", "ERR_IO"], /--json takes no value, but got --json=yes;/],
    [["--", "--help"], /Cannot explain "--help":/],
    [["--", "--json-errors"], /Cannot explain "--json-errors":/],
    [["--no-json-errors=yes"], /--no-json-errors takes no value/],
  ];
  for (const [words, message] of cases) {
    await t.step(JSON.stringify(words), async () => {
      const { status, stdout, stderr } = await explain(...words);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, /^ct-recorder: error ERR_USAGE: .*\n$/);
      assert.match(stderr.trimEnd(), message);
    });
  }
});
