/** Programs that change what the accelerator looks at, or what it knows: with and without it they are recorded alike. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { diffCommand } from "../../src/cli/diff.ts";
import { ACCELERATED } from "../../tools/build/accelerator.ts";
import { accelerator } from "../support/accelerator.ts";
import { forEachPython, needsPythons, type Python } from "../support/pythons.ts";
import { record, withFolder } from "../support/recorder.ts";
import { SILENT } from "../support/same.ts";

needsPythons(["3.12", "3.13"]); // 3.14 and 3.15 take part where they are there

/** Has the accelerator loaded. */
const HOT = `def warm(n):
    kept = [n]
    return kept
for number in range(300):
    warm(number)
`;

/** Attributes that it leaves to others, and instances of the same class that have none. */
const ATTRIBUTES = `${HOT}class Plain:
    pass

def look(value):
    here = value
    return here

for number in range(40):
    value = Plain()
    value.name = number
    look(value)
    value = Plain()
    value.__dict__["x" * (180 + number)] = number
    look(value)
    look(Plain())
    value = Plain()
    value.__dict__[number] = number
    value.inner = Plain()
    look(value)
    value = Plain()
    value.inner = Plain()
    value.inner.name, value.many = {number}, [Plain(), {number}]
    look(value)
    look(10 ** number * (-1) ** number)
`;

/**
 * A class gets other bases between two looks at its instances, behind some of which there is no way to what they hold. An odd
 * number of changes at once leaves its mro where the first one was.
 */
const BASES = `class First:
    pass

class Second:
    pass

class Bare:
    __dict__ = None

class Between(First):
    __slots__ = ()

def change(cls, *bases):
    list(map(setattr, [cls] * len(bases), ["__bases__"] * len(bases), [(each,) for each in bases]))

def run_all():
    for bases in (Bare,), (Second, First, Bare), (Second, Bare), (Second,), (Between,), (Second, Second, First):
        class Derived(First):
            pass
        value = Derived()
        value.name = len(bases)
        for to in (), bases, (First,), (Between,):
            change(Derived, *to)
            for _ in range(3):
                look(value)
                look([value])
run_all()
print("done")
`;

/** A hook for audit events runs in the midst of a look. It takes containers apart, and globals come and go. */
const HOOK = `import sys
${HOT}class Plain:
    pass

armed, target = False, None

def hook(event, args):
    global armed
    if event != "marshal.dumps" or not armed:
        return
    armed = False
    names = globals()
    for _ in range(3):
        if "EXTRA" in names:
            del names["EXTRA"]
        else:
            names["EXTRA"] = [1]
        look(1)
    if type(target) is list:
        target[:] = []
    elif type(target) is dict:
        target.clear()
        target.update({"b%d" % n: {n} for n in range(50)})
    else:
        target.__dict__ = {"other": 1}
    armed = True

sys.addaudithook(hook)

def look(value):
    here = 1
    if value is None:
        return EXTRA
    return here

def run(made):
    global armed, target
    target, armed = made, True
    look(made)
    armed = False

for number in range(25):
    few = number % 12
    run([10 ** 30 + number + n for n in range(20)])
    run([{n} for n in range(number)])
    run({n: 10 ** 30 + n for n in range(few)})
    run({n: {n} for n in range(few)})
    made = Plain()
    made.__dict__.update({"a%d" % n: {10 ** 30 + n} for n in range(few)})
    run(made)
`;

/** Of code that is gone nothing is left: so many of the interpreter's blocks for each function that came and went. */
const GONE = `import gc

def make():
    names = {}
    exec("def f(a):\\n  b = [a]\\n  c = {1: b}\\n  return c\\n", names)
    return names.pop("f")

def burst():
    for number in range(100):
        f = make()
        f(number)
        f = None

burst()
gc.collect()
before = sys.getallocatedblocks()
burst()
gc.collect()
left = (sys.getallocatedblocks() - before) / 100
print("done" if left < 5 else left)
`;

async function recorded(python: Python, folder: string, name: string, program: string) {
  const path = join(folder, "main.py");
  await Deno.writeTextFile(path, program);
  const words = [...SILENT, "--accelerator", name, python.path, path];
  return await record(folder, words, { cwd: folder, readBack: false });
}

Deno.test("accelerator: what changes while it looks does no harm, and code that is gone leaves nothing", async (t) => {
  await forEachPython(t, ACCELERATED, async (python) => {
    const library = await accelerator(python);
    if (library === null) return;
    await withFolder(async (folder) => {
      const { status, stdout, stderr } = await recorded(python, folder, library, HOOK + GONE);
      assert.deepEqual([status, stdout, stderr], [0, "done\n", ""]);
    });
    await withFolder(async (folder) => {
      const traces = [];
      for (const name of ["off", library]) {
        const side = join(folder, name === "off" ? "without" : "with");
        await Deno.mkdir(side);
        const { status, stdout, stderr, tracePath } = await recorded(
          python,
          side,
          name,
          ATTRIBUTES + BASES,
        );
        assert.deepEqual([status, stdout, stderr], [0, "done\n", ""]);
        assert.ok(tracePath !== null);
        traces.push(tracePath);
      }
      let text = "";
      const sink = { write: (part: string) => text += part, flush: () => {}, colours: false };
      assert.equal(await diffCommand(traces, sink), 0, text);
    });
  });
});
