import assert from "node:assert/strict";
import { pairwise } from "../support/pairwise.ts";
import { needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";
import { AXES, problemsOf } from "./_exit_policy.ts";

needsPythons(PUSH_VERSIONS);

Deno.test("exit policy: every two of how the program ends, how the recorder fails, what the policy says and where", async () => {
  const cases = pairwise(AXES);
  assert.ok(cases.length >= 8 * 6);
  assert.deepEqual(await problemsOf(cases), []);
});
