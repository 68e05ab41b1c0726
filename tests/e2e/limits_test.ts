/**
 * What can't be hidden from a program, each with a test that shows it: if one of these fails, the limit is gone, and it
 * belongs into invisible_test.ts and out of the documentation.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../support/processes.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS, type Python } from "../support/pythons.ts";
import { PROGRAMS, record, withFolder } from "../support/recorder.ts";
import { SILENT } from "../support/same.ts";

needsPythons(PUSH_VERSIONS);

const BY_SETTRACE = ["3.8", "3.11"], BY_MONITORING = ["3.12", "3.13"];

function limit(
  name: string,
  versions: readonly string[],
  words: readonly string[],
  check: (plain: string, recorded: string, python: Python) => void,
): void {
  Deno.test({
    name: `limit: ${name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      await forEachPython(t, versions, (python) =>
        withFolder(async (folder) => {
          const plain = await run([python.path, ...words], { cwd: folder });
          const recorded = await record(folder, [...SILENT, python.path, ...words]);
          assert.equal(plain.status, 0, plain.stderr);
          assert.equal(recorded.status, 0, recorded.stderr);
          check(plain.stdout.trim(), recorded.stdout.trim(), python);
        }));
    },
  });
}

limit("sys.gettrace() shows a tracer before 3.12", BY_SETTRACE, [
  "-c",
  "import sys; print(sys.gettrace() is None)",
], (plain, recorded) => assert.deepEqual([plain, recorded], ["True", "False"]));

limit("sys.monitoring shows that tool 4 is taken", BY_MONITORING, [
  "-c",
  "import sys; print(sys.monitoring.get_tool(4))",
], (plain, recorded) => assert.deepEqual([plain, recorded], ["None", "codetracer"]));

limit("the dictionary of an earlier locals() is brought up to date before 3.12", BY_SETTRACE, [
  join(PROGRAMS, "small/locals_shared_py312.py"),
], (plain, recorded) => {
  assert.equal(plain, "([], 1) [(0, 1), (1, 2), (2, 3)]");
  assert.notEqual(recorded, plain);
});

limit("sys.flags don't say -I and -E", ["3.8", "3.13"], [
  "-I",
  "-c",
  "import sys; print(sys.flags.isolated, sys.flags.ignore_environment, sys.flags.no_user_site)",
], (plain, recorded) => assert.deepEqual([plain, recorded], ["1 1 1", "0 0 1"]));

limit("/proc/self/environ shows what the interpreter was started with", ["3.8", "3.13"], [
  "-c",
  "print(b'PYTHONPATH' in open('/proc/self/environ', 'rb').read())",
], (plain, recorded) => assert.deepEqual([plain, recorded], ["False", "True"]));
