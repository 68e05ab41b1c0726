/**
 * The truth table of activation × filter × event (adr/0009), each row a program that notes the lines that it runs and
 * whether they are to be recorded.
 */
import assert from "node:assert/strict";
import { basename } from "node:path";
import type { TraceEvent } from "../support/compare.ts";
import { EACH_OBSERVER, forEachPython, needsPythons } from "../support/pythons.ts";
import { type Windowed, windowed, type WindowedProgram } from "./_windowed.ts";

needsPythons(EACH_OBSERVER);

/** A row: `lib.py` is the activation file where nothing else is said. */
interface Row extends Partial<WindowedProgram> {
  readonly lib: string;
  readonly app: string;
  readonly helper?: string;
  /** Whether anything is to be recorded; true by default. */
  readonly activated?: boolean;
  /** What the program is to exit with; 0 by default. */
  readonly status?: number;
}

const HELPER = `
from oracle import note
def outside():
    note(False)
def inside():
    note(True)
def pairs(first, second):
    note(first)
    yield 1
    note(second)
    yield 2
    note(second)
`;

const ROWS: Readonly<Record<string, Row>> = {
  "enter and exit by return, again and again": {
    lib: "def f():\n    note(True)\n    helper.inside()\n    note(True)",
    app: "note(False)\nfor n in range(3):\n    lib.f()\n    note(False)\n    helper.outside()",
  },
  "exit by an exception": {
    lib: "def f():\n    note(True)\n    raise KeyError(1)",
    app: "try:\n    lib.f()\nexcept KeyError:\n    note(False)\nhelper.outside()\n" +
      "try:\n    lib.f()\nfinally:\n    note(False)",
    status: 1,
  },
  "code of other files inside, and after": {
    lib: "def f(callback):\n    note(True)\n    callback(True)\n    note(True)",
    app: "def back(is_inside):\n    note(is_inside)\nback(False)\nlib.f(back)\nback(False)\n" +
      "lib.f(back)\nback(False)",
  },
  "recursion: the outermost frame counts": {
    lib: "def f(n):\n    note(True)\n    if n: f(n - 1)\n    note(True)\n    helper.inside()",
    app: "lib.f(3)\nnote(False)\nhelper.outside()\nlib.f(2)\nhelper.outside()",
  },
  "through another file and back": {
    lib: "def f(n, call):\n    note(True)\n    if n: call(n - 1, call)\n    note(True)",
    app: "def call(n, _):\n    note(True)\n    lib.f(n, call)\n    note(True)\n" +
      "lib.f(2, call)\nnote(False)",
  },
  "the file's own module code": {
    lib: "note(True)\nhelper.inside()\nclass A:\n    note(True)",
    app: "note(False)\nhelper.outside()",
  },
  "suspend: a generator between its turns": {
    lib: "def g():\n    note(True)\n    for n in range(3):\n        helper.inside()\n" +
      "        yield n\n        note(True)\n    note(True)",
    app: "for n in lib.g():\n    note(False)\n    helper.outside()\nnote(False)",
  },
  "suspend: a generator that is closed": {
    lib:
      "def g():\n    try:\n        note(True)\n        yield 1\n    finally:\n        note(True)\n" +
      "        helper.inside()",
    app: "one = lib.g()\nnext(one)\nhelper.outside()\none.close()\nhelper.outside()\n" +
      "two = lib.g()\nnext(two)\nnote(False)\ndel two\nhelper.outside()",
  },
  "suspend: a generator that is dropped unused": {
    lib: "def g():\n    note(True)\n    yield 1\n    note(True)",
    app:
      "one = lib.g()\nhelper.outside()\ndel one\ntwo = lib.g()\nnext(two)\ndel two\nhelper.outside()",
  },
  "suspend: an exception thrown in": {
    lib: "def g():\n    try:\n        yield 1\n    except KeyError:\n        note(True)\n" +
      "        helper.inside()\n    yield 2\n    note(True)",
    app: "one = lib.g()\nnext(one)\nhelper.outside()\none.throw(KeyError())\nhelper.outside()\n" +
      "try:\n    one.throw(ValueError())\nexcept ValueError:\n    note(False)\nhelper.outside()",
  },
  "suspend: delegation": {
    lib: "def inner():\n    note(True)\n    yield 1\n    note(True)\n" +
      "def g():\n    note(True)\n    yield from inner()\n    note(True)\n" +
      "    yield from helper.pairs(True, True)\n    note(True)",
    app: "for n in lib.g():\n    note(False)\n    helper.outside()\nnote(False)",
  },
  "suspend: coroutines that take turns, one cancelled": {
    lib:
      "import asyncio\nasync def one():\n    note(True)\n    await asyncio.sleep(0)\n    note(True)\n" +
      "async def two():\n    try:\n        note(True)\n        await asyncio.sleep(9)\n    finally:\n" +
      "        note(True)\n        helper.inside()",
    app: "import asyncio\nasync def mine():\n    note(False)\n    await asyncio.sleep(0)\n" +
      "    note(False)\nasync def main():\n    cancelled = asyncio.ensure_future(lib.two())\n" +
      "    for n in range(2):\n        note(False)\n" +
      "        await asyncio.gather(mine(), lib.one(), mine())\n        note(False)\n" +
      "    cancelled.cancel()\n    try:\n        await cancelled\n" +
      "    except asyncio.CancelledError:\n        note(False)\n" +
      "    await lib.one()\n    note(False)\nasyncio.run(main())",
  },
  "resume: another file's generator, begun inside": {
    lib: "def f():\n    one = helper.pairs(True, False)\n    next(one)\n    return one\n" +
      "def on(it):\n    note(True)\n    next(it)\n    note(True)",
    app: "one = lib.f()\nnote(False)\nnext(one)\nnext(one, None)\n" +
      "two = helper.pairs(False, True)\nnext(two)\nnote(False)\nlib.on(two)\nnote(False)\n" +
      "three = helper.pairs(False, False)\nnext(three)\nlib.f()\nnext(three)",
  },
  "resume: code that was never begun inside": {
    lib: "def on(it):\n    note(True)\n    next(it)\n    note(True)\n" +
      "def throw(it):\n    note(True)\n    it.throw(KeyError())\n    note(True)",
    app: "def goes_on():\n    note(False)\n    yield 1\n    note(True)\n    yield 2\n" +
      "    note(False)\ndef is_hit():\n    try:\n        yield 1\n    except KeyError:\n" +
      "        note(True)\n    yield 2\n    note(False)\n" +
      "one, two = goes_on(), is_hit()\nnext(one)\nnext(two)\nlib.on(one)\nnote(False)\n" +
      "lib.throw(two)\nnote(False)\nnext(one, None)\nnext(two, None)",
  },
  "a filter's skip of the whole file": {
    filter: '[[scope.rules]]\nselector = "file:lib.py"\nexec = "skip"',
    lib: "note(False)\ndef f():\n    note(False)\n    helper.outside()",
    app: "lib.f()\nnote(False)\nhelper.outside()",
    activated: false,
  },
  "a filter's skip of a function of the file": {
    filter: '[[scope.rules]]\nselector = "obj:lib.skipped"\nexec = "skip"',
    lib: "def skipped(call):\n    note(False)\n    call()\n    note(False)\ndef f():\n" +
      "    note(True)\n    skipped(helper.inside)\n    note(True)\n    helper.inside()",
    app: "lib.skipped(helper.outside)\nlib.skipped(lib.f)\nhelper.outside()\nlib.f()\n" +
      "helper.outside()\nlib.skipped(helper.outside)",
  },
  "a filter's skip of the program, activation inside": {
    filter: '[[scope.rules]]\nselector = "file:app.py"\nexec = "skip"',
    lib: "def f(call):\n    note(True)\n    call()\n    note(True)",
    app:
      "def call():\n    note(False)\n    helper.inside()\nnote(False)\nlib.f(call)\nnote(False)\n" +
      "helper.outside()",
  },
  "the program itself": {
    activation: "app.py",
    lib: "def f():\n    note(True)\nnote(True)",
    app: "note(True)\nlib.f()\nhelper.inside()\nraise SystemExit(4)",
    status: 4,
  },
  "no activation file": {
    activation: null,
    lib: "def f():\n    note(True)\nnote(True)",
    app: "note(True)\nlib.f()\nhelper.inside()",
  },
  "a file that never runs": {
    activation: "other.py",
    lib: "def f():\n    note(False)",
    app: "note(False)\nlib.f()\nhelper.outside()",
    activated: false,
  },
  "by way of links, and of names relative to where the program started": {
    links: { "way": "here", "here/alias.py": "deep.py" },
    activation: "here/deep.py",
    files: {
      "here/deep.py": "from oracle import note\nimport helper\ndef f():\n    note(True)\n" +
        "\n".repeat(30),
    },
    lib: "def f():\n    note(False)",
    app:
      "import os\nsys.path.append('way')\nimport alias, deep\nalias.f()\nnote(False)\ndeep.f()\n" +
      "os.chdir('/')\nspace = '\\n' * 20\n" +
      "exec(compile(space + 'note(True)', 'here/../here/deep.py', 'exec'))\nnote(False)\n" +
      "exec(compile(space + '\\nnote(False)', 'deep.py', 'exec'))\nhelper.outside()",
  },
  "text that is run": {
    lib: "def f():\n    exec('note(True)')\n    eval('note(True)')\n    helper.inside()",
    app: "exec('note(False)')\nlib.f()\nexec('note(False)\\ndef g(): note(True)')\n" +
      "lib.f()\nexec('note(False)')",
  },
  "the end of the process inside": {
    lib: "import os\ndef f():\n    note(True)\n    helper.inside()\n    os._exit(5)",
    app: "note(False)\nlib.f()",
    status: 5,
  },
  "a tree of exceptions and generators, left inside": {
    lib: "def g():\n    note(True)\n    with helper_context():\n        yield 1\n" +
      "import contextlib\n@contextlib.contextmanager\ndef helper_context():\n    note(True)\n" +
      "    try:\n        yield\n    finally:\n        note(True)\ndef f(depth):\n    kept.append(g())\n" +
      "    next(kept[-1])\n    if depth == 0: raise KeyError(0)\n    f(depth - 1)\nkept = []",
    app: "try:\n    lib.f(3)\nexcept KeyError:\n    note(False)\nhelper.outside()\n" +
      "while lib.kept:\n    lib.kept.pop()\n    note(False)\nhelper.outside()",
  },
  "long stretches outside: nothing is left on there, and all is back inside": {
    lib: "def f(call):\n    note(True)\n    call(True)\n    note(True)\n" +
      "def g():\n    note(True)\n    yield 1\n    note(True)\n",
    app: `
import dis
from threading import Event, Thread
def work(rounds):
    total = 0
    for n in range(rounds):
        total += part(n)
    return total
def part(n):
    if n < 0:
        note(True)
    return n
def generate(rounds):
    for n in range(rounds):
        yield n
def call(is_inside):
    note(is_inside)
    work(3), part(-1), sum(generate(3))
def other():
    work(5)
    opened.wait()
    note(False)
    work(5)
    part(-1)
    worked.set()
def loop_is_observed():
    code, loop = work.__code__, work.__code__.co_firstlineno + 3
    return sys.version_info < (3, 12) or any(
        one.opname == "INSTRUMENTED_LINE" and one.positions.lineno == loop
        for one in dis.get_instructions(code, adaptive=True)
    )
opened, worked = Event(), Event()
one = lib.g()
next(one)
lib.f(call)
lib.f(lambda is_inside: note(is_inside))
for n in range(2):
    work(1500), sum(generate(2))
    note(False)
    assert sys.version_info < (3, 12) or not loop_is_observed()
    lib.f(call)
    assert loop_is_observed()
work(1500)
next(one, None)
thread = Thread(target=other)
thread.start()
work(1500)
lib.f(lambda is_inside: (opened.set(), worked.wait()))
thread.join()
`,
  },
  "threads: calls from before the window, in it, and after it": {
    lib: "def f(mine, theirs):\n    note(True)\n    mine.set()\n    theirs.wait()\n    note(True)",
    app: `
from threading import Event, Thread
opened, called, closed, ready, second, done = [Event() for n in range(6)]
def long():
    note(True)
    called.set()
    closed.wait()
    note(False)
    helper.outside()
    ready.set()
    second.wait()
    note(False)
    helper.inside()
def other():
    note(False)
    opened.wait()
    note(False)
    helper.inside()
    note(False)
    long()
    note(False)
    done.set()
thread = Thread(target=other)
thread.start()
lib.f(opened, called)
note(False)
closed.set()
ready.wait()
helper.outside()
lib.f(second, done)
helper.outside()
thread.join()
`,
  },
  "threads: the last one in the file closes the window": {
    lib:
      "def f(mine, theirs):\n    note(True)\n    mine.set()\n    theirs.wait()\n    note(True)\n" +
      "    helper.inside()",
    app: `
from threading import Event, Thread
first_in, second_in, first_out, free = Event(), Event(), Event(), Event()
def first():
    note(False)
    lib.f(first_in, second_in)
    helper.inside()
    first_out.set()
def second():
    first_in.wait()
    lib.f(second_in, first_out)
    helper.outside()
threads = [Thread(target=first), Thread(target=second)]
for thread in threads: thread.start()
for thread in threads: thread.join()
helper.outside()
`,
  },
};

/** Steps on lines that note something, by file and line. */
function recordedNotes({ trace, noted }: Windowed): string[] {
  const places = new Set(noted.map(([file, line]) => `${file}:${line}`));
  return trace.events.flatMap((event) => {
    if (event.kind !== "step" || !/AbsoluteStep|DeltaStep/.test(event.step_kind ?? "")) return [];
    const place = `${basename(event.path ?? "")}:${event.line}`;
    return places.has(place) ? [place] : [];
  });
}

/** That all calls are closed, each one inside of its caller. */
function assertBalanced(events: readonly TraceEvent[]): void {
  const open: string[] = [];
  for (const event of events) {
    if (event.kind === "call_entry") open.push(event.function ?? "");
    else if (event.kind === "call_exit") open.pop();
    else if (event.kind === "step") assert.equal(open[0], "<toplevel>", "a step in no call");
  }
  assert.deepEqual(open, []);
}

const HEAD = "import sys\nfrom oracle import note\nimport helper\n";

for (const [name, row] of Object.entries(ROWS)) {
  Deno.test({
    name: `window: ${name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) =>
      forEachPython(t, EACH_OBSERVER, async (python) => {
        const got = await windowed(python, {
          activation: "lib.py",
          // Each row once with places left on for a while, once with all switched off as soon as can be.
          ...(python.minor === 13 ? { patience: 1 } : {}),
          ...row,
          files: {
            "helper.py": HELPER,
            "lib.py": HEAD + row.lib + "\n",
            "app.py": HEAD + "import lib\n" + row.app + "\n",
            ...row.files,
          },
        });
        assert.equal(got.result.status, row.status ?? 0, got.result.stderr);
        const expected = got.noted.filter(([, , inside]) => inside);
        assert.deepEqual(recordedNotes(got), expected.map(([file, line]) => `${file}:${line}`));
        assert.equal(got.side.activated, row.activated ?? true);
        assert.equal(got.side.detached, false);
        assertBalanced(got.trace.events);
        if (row.activated === false) {
          assert.equal(got.trace.counts["steps"], 1, "only the step that every trace needs");
        }
      }),
  });
}

Deno.test({
  name: "window: what is written outside of it is not recorded, and still written",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, EACH_OBSERVER, async (python) => {
      const { result, trace } = await windowed(python, {
        activation: "lib.py",
        files: {
          "lib.py": "from oracle import note\ndef f():\n    note(True)\n    print('in' * 2)\n",
          "app.py":
            "import lib\nprint('be' * 2)\nlib.f()\nprint('tw' * 2)\nlib.f()\nprint('af' * 2)\n",
        },
      });
      assert.equal(result.stdout, "bebe\ninin\ntwtw\ninin\nafaf\n");
      assert.equal(trace.counts["io_events"], 2);
      assert.equal(JSON.stringify(trace.events).match(/inin/g)?.length, 2);
    }),
});
