/** A module's line shows the variables there are, whatever names there were at the lines before. */
import assert from "node:assert/strict";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";
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
