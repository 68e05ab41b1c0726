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

limit(
  "a standard stream's own write and flush are functions of the agent",
  ["3.8", "3.13"],
  [
    "-c",
    "import sys; print(type(sys.stdout.write).__name__, 'write' in vars(sys.stdout))",
  ],
  (plain, recorded) =>
    assert.deepEqual([plain, recorded], ["builtin_function_or_method False", "function True"]),
);

limit("os.execv has a type of its own", ["3.8", "3.13"], [
  "-c",
  "import os; print(type(os.execv) is type(len), type(os.execve) is type(len))",
], (plain, recorded) => assert.deepEqual([plain, recorded], ["True True", "False False"]));

Deno.test({
  name: "limit: a standard stream that was closed is one that is empty",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await forEachPython(t, ["3.8", "3.13"], (python) =>
      withFolder(async (folder) => {
        const code = "import sys; print(sys.stdin is None)";
        const wrapper = ["sh", "-c", '"$@" <&-; exit $?', "sh"];
        const words = [python.path, "-c", code];
        const plain = await run([...wrapper, ...words], { cwd: folder });
        const recorded = await record(folder, [...SILENT, ...words], { wrapper });
        // The runtime that the recorder is made with opens what is closed, before anything of ours runs.
        assert.deepEqual([plain.stdout, recorded.stdout], ["True\n", "False\n"]);
      }));
  },
});

limit("the agent's mappings keep their descriptors before 3.13", ["3.8", "3.12"], [
  "-c",
  "import os; print(sum('.recording-' in os.readlink('/proc/self/fd/%d' % n) for n in range(256) " +
  "if os.path.islink('/proc/self/fd/%d' % n)), os.dup(0))",
], (plain, recorded) => {
  // The lowest free one: 3, but for whoever runs the tests with others open.
  const [, free] = plain.split(" ");
  assert.deepEqual([plain, recorded], [`0 ${free}`, `5 ${free}`]);
});
