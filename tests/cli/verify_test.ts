import assert from "node:assert/strict";
import { RecorderError } from "../../src/errors/mod.ts";
import { verifyCommand } from "../../src/cli/verify.ts";
import { goldenPath } from "../trace/reader/_golden.ts";
import { EditedTrace } from "../trace/verify/_edited_trace.ts";
import { SMALL } from "../trace/verify/_faults.ts";
import { makeTrace } from "../trace/verify/_traces.ts";

interface Outcome {
  readonly status: number;
  readonly stdout: string;
}

/** Runs the command and takes what it writes to standard output. */
function run(...words: string[]): Outcome {
  let stdout = "";
  const write = Deno.stdout.writeSync;
  Deno.stdout.writeSync = (bytes) => {
    stdout += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  try {
    return { status: verifyCommand(words), stdout };
  } finally {
    Deno.stdout.writeSync = write;
  }
}

function withTrace(bytes: Uint8Array, body: (path: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeFileSync(`${folder}/t.ct`, bytes);
    body(`${folder}/t.ct`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** A trace whose last step is in no file. */
function damaged(): Uint8Array {
  const trace = new EditedTrace(SMALL);
  trace.editRecord("steps", 17, () => Uint8Array.of(0, 99));
  return trace.bytes();
}

Deno.test("a sound trace: one line, and 0", () => {
  withTrace(SMALL, (path) => {
    assert.deepEqual(run(path), {
      status: 0,
      stdout: `${path}: sound; 18 step records, 18 records of values, 8 calls, 3 events\n`,
    });
  });
});

Deno.test("what is looked at is counted, one as one", () => {
  withTrace(makeTrace(1), (path) => {
    assert.match(run(path).stdout, / step records, \d+ records of values, \d calls, 1 event\n$/);
  });
});

Deno.test("a trace with errors: what, where, how bad, and 1", () => {
  withTrace(damaged(), (path) => {
    const { status, stdout } = run(path);
    assert.equal(status, 1);
    const [finding, last] = stdout.split("\n");
    assert.equal(
      finding,
      "error   step-position: steps.dat, record 17: A step is outside of all files: " +
        "position 99, the files end at 51",
    );
    assert.match(last!, /: not sound, 1 error; 18 step records, /);
  });
});

Deno.test("as JSON", () => {
  withTrace(damaged(), (path) => {
    const { status, stdout } = run("--json", path);
    assert.equal(status, 1);
    const { trace, sound, severities, counts, totals, findings } = JSON.parse(stdout);
    assert.equal(trace, path);
    assert.equal(sound, false);
    assert.deepEqual(severities, { fatal: 0, error: 1, warning: 0, note: 0 });
    assert.equal(counts.step_records, 18);
    assert.deepEqual(totals, { "step-position": 1 });
    assert.deepEqual(findings, [{
      severity: "error",
      code: "step-position",
      where: { file: "steps.dat", record: 17 },
      message: "position 99, the files end at 51",
    }]);
  });
});

Deno.test("warnings count only with --strict; what is not shown is counted", () => {
  const golden = goldenPath("flow", ".ct");
  const { status, stdout } = run(golden);
  assert.equal(status, 0);
  assert.match(stdout, /^warning value-readers: 70 more$/m);
  assert.match(stdout, /: sound, 110 warnings; /);
  assert.equal(run("--strict", golden).status, 1);
  withTrace(SMALL, (path) => assert.equal(run("--strict", path).status, 0));
});

Deno.test("what is no container, no trace or no command is an error of its own", () => {
  withTrace(new TextEncoder().encode("no trace"), (path) => {
    const cases: [string[], string, RegExp][] = [
      [[path], "ERR_TRACE_CORRUPT", /header: this is not a CodeTracer container/],
      [[`${path}x`], "ERR_TRACE_MISSING", /it does not exist/],
      [[], "ERR_USAGE", /missing required argument.*verify --help/],
      [["--jsn", path], "ERR_USAGE", /unknown option '--jsn' \(did you mean --json\?\)/],
      [[path, path], "ERR_USAGE", /too many arguments/],
    ];
    for (const [words, code, message] of cases) {
      assert.throws(() => run(...words), (error) => {
        assert.ok(error instanceof RecorderError);
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    }
  });
});

Deno.test("the help says what the statuses mean", () => {
  const { status, stdout } = run("--help");
  assert.equal(status, 0);
  assert.match(stdout, /Exit status: 0 .*; 1 there are/);
});
