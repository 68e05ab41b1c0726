/** CPython's own tests have the same verdicts under the recorder. `deno run -A bench/cpython.ts` makes a table of it. */
import assert from "node:assert/strict";
import { compareAll, MODULES, problemsOf } from "../support/cpython_modules.ts";
import { ACCELERATED } from "../../tools/build/accelerator.ts";
import { needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";

needsPythons(PUSH_VERSIONS);

Deno.test("cpython: modules of its own tests", async () => {
  assert.deepEqual(problemsOf(await compareAll(PUSH_VERSIONS, MODULES)), []);
});

Deno.test("cpython: the same, with the native accelerator", async () => {
  const found = await compareAll(ACCELERATED, MODULES, { accelerated: true });
  assert.deepEqual(problemsOf(found), []);
});
