/** Programs that record themselves with `codetracer_recorder`; more of them are in `tests/long/python_api_test.ts`. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../support/processes.ts";
import {
  checkInterrupted,
  checkSameSteps,
  moduleFolder,
  outlineOf,
  runProgram,
  settled,
  startProgram,
} from "../support/python_api.ts";
import {
  EACH_OBSERVER,
  forEachPython,
  needsPythons,
  type Python,
  pythons,
} from "../support/pythons.ts";
import { inspect, PROGRAMS, record, recorderCommand, withFolder } from "../support/recorder.ts";

needsPythons(EACH_OBSERVER);

function onEach(name: string, body: (folder: string, python: Python) => Promise<void>): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) =>
      forEachPython(t, EACH_OBSERVER, (python) => withFolder((folder) => body(folder, python))),
  });
}

/** Where the version makes no difference. */
function onOne(name: string, body: (folder: string, python: Python) => Promise<void>): void {
  Deno.test(name, async () => {
    const python = (await pythons()).get(EACH_OBSERVER[1]!); // holds: there are two
    if (python !== undefined) await withFolder((folder) => body(folder, python));
  });
}

const PARTS = `import builtins, os, sys, threading
import codetracer_recorder as ct

def state():
    tool = sys.monitoring.get_tool(4) if sys.version_info >= (3, 12) else None
    streams = [sorted(vars(s)) for s in (sys.stdout, sys.stdout.buffer, sys.stderr, sys.stdin.buffer)]
    agent = [name for name in sys.modules if name.startswith("_ct_")]
    return (tool, sys.gettrace(), threading._trace_hook, os.execv, os.execve, streams, agent, sys.path[:],
            sys.dont_write_bytecode, sys._getframe().f_trace, len(os.listdir("/proc/self/fd")))

def add(x):
    return x + 1

def unrecorded():
    return add(100)

def work():
    print("earlier", end=" ")
    before = unrecorded()
    session = ct.start("first")
    assert ct.is_tracing() and session.path.name == "first"
    total = add(1)
    print("shown", total)
    ct.flush()
    trace = session.stop(exit_code=7)
    assert not ct.is_tracing() and trace == session.trace_path and session.partial is None
    return unrecorded()

clean = state()
work()
assert state() == clean, (state(), clean)
try:
    with ct.trace("second", policy={"io_capture": "off"}) as session:
        print("hidden")
        try:
            ct.start("third")
        except ct.UsageError as error:
            assert (error.code, error.kind) == ("ERR_ALREADY_TRACING", "Usage"), error
        raise KeyError(add(5))
except KeyError as error:
    assert error.__traceback__.tb_next is None
assert state() == clean, (state(), clean)
assert ct.stop() is None and session.stop() is None and ct.flush() is None
if clean[0] is None and sys.version_info >= (3, 12):
    sys.monitoring.use_tool_id(4, "other")
else:
    sys.settrace(lambda *_: None)
try:
    ct.start("fourth")
except ct.UsageError as error:
    assert error.code == "ERR_TRACER_INSTALL_CONFLICT", error
try:
    sys.settrace(None)
    ct.stop(exit_code=256)
except ct.UsageError as error:
    assert error.code == "ERR_USAGE", error
print(sorted(os.listdir(".")))
`;

onEach(
  "python api: parts of a program, and nothing else, nor anything left",
  async (folder, python) => {
    const { status, stdout, stderr } = await runProgram(folder, python, PARTS);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, "earlier shown 2\nhidden\n['app.py', 'first', 'second']\n");
    const first = await inspect(join(folder, "first"));
    assert.equal(
      outlineOf(first.trace),
      '(<toplevel> (<__main__> (work 21 22 (add 12 )add 23 "shown 2 24 25 )work )<__main__> )<toplevel>',
    );
    assert.deepEqual(first.metadata?.process_exit_status, { code: 7, label: null });
    assert.deepEqual(first.metadata?.partial, false);
    const second = await inspect(join(folder, "second"));
    // What a raise and a catch are told at is a line again.
    const both = "(<toplevel> (<__main__> 34 35 36 36 37 37 38 39 (add 12 )add 12";
    const end = python.minor < 10 ? "" : " 33"; // of the `with`
    assert.equal(outlineOf(second.trace), `${both}${end} )<__main__> )<toplevel>`);
    assert.deepEqual(second.metadata?.process_exit_status, { code: null, label: null });
  },
);

const THREADS = `import os, sys, threading
import codetracer_recorder as ct

go, done = threading.Event(), threading.Event()

def early():
    pass

def waits():
    go.wait()
    early()
    done.set()

def late():
    pass

old = threading.Thread(target=waits)
old.start()
ct.start("out")
child = os.fork()
if child == 0:
    tracing = ct.is_tracing()
    late()
    os._exit(10 + tracing)
while True:  # for any child there is: the recorder is none
    try:
        late_child, status = os.wait()
    except ChildProcessError:
        break
    assert late_child == child and status >> 8 == 10
new = threading.Thread(target=late)
new.start()
new.join()
go.set()
done.wait()
old.join()
ct.stop()
`;

onEach("python api: threads before and after, and a forked child", async (folder, python) => {
  const { status, stderr } = await runProgram(folder, python, THREADS);
  assert.equal(status, 0, stderr);
  const { trace, metadata } = await inspect(join(folder, "out"));
  const calls = trace?.events.filter(({ kind }) => kind === "call_entry").map(
    ({ function: name }) => name,
  );
  // Until 3.11 a thread's tracer is its own to set.
  assert.deepEqual(
    ["late", "early"].map((name) => calls?.filter((one) => one === name).length),
    [1, python.minor < 12 ? 0 : 1],
  );
  assert.deepEqual([metadata?.partial, metadata?.unrecorded_children], [false, 1]);
});

const SUSPENDED = `import asyncio, json, sys
import codetracer_recorder as ct

noted = []

def note():
    if ct.is_tracing():
        noted.append(sys._getframe(1).f_lineno)

def inner():
    yield 1
    note()
    yield 2
    note()

def outer():
    yield 0
    note()
    yield from inner()
    note()

def caught():
    try:
        yield 1
    except KeyError:
        note()
        yield 2
    finally:
        over = True
        note()

def closed():
    try:
        yield 1
    finally:
        over = True
        note()

async def source():
    for n in range(3):
        yield n
        note()

async def leaf(event):
    await event.wait()
    note()
    return 5

async def task(event):
    total = await leaf(event)
    note()
    async for n in numbers:
        note()
        total += n
    note()
    return total

async def main():
    global numbers
    numbers = source()
    await numbers.__anext__()
    event = asyncio.Event()
    tasks = [asyncio.create_task(task(event)), asyncio.create_task(leaf(event))]
    await asyncio.sleep(0.001)
    ct.start("out")
    note()
    event.set()
    for one in tasks:
        await one
        note()
    for value in two:
        note()
    three.throw(KeyError(1))
    note()
    for value in three:
        pass
    four.close()
    note()
    ct.stop()

one = outer()
two, three, four = outer(), caught(), closed()
for each in (one, two, two, three, four):
    next(each)
asyncio.run(main())
with ct.trace("again"):
    list(one)
    note()
print(json.dumps(noted))
`;

onEach("python api: what was suspended before, and goes on", async (folder, python) => {
  const { status, stdout, stderr } = await runProgram(folder, python, SUSPENDED);
  assert.equal(status, 0, stderr);
  const lines = SUSPENDED.split("\n");
  const noted: number[] = [];
  for (const name of ["out", "again"]) {
    const { trace } = await inspect(join(folder, name));
    for (const { kind, line = 0 } of trace?.events ?? []) {
      if (kind === "step" && lines[line - 1]?.trim() === "note()") noted.push(line);
    }
  }
  assert.deepEqual(noted, JSON.parse(stdout));
});

onEach(
  "python api: CODETRACER_TRACE records from the import to the end",
  async (folder, python) => {
    const text = "before = 1\nimport codetracer_recorder\nafter = 2\nraise SystemExit(3)\n";
    const { status, stderr } = await runProgram(folder, python, text, {
      env: { CODETRACER_TRACE: "out" },
      options: ["-X", "dev", "-S"], // what is installed here may run something at the end
    });
    assert.deepEqual([status, stderr], [3, ""]);
    const { trace, metadata } = await settled(join(folder, "out"));
    assert.equal(outlineOf(trace), "(<toplevel> (<__main__> 3 4 4 )<__main__> )<toplevel>");
    assert.deepEqual([metadata?.partial, metadata?.process_exit_status], [
      false,
      { code: null, label: null },
    ]);
  },
);

const COUNTS = `import os
import codetracer_recorder as ct
n = 0
def count():
    global n
    n += 1
ct.start("out")
while n < 1000:
    count()
ct.flush()
os.write(1, b"ready")
while True:
    count()
`;

/** The highest `n` that a step of the trace has seen. */
async function counted(outDir: string): Promise<{ n: number; metadata: unknown }> {
  const { trace, metadata } = await settled(outDir);
  const values = trace?.events.flatMap(({ vars }) =>
    vars?.find(({ varname }) => varname === "n")?.value.i ?? []
  );
  return { n: Math.max(...values?.map(Number) ?? []), metadata };
}

async function untilReady(child: Deno.ChildProcess): Promise<void> {
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
}

onOne("python api: a program that is killed leaves what it did", async (folder, python) => {
  const child = await startProgram(folder, python, COUNTS);
  await untilReady(child);
  child.kill("SIGKILL");
  await child.status;
  const { n, metadata } = await counted(join(folder, "out"));
  assert.ok(n >= 1000, String(n));
  assert.deepEqual((metadata as { partial: boolean }).partial, false);
});

onOne("python api: the recorder is killed, and its recording recovered", async (folder, python) => {
  const text = COUNTS.replace(
    "while True:\n    count()\n",
    `import json, glob, signal, threading
work = glob.glob("out/.recording-*")[0]
with open(glob.glob(work + "/recording.json")[0]) as file:
    recorder = json.load(file)["recorder"]["pid"]
def number(offset):
    return int.from_bytes(ct._active.ring.control[offset:offset + 8], "little")
freed, filled = 64, 128
os.kill(recorder, signal.SIGSTOP)
while number(filled) == number(freed):
    count()
threading.Timer(0.2, os.kill, (recorder, signal.SIGCONT)).start()
ct.flush()
assert number(freed) == number(filled), (number(freed), number(filled))
os.kill(recorder, signal.SIGKILL)
try:
    ct.stop()
except ct.TargetError as error:
    assert error.code == "ERR_TRACE_INCOMPLETE" and "recover" in str(error), error
assert not ct.is_tracing()
`,
  );
  const { status, stderr } = await runProgram(folder, python, text);
  assert.equal(status, 0, stderr);
  const { stderr: said } = await run([...recorderCommand(), "recover", "out"], { cwd: folder });
  const { n } = await counted(join(folder, "out"));
  assert.ok(n >= 1000, said);
});

const DEADLY_PIPE = `import glob, json, os, resource, signal, socket, time
import codetracer_recorder as ct

resource.setrlimit(resource.RLIMIT_NOFILE, (200, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
socket.setdefaulttimeout(0.01)  # for sockets of its own
before = len(os.listdir("/proc/self/fd"))
os.environ["CODETRACER_RECORDER"] = "/nowhere/recorder"
try:
    ct.start("out", policy={"log_file": "x" * 1000000})  # more than fits in before anybody reads
    raise AssertionError
except ct.EnvironmentError as error:
    assert error.code == "ERR_IO" and "not found" in str(error), error
del os.environ["CODETRACER_RECORDER"]
ct.start("out")
with open(glob.glob("out/.recording-*/recording.json")[0]) as file:
    recorder = json.load(file)["recorder"]["pid"]
os.kill(recorder, signal.SIGKILL)
try:
    while True:
        os.kill(recorder, 0)
        with open("/proc/%d/stat" % recorder) as file:
            if ") Z " in file.read():
                break
        time.sleep(0.001)
except OSError:
    pass
try:
    ct.stop()
    raise AssertionError
except ct.TargetError as error:
    assert error.code == "ERR_TRACE_INCOMPLETE" and "recover" in str(error), error
assert signal.getsignal(signal.SIGPIPE) == signal.SIG_DFL
assert not signal.sigpending() and not signal.pthread_sigmask(signal.SIG_BLOCK, [])
assert len(os.listdir("/proc/self/fd")) == before
with ct.trace("out", policy={"io_capture": "off"}) as session:
    full = []
    try:
        while True:
            full.append(os.dup(2))
    except OSError:
        session.stop()
for each in full:
    os.close(each)
assert session.partial is None and len(os.listdir("/proc/self/fd")) == before
print("lives")
`;

onOne("python api: SIGPIPE is deadly, and the recorder gone", async (folder, python) => {
  const options = ["-X", "dev"]; // tells what is left open
  const { status, stdout, stderr } = await runProgram(folder, python, DEADLY_PIPE, { options });
  assert.deepEqual([status, stdout, stderr], [0, "lives\n", ""]);
});

onOne("python api: exceptions inside of start and stop leave nothing", async (folder, python) => {
  // Each line: tests/long.
  for (const words of [["start", "40", "300"], ["stop", "8", "40"]]) {
    await checkInterrupted(join(folder, words[0]!), python, words); // holds: each has a first word
  }
});

const POLICY = `import json, os, sys
import codetracer_recorder as ct

def fails(cls, code, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except cls as error:
        assert isinstance(error, ct.RecorderError) and error.code == code and error.kind + "Error" == cls.__name__, error
        return str(error)
    raise AssertionError(code)

snapshot = ct.policy_snapshot()
said = fails(ct.UsageError, "ERR_INVALID_POLICY_VALUE", ct.configure_policy, value_max_depth=99)
assert "value_max_depth" in said and "99" in said, said
ct.configure_policy(value_max_depth=5, quiet=None)
again = ct.policy_snapshot()["settings"]
assert again["value_max_depth"]["value"] == 5 and again["value_max_depth"]["source"]["kind"] == "caller"
fails(ct.EnvironmentError, "ERR_TRACE_DIR_CREATE_FAILED", ct.start, "/proc/none")
fails(ct.UsageError, "ERR_TRACE_DIR_CONFLICT", ct.start, __file__)
assert ct.start("out", policy={"disabled": True}).trace_path is None and not ct.is_tracing()
os.environ["CODETRACER_RECORDER"] = "/nowhere/recorder"
assert "/nowhere/recorder" in fails(ct.EnvironmentError, "ERR_IO", ct.start, "out")
assert sorted(os.listdir(".")) == ["app.py"]
json.dump(snapshot, sys.stdout)
`;

onOne("python api: policy and errors are the command line's", async (folder, python) => {
  const env = { CODETRACER_MAX_STEPS: "10k" };
  const { status, stdout, stderr } = await runProgram(folder, python, POLICY, { env });
  assert.equal(status, 0, stderr);
  const command = [...recorderCommand(), "policy", "--json", "app.py"];
  assert.deepEqual(
    JSON.parse(stdout),
    JSON.parse((await run(command, { cwd: folder, env })).stdout),
  );
});

const ARGUMENTS = `import json, math, os
import codetracer_recorder as ct

class NoPath:
    def __fspath__(self):
        return 5

class Secret:
    def __repr__(self):
        raise SystemExit("run")

def traced(*args, **kwargs):
    with ct.trace(*args, **kwargs):
        raise AssertionError("began")

class Text(str): pass
loop = []
loop.append(loop)
VALUES = {
    "None": lambda: ct.start(None), "5": lambda: ct.start(5), "''": lambda: ct.start(""), "b''": lambda: ct.start(b"out"),
    "no UTF-8": lambda: ct.start("out\\udc80"),
    "no path": lambda: ct.start(NoPath()), "trace": lambda: traced(None), "trace []": lambda: traced([]),
    "enter ''": lambda: ct.start("out", start_on_enter=""), "enter 5": lambda: ct.start("out", start_on_enter=5),
    "filter 5": lambda: ct.start("out", trace_filter=5), "filter []": lambda: ct.start("out", trace_filter=[]),
    "filter ['']": lambda: ct.start("out", trace_filter=[""]), "filter {}": lambda: ct.start("out", trace_filter={}),
    "policy [1]": lambda: ct.start("out", policy=[1]), "policy ''": lambda: ct.start("out", policy=""),
    "environment": lambda: ct.start("out", apply_env_policy=None),
    "stop": lambda: ct.stop("x"), "stop None": lambda: ct.stop(None),
    "stop 2**40": lambda: ct.stop(exit_code=2**40), "stop long": lambda: ct.stop(exit_code=10**9999),
    "stop True": lambda: ct.stop(exit_code=True), "stop Secret": lambda: ct.stop(exit_code=Secret()),
    "configure": lambda: ct.configure_policy(5), "configure {}": lambda: ct.configure_policy({"quiet": True}),
}
ASKED = {  # what the recorder refuses
    "nan": lambda: ct.start("out", policy={"value_max_depth": math.nan}),
    "bytes": lambda: ct.configure_policy(log_file=b"x"),
    "nested": lambda: ct.start("out", policy={"trace_filter": [loop]}),
    "object": lambda: ct.start("out", policy={"quiet": Secret()}),
    "key": lambda: ct.start("out", policy={(1, Secret()): 1}),
    "near": lambda: ct.start("out", policy={Text("value_max_dept"): 1}),
    "no UTF-8 there": lambda: ct.configure_policy(log_file="x\\udc80"),
    "99": lambda: ct.start("out", policy={"value_max_depth": 99}),
    "inf": lambda: ct.configure_policy(max_steps=math.inf),
    "nowhere": lambda: ct.start("out", start_on_enter="/nowhere"),
}
said = {}
for name, call in {**VALUES, **ASKED}.items():
    try:
        call()
        raise AssertionError(name)
    except ct.UsageError as error:
        said[name] = [error.code, error.message]
        json.dumps(error.context)
    assert not ct.is_tracing() and os.listdir(".") == ["app.py"], name
print(json.dumps(said))
`;

/** Error code, and what begins the message. */
const REFUSED: Readonly<Record<string, readonly [code: string, words: string]>> = {
  "None": ["ERR_INVALID_POLICY_VALUE", "Cannot use None as out_dir, given by the argument path: "],
  "5": ["ERR_INVALID_POLICY_VALUE", "Cannot use 5 as out_dir, given by the argument path: "],
  "b''": ["ERR_INVALID_POLICY_VALUE", "Cannot use b'out' as out_dir, given by the argument path: "],
  "no UTF-8": [
    "ERR_INVALID_POLICY_VALUE",
    'Cannot use "out\udc80" as out_dir, given by the argument path: accepted: text that UTF-8',
  ],
  "no UTF-8 there": ["ERR_INVALID_POLICY_VALUE", "Cannot use "],
  "no path": [
    "ERR_INVALID_POLICY_VALUE",
    "Cannot use an object of type NoPath as out_dir, given by the argument path: ",
  ],
  "trace": ["ERR_INVALID_POLICY_VALUE", "Cannot use None as out_dir, given by the argument path: "],
  "trace []": ["ERR_INVALID_POLICY_VALUE", "Cannot use a list as out_dir, given by the argument"],
  "enter 5": [
    "ERR_INVALID_POLICY_VALUE",
    "Cannot use 5 as activation_path, given by the argument start_on_enter: accepted: any text",
  ],
  "filter 5": [
    "ERR_INVALID_POLICY_VALUE",
    "Cannot use 5 as trace_filter, given by the argument trace_filter: accepted: texts",
  ],
  "filter []": ["ERR_INVALID_POLICY_VALUE", "Cannot use a list as trace_filter"],
  "filter {}": ["ERR_INVALID_POLICY_VALUE", "Cannot use a table as trace_filter"],
  "policy [1]": ["ERR_USAGE", "Cannot use a list as policy: accepted: a dict of settings"],
  "policy ''": ["ERR_USAGE", 'Cannot use "" as policy: accepted: a dict of settings'],
  "environment": ["ERR_USAGE", "Cannot use None as apply_env_policy: accepted: True or False"],
  "stop": ["ERR_USAGE", 'Cannot stop the recording with "x": an exit code is given by its name'],
  "stop None": ["ERR_USAGE", "Cannot stop the recording with None: an exit code is given by its"],
  "stop 2**40": ["ERR_USAGE", "Cannot stop the recording with the exit code 1099511627776: "],
  "stop long": ["ERR_USAGE", "Cannot stop the recording with the exit code a whole number of "],
  "stop True": ["ERR_USAGE", "Cannot stop the recording with the exit code True: accepted are"],
  "stop Secret": ["ERR_USAGE", "Cannot stop the recording with the exit code an object of type S"],
  "configure": ["ERR_USAGE", "Cannot use 5 as settings: they are given by their names, such as"],
  "configure {}": ["ERR_USAGE", "Cannot use a table as settings: they are given by their names"],
  "nan": [
    "ERR_INVALID_POLICY_VALUE",
    "Cannot use nan as value_max_depth, given by the calling program: accepted: a whole number " +
    "from 1 to 20",
  ],
  "bytes": ["ERR_INVALID_POLICY_VALUE", "Cannot use b'x' as log_file, given by the calling prog"],
  "nested": ["ERR_INVALID_POLICY_VALUE", "Cannot use a list as trace_filter, given by the call"],
  "object": ["ERR_INVALID_POLICY_VALUE", "Cannot use an object of type Secret as quiet, given "],
  "key": ["ERR_INVALID_POLICY_VALUE", 'There is no setting "a list", given by the calling program'],
  "near": [
    "ERR_INVALID_POLICY_VALUE",
    'There is no setting "value_max_dept", given by the calling program: did you mean value_max_d',
  ],
  "inf": ["ERR_INVALID_POLICY_VALUE", "Cannot use inf as max_steps, given by the calling program"],
};

/** The same on the command line. */
const COMMAND_LINE: Readonly<Record<string, readonly string[]>> = {
  "''": ["-o", ""],
  "enter ''": ["--activation-path", ""],
  "filter ['']": ["--trace-filter", ""],
  "99": ["--value-max-depth", "99"],
  "nowhere": ["--activation-path", "/nowhere"],
};

onOne("python api: wrong arguments are refused in the command's words", async (folder, python) => {
  const { status, stdout, stderr } = await runProgram(folder, python, ARGUMENTS);
  assert.equal(status, 0, stderr);
  const said: Record<string, readonly [code: string, message: string]> = JSON.parse(stdout);
  for (const [name, words] of Object.entries(COMMAND_LINE)) {
    const command = [...recorderCommand(), ...words, "app.py"];
    const { stderr } = await run(command, { cwd: folder });
    const given = /given by (the argument \w+|the calling program): /.exec(said[name]![1])![1]!; // holds: each says so
    const [, code, message] = /error (\w+): (.*)/.exec(stderr) ?? [];
    const shown = message?.replace(`given by ${words[0]}`, `given by ${given}`);
    assert.deepEqual(said[name], [code, shown?.replace('"99"', "99")]);
    delete said[name];
  }
  assert.deepEqual(Object.keys(said).sort(), Object.keys(REFUSED).sort());
  for (const [name, [code, words]] of Object.entries(REFUSED)) {
    assert.equal(said[name]![0], code, name); // holds: both have the same names
    assert.equal(said[name]![1].slice(0, words.length), words);
  }
});

const RECORDED = `import importlib, sys
import codetracer_recorder as ct
try:
    ct.start("inner")
except ct.UsageError as error:
    print(error.code, ct.is_tracing(), error)
sys.path.insert(0, "own")
del sys.modules["codetracer_recorder"]
import codetracer_recorder
codetracer_recorder.start("another of that name")
`;

onEach(
  "python api: ct-recorder leaves the module out, and that refuses to record",
  async (folder, python) => {
    await Deno.writeTextFile(join(folder, "app.py"), RECORDED);
    await Deno.mkdir(join(folder, "own"));
    const own = "def start(path):\n    return path\n";
    await Deno.writeTextFile(join(folder, "own/codetracer_recorder.py"), own);
    // The import, which would start a recording, says nothing.
    const env = { PYTHONPATH: await moduleFolder(), CODETRACER_TRACE: "inner" };
    const { stdout, stderr, trace } = await record(folder, [python.path, "app.py"], { env });
    const said = "[ERR_ALREADY_TRACING] Cannot start a recording: ct-recorder records this program";
    assert.equal(stdout, `ERR_ALREADY_TRACING False ${said} already\n`, stderr);
    // What is installed here may run something at the end.
    assert.match(
      outlineOf(trace),
      /^\(<toplevel> \(<__main__> 1 2 3 4 (4 )?5 5 6 "[^"]*already (5 )?7 8 9 \(<codetracer_recorder> 1 \)<codetracer_recorder> 10 \(start 2 \)start \)<__main__> /,
    );
  },
);

onOne("python api: a program records itself as the command would", async (_folder, python) => {
  await checkSameSteps(python, join(PROGRAMS, "small/generators.py"));
});

Deno.test("python-api puts the module where it is told, and tells an old one", async () => {
  const folder = await moduleFolder();
  await withFolder(async (other) => {
    const api = (...words: string[]) =>
      run([...recorderCommand(), "python-api", ...words], { cwd: other });
    const missing = await api("--check");
    assert.deepEqual([missing.status, missing.stdout], [2, ""]);
    assert.match(missing.stderr, /ERR_USAGE: .*codetracer_recorder\.py is not there/);
    const path = join(folder, "codetracer_recorder.py");
    const before = await Deno.stat(path);
    assert.equal((await api(folder)).status, 0);
    assert.deepEqual((await Deno.stat(path)).ino, before.ino);
    const made = await api();
    assert.deepEqual([made.status, made.stdout], [0, `${other}/.codetracer/python\n`]);
    await Deno.writeTextFile(join(other, ".codetracer/python/codetracer_recorder.py"), "old = 1\n");
    assert.match((await api("--check")).stderr, /not this recorder's/);
  });
});
