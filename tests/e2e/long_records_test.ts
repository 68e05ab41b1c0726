/** Descriptions of code that no segment of the ring has room for: they come in pieces. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { EACH_OBSERVER, forEachPython, needsPythons, type Python } from "../support/pythons.ts";
import { record, type Recording, withFolder } from "../support/recorder.ts";

needsPythons(EACH_OBSERVER);

/** More characters, and more lines by their columns, than a segment has bytes. */
const LONG = 300_000;
const LINES = 40_000;
const PARAMETERS = 20_000;

/** What is long, and a program that shows it and then says that it came to its end. */
const PROGRAMS: Record<string, string> = {
  "code of many lines": `${"x = 0\n".repeat(LINES)}print("end")\n`,
  "a function of many parameters": `
names = ", ".join("parameter_%06d" % n for n in range(${PARAMETERS}))
exec("def f(%s):\\n    return 1\\nf(*range(${PARAMETERS}))\\n" % names, {})
print("end")
`,
  "a long name of a function": `
name = "f" * ${LONG}
exec("def %s(x):\\n    return x\\n%s(1)\\n" % (name, name), {})
print("end")
`,
  "a long name of a variable": `
name = "v" * ${LONG}
exec("def f():\\n    %s = 1\\n    return 2\\nf()\\n" % name, {})
print("end")
`,
  "a long name of a file": `
exec(compile("x = 1\\ny = 2\\n", "f" * ${LONG} + ".py", "exec"), {})
print("end")
`,
  "a long name of a module": `
exec(compile("x = 1\\ny = 2\\n", "f.py", "exec"), {"__name__": "m" * ${LONG}})
print("end")
`,
  "a long name of a type": `
def f(shown):
    return shown
f(type("T" * ${LONG}, (), {})())
print("end")
`,
};

function isWhole({ status, stdout, stderr, metadata }: Recording): void {
  assert.equal(status, 0, stderr);
  assert.equal(stdout, "end\n");
  assert.equal(metadata?.["partial"], false, stderr);
}

function eachPython(name: string, body: (python: Python) => Promise<void>): void {
  Deno.test({
    name,
    fn: (t) => forEachPython(t, EACH_OBSERVER, body),
    sanitizeOps: false,
    sanitizeResources: false,
  });
}

for (const [what, program] of Object.entries(PROGRAMS)) {
  eachPython(
    `${what}: the program goes on to its end, and all of it is recorded`,
    (python) =>
      withFolder(async (folder) => {
        await Deno.writeTextFile(join(folder, "p.py"), program);
        const recorded = await record(folder, ["-q", python.path, "p.py"], { readBack: false });
        isWhole(recorded);
        if (what === "code of many lines") {
          const { steps } = recorded.metadata?.["counts"] as { steps: number };
          assert.ok(steps > LINES && steps < LINES + 10, `${steps} steps`);
        }
      }),
  );
}

eachPython(
  "an integer too wide for a record takes nothing from the variables beside it, and is shown as ever",
  (python) =>
    withFolder(async (folder) => {
      const program = `
wide, beside = 7 ** 20000, list(range(20))
huge = 7 ** 200000
def f(n):
    return n
f(huge)
print("end")
`;
      await Deno.writeTextFile(join(folder, "p.py"), program);
      const { trace, ...recorded } = await record(folder, ["-q", python.path, "p.py"]);
      isWhole({ trace, ...recorded });
      const shown = (name: string) => {
        const values = trace!.events.flatMap(({ vars = [] }) =>
          vars.flatMap(({ varname, value }) => varname === name ? [JSON.stringify(value)] : [])
        );
        assert.ok(values.length > 2, `${name}: ${values.length} values`);
        return new Set(values);
      };
      for (const name of ["wide", "huge", "beside"]) assert.equal(shown(name).size, 1, name);
      assert.match([...shown("wide")].join(), /"0x[0-9a-f]{64}… <56148 bits>"/);
      assert.match([...shown("huge")].join(), /"0x[0-9a-f]{64}… <561471 bits>"/);
      assert.doesNotMatch([...shown("beside")].join(), /more/);
    }),
);

eachPython(
  "pieces of several threads come in between each other",
  (python) =>
    withFolder(async (folder) => {
      const program = `
import sys, threading
sys.setswitchinterval(1e-6)
def run(n):
    name = "f%d" % n * ${LONG / 2}
    exec("def %s(x):\\n    return x\\nfor n in range(20): %s(n)\\n" % (name, name), {})
threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("end")
`;
      await Deno.writeTextFile(join(folder, "p.py"), program);
      isWhole(await record(folder, ["-q", python.path, "p.py"], { readBack: false }));
    }),
);
