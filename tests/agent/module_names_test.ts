/** A module's line shows the variables there are, whatever names there were at the lines before. */
import assert from "node:assert/strict";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";
import { run } from "../support/processes.ts";
import { storyOf, told } from "./_both_ways.ts";

needsPythons(PUSH_VERSIONS);

/** Each line of the module, and what it shows. Some have as many names as the line before, but others. */
const LINES: readonly (readonly [line: string, shown: string])[] = [
  ["__gone__ = 0", ""],
  ["def turn(gone, come): names = globals(); del names[gone]; names[come] = 5", ""],
  ["x = 1", "turn"],
  ['turn("__gone__", "come")', "turn x"],
  ["x = 2", "come turn x"],
  ['turn("come", "__come__")', "come turn x"],
  ["x = 3", "turn x"],
  ['turn("x", "y")', "turn x"],
  ["z = 4", "turn y"],
  ['turn("z", "password")', "turn y z"],
  ["y = 6", "password turn y"],
  ["globals()[1] = 7", "password turn y"],
  ["w = 8", "password turn y"],
  ['turn(1, "v")', "password turn w y"],
  ["del w, v", "password turn v w y"],
  ["u = 9", "password turn y"],
];

Deno.test({
  name: "names of a module that come and go",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, PUSH_VERSIONS, async (python) => {
      const { trace } = await told(python, LINES.map(([line]) => `${line}\n`).join(""));
      const story = await storyOf(trace);
      LINES.forEach(([text, shown], at) => {
        const steps = story.filter((step) => step.includes(`"line":${at + 1},`));
        const step = steps.find((step) => at !== 1 || !step.includes("gone="));
        const names = [...(step ?? "none").matchAll(/ (\w+)=\{/g)].map(([_, name]) => name);
        assert.equal(names.sort().join(" "), shown, text);
      });
    }),
});

/** Keys that say when they are compared. What the program itself compares is told apart by what it prints ahead of it. */
const ASKED = `class Key:
    def __hash__(self): return hash("named")
    def __eq__(self, other):
        print("asked", other)
        return False
globals()[Key()] = 1
print("set")
named = 2
print("looks")
other = 3
other = [4]
class Body:
    key = Key()
    locals()[key] = 1
    print("set in class")
    named = 2
    print("looks in class")
    other = 3
    other = [4]
    del locals()[key]
apart = {Key(): 1}
exec("""print("set apart")
named = 2
print("looks apart")
other = 3
other = [4]
""", {}, apart)
`;

Deno.test({
  name: "keys of a namespace that hash like a name of it are not asked whether they are",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, PUSH_VERSIONS, async (python) => {
      const { stdout } = await told(python, ASKED);
      const own = (await run([python.path, "-c", ASKED])).stdout;
      assert.equal(stdout, own);
    }),
});
