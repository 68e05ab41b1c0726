/** The agent comes as bytecode where there is some for the interpreter, else as text; what it does is the same. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import type { Bytecode } from "../../src/agent/bytecode.ts";
import { bytecodeOf } from "../../tools/build/bytecode.ts";
import { run } from "../support/processes.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS, type Python } from "../support/pythons.ts";
import { attached } from "./_attached.ts";

needsPythons(PUSH_VERSIONS);

function onEachPython(name: string, body: (python: Python) => Promise<void>): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) => forEachPython(t, PUSH_VERSIONS, body),
  });
}

/** Meets an exception and a value of the library's: the modules for these are loaded then. */
const PROGRAM = `
from datetime import date
day = date(2020, 1, 2)
def fails(text, *, number=3):
    for n in range(number):
        text += str(n)
    raise ValueError(text)
try:
    fails("no")
except ValueError as error:
    caught = [str(error), {"day": day}]
print("done")
`;

/** The same, and says whether the agent compiles something meanwhile. */
const WATCHED = `import sys
def hook(event, arguments):
    if event == "compile" and "_ct_" in str(arguments[1]):
        seen.append(event)
seen = []
sys.addaudithook(hook)
${PROGRAM}
print(sorted(set(seen)))
`;

interface Given {
  readonly bytecode: readonly Bytecode[];
  /** The version that the interpreter's name says. */
  readonly pythonVersion: string | null;
}

/** Whether the agent is compiled. */
async function compiles(python: Python, given: Given): Promise<boolean> {
  const { result, side } = await attached(python, WATCHED, given);
  assert.deepEqual([result.status, result.stderr, side.detached], [0, "", false]);
  const [done, seen] = result.stdout.split("\n");
  assert.equal(done, "done");
  return seen !== "[]";
}

/** All records but the first, which names the process and its folder. */
async function records(python: Python, given: Given): Promise<Buffer> {
  let wire = Buffer.alloc(0);
  const capture = (segments: Uint8Array) => wire = Buffer.from(segments);
  const { result } = await attached(python, PROGRAM, { ...given, capture });
  assert.deepEqual([result.status, result.stderr, result.stdout], [0, "", "done\n"]);
  return wire.subarray(wire.indexOf("p.py"), wire.findLastIndex((byte) => byte !== 0));
}

onEachPython("bytecode and text of the agent record the same", async (python) => {
  const bytecode = await bytecodeOf([python.path]);
  const [version] = bytecode;
  assert.equal(version!.python, python.version);
  const none: Bytecode[] = [];
  const foreign = [{ ...version!, magic: [1, 2, 13, 10] }];
  const other = python.version === "3.12" ? "3.8" : "3.12";
  const text = await records(python, { bytecode: none, pythonVersion: null });
  assert.ok(text.includes("datetime") && text.includes("no012"));
  const cases: [given: Given, compiles: boolean][] = [
    [{ bytecode: none, pythonVersion: null }, true],
    [{ bytecode, pythonVersion: null }, false],
    [{ bytecode, pythonVersion: python.version }, false],
    [{ bytecode, pythonVersion: other }, true],
    [{ bytecode: foreign, pythonVersion: null }, true],
  ];
  for (const [given, expected] of cases) {
    assert.equal(await compiles(python, given), expected);
    assert.deepEqual(await records(python, given), text);
  }
});

onEachPython("the right part of several versions' bytecode is taken", async (python) => {
  const [version] = await bytecodeOf([python.path]);
  const modules = new Uint8Array(1000).fill(0x5a);
  const several: Bytecode[] = [
    { ...version!, python: "3.7", magic: [1, 2, 13, 10], tag: "cpython-37", modules },
    version!,
    { ...version!, python: "3.99", magic: [3, 2, 13, 10], tag: "cpython-399", modules },
  ];
  for (const pythonVersion of [null, python.version]) {
    assert.equal(await compiles(python, { bytecode: several, pythonVersion }), false);
  }
});

onEachPython("what is loaded later imports what was loaded for it", async (python) => {
  const { stdout, stderr } = await run([
    python.path,
    "-I",
    "-c",
    `import ast, os, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import _ct_exceptions_later, _ct_values
from _ct_later import Later
def imported_by(name):
    with open(os.path.join(sys.argv[1], name + ".py")) as file:
        for node in ast.walk(ast.parse(file.read())):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module
exceptions = Later(_ct_exceptions_later.NAMES, _ct_exceptions_later.IMPORTED)
for later in exceptions, _ct_values._library:
    names = [name for name, _ in later.loaders]
    wanted = {each for name in names for each in imported_by(name)}
    print(wanted == set(later.loaded) | set(names[:-1]), later.compiled() is not None)
`,
    fileURLToPath(new URL("../../src/agent/python", import.meta.url)),
  ]);
  assert.deepEqual([stdout, stderr], ["True True\n".repeat(2), ""]);
});
