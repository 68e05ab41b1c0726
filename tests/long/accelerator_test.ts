/**
 * The native accelerator under many programs: each of the tests' own, and random ones. Wherever possible what is recorded
 * with it is held against something else than a recording without: the slow tracer, the program's own log, or what the
 * program prints of its values.
 *
 * CT_RANDOM_PROGRAMS  how many random programs of each kind under each Python; 20 by default
 * CT_RANDOM_SEED      where to begin, otherwise by the clock; a failure says with which seed it comes again
 */
import { basename, join } from "node:path";
import fc from "fast-check";
import { bothWays } from "../agent/_both_ways.ts";
import { randomValueProgram } from "../random/accelerated.ts";
import { checkRandomPrograms } from "../random/check.ts";
import { checkLoops } from "../random/check_loops.ts";
import { checkRandomValues } from "../random/check_values.ts";
import { randomPrograms } from "../random/programs.ts";
import { ACCELERATED } from "../../tools/build/accelerator.ts";
import { accelerator, WARM } from "../support/accelerator.ts";
import { numberOf } from "../support/numbers.ts";
import { type Program, programsIn } from "../support/programs.ts";
import { forEachPython, needsPythons, type Python } from "../support/pythons.ts";
import { assertRecordedAsItRan } from "../support/recorded_as_it_ran.ts";
import { PROGRAMS, withFolder } from "../support/recorder.ts";
import { run } from "../support/processes.ts";

needsPythons(["3.12", "3.13"]); // 3.14 and 3.15 take part where they are there

const count = numberOf("CT_RANDOM_PROGRAMS", 20);
const seed = numberOf("CT_RANDOM_SEED", Date.now() % 1_000_000);

function test(name: string, body: (python: Python, folder: string) => Promise<void>): void {
  Deno.test({
    name: `accelerator: ${name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) =>
      forEachPython(t, ACCELERATED, async (python) => {
        const folder = await accelerator(python);
        if (folder !== null) await body(python, folder);
      }),
  });
}

/** Of sets whose elements are in the order of their addresses. */
const TRIES = 12;
const own = ["accelerated", "small", "."].flatMap(programsIn);
const BOUNDS = [[0, 0, 16], [1, 4, 30], [3, 31, 199], [3, 32, 200], [17, 33, 201], [40, 256, 4096]];

for (const program of own) {
  // What has to be its file's beginning can't have another line ahead of it.
  if (Deno.readTextFileSync(program.path).includes("from __future__")) continue;
  test(
    `what ran, by the slow tracer: ${program.name}`,
    (python, folder) =>
      withFolder(async (copies) => {
        await run(["cp", "-r", `${PROGRAMS}/.`, copies]);
        const warmed: Program = { ...program, path: join(copies, program.name) };
        const text = await Deno.readTextFile(warmed.path);
        await Deno.writeTextFile(warmed.path, `${WARM}\n${text}`);
        await assertRecordedAsItRan(warmed, python, ["--accelerator", folder]);
      }),
  );
}

for (const { path } of programsIn("accelerated")) {
  test(`the same as without, with all bounds: ${basename(path)}`, async (python) => {
    const text = await Deno.readTextFile(path);
    for (const [depth = 0, items = 0, bytes = 0] of BOUNDS) {
      const policy = { value_max_depth: depth, value_max_items: items, value_max_bytes: bytes };
      await bothWays(python, text, { policy });
    }
  });
}

test(`${count} programs of random values, the same as without, from seed ${seed}`, async (python) => {
  const bounds = fc.record({
    value_max_depth: fc.integer({ min: 0, max: 20 }),
    value_max_items: fc.integer({ min: 5, max: 12 }), // of sets all: which come first is another matter in each run
    value_max_bytes: fc.integer({ min: 16, max: 260 }),
  });
  await fc.assert(
    fc.asyncProperty(randomValueProgram(100), bounds, async (text, policy) => {
      await bothWays(python, text, { policy }, TRIES);
    }),
    { numRuns: count, seed: seed + python.minor, endOnFailure: true },
  );
});

test(`random values are shown as what they are, from seed ${seed}`, async (python, folder) => {
  for (let n = 0; n < count; n += 5) await checkRandomValues(python, 1, seed + n, folder);
});

test(
  `${count} random programs by their own log, from seed ${seed}`,
  (python, folder) =>
    checkRandomPrograms(python, {
      programs: randomPrograms(1, 3),
      count,
      seed: seed + python.minor,
      shrinks: true,
      accelerator: folder,
    }),
);

test(
  `${count} random loops by settrace and the slow tracer, from seed ${seed}`,
  (python, folder) =>
    checkLoops(python, {
      ...{ count, functions: 6, seed: seed + python.minor },
      ...{ thorough: true, accelerator: folder },
    }),
);
