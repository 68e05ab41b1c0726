/** A program that makes up file names without end doesn't fill its memory with what the agent remembers of them. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { BUILTIN_COMPILED } from "../../src/filter/builtin_compiled.ts";
import { withTables } from "../../src/filter/with_tables.ts";
import { run } from "../support/processes.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";

needsPythons(PUSH_VERSIONS);

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

Deno.test({
  name: "answers about file names are remembered up to a bound",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, PUSH_VERSIONS, async (python) => {
      const { stdout, stderr } = await run([
        ...[python.path, "-I", here("_endless.py"), here("../../src/agent/python")],
        ...[JSON.stringify(withTables(BUILTIN_COMPILED)), "4000", "9000"],
      ]);
      assert.equal(stderr, "");
      const [first, last] = stdout.trim().split("\n").map(Number);
      assert.ok(first !== undefined && last !== undefined && first > 100_000, stdout);
      assert.ok(last < first * 1.5, stdout);
    }),
});
