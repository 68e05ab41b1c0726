/** Programs that record themselves, on every Python: again and again, in all places, whole programs. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { checkInterrupted, checkSameSteps, outlineOf, runProgram } from "../support/python_api.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS, type Python } from "../support/pythons.ts";
import { inspect, PROGRAMS, withFolder } from "../support/recorder.ts";

needsPythons(PUSH_VERSIONS);

function onAll(name: string, body: (folder: string, python: Python) => Promise<void>): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) =>
      forEachPython(t, PUSH_VERSIONS, (python) => withFolder((folder) => body(folder, python))),
  });
}

const AGAIN = `import gc, os, sys, threading
import codetracer_recorder as ct

def count(n):
    for i in range(n):
        pass
    return n

def state():
    gc.collect()
    kinds = [type(thing).__name__ for thing in gc.get_objects()]
    tool = sys.monitoring.get_tool(4) if sys.version_info >= (3, 12) else None
    return (tool, sys.gettrace(), threading._trace_hook, threading.active_count(), len(os.listdir("/proc/self/fd")),
            kinds.count("Ring"), kinds.count("Gate"), kinds.count("CodeInfo"), kinds.count("mmap"))

states = []
for n in range(20):
    with ct.trace("out-%d" % n):
        print(count(n))
        thread = threading.Thread(target=count, args=(3,))
        thread.start()
        thread.join()
    states.append(state())
assert states[0] == states[-1], states
assert states[0][:3] == (None, None, None) and states[0][-4:] == (0, 0, 0, 0), states[0]
print(ct.is_tracing(), len(states))
`;

onAll("twenty recordings in one process leave nothing behind", async (folder, python) => {
  const { status, stderr } = await runProgram(folder, python, AGAIN);
  assert.equal(status, 0, stderr);
  for (let n = 0; n < 20; n++) {
    const { trace, left } = await inspect(join(folder, `out-${n}`));
    assert.deepEqual(left, ["app.ct", "trace_metadata.json"]);
    const { counts } = trace!; // holds: it is there
    // Each turn, the end of the loop, and the return; the thread's; in the `with`, four lines and maybe its own.
    assert.equal((outlineOf(trace).match(/\(count /g) ?? []).length, 2);
    assert.ok(counts["steps"]! >= 2 * n + 2 + 8 + 4, `${n}: ${JSON.stringify(counts)}`);
  }
});

const PLACES = `import asyncio, contextlib, io, os, signal, sys, threading
import codetracer_recorder as ct

def f():
    return 1

def generator():
    yield 1
    ct.start("generator")
    yield 2
    yield 3

for value in generator():
    pass
ct.stop()

async def coroutine():
    await asyncio.sleep(0)
    ct.start("coroutine")
    await asyncio.sleep(0)
    return 1

asyncio.run(coroutine())
ct.stop()

class Body:
    ct.start("body")
    inside = [n for n in range(2)]
    ct.stop()

exec("""
ct.start("text")
f()
ct.stop()
""")

limited = ct.start("limited", policy={"max_steps": 50})
for n in range(100):
    f()
assert ct.stop() == limited.trace_path and limited.partial.code == "ERR_TRACE_INCOMPLETE"

ct.start("other-thread")
thread = threading.Thread(target=ct.stop)
thread.start()
thread.join()
f()
ct.start("this-thread")
f()
ct.stop()

with open("entered.py", "w") as file:
    file.write("def inside():\\n    return 5\\n")
sys.path.insert(0, "")
import entered
ct.start("entered", start_on_enter="entered.py")
f()
entered.inside()
f()
ct.stop()

ct.start("redirected")
kept = sys.stdout.write
with contextlib.redirect_stdout(io.StringIO()):
    print("not seen")
ct.stop()
kept("")  # as the program had it while it was recorded

with open("filter.toml", "w") as file:
    file.write('[meta]\\nname = "t"\\nversion = 1\\n[scope]\\ndefault_exec = "skip"\\n'
               '[[scope.rules]]\\nselector = "obj:*.f"\\nexec = "trace"\\n')
os.environ["CODETRACER_MAX_STEPS"] = "1"
ct.start("filtered", trace_filter=["filter.toml"], apply_env_policy=False)
f()
f()
assert ct.stop()
one = ct.start("one")
f()
f()
assert ct.stop() and one.partial is not None
del os.environ["CODETRACER_MAX_STEPS"]

signal.signal(signal.SIGALRM, lambda *_: ct.stop())
ct.start("signal")
signal.setitimer(signal.ITIMER_REAL, 0.05)
while ct.is_tracing():
    f()

def handler(*_):
    handled.append(ct.stop() if ct.is_tracing() else ct.start("nested").trace_path)

handled = []
signal.signal(signal.SIGUSR1, handler)
sys.setprofile(lambda frame, *_: frame.f_code.co_name == "_first_answer" and not handled and
               os.kill(os.getpid(), signal.SIGUSR1))
try:
    ct.start("outer")
    raise AssertionError
except ct.UsageError as error:
    assert error.code == "ERR_ALREADY_TRACING", error
sys.setprofile(lambda frame, *_: frame.f_code.co_name == "_said" and len(handled) == 1 and
               os.kill(os.getpid(), signal.SIGUSR1))
stopped = ct.stop()
sys.setprofile(None)
assert handled == [stopped, stopped] and not os.path.exists("outer"), (handled, stopped)

ct.start("closed")
os.closerange(3, 1000)
others = [os.dup(1) for _ in range(200)]
try:
    ct.stop()
    raise AssertionError
except ct.TargetError as error:
    assert error.code == "ERR_TRACE_INCOMPLETE" and "descriptors" in str(error), error
for other in others:
    os.write(other, b"")
`;

/** Inside of `<toplevel>`. The line on which `start` is called is over; that of `stop` is the last. */
const OUTLINES: Readonly<Record<string, RegExp>> = {
  generator:
    /^\(<__main__> \(generator 10 \)generator 14 13 \(generator 11 \)generator 14 13 15 \)<__main__>$/,
  coroutine: /^\(<__main__> \(coroutine 20 \)coroutine \(coroutine 21 \)coroutine 24 \)<__main__>$/,
  // Until 3.11 a comprehension is a call.
  body:
    /^\(<__main__> \(Body 28 (?:\(Body\.<listcomp> 28 28 28 \)Body\.<listcomp> |28 28 )29 \)Body \)<__main__>$/,
  text: /^\(<__main__> \(<__main__> 3 \(f 5 \)f 4 \)<__main__> \)<__main__>$/,
  "other-thread": /^\(<__main__> 43 44 (?:45 )?\)<__main__>$/,
  "this-thread": /^\(<__main__> 48 \(f 5 \)f 49 \)<__main__>$/,
  filtered: /^\(f 5 \)f \(f 5 \)f$/,
  entered: /^\(inside 2 \)inside$/,
  // What a `with` does at its end is a step from 3.10 on.
  redirected: /^\(<__main__> 62 63 64 (?:63 )?65 \)<__main__>$/,
};

onAll("a recording begins and ends anywhere", async (folder, python) => {
  const { status, stderr } = await runProgram(folder, python, PLACES);
  assert.equal(status, 0, stderr);
  const others = ["limited", "one", "signal", "nested", "closed"];
  for (const name of [...Object.keys(OUTLINES), ...others]) {
    const { trace, left } = await inspect(join(folder, name));
    assert.deepEqual(left, ["app.ct", "trace_metadata.json"], name);
    const [, outline = ""] = /^\(<toplevel> (.*) \)<toplevel>$/.exec(outlineOf(trace)) ?? [];
    assert.match(outline, OUTLINES[name] ?? /^\(<__main__> [^"]* \)<__main__>$/, name);
  }
});

const SAME = [
  "generators",
  "class_bodies",
  "with_statements",
  "coroutines",
  "dataclasses_and_enums",
  "exec_eval",
  "closures",
];

for (const name of SAME) {
  onAll(`a program records itself as the command would: ${name}`, async (_folder, python) => {
    await checkSameSteps(python, join(PROGRAMS, `small/${name}.py`));
  });
}

for (
  const words of [["start", "1", "4"], ["stop", "1", "1"], ["timeout", "1", "1"], [
    "depth",
    "8",
    "1",
  ]]
) {
  onAll(`exceptions inside of ${words[0]}`, async (folder, python) => {
    // Until 3.11 a tracer that raises at lines would stand where the agent's is to be.
    if (python.minor >= 12 || words[0] === "depth") {
      await checkInterrupted(join(folder, "inside"), python, words);
    }
  });
}

const ANYTHING = `import collections, decimal, enum, json, math, os, pathlib, random, sys
import codetracer_recorder as ct

class Odd:
    def __getattr__(self, name):
        raise KeyError(name)

class Color(enum.IntEnum):
    RED = 5

def value(depth=2):
    plain = [None, True, 0, -1, 5, Color.RED, 2**60, 10**400, 0.5, math.nan, -math.inf, 1j, "", "x", "5", "none", "on",
             "~x\\0", "\\0", "\\ud800", "/proc/none", "a::b", b"", b"x", bytearray(b"x"), object(), Odd(), Odd, len,
             decimal.Decimal(5), pathlib.Path("x"), pathlib.PurePosixPath(""), range(3), ct, sys.stdout]
    if depth and chosen.random() < 0.3:
        items = [value(depth - 1) for _ in range(chosen.randrange(3))]
        return chosen.choice([list, tuple, collections.deque, lambda items: dict.fromkeys(map(repr, items), value(0)),
                              lambda items: collections.UserDict(enumerate(items)), iter])(items)
    return chosen.choice(plain)

def policy():
    names = list(SETTINGS) * 3 + ["", "x", "__proto__", "constructor", 5, None, ("a",)]
    return {chosen.choice(names): value() for _ in range(chosen.randrange(3))}

def calls():
    path = chosen.choice(["out", "out", "out", value()])
    extra = {name: chosen.choice([value, policy] if name == "policy" else [value])()
             for name in ("start_on_enter", "trace_filter", "policy", "apply_env_policy") if chosen.random() < 0.2}
    return chosen.choice([lambda: ct.start(path, **extra)] * 3 + [
        lambda: ct.configure_policy(**{str(name): one for name, one in policy().items()}),
        lambda: ct.configure_policy(value()), lambda: ct.stop(value()), lambda: ct.stop(exit_code=value()),
    ])

SETTINGS = set(ct.policy_snapshot()["settings"]) - {"log_file", "progress_file"}
fds = len(os.listdir("/proc/self/fd"))
began = refused = 0
for seed in range(int(sys.argv[1]), int(sys.argv[1]) + 150):
    chosen = random.Random(seed)
    ct._configured.clear()
    try:
        calls()()
        began += ct.is_tracing()
        ct.stop()
    except (ct.UsageError, ct.EnvironmentError) as error:
        refused += 1
        assert error.code != "ERR_UNKNOWN" and "fault of the recorder" not in str(error), (seed, error)
        json.dumps(error.context)
    except BaseException:
        print("seed", seed)
        raise
    assert not ct.is_tracing() and fds == len(os.listdir("/proc/self/fd")), seed
assert began > 5 and refused > 30, (began, refused)
`;

onAll("arguments of any kind begin a recording or are refused", async (folder, python) => {
  const seed = Math.floor(Math.random() * 1e9);
  const text = ANYTHING.replaceAll("sys.argv[1]", String(seed));
  const { status, stdout, stderr } = await runProgram(folder, python, text);
  assert.equal(status, 0, `${stdout}${stderr}`);
});
