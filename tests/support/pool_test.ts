import assert from "node:assert/strict";
import { pooled } from "./pool.ts";

Deno.test("jobs that ask for further ones end, however few cores there are", async () => {
  const cores = navigator.hardwareConcurrency;
  const outer = Array.from(
    { length: 3 * cores },
    (_, n) =>
      pooled(async () => {
        const inner = await Promise.all([1, 2].map((m) => pooled(() => Promise.resolve(n * m))));
        return inner.reduce((sum, value) => sum + value);
      }),
  );
  assert.deepEqual(await Promise.all(outer), outer.map((_, n) => 3 * n));
});
