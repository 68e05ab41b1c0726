/**
 * What is recorded with the native accelerator is what is recorded without: step by step, each value in full. What the
 * Python agent tells is held against the slow tracer and others elsewhere. The interpreters take turns; all programs under
 * each are in tests/long.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import {
  builtinDefault,
  compileChain,
  type CompiledFilter,
  makeChain,
} from "../../src/filter/mod.ts";
import { randomModuleProgram, randomValueProgram } from "../random/accelerated.ts";
import { accelerator, smallAccelerators, WARM } from "../support/accelerator.ts";
import { ACCELERATED } from "../../tools/build/accelerator.ts";
import { run } from "../support/processes.ts";
import { forEachPython, needsPythons, type Python, pythons } from "../support/pythons.ts";
import { PROGRAMS, ROOT, withFolder } from "../support/recorder.ts";
import { type BothWays, bothWays, storyOf, told } from "./_both_ways.ts";
import type { AttachOptions } from "./_attached.ts";

needsPythons(["3.11", "3.12", "3.13"]); // 3.14 and 3.15 take part where they are there

const AGENT = join(ROOT, "src/agent/python");
const TESTS = join(ROOT, "tests/agent");

const program = (name: string) => Deno.readTextFile(join(PROGRAMS, "accelerated", `${name}.py`));

function test(
  name: string,
  versions: readonly string[],
  body: (python: Python) => Promise<void>,
): void {
  Deno.test({
    name: `accelerated: ${name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) => forEachPython(t, versions, body),
  });
}

async function same(
  python: Python,
  name: string,
  options: AttachOptions = {},
): Promise<BothWays | null> {
  const both = await bothWays(python, await program(name), options);
  if (both !== null) assert.match(both.accelerated.stdout, /^end\n$/);
  return both;
}

/** The numbers of variables that packed lines of a function's have. */
function widths({ packed }: BothWays["plain"], text: string, from: string): number[] {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => line.startsWith(`def ${from}(`)) + 1;
  const end = lines.findIndex((line, at) => at >= first && line === "");
  return [...packed].filter(([line]) => line > first && line <= end)
    .flatMap(([, kinds]) => [...kinds].map((each) => each.length));
}

test("what runs, with all kinds of variables", ["3.12", "3.14", "3.15"], async (python) => {
  const both = await same(python, "flow");
  if (both === null) return;
  const text = await program("flow");
  // Which says that it was at work: the Python agent packs five variables at most.
  const packed = widths(both.accelerated, text, "many");
  for (let width = 6; width <= 9; width++) assert.ok(packed.includes(width), packed.join());
  assert.ok(Math.max(...widths(both.plain, text, "many"), 0) <= 5);
  const crowded = widths(both.accelerated, text, "crowded");
  assert.ok(crowded.length > 0 && Math.max(...crowded) <= 16, crowded.join());
});

test("values at all bounds", ["3.13", "3.14", "3.15"], async (python) => {
  const bounds = { value_max_depth: 18, value_max_items: 10, value_max_bytes: 100 };
  await same(python, "shown", { policy: bounds });
});

test("attributes in slots", ACCELERATED, async (python) => {
  await same(python, "slots", { policy: { value_max_items: 110 }, filter: await filter("") });
});

test(
  "containers and objects that stay the same, and records that are too long",
  ["3.12"],
  async (python) => {
    await same(python, "kept", {
      policy: { value_max_depth: 3, value_max_items: 256, value_max_bytes: 4096 },
    });
  },
);

/** As many tuples in one list as are shown one by one, one fewer and one more. */
const TUPLES = `${WARM}
def look(items, n):
    here = n
    return here
def show(count):
    items = [(n,) for n in range(count)]
    for n in range(6): look(items, n)
large = list(range(40))
for n in range(60): look(large, n)
for count in 99, 100, 101: show(count)
`;

test("lists with too many tuples to be referred to", ["3.12"], async (python) => {
  const bounds = { value_max_items: 256, value_max_bytes: 4096 };
  const packed = [];
  for (const depth of [1, 2]) {
    const policy = { ...bounds, value_max_depth: depth };
    const both = await bothWays(python, TUPLES, { policy });
    packed.push(both?.accelerated.packed.get(3)?.has("ki"));
  }
  if (packed[0] !== undefined) assert.deepEqual(packed, [true, true]);
});

test("what filters hide", ["3.13", "3.14", "3.15"], async (python) => {
  const both = await same(python, "hidden", { filter: await filter(HIDES_MORE) });
  if (both === null) return;
  const story = (await storyOf(both.accelerated.trace)).join("\n");
  for (const secret of ["SECRET", "414141", "424242", "434343"]) {
    assert.ok(!story.includes(secret), secret);
  }
  for (const shown of ['"u1"', "<redacted>", "balance"]) assert.ok(story.includes(shown), shown);
});

const HIDES_MORE = `
[[scope.rules]]
selector = "pkg:**"
[[scope.rules.value_patterns]]
selector = "local:gone*"
action = "drop"
[[scope.rules.value_patterns]]
selector = "arg:gone"
action = "drop"
[[scope.rules.value_patterns]]
selector = "ret:*secret"
action = "redact"
`;

async function filter(text: string): Promise<CompiledFilter> {
  const own = { origin: "setting" as const, path: "/f.toml", text };
  return compileChain(await makeChain([builtinDefault(), own]), { projects: [] });
}

const SMALL = `${WARM}
def f(n):
    m = n + 1
    return m

for n in range(9):
    f(n)
`;

const SAYS_WHETHER_LOADED = `${SMALL}
with open("/proc/self/maps") as maps:
    print("_ct_native" in maps.read())
`;

/** The same where the names of the module stay what they were at the lines before, so that each is told as the one ahead. */
const SAYS_AT_ONE_LINE = `x = number = None
for number in range(300): x = [number]
print("_ct_native" in open("/proc/self/maps").read())
`;

/** Libraries that are none, or not for the agent in this interpreter: what stands where its own would. */
const REFUSED: readonly [versions: string, what: string, make: (path: string) => Promise<void>][] =
  [
    ["3.12", "no library", (path) => Deno.writeTextFile(path, "no library")],
    ["3.12", "that of another version", (path) => copy("3.13", path)],
    ["3.13", "that of something else", async (path) => {
      const small = await smallAccelerators();
      await Deno.writeFile(path, small?.libraries.at(-1)?.bytes ?? new Uint8Array());
    }],
    ["3.12", "nothing", () => Promise.resolve()],
  ];

async function copy(version: string, path: string): Promise<void> {
  const python = (await pythons()).get(version);
  const folder = python === undefined ? null : await accelerator(python);
  if (folder === null) return;
  for (const { name } of Deno.readDirSync(folder)) await Deno.copyFile(join(folder, name), path);
}

test(
  "a library that doesn't fit is not used, and nobody hears of it",
  ACCELERATED,
  async (python) => {
    const plain = await told(python, SMALL);
    for (const [version, what, make] of REFUSED) {
      if (version !== python.version) continue;
      await withFolder(async (folder) => {
        await make(
          join(folder, `_ct_native.cpython-3${python.minor}-${Deno.build.arch}-linux-gnu.so`),
        );
        assert.deepEqual(
          (await told(python, SMALL, { accelerator: folder })).trace,
          plain.trace,
          what,
        );
      });
    }
  },
);

test("an interpreter that it isn't for has none", ["3.11"], async (python) => {
  const other = (await pythons()).get("3.12");
  const folder = other === undefined ? null : await accelerator(other);
  if (folder === null) return;
  const { stdout, trace } = await told(python, SAYS_WHETHER_LOADED, { accelerator: folder });
  assert.equal(stdout, "False\n");
  assert.deepEqual(trace, (await told(python, SAYS_WHETHER_LOADED)).trace);
});

test(
  "it is loaded by a recording that gets hot, and by no other",
  ["3.13", "3.14", "3.15"],
  async (python) => {
    const folder = await accelerator(python);
    if (folder === null) return;
    assert.equal(
      (await told(python, SAYS_WHETHER_LOADED, { accelerator: folder })).stdout,
      "True\n",
    );
    assert.equal((await told(python, SAYS_AT_ONE_LINE, { accelerator: folder })).stdout, "True\n");
    const short = SAYS_WHETHER_LOADED.slice(WARM.length);
    assert.equal((await told(python, short, { accelerator: folder })).stdout, "False\n");
  },
);

/** A hook that notes what it hears of the library, and refuses it if the program is told to. */
const HOOKED = (refuses: boolean) =>
  `import sys
def hook(event, args):
    if any([type(arg) is str and "_ct_native" in arg for arg in args]):
        heard.append(event)
        if ${refuses ? "True" : "False"} and event == "import":
            raise RuntimeError("refused")
heard = []
sys.addaudithook(hook)
${SAYS_WHETHER_LOADED}
print(sorted(set(heard)), "_ct_native" in sys.modules)
`;

test(
  "a hook for audit events sees that it is loaded, and may refuse it",
  ["3.12"],
  async (python) => {
    const folder = await accelerator(python);
    if (folder === null) return;
    for (const refuses of [false, true]) {
      const { stdout } = await told(python, HOOKED(refuses), { accelerator: folder });
      assert.equal(stdout, `${refuses ? "False" : "True"}\n['import', 'open'] False\n`);
    }
  },
);

const TRIES_LIBRARIES = `import sys
sys.path.insert(0, sys.argv[1])
from _ct_accelerator import _finds_variables as finds
class Library:
    def __init__(self, change):
        self.change = change
    def variables(self):
        frame = sys._getframe(1)
        return self.change(frame.f_code, frame.f_globals, dict(frame.f_locals))
print([finds(Library(change)) for change in (
    lambda code, shared, found: (code, shared, found),
    lambda code, shared, found: (finds.__code__, shared, found),
    lambda code, shared, found: (code, globals(), found),
    lambda code, shared, found: (code, shared, {**found, "later": 1}),
    lambda code, shared, found: (code, shared, {**found, "first": found["second"]}),
    lambda code, shared, found: (code, shared, {n: v for n, v in found.items() if n != "inner"}),
)])
`;

test(
  "a library that doesn't find the variables of a frame is refused",
  ["3.13"],
  async (python) => {
    const { stdout, stderr } = await run([python.path, "-c", TRIES_LIBRARIES, AGENT]);
    assert.deepEqual([stdout, stderr], [`[True${", False".repeat(5)}]\n`, ""]);
  },
);

test("what it holds is found by garbage collection", ACCELERATED, async (python) => {
  const folder = await accelerator(python);
  if (folder === null) return;
  const { stdout, stderr } = await run([python.path, join(TESTS, "_collected.py"), folder]);
  assert.deepEqual([stdout, stderr], ["True []\n", ""]);
});

/** Objects that go when the modules have, or while threads still run, and are looked at by that. */
const ENDING = `${WARM}
import builtins, sys, threading
class Held:
    def __init__(self, number):
        self.number, self.inner = number, [number, {number}]
    def __del__(self):
        here = self.number
        if look:
            found = look(self)
            found = [look([found]), Held]
def look(value):
    here = value
    return [here]
for number in range(9): look(Held(number))
class Meta(type):
    def __del__(cls):
        if look: look(cls)
class Made(metaclass=Meta):
    held = Held(-1)
def suspended():
    held = Held(-2)
    try:
        yield held
    finally:
        if look: look(held)
waiting = suspended()
look(next(waiting))
ring = Held(-3)
ring.ring = ring
sys.held, builtins.held, threading.held = Held(-4), Held(-5), [Held(-6), Made]
look.self, sys.modules["held"] = look, Held(-7)
local = threading.local()
local.held = Held(-8)
threading.Thread(target=lambda: look([Held(-9), threading.Event().wait()]), daemon=True).start()
print("end")
`;

test("objects that are shown as the interpreter ends", ACCELERATED, async (python) => {
  const both = await bothWays(python, ENDING);
  if (both !== null) assert.equal(both.accelerated.stdout, "end\n");
});

test("random values", ["3.12", "3.14", "3.15"], async (python) => {
  await fc.assert(
    fc.asyncProperty(randomValueProgram(16), async (text) => {
      await bothWays(python, text, {}, 3);
    }),
    { numRuns: 1, seed: 20_261 + python.minor, endOnFailure: true },
  );
});

test("random values at lines of modules and classes", ACCELERATED, async (python) => {
  await fc.assert(
    fc.asyncProperty(randomModuleProgram(8), async (text) => {
      await bothWays(python, text, {}, 3);
    }),
    { numRuns: 1, seed: 20_262 + python.minor, endOnFailure: true },
  );
});
