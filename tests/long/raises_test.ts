/**
 * Random programs that say what they raise and catch, under every Python from 3.10 on that is there; of 3.8 and 3.9
 * some records in deep nests are left out (limits.md), so that they have tests/programs/small alone.
 *
 * CT_RANDOM_SEED  where to begin, otherwise by the clock; what differs says with which seed it comes again
 */
import { join } from "node:path";
import { forEachPython, needsPythons, type Python } from "../support/pythons.ts";
import { run } from "../support/processes.ts";
import { compareRaises } from "../support/raises.ts";
import { record, ROOT, withFolder } from "../support/recorder.ts";

const VERSIONS = ["3.10", "3.11", "3.12", "3.13"];
needsPythons(VERSIONS);

const PROGRAMS = 8, FUNCTIONS = "40";
const first = Number(Deno.env.get("CT_RANDOM_SEED") ?? Date.now() % 1_000_000);

Deno.test({
  name: `what random programs raise and catch, from seed ${first}`,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, VERSIONS, async (python) => {
      for (let seed = first; seed < first + PROGRAMS; seed++) {
        const difference = await withFolder((folder) => differs(python, seed, folder));
        if (difference !== null) throw new Error(`seed ${seed}: ${difference}`);
      }
    }),
});

async function differs(python: Python, seed: number, folder: string): Promise<string | null> {
  const generator = join(ROOT, "tests/oracle/random_raises.py");
  const { stdout } = await run([python.path, generator, String(seed), FUNCTIONS], { cwd: folder });
  await Deno.writeTextFile(join(folder, "app.py"), stdout);
  const recorded = await record(folder, ["--quiet", "--python", python.path, "app.py"]);
  if (recorded.trace === null) return "no trace was left";
  return compareRaises(recorded.trace, recorded.stdout);
}
