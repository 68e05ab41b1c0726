/**
 * Shows the limits that design-docs/limits.md states. A test that fails because a limit is gone is good news: the
 * document and the test change together.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { EACH_OBSERVER, forEachPython, needsPythons, type Python } from "../support/pythons.ts";
import { record, type Recording, withFolder } from "../support/recorder.ts";

needsPythons([...EACH_OBSERVER, "3.12"]);

interface Limit {
  readonly recorded: Recording;
  readonly python: Python;
  /** Uses `sys.settrace` rather than `sys.monitoring`. */
  readonly byTrace: boolean;
  /** Lines of the program itself that have a step, in order. */
  readonly lines: readonly number[];
  readonly output: readonly string[];
  readonly children: unknown;
}

/** What each call of a function is in. */
function callersOf(name: string, { trace }: Recording): (string | undefined)[] {
  const stack: (string | undefined)[] = [], callers: (string | undefined)[] = [];
  for (const event of trace?.events ?? []) {
    if (event.kind === "call_entry") {
      if (event.function === name) callers.push(stack.at(-1));
      stack.push(event.function);
    } else if (event.kind === "call_exit") stack.pop();
  }
  return callers;
}

function limit(
  name: string,
  program: string,
  check: (shown: Limit) => void,
  options: {
    readonly versions?: readonly string[];
    readonly args?: readonly string[];
    readonly recorderOptions?: readonly string[];
    readonly interpreterOptions?: readonly string[];
  } = {},
): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      await forEachPython(
        t,
        options.versions ?? EACH_OBSERVER,
        (python) =>
          withFolder(async (folder) => {
            await Deno.writeTextFile(join(folder, "p.py"), program);
            const words = [
              "--quiet",
              ...(options.recorderOptions ?? []),
              python.path,
              ...(options.interpreterOptions ?? []),
              "p.py",
              ...(options.args ?? []),
            ];
            const recorded = await record(folder, words);
            // deno-lint-ignore no-explicit-any
            const events: any[] = [...recorded.trace?.events ?? []];
            check({
              recorded,
              python,
              byTrace: python.minor < 12,
              lines: events.filter((event) =>
                event.kind === "step" && event.path.endsWith("/p.py") &&
                /Step$/.test(event.step_kind)
              )
                .map((event) => event.line),
              output: events.filter((event) => event.kind === "io").map((event) => event.text),
              children: recorded.metadata?.unrecorded_children,
            });
          }),
      );
    },
  });
}

limit(
  "write-back: a dict from locals() follows the variables under sys.settrace",
  `def f():
    d = locals()
    y = 1
    return 'y' in d
print(f())
`,
  ({ recorded, byTrace }) => assert.equal(recorded.stdout, byTrace ? "True\n" : "False\n"),
);

limit(
  "write-back: `locals` by another name is only clean on 3.13 and later",
  `found = locals
def f():
    d = found()
    y = 1
    return 'y' in d
print(f())
`,
  ({ recorded, python }) => assert.equal(recorded.stdout, python.minor < 13 ? "True\n" : "False\n"),
  { versions: ["3.8", "3.12", "3.13"] },
);

limit(
  "write-back: what a variable held lives until the next line under sys.settrace",
  `import weakref
class Held:
    def __del__(self):
        print("gone")
def by_assignment():
    held = Held()
    n = 1
    held = None; print("left")
    n = 2
def by_del():
    token = Held()
    n = 1
    del token; print("left")
    n = 2
def by_generator():
    held = Held()
    yield
    held = None; print("left")
    n = 2
by_assignment()
by_del()
list(by_generator())
`,
  ({ recorded, byTrace }) => {
    const once = byTrace ? "left\ngone\n" : "gone\nleft\n";
    assert.equal(recorded.stdout, once.repeat(3));
    const calls = recorded.trace?.events.filter((event) =>
      event.kind === "call_entry" && event.function === "Held.__del__"
    );
    assert.equal(calls?.length, byTrace ? 0 : 3);
  },
  { versions: ["3.8", "3.11", "3.12", "3.13"] },
);

limit(
  "write-back: a dict of f_locals keeps what the program has there, and the variables their values",
  `import sys
def leave(name):
    sys._getframe(1).f_locals[name] = object
def find():
    return sys._getframe(1).f_locals
def f():
    held = [1]
    leave("left")
    held = [2]
    found = find()
    held = [3]
    return sorted(found)
def trace(frame, event, argument):
    return trace
def begin():
    sys._getframe(1).f_trace = trace
    sys.settrace(trace)
def g():
    held = [1]
    other = 1
    try:
        other = 2; begin(); raise KeyError
    except KeyError:
        sys.settrace(None)
    other = 3; begin(); yield
    sys.settrace(None); print(held, other)
print(f())
list(g())
`,
  ({ recorded }) => assert.equal(recorded.stdout, "['found', 'held', 'left']\n[1] 3\n"),
  { versions: ["3.12"] },
);

limit(
  "write-back: an increment by another thread is lost under sys.settrace",
  `import threading
def outer():
    n = 0
    go, gone = threading.Event(), threading.Event()
    def inner():
        nonlocal n
        go.wait()
        n += 1
        gone.set()
    thread = threading.Thread(target=inner)
    thread.start()
    go.set(); gone.wait(); m = n
    thread.join()
    return n
print(outer())
`,
  // Where the write-back comes between the two it is lost; that it is kept here is luck, so only 3.12 on is sure.
  ({ recorded, byTrace }) => assert.match(recorded.stdout, byTrace ? /^[01]\n$/ : /^1\n$/),
);

for (const option of ["-Ximporttime", "-v"]) {
  limit(
    `visible: ${option} lists the agent's modules, too`,
    `print(1)
`,
    ({ recorded }) => {
      assert.equal(recorded.stdout, "1\n");
      assert.match(recorded.stderr, /\b_ct_monitoring\b|\b_ct_settrace\b/);
    },
    { interpreterOptions: [option] },
  );
}

limit(
  "visible: sys.gettrace() under sys.settrace, the tool's name under sys.monitoring",
  `import sys
print(sys.gettrace() is None)
print(sys.monitoring.get_tool(4) if sys.version_info >= (3, 12) else "")
`,
  ({ recorded, byTrace }) =>
    assert.equal(recorded.stdout, byTrace ? "False\n\n" : "True\ncodetracer\n"),
);

limit(
  "visible: an except clause asks a metaclass once more under sys.settrace",
  `asked = []
class Meta(type):
    def __subclasscheck__(cls, other):
        asked.append(other)
        return type.__subclasscheck__(cls, other)
class Error(Exception, metaclass=Meta):
    pass
try:
    raise Error(1)
except Error:
    pass
print(len(asked))
`,
  ({ recorded, byTrace }) => assert.equal(recorded.stdout, byTrace ? "2\n" : "1\n"),
);

limit(
  "tool id 4 is taken on 3.12 and later",
  `import sys
try:
    sys.monitoring.use_tool_id(4, "mine")
except ValueError as error:
    print(error)
`,
  ({ recorded }) => assert.equal(recorded.stdout, "tool 4 is already in use\n"),
  { versions: ["3.12", "3.13"] },
);

limit(
  "the program's own settrace ends the recording of its thread on 3.11 and earlier",
  `import sys
sys.settrace(lambda frame, event, argument: None)
def f():
    return 1
print(f())
`,
  ({ recorded, byTrace, lines }) => {
    assert.equal(recorded.stdout, "1\n");
    assert.equal(recorded.metadata?.reason, byTrace ? "ERR_TRACER_INSTALL_CONFLICT" : undefined);
    assert.equal(lines.includes(4), !byTrace);
  },
);

limit(
  "at the recursion limit sys.settrace loses some lines, and says so",
  `def down(n):
    return down(n + 1)
try:
    down(0)
except RecursionError:
    caught = True
def after():
    return 5
def back():
    print("here")
    return after()
print(back())
`,
  ({ recorded, byTrace, lines }) => {
    assert.equal(recorded.status, 0);
    assert.ok(lines.includes(8), "what comes after is recorded again");
    assert.equal(recorded.metadata?.reason, byTrace ? "ERR_TRACE_INCOMPLETE" : undefined);
    assert.deepEqual(callersOf("after", recorded), [byTrace ? "<__main__>" : "back"]);
  },
);

limit(
  "a tracer lost at the recursion limit is missed at the program's end, if nothing was written since",
  `def down(n):
    return down(n + 1)
try:
    down(0)
except RecursionError:
    caught = True
`,
  ({ recorded, byTrace }) => {
    assert.equal(recorded.status, 0);
    assert.equal(recorded.metadata?.reason, byTrace ? "ERR_TRACE_INCOMPLETE" : undefined);
  },
  { recorderOptions: ["--io-capture", "none"] },
);

limit(
  "a tracer lost at the recursion limit of another thread is missed when that has ended",
  `import threading
def down(n):
    return down(n + 1)
def inside():
    try:
        down(0)
    except RecursionError:
        pass
    after = 1
def idle():
    stop.wait()
stop = threading.Event()
threading.Thread(target=idle, daemon=True).start()
threads = [threading.Thread(target=inside) for _ in range(2)]
for thread in threads:
    thread.start()
    thread.join()
`,
  ({ recorded, byTrace }) => {
    assert.equal(recorded.status, 0);
    assert.equal(recorded.metadata?.reason, byTrace ? "ERR_TRACE_INCOMPLETE" : undefined);
  },
);

limit(
  "threads with an end of their own, and such that go on for ever, miss nothing",
  `import sys, threading
def inside():
    pass
def idle():
    stop.wait()
class Own(threading.Thread):
    def run(self):
        inside()
        raise SystemExit
stop = threading.Event()
threading.Thread(target=idle, daemon=True).start()
for make in Own, lambda: threading.Thread(target=inside), Own:
    thread = make()
    thread.start()
    thread.join()
    sys.stdout.flush()
`,
  ({ recorded }) => {
    assert.equal(recorded.status, 0);
    assert.equal(recorded.metadata?.reason, undefined);
    const started = recorded.trace?.events.filter((event) => event.step_kind === "sekThreadStart");
    // The system gives threads that come after each other the same ident.
    assert.deepEqual(started?.map((event) => event.thread_id), [1, 2, 3, 4]);
  },
);

limit(
  "threads of _thread itself are not seen on 3.11 and earlier",
  `import _thread, time
done = []
def inside():
    done.append(1)
_thread.start_new_thread(inside, ())
while not done:
    time.sleep(0.01)
`,
  ({ byTrace, lines }) => assert.equal(lines.includes(4), !byTrace),
);

limit(
  "output past sys.stdout is not captured; sys.stdout.write is a function",
  `import os, subprocess, sys
os.write(1, b"raw\\n")
subprocess.run(["echo", "child"])
os.system("echo system")
sys.stdout.buffer.write(b"buffer\\n")
print(type(sys.stdout.write).__name__)
`,
  ({ recorded, output }) => {
    assert.match(recorded.stdout, /raw[^]*child[^]*system/);
    assert.deepEqual(output, ["buffer\n", "function\n"]);
  },
);

limit(
  "a stream that the program detaches is flushed at exit instead of at once",
  `import os, sys
sys.stdout.detach().write(b"buffered\\n")
os.write(1, b"raw\\n")
`,
  ({ recorded }) => {
    assert.equal(recorded.stdout, "raw\nbuffered\n");
  },
);

limit(
  "an error ahead of the first line is not seen without the capture of output",
  "def broken(:\n",
  ({ recorded }) =>
    assert.deepEqual(recorded.metadata?.process_exit_status, { code: 1, label: null }),
  { recorderOptions: ["--io-capture", "off"] },
);

const CHILDREN = `import multiprocessing, os, subprocess, sys
def job():
    pass
def fork():
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
def process(method):
    started = multiprocessing.get_context(method).Process(target=job)
    started.start()
    started.join()
if __name__ == "__main__":
    {
        "system": lambda: os.system("true"),
        "posix_spawn": lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0),
        "fork": fork,
        "run": lambda: subprocess.run(["true"]),
        "preexec": lambda: subprocess.run(["true"], preexec_fn=lambda: None),
        "mp fork": lambda: process("fork"),
        "mp spawn": lambda: process("spawn"),
    }[sys.argv[1]]()
`;
for (
  const [way, count, versions] of [
    ["system", 0, ["3.8"]],
    ["posix_spawn", 0, ["3.13"]],
    ["fork", 1, EACH_OBSERVER],
    ["run", 1, EACH_OBSERVER],
    ["preexec", 2, EACH_OBSERVER],
    // By those above, in the library's own code.
    ["mp fork", 1, ["3.13"]],
    ["mp spawn", 2, ["3.8"]],
  ] as const
) {
  limit(`children by ${way} are counted as ${count}`, CHILDREN, ({ recorded, children }) => {
    assert.equal(recorded.status, 0);
    assert.equal(children, count);
  }, { args: [way], versions });
}

limit(
  "a fork in C code shares the ring with its child: what the trace holds is luck, the program is unharmed",
  `import ctypes, os
child = ctypes.CDLL(None).fork()
for n in range(3000):
    text = "x" * (n % 50)
if child == 0:
    os._exit(0)
os.waitpid(child, 0)
print("unharmed")
`,
  ({ recorded }) => {
    assert.equal(recorded.stdout, "unharmed\n");
    if (recorded.metadata?.partial) assert.match(recorded.stderr, /ERR_CHANNEL_CORRUPT/);
  },
  { recorderOptions: ["--on-recorder-error", "disable"] },
);

limit(
  "exec ends the recording; the status is that of the process in the end",
  `import os, sys
print("before", flush=True)
os.execv(sys.executable, [sys.executable, "-c", "print('after'); raise SystemExit(3)"])
`,
  ({ recorded, lines }) => {
    assert.equal(recorded.stdout, "before\nafter\n");
    assert.deepEqual(lines, [1, 2, 3]);
    assert.deepEqual(recorded.metadata?.process_exit_status, { code: 3, label: "exec" });
  },
);

limit(
  "sub-interpreters run unharmed and unrecorded",
  `try:
    import _xxsubinterpreters as interpreters
except ImportError:
    import _interpreters as interpreters
other = interpreters.create()
interpreters.run_string(other, "for n in range(3):\\n    pass\\nprint('inside', flush=True)")
interpreters.destroy(other)
print("outside")
`,
  ({ recorded, output }) => {
    assert.equal(recorded.stdout, "inside\noutside\n");
    assert.deepEqual(output, ["outside\n"]);
  },
);

limit(
  "a hook for audit events may refuse what follows exceptions: they are told as the calls that they leave",
  `import sys
def hook(event, arguments):
    if event == "compile" and str(arguments[1]).endswith("_ct_exceptions.py"):
        raise RuntimeError("no")
sys.addaudithook(hook)
def fails():
    raise ValueError("told")
for n in range(2):
    try:
        fails()
    except ValueError as error:
        print(repr(error), error.__context__)
`,
  ({ recorded, output, byTrace }) => {
    assert.equal(recorded.stderr, "");
    assert.deepEqual(output, ["ValueError('told') None\n", "ValueError('told') None\n"]);
    const left = recorded.trace!.events.flatMap((event) => event.exception ?? []);
    assert.deepEqual(left.map(({ msg }) => msg), byTrace ? [] : Array(2).fill("ValueError: told"));
    assert.equal(recorded.metadata?.partial, false);
  },
);

for (const refuses of [false, true]) {
  limit(
    `a hook for audit events sees that the agent compiles${refuses ? ", and may refuse it" : ""}`,
    `import sys
from datetime import date
def hook(event, arguments):
    if event == "compile" and str(arguments[1]).endswith("_ct_library.py"):
        seen.append(event)
        if ${refuses ? "True" : "False"}:
            raise RuntimeError("no")
seen = []
sys.addaudithook(hook)
day = date(2020, 1, 2)
print(sorted(set(seen)))
print(len(seen) > 0)
`,
    ({ recorded, output }) => {
      assert.equal(recorded.stderr, "");
      assert.deepEqual(output, ["['compile']\n", "True\n"]);
      const vars = recorded.trace!.events.flatMap(({ vars }) => vars ?? []);
      const shown = vars.findLast(({ varname }) => varname === "day")!.value.r;
      assert.equal(shown, refuses ? "<date>" : "datetime.date(2020, 1, 2)");
    },
  );
}
