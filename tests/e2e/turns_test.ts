/** Turns of loops that stand on one line, under `sys.monitoring`: each is a step like any other. */
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { forEachPython, needsPythons, type Python } from "../support/pythons.ts";
import { record, type Recording, withFolder } from "../support/recorder.ts";
import { SILENT } from "../support/same.ts";

const VERSIONS = ["3.12", "3.13"];
needsPythons(VERSIONS);

/** Records `files`, the first of which is the program, with `options`. */
function turns(
  name: string,
  versions: readonly string[],
  files: Readonly<Record<string, string>>,
  options: (folder: string) => readonly string[],
  check: (recording: Recording, python: Python) => void,
): void {
  Deno.test({
    name: `turns of a loop on one line: ${name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) =>
      forEachPython(t, versions, (python) =>
        withFolder(async (folder) => {
          const paths = Object.keys(files).map((file) => join(folder, file));
          for (const path of paths) await Deno.writeTextFile(path, files[basename(path)] ?? "");
          const words = [...SILENT, ...options(folder), "--python", python.path, paths[0] ?? ""];
          check(await record(folder, words, { cwd: folder }), python);
        })),
  });
}

/** `file:line` of each step, with the value of `n` there; raises and catches by their kinds. */
function told({ trace, stderr }: Recording): string[] {
  assert.ok(trace !== null, stderr);
  return trace.events.flatMap(({ kind, step_kind, path = "", line, vars, ...more }) => {
    if (more.exception_type_id !== undefined) return ["raise"];
    if (more.catch_exception_type_id !== undefined) return ["catch"];
    if (kind !== "step" || !/^sek(Absolute|Delta)Step$/.test(step_kind ?? "")) return [];
    const n = vars?.find(({ varname }) => varname === "n")?.value;
    return [`${basename(path)}:${line} ${n === undefined ? "-" : n.i ?? n.r}`];
  });
}

/** From 3.14 on `while` is asked again at its beginning, also for the last time. */
const lastTurn = ({ minor }: Python, step: string) => minor >= 14 ? [step] : [];

// Jumps over more than 255 and more than 65,535 instructions have arguments of two and three bytes.
turns(
  "far jumps, and what is raised within",
  VERSIONS,
  {
    "app.py": `n = 2
while n: n -= 1; ${"x = 1; ".repeat(200)}
for n in (3, 4): ${"x = 1; ".repeat(33_000)}
def one(token):
    try:
        for n in (1, 0): token // n
    except ZeroDivisionError:
        for n in (5, 6): token
one(1)
`,
  },
  () => [],
  (recording, python) =>
    assert.deepEqual(told(recording), [
      ...["app.py:1 -", "app.py:2 2", "app.py:2 1", ...lastTurn(python, "app.py:2 0")],
      ...["app.py:3 0", "app.py:3 3", "app.py:3 4"],
      ...["app.py:4 4", "app.py:9 4", "app.py:5 -", "app.py:6 -", "app.py:6 1", "raise"],
      ...["app.py:7 0", "catch", "app.py:8 0", "app.py:8 5", "app.py:8 6"],
    ]),
);

turns(
  "the window of an activation file",
  ["3.13"],
  {
    "app.py": "from inner import many\nfor n in (1, 2): many(n)\n[many(n) for n in (3,)]\n",
    "inner.py": "def many(n):\n    while n: n -= 1\n    return [n for n in (7, 8)]\n",
  },
  (folder) => ["--activation-path", join(folder, "inner.py")],
  (recording, python) => {
    const end = [
      ...lastTurn(python, "inner.py:2 0"),
      "inner.py:3 0",
      "inner.py:3 7",
      "inner.py:3 8",
    ];
    assert.deepEqual(told(recording), [
      ...["inner.py:1 -", "inner.py:2 1", ...end],
      ...["inner.py:2 2", "inner.py:2 1", ...end],
      ...["inner.py:2 3", "inner.py:2 2", "inner.py:2 1", ...end],
    ]);
  },
);

turns(
  "--max-steps",
  ["3.13"],
  { "app.py": "n = 1000\nwhile n: n -= 1\nprint(n)\n" },
  () => ["--max-steps", "5"],
  (recording) => {
    assert.equal(recording.stdout, "0\n");
    assert.deepEqual(told(recording), [
      ...["app.py:1 -", "app.py:2 1000", "app.py:2 999", "app.py:2 998", "app.py:2 997"],
    ]);
  },
);
