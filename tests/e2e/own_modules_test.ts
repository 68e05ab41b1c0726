/**
 * Modules of the program's own that are called like those of the standard library which the agent uses: the agent has
 * the library's, and the program what it has without the recorder, as if the agent had looked for nothing.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../support/processes.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS, type Python } from "../support/pythons.ts";
import { runProgram } from "../support/python_api.ts";
import { inspect, record, withFolder } from "../support/recorder.ts";
import { sameAsWithout } from "../support/same.ts";

needsPythons(PUSH_VERSIONS);

/** All that the agent imports, and what these import; those that are built in can't be had from anywhere else. */
const NAMES = [
  ...["_ctypes", "_frozen_importlib", "_io", "_opcode", "_opcode_metadata", "_operator", "_signal"],
  ...["_stat", "_struct", "_thread", "_weakref", "ctypes", "fcntl", "gc", "itertools", "marshal"],
  ...["mmap", "opcode", "resource", "struct", "termios", "time", "zlib"],
];

/** Comes by most of what the agent loads later on, then says which modules there are, and what they are. */
const PROGRAM = `
import sys
before = [name for name in NAMES if name in sys.modules]

def names_locals(x):
    y = x + 1
    shown = dict(locals())
    return shown

class Point:
    def __init__(self, n):
        self.n, self.items, self.long = n, list(range(300)), "x" * 300

def work():
    many, points = tuple(range(1000, 1500)), [Point(n) for n in range(20)]
    for n in range(300):
        try:
            many[n * 10]
        except IndexError as error:
            caught = error
    with open(__file__) as file:
        text = file.read()
    return sum(many), len(points)

print(work(), names_locals(1))
try:
    raise ValueError("caught")
except ValueError:
    pass
print(before)
for name in NAMES:
    try:
        module = __import__(name)
        print(name, getattr(module, "__file__", None), hasattr(module, "mine"))
    except ImportError as error:
        print(error)
print(sorted(sys.modules))
print(sorted(sys.path_importer_cache))
print(sys.path, [type(finder) for finder in sys.meta_path])
`;

function test(name: string, body: (python: Python, folder: string) => Promise<void>): void {
  Deno.test({
    name: `own modules: ${name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      await forEachPython(
        t,
        PUSH_VERSIONS,
        (python) => withFolder((folder) => body(python, folder)),
      );
    },
  });
}

async function writeModules(folder: string): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  for (const name of NAMES) {
    await Deno.writeTextFile(join(folder, `${name}.py`), "mine = True\nprint('mine:', __name__)\n");
  }
  return folder;
}

async function writeProgram(folder: string): Promise<string> {
  const script = join(folder, "app.py");
  await Deno.writeTextFile(script, `NAMES = ${JSON.stringify(NAMES)}\n${PROGRAM}`);
  return script;
}

test("on PYTHONPATH", async (python, folder) => {
  const env = { PYTHONPATH: await writeModules(join(folder, "own")) };
  const script = await writeProgram(folder);
  for (const mode of ["proxies", "proxies+fd"]) {
    const recorderOptions = ["--io-capture", mode];
    const { plain, recorded } = await sameAsWithout(folder, [python.path, script], {
      env,
      recorderOptions,
    });
    assert.equal(plain.status, 0, plain.stderr);
    assert.match(plain.stdout, /^mine: mmap$/m);
    assert.ok(recorded.trace?.events.some(({ kind }) => kind === "step"));
    await Deno.remove(join(folder, "out"), { recursive: true });
  }
});

test("beside the script", async (python, folder) => {
  const script = await writeProgram(await writeModules(join(folder, "own")));
  const { plain } = await sameAsWithout(folder, [python.path, script]);
  assert.equal(plain.status, 0, plain.stderr);
  assert.match(plain.stdout, /^mine: ctypes$/m);
});

test("on PYTHONPATH, and imported ahead of the agent", async (python, folder) => {
  const packages = join(folder, `base/lib/python${python.version}/site-packages`);
  await Deno.mkdir(packages, { recursive: true });
  await Deno.writeTextFile(join(packages, "own.pth"), `import ${NAMES.join(", ")}\n`);
  const env = {
    PYTHONPATH: await writeModules(join(folder, "own")),
    PYTHONUSERBASE: join(folder, "base"),
  };
  const { plain } = await sameAsWithout(folder, [python.path, await writeProgram(folder)], { env });
  assert.equal(plain.status, 0, plain.stderr);
  assert.match(plain.stdout, /^mine: mmap\n(.*\n)*.*\bmmap\b/m);
});

const IN_PROGRAM = `
import sys
import codetracer_recorder
before = set(sys.modules)
codetracer_recorder.start("traces")
try:
    raise ValueError("caught")
except ValueError as error:
    caught = error
print(sorted(set(sys.modules) - before - set(sys.builtin_module_names)), sys.meta_path)
codetracer_recorder.stop(exit_code=0)
for name in "mmap", "opcode", "resource":
    print(name, hasattr(__import__(name), "mine"))
`;

test("beside a program that records itself", async (python, folder) => {
  for (const name of ["mmap", "opcode", "resource"]) {
    await Deno.writeTextFile(join(folder, `${name}.py`), "mine = True\nprint('mine:', __name__)\n");
  }
  const { status, stdout, stderr } = await runProgram(folder, python, IN_PROGRAM);
  assert.equal(status, 0, stderr);
  const [first = "", ...rest] = stdout.trimEnd().split("\n");
  assert.match(first, /^\[\] /, stdout);
  assert.doesNotMatch(first, /_ct_/);
  const each = ["mmap", "opcode", "resource"].map((name) => [`mine: ${name}`, `${name} True`]);
  assert.deepEqual(rest, each.flat());
  const { trace } = await inspect(join(folder, "traces"));
  assert.ok(trace?.events.some(({ kind }) => kind === "step"));
});

test("what keeps the agent from beginning is named", async (python, folder) => {
  // Such a Python was built without that module: no other file of that name is taken for it.
  const packages = join(folder, `base/lib/python${python.version}/site-packages`);
  await Deno.mkdir(packages, { recursive: true });
  await Deno.writeTextFile(
    join(packages, "own.pth"),
    "import sys; sys.path[:] = [entry for entry in sys.path if not entry.endswith('lib-dynload')]\n",
  );
  const own = join(folder, "own");
  await Deno.mkdir(own);
  await Deno.writeTextFile(join(own, "mmap.py"), "mine = True\n");
  await Deno.writeTextFile(join(own, "sitecustomize.py"), "print('mine')\n");
  const env = { PYTHONPATH: own, PYTHONUSERBASE: join(folder, "base") };
  const { stdout, stderr, status } = await record(folder, [python.path, "-c", "print(1)"], { env });
  assert.equal(stdout, "mine\n1\n");
  assert.equal(status, 20, stderr);
  assert.match(stderr, /^ct-recorder: error ERR_TRACE_INCOMPLETE: .* failed with .*'mmap'.*\n$/);
});

test("where the agent has begun, and can't go on, the trace says so", async (python, folder) => {
  // Such a Python was built without termios, which is needed where output goes through the recorder.
  const packages = join(folder, `base/lib/python${python.version}/site-packages`);
  await Deno.mkdir(packages, { recursive: true });
  const left = join(folder, "left");
  await Deno.writeTextFile(
    join(packages, "own.pth"),
    `import sys; sys.path[:] = [${
      JSON.stringify(left)
    } if entry.endswith('lib-dynload') else entry for entry in sys.path]\n`,
  );
  const own = join(folder, "own");
  await Deno.mkdir(own);
  await Deno.writeTextFile(join(own, "sitecustomize.py"), "print('mine')\n");
  const leave = "import os, sys\nos.mkdir('left')\n" +
    "for folder in sys.path:\n" +
    "    for name in os.listdir(folder) if folder.endswith('lib-dynload') else ():\n" +
    "        if not name.startswith('termios'):\n" +
    "            os.symlink(os.path.join(folder, name), os.path.join('left', name))\n";
  assert.equal((await run([python.path, "-c", leave], { cwd: folder })).status, 0);
  const env = { PYTHONPATH: own, PYTHONUSERBASE: join(folder, "base") };
  const words = ["--on-recorder-error", "disable", "--io-capture", "proxies+fd", python.path];
  const { stdout, stderr, metadata } = await record(folder, [...words, "-c", "print(1)"], { env });
  assert.equal(stdout, "mine\n1\n", stderr);
  assert.match(stderr, /ERR_FRAME_INTROSPECTION_FAILED/);
  assert.doesNotMatch(stderr, /Error in sitecustomize/);
  assert.notEqual(metadata?.["partial"] ?? null, null);
});

test("a module that Python itself starts with is named", async (python, folder) => {
  const own = join(folder, "own");
  await Deno.mkdir(own);
  await Deno.writeTextFile(join(own, "site.py"), "");
  const env = { PYTHONPATH: own };
  const { stdout, stderr, status } = await record(folder, [python.path, "-c", "print(1)"], { env });
  assert.equal(stdout, "1\n", stderr);
  if (python.minor >= 11) return assert.equal(status, 0, stderr); // they are part of the interpreter
  assert.equal(status, 20, stderr);
  assert.ok(stderr.includes(`${own}/site.py, on PYTHONPATH,`), stderr);
});
