/** Files of more than 100,000 lines: each step is at its line, in the main file and in others. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openTrace } from "../../mod.ts";
import { emptyEnvironment, forEachPython, needsPythons } from "../support/pythons.ts";
import { record, withFolder } from "../support/recorder.ts";
import { SILENT } from "../support/same.ts";

const VERSIONS = ["3.8", "3.11", "3.12", "3.13"];
needsPythons(VERSIONS);

const LINES = 130_000;
/** Around 100,000, where line-only positions run into the next file, and 65,536. */
const AT = [1, 2, 65_535, 65_536, 65_537, 99_999, 100_000, 100_001, 100_002, 120_005, LINES];

/** A file that says at some lines where it is; the others are comments, blank, or never run. */
function longFile(beyond: string): string {
  const lines = Array.from(
    { length: LINES },
    (_, n) => n % 2 === 0 ? "" : `# ${n}`,
  );
  for (const line of AT) lines[line - 1] = `at = ${line}`;
  return `${lines.join("\n")}\n${beyond}`;
}

Deno.test({
  name: `steps of files of ${LINES} lines are at their lines`,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, VERSIONS, (python) =>
      withFolder(async (folder) => {
        const script = join(folder, "main.py");
        await Deno.writeTextFile(script, longFile("import other\nimport third\n"));
        await Deno.writeTextFile(
          join(folder, "other.py"),
          longFile("def f():\n    return at\nf()\n"),
        );
        await Deno.writeTextFile(join(folder, "third.py"), "last = 1\nlast = 2\n");
        const interpreter = await emptyEnvironment(python);
        const { trace, tracePath, stderr } = await record(
          folder,
          [...SILENT, interpreter, script],
          { longest: 300 },
        );
        assert.ok(trace !== null && tracePath !== null, stderr);
        const expected = [
          ...AT.map((line) => ["main.py", line]),
          ["main.py", LINES + 1],
          ...AT.map((line) => ["other.py", line]),
          ["other.py", LINES + 1],
          ["other.py", LINES + 3],
          ["other.py", LINES + 2],
          ["main.py", LINES + 2],
          ["third.py", 1],
          ["third.py", 2],
        ];
        const name = (path: string) => path.replace(/.*\//, "");
        const accepted = trace.events.filter(({ kind }) => kind === "step");
        assert.deepEqual(accepted.map(({ path, line }) => [name(path!), line]), expected);
        // The value that the line before has set is that line's number.
        const values = accepted.slice(1, AT.length).map(({ vars }) => Number(vars![0]!.value.i));
        assert.deepEqual(values, AT.slice(0, -1));
        using read = openTrace(tracePath);
        assert.deepEqual([...read.steps()].map(({ path, line }) => [name(path), line]), expected);
      })),
});
