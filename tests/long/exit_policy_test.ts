/** All of what tests/e2e/exit_policy_test.ts takes by pairs, with one Python. */
import assert from "node:assert/strict";
import { AXES, type Case, problemsOf } from "../e2e/_exit_policy.ts";
import { needsPythons } from "../support/pythons.ts";
import { product } from "../support/pairwise.ts";

needsPythons(["3.12"]);

Deno.test("exit policy: all cases", async () => {
  const cases: Case[] = product({ ...AXES, python: ["3.12"] });
  assert.equal(cases.length, 10 * 6 * 2 * 2 * 2 * 4);
  assert.deepEqual(await problemsOf(cases), []);
});
