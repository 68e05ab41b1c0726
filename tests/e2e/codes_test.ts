/**
 * Every code that can be raised is raised by the command, for a reason that is as real as can be, with its kind's exit
 * status, one line for people and the trailer for programs. tests/errors/reserved_test.ts is about the others.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ERROR_CODES, exitStatus, type RaisableCode } from "../../src/errors/mod.ts";
import { pooledAll } from "../support/pool.ts";
import { withoutPowers } from "../support/powers.ts";
import { run, type RunResult } from "../support/processes.ts";
import { needsPythons, type Python, pythons } from "../support/pythons.ts";
import { PROGRAMS, recorderCommand, ROOT, withFolder } from "../support/recorder.ts";

needsPythons(["3.11", "3.12"]);

interface Place {
  readonly folder: string;
  /** Observed by `sys.settrace`, and by `sys.monitoring`. */
  readonly older: Python;
  readonly newer: Python;
}

/** A command line that makes the recorder raise a code, and what it takes besides. */
interface Way {
  readonly words: (place: Place) => readonly string[];
  readonly files?: (place: Place) => Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of the recorder's own command. */
  readonly command?: readonly string[];
  readonly wrapper?: () => Promise<readonly string[]>;
  /** It is reported, but is no failure of the recorder. */
  readonly passes?: boolean;
}

const ends = (failure: string) => ({ newer, folder }: Place) => [
  "-o",
  join(folder, "out"),
  newer.path,
  join(PROGRAMS, "probes/ends.py"),
  failure,
  "ends",
];

/** Writes what an agent that failed would have written, as the first record of the ring. */
const SAYS_IT_FAILED = `
import marshal
ring = next(line.split()[-1] for line in open("/proc/self/maps") if line.rstrip().endswith("/ring"))
with open(ring, "r+b") as channel:
    channel.seek(64 << 10)
    channel.write(marshal.dumps((-15, "TypeError in on_line, line 3", None), 2) + bytes(1000))
`;

/** Raised in the program alone, by the module that it records itself with: python_api_test.ts. */
const IN_THE_PROGRAM = "ERR_ALREADY_TRACING" satisfies RaisableCode;

const WAYS: Readonly<Record<Exclude<RaisableCode, typeof IN_THE_PROGRAM>, Way>> = {
  ERR_USAGE: { words: () => ["--fast", "app.py"] },
  ERR_SCRIPT_NOT_FOUND: { words: () => ["nowhere.py"] },
  ERR_INTERPRETER_UNSUPPORTED: {
    words: () => ["--python", "./python3.7", "app.py"],
    files: () => ({ "python3.7": "#!/bin/sh\nexit 1\n" }),
  },
  ERR_INVALID_POLICY_VALUE: { words: () => ["app.py"], env: { CODETRACER_QUIET: "maybe" } },
  ERR_TRACE_DIR_CONFLICT: { words: () => ["-o", "app.py", "app.py"] },
  ERR_TRACE_MISSING: { words: () => ["--disabled", "--require-trace", "app.py"] },
  ERR_TRACER_INSTALL_CONFLICT: {
    words: ({ older }) => [older.path, "traces.py"],
    files: () => ({ "traces.py": "import sys\nsys.settrace(lambda *_: None)\nprint()\n" }),
    passes: true,
  },
  ERR_IO: { words: ends("limit") },
  ERR_TRACE_DIR_CREATE_FAILED: { words: () => ["-o", "app.py/out", "app.py"] },
  ERR_SCRIPT_UNREADABLE: { words: () => ["secret.py"], wrapper: withoutPowers },
  ERR_INTERPRETER_NOT_FOUND: { words: () => ["--python", "./nowhere", "app.py"] },
  ERR_SANDBOX_UNAVAILABLE: {
    words: ({ newer }) => [newer.path, "app.py"],
    // As deno.json, but for the option that turns worker permissions on; and Deno may not start itself.
    files: () => {
      const { imports } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
      return { "deno.json": JSON.stringify({ imports }) };
    },
    command: [
      Deno.execPath(),
      "run",
      "--allow-env",
      "--allow-read",
      "--allow-write",
      "--allow-run=python3",
      "--no-lock",
      "--config=deno.json",
      join(ROOT, "main.ts"),
    ],
  },
  ERR_TRACE_CORRUPT: {
    words: () => ["print", "broken.ct"],
    files: () => ({ "broken.ct": "no trace" }),
    env: { CODETRACER_JSON_ERRORS: "1" },
  },
  ERR_TRACE_INCOMPLETE: {
    words: () => ["--python", "./wrapper", "app.py"],
    files: ({ newer }) => ({
      wrapper: `#!/bin/sh\nunset PYTHONPATH\nexec ${newer.path} "$@"\n`,
    }),
  },
  ERR_CHANNEL_CORRUPT: { words: ends("garbage") },
  ERR_FRAME_INTROSPECTION_FAILED: {
    words: ({ newer }) => [newer.path, "says.py"],
    files: () => ({ "says.py": SAYS_IT_FAILED }),
  },
  ERR_UNKNOWN: {
    words: ({ newer }) => [newer.path, "app.py"],
    command: [
      Deno.execPath(),
      "run",
      "-A",
      join(ROOT, "tests/support/with_faults.ts"),
      JSON.stringify({ call: "throw", message: "boom" }),
    ],
  },
};

async function perform(way: Way, place: Place): Promise<RunResult> {
  const { folder } = place;
  const files = {
    "app.py": "print('ran')\n",
    "secret.py": "print('ran')\n",
    ...way.files?.(place),
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(folder, name), text);
    await Deno.chmod(join(folder, name), name === "secret.py" ? 0 : 0o755);
  }
  const words = way.words(place);
  const json = words[0] === "print" ? [] : ["--json-errors"];
  return await run(
    [...await way.wrapper?.() ?? [], ...way.command ?? recorderCommand(), ...json, ...words],
    { cwd: folder, env: way.env ?? {} },
  );
}

async function check(code: RaisableCode, way: Way, older: Python, newer: Python): Promise<void> {
  await withFolder(async (folder) => {
    const { status, stderr } = await perform(way, { folder, older, newer });
    const { kind } = ERROR_CODES[code];
    assert.equal(status, way.passes ? 0 : exitStatus(kind), `${code}: ${stderr}`);
    const lines = stderr.trimEnd().split("\n");
    const said = way.passes ? "warning" : "error";
    const own = lines.filter((line) => line.startsWith(`ct-recorder: ${said} ${code}: `));
    assert.equal(own.length, 1, `${code}: ${stderr}`);
    const trailer = JSON.parse(lines.at(-1) ?? "");
    assert.deepEqual([trailer.error_code, trailer.error_kind], [code, kind]);
    assert.ok(own[0]?.endsWith(trailer.message), `${code}: ${stderr}`);
  });
}

Deno.test("every code that can be raised is raised by the command", async () => {
  const found = await pythons();
  const older = found.get("3.11");
  const newer = found.get("3.12");
  assert.ok(older && newer);
  const raisable = Object.entries(ERROR_CODES).flatMap(([code, row]) => row.reserved ? [] : [code]);
  assert.deepEqual([...Object.keys(WAYS), IN_THE_PROGRAM].sort(), raisable.sort());
  const ways = Object.entries(WAYS) as [RaisableCode, Way][]; // by their type
  await pooledAll(ways, ([code, way]) => check(code, way, older, newer));
});
