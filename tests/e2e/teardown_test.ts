/** Code that runs when the interpreter has emptied its modules, `sys` among them: the agent needs them as well. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../support/processes.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS, type Python } from "../support/pythons.ts";
import { PROGRAMS, record, withFolder } from "../support/recorder.ts";

needsPythons(PUSH_VERSIONS);

const PROGRAM = join(PROGRAMS, "probes/lasts.py");
const OUTLIVES = join(PROGRAMS, "probes/outlives.py");
/** Of `PROGRAM`: its functions, and how often each of its objects makes calls of them; generators' are in pieces. */
const CALLS: Readonly<Record<string, number>> = {
  "Plain.__del__": 1,
  "Reads.__del__": 1,
  "Catches.__del__": 1,
  "Catches.fail": 1,
  "Loops.__del__": 1,
  "Tables.__del__": 1,
  "Tables.change": 2,
  "Prints.__del__": 2,
  "Runs.__del__": 1,
  "f": 1,
  "Generates.make": 2,
  "Fails.__del__": 1,
};
/** That hold one of each. */
const MODULES = 2;
/** Variables of code that names `locals` are read by the library under `ctypes`, which can't be loaded any more. */
const READ_BY_CTYPES = "3.12";
const EMPTIED = /^ct-recorder: warning ERR_TRACE_INCOMPLETE: .* emptied .*\n/m;

const withoutAddresses = (text: string) => text.replaceAll(/0x[0-9a-f]+/g, "0x");

async function bothWays(folder: string, python: Python, program: string) {
  const words = [python.path, program];
  const alone = await run(words, { cwd: folder });
  return { alone, recorded: await record(folder, ["-q", ...words]) };
}

Deno.test({
  name:
    "what runs while the interpreter takes itself apart does what it does alone, and is recorded",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, PUSH_VERSIONS, (python) =>
      withFolder(async (folder) => {
        const { alone, recorded } = await bothWays(folder, python, PROGRAM);
        const { status, stdout, stderr, metadata, trace } = recorded;
        const isPartial = python.version === READ_BY_CTYPES;
        assert.equal(EMPTIED.test(stderr), isPartial, stderr);
        assert.deepEqual(
          [status, stdout, withoutAddresses(stderr.replace(EMPTIED, ""))],
          [alone.status, alone.stdout, withoutAddresses(alone.stderr)],
        );
        assert.equal(metadata?.["partial"], isPartial);
        assert.deepEqual(metadata?.["process_exit_status"], { code: 0, label: null });
        const keys: Record<string, Set<number>> = {};
        for (const { call_key, function: name } of trace?.events ?? []) {
          if (call_key !== undefined && name !== undefined) {
            (keys[name] ??= new Set()).add(call_key);
          }
        }
        for (const [name, times] of Object.entries(CALLS)) {
          assert.equal(keys[name]?.size, times * MODULES, name);
        }
      })),
});

Deno.test({
  name:
    "a program that keeps the agent alive by a leak ends as it does alone: the interpreter frees its types as the very last",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, PUSH_VERSIONS, (python) =>
      withFolder(async (folder) => {
        const { alone, recorded } = await bothWays(folder, python, OUTLIVES);
        const { status, stdout, stderr, metadata, trace } = recorded;
        assert.deepEqual([status, stdout, stderr], [0, alone.stdout, alone.stderr]);
        assert.deepEqual(metadata?.["process_exit_status"], { code: 0, label: null });
        assert.ok(JSON.stringify(trace?.events).includes("<built-in function __new__>"));
      })),
});
