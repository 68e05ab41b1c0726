/** A few modules of CPython's own tests: the same verdicts under the recorder. tests/long/cpython_test.ts has many. */
import assert from "node:assert/strict";
import { compareAll, problemsOf, QUICK_MODULES } from "../support/cpython_modules.ts";
import { needsPythons } from "../support/pythons.ts";

const VERSIONS = ["3.12"];
needsPythons(VERSIONS);

Deno.test("cpython: quick modules of its own tests", async () => {
  assert.deepEqual(problemsOf(await compareAll(VERSIONS, QUICK_MODULES)), []);
});
