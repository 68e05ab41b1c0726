/** What the agent says in the ring's header about how the program ended, and what it left out. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { RECORDER_STOPPED } from "../../src/wire/protocol.ts";
import { run } from "../support/processes.ts";
import { EACH_OBSERVER, forEachPython, needsPythons, type Python } from "../support/pythons.ts";
import { withFolder } from "../support/recorder.ts";
import { attached } from "./_attached.ts";

needsPythons(EACH_OBSERVER);

function onPythons(
  versions: readonly string[],
  name: string,
  body: (python: Python) => Promise<void>,
): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) => forEachPython(t, versions, body),
  });
}

function onEachPython(name: string, body: (python: Python) => Promise<void>): void {
  onPythons(EACH_OBSERVER, name, body);
}

/** The program that others turn into; its status tells it from them. */
const OTHER = `[sys.executable, "-c", "raise SystemExit(7)"]`;

/** Ways to end, with `import os, sys` ahead: [the code, the status, whether the program replaced itself]. */
const ENDS: Readonly<Record<string, readonly [code: string, status: number, replaced: boolean]>> = {
  "runs to its end": ["print('x')", 0, false],
  "an exception": ["1 / 0", 1, false],
  "sys.exit in a thread's company": [
    "import threading, time\n" +
    "threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\nsys.exit(4)",
    4,
    false,
  ],
  "os._exit": ["os._exit(5)", 5, false],
  "a signal": ["os.kill(os.getpid(), 9)", 137, false],
  "abort": ["os.abort()", 134, false],
  "execv": [`os.execv(sys.executable, ${OTHER})`, 7, true],
  "execve": [`os.execve(path=sys.executable, argv=${OTHER}, env=os.environ)`, 7, true],
  "execve of a descriptor": [
    `os.execve(os.open(sys.executable, os.O_RDONLY), ${OTHER}, dict(os.environ))`,
    7,
    true,
  ],
  "execl": [`os.execl(sys.executable, *${OTHER})`, 7, true],
  "a name from before": [
    `from posix import execv as become\nbecome(sys.executable, ${OTHER})`,
    7,
    true,
  ],
  "a method that is the builtin": [
    `class A: become = os.execv\nA().become(sys.executable, ${OTHER})`,
    7,
    true,
  ],
  "the last folder of PATH": [
    "os.environ['PATH'] = '/no/such/folder:/dev/null:/proc:' + os.path.dirname(sys.executable)\n" +
    `os.execvp(os.path.basename(sys.executable), ${OTHER})`,
    7,
    true,
  ],
  "execvpe with an environment": [
    `os.execvpe(sys.executable, ${OTHER}, {**os.environ, 'ADDED': '1'})`,
    7,
    true,
  ],
  "an argument that runs code": [
    "class Path:\n    def __fspath__(self):\n        local = 1\n        return sys.executable\n" +
    `os.execv(Path(), ${OTHER})`,
    7,
    true,
  ],
  "an argument that tries, too": [
    "class Path:\n    def __fspath__(self):\n        try: os.execv('/no/such', ['x'])\n" +
    "        except OSError: return sys.executable\n" +
    `os.execv(Path(), ${OTHER})`,
    7,
    true,
  ],
  "exec in another thread": [
    "import threading\n" +
    `t = threading.Thread(target=lambda: os.execv(sys.executable, ${OTHER}))\n` +
    "t.start()\nwhile True:\n    n = 1",
    7,
    true,
  ],
  "exec at exit": [`import atexit\natexit.register(os.execv, sys.executable, ${OTHER})`, 7, true],
  "no such file": ["os.execv('/no/such', ['x'])", 1, false],
  "no such file at exit": ["import atexit\natexit.register(os.execv, '/no/such', ['x'])", 0, false],
  "no such file in all of PATH": ["os.execvp('no-such-program', ['x'])", 1, false],
  "wrong arguments": [
    "for call in (lambda: os.execv(), lambda: os.execv('/bin/true', 5), lambda: os.execv('', x=1),\n" +
    "             lambda: os.execve('/bin/true', ['true'], 5), lambda: os.execve('/bin/true', [], {})):\n" +
    "    try: call()\n    except (TypeError, ValueError): continue\n    sys.exit(1)",
    0,
    false,
  ],
  "looked at and not called": [
    "kept = os.execv.__call__, type(os.execv).__call__, callable(os.execve), repr(os.execve)",
    0,
    false,
  ],
  "a forked child's exec": [
    "child = os.fork()\n" +
    `if not child: os.execv(sys.executable, ${OTHER})\n` +
    "sys.exit(os.waitpid(child, 0)[1] >> 8)",
    7,
    false,
  ],
  "a forked child's failed exec, and the parent's own": [
    "child = os.fork()\n" +
    "if not child:\n    try: os.execv('/no/such', ['x'])\n    except OSError: os._exit(0)\n" +
    `os.waitpid(child, 0)\nos.execv(sys.executable, ${OTHER})`,
    7,
    true,
  ],
  "a forked child that goes on": [
    "child = os.fork()\nfor n in range(30000):\n    text = 'x' * 50\n" +
    "if child: sys.exit(os.waitpid(child, 0)[1] >> 8)",
    0,
    false,
  ],
  "a child by subprocess": [
    `import subprocess\nsys.exit(subprocess.run(${OTHER}, preexec_fn=lambda: None).returncode)`,
    7,
    false,
  ],
};

/** Where it matters how the program is observed; the others take turns. */
const ON_EACH = /thread|fork|at exit|runs code|tries|runs to its end|an exception|^execv$/;

for (const [index, [name, [code, status, replaced]]] of Object.entries(ENDS).entries()) {
  const versions = ON_EACH.test(name) ? EACH_OBSERVER : [EACH_OBSERVER[index % 2] ?? ""];
  onPythons(
    versions,
    `${name}: ${replaced ? "replaced" : "ended"}, and not detached`,
    async (python) => {
      const { result, side } = await attached(python, `import os, sys\n${code}\n`);
      assert.equal(result.status, status, result.stderr);
      assert.deepEqual([side.replaced, side.detached], [replaced, false]);
      assert.notEqual(side.pid, 0);
    },
  );
}

onEachPython("a recorder that stopped detaches the agent", async (python) => {
  const { result, side } = await attached(
    python,
    "for n in range(100000):\n    text = 'x' * 50\nprint(n)\n",
    { deaf: true, prepare: (ring) => ring.setState(RECORDER_STOPPED) },
  );
  assert.equal(result.stdout, "99999\n");
  assert.deepEqual([side.replaced, side.detached], [false, true]);
});

onEachPython("a fork after that is no matter of the agent's any more", async (python) => {
  const program = `import os, sys
for n in range(60000):
    text = "x" * 50
monitoring = getattr(sys, "monitoring", None)
if monitoring:
    monitoring.use_tool_id(4, "mine")
child = os.fork()
if not child:
    os._exit(monitoring is not None and monitoring.get_tool(4) != "mine")
sys.exit(os.waitpid(child, 0)[1] >> 8)
`;
  const { result, side } = await attached(python, program, {
    deaf: true,
    prepare: (ring) => ring.setState(RECORDER_STOPPED),
  });
  assert.ok(side.detached);
  assert.deepEqual([result.status, result.stderr], [0, ""]);
});

onEachPython("an agent that failed is detached, and exec is still told", async (python) => {
  const { result, side } = await attached(
    python,
    `import os, sys\nvalue = [[1], [2]]\nprint(value, flush=True)\nos.execv(sys.executable, ${OTHER})\n`,
    { broken: [["depth", 3], ["depth", "none"]] },
  );
  assert.deepEqual([result.stdout, result.status], ["[[1], [2]]\n", 7]);
  assert.deepEqual([side.replaced, side.detached], [true, true]);
});

onEachPython(
  "an agent that fails before it observes is no matter of the program's",
  async (python) => {
    const { result, side } = await attached(
      python,
      "import sys\nprint(sys.gettrace(), [m for m in sys.modules if '_ct_' in m])\n",
      { broken: [["activation"], ["no_activation"]] },
    );
    assert.deepEqual([result.stdout, result.stderr, result.status], ["None []\n", "", 0]);
    assert.deepEqual([side.replaced, side.detached], [false, true]);
  },
);

onEachPython(
  "what a .pth file put in the agent's place stays there",
  (python) =>
    withFolder(async (folder) => {
      const packages = join(folder, `lib/python${python.version}/site-packages`);
      await Deno.mkdir(packages, { recursive: true });
      await Deno.writeTextFile(
        join(packages, "first.pth"),
        python.minor < 12
          ? "import sys; sys.settrace(lambda frame, event, argument: None)\n"
          : "import sys; sys.monitoring.use_tool_id(4, 'first')\n",
      );
      const show = python.minor < 12 ? "sys.gettrace().__name__" : "sys.monitoring.get_tool(4)";
      const { result, side } = await attached(
        python,
        `import os, sys\nprint(${show}, flush=True)\nos.execv(sys.executable, ${OTHER})\n`,
        { env: { PYTHONUSERBASE: folder } },
      );
      const shown = python.minor < 12 ? "<lambda>\n" : "first\n";
      assert.deepEqual([result.stdout, result.stderr, result.status], [shown, "", 7]);
      assert.deepEqual([side.replaced, side.detached], [true, true]);
    }),
);

/** Makes and calls functions that the gate refuses, each twice: their module is one that is never recorded. */
const REFUSED = `import sys
print("what encodes texts has run")
count, kept = int(sys.argv[1]), []
text = "\\n".join("def f%d(): return %d" % (n, n) for n in range(count))
names = {"__name__": "asyncio.made"}
if sys.argv[2] == "made":
    exec(compile(text, "made.py", "exec"), names)
    for n in range(count):
        names["f%d" % n]()
        names["f%d" % n]()
for n in range(count):
    print(n)
`;

onEachPython("each code object that the gate refuses is counted, once", async (python) => {
  const skipped = async (...args: string[]) =>
    (await attached(python, REFUSED, { args })).side.scopesSkipped;
  const none = await skipped("0", "not");
  // Those of the start-up are the standard library's.
  assert.ok(none > 0);
  assert.equal(await skipped("0", "made"), none + 1, "the module's own code");
  assert.equal(await skipped("300", "made"), none + 301);
  // The agent's own functions stand in front of `write`.
  assert.equal(await skipped("300", "not"), none);
});

onEachPython("as many are counted as a profiler sees in the standard library", async (python) => {
  const program = (calls: string, watch: boolean) =>
    `import sys
seen = {}
if ${watch ? "True" : "False"}:
    # By identity: code objects that are alike are equal.
    sys.setprofile(lambda frame, event, argument: seen.setdefault(id(frame.f_code), frame.f_code))
import csv, encodings.idna, heapq, json, textwrap
${calls}
sys.setprofile(None)
if seen:
    print(sum(code.co_filename != __file__ for code in seen.values()))
`;
  const calls = `json.loads('{"a": [1, 2.5, "b"]}', parse_float=str)
json.dumps({"a": [1]}, indent=1)
textwrap.fill("some words to wrap " * 9)
"höhle".encode("idna")
list(csv.DictReader(["a,b", "1,2"]))`;
  // What the start-up needs, too, is in both.
  const counted = async (calls: string) =>
    (await attached(python, program(calls, false))).side.scopesSkipped;
  const seen = (calls: string) =>
    withFolder(async (cwd) => {
      await Deno.writeTextFile(join(cwd, "p.py"), program(calls, true));
      return Number((await run([python.path, "p.py"], { cwd })).stdout);
    });
  const expected = await seen(calls) - await seen("");
  assert.ok(expected > 30, String(expected));
  assert.equal(await counted(calls) - await counted(""), expected);
});
