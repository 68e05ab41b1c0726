/**
 * What is recorded with the native accelerator is what is recorded without: step by step, each value in full. What the
 * Python agent tells is held against the slow tracer and others elsewhere.
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
import { randomValueProgram } from "../random/accelerated.ts";
import { forEachPython, needsPythons, type Python } from "../support/pythons.ts";
import { PROGRAMS } from "../support/recorder.ts";
import { type BothWays, bothWays, storyOf } from "./_both_ways.ts";
import type { AttachOptions } from "./_attached.ts";

const VERSIONS = ["3.12", "3.13"];
needsPythons(VERSIONS);

const program = (name: string) => Deno.readTextFile(join(PROGRAMS, "accelerated", `${name}.py`));

function test(
  name: string,
  body: (python: Python) => Promise<void>,
  versions: readonly string[] = VERSIONS,
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

test("what runs, with all kinds of variables", async (python) => {
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

test("values at all bounds", async (python) => {
  const bounds = python.minor % 2 === 0
    ? { value_max_depth: 3, value_max_items: 10, value_max_bytes: 100 }
    : { value_max_depth: 18, value_max_items: 256, value_max_bytes: 4096 };
  await same(python, "shown", { policy: bounds });
});

test("containers and objects that stay the same, and records that are too long", async (python) => {
  await same(python, "kept", {
    policy: { value_max_depth: 3, value_max_items: 256, value_max_bytes: 4096 },
  });
});

test("what filters hide", async (python) => {
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

test("random values", async (python) => {
  await fc.assert(
    fc.asyncProperty(randomValueProgram(60), async (text) => {
      await bothWays(python, text);
    }),
    { numRuns: 1, seed: 20_261 + python.minor, endOnFailure: true },
  );
});
