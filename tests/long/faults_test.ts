/** Every write of a small recording fails, in every way that it can: see tests/e2e/_disk_faults.ts. */
import assert from "node:assert/strict";
import { casesOf, check, operations } from "../e2e/_disk_faults.ts";
import { pooledAll } from "../support/pool.ts";

/** Of what the program's speed decides how often it is written, as many as there always are. */
const OFTEN = /^(worker (write|reserve) ring|session write (ring|relayed-\d)) (\d+)$/;
const ALWAYS = 4;

Deno.test("faults: a disk that fails, at every write", async () => {
  const all = (await operations()).filter(({ name }) =>
    Number(OFTEN.exec(name)?.[4] ?? 0) < ALWAYS
  );
  assert.ok(all.length > 100);
  const missed: string[] = [];
  const problems: string[] = [];
  await pooledAll(all.flatMap(casesOf), async (one) => {
    const { operation: { name, phase }, error, later, onError, keep, older } = one;
    const what = [
      name,
      phase,
      error,
      later && "and later",
      onError,
      keep && "keep",
      older && "older",
    ]
      .filter(Boolean).join(", ");
    try {
      if (!await check(one)) missed.push(name);
    } catch (thrown) {
      problems.push(`${what}: ${thrown instanceof Error ? thrown.message : thrown}`);
    }
  });
  assert.deepEqual(problems, []);
  // A folder that is there is not made; and where records end differs a little from run to run.
  const strange = missed.filter((name) => !name.startsWith("session make out "));
  assert.ok(strange.length < all.length / 10, strange.join("\n"));
});
