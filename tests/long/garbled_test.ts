/** All of what tests/e2e/garbled_test.ts takes a few of. */
import { checkGarbled, GARBLED } from "../support/garbled.ts";
import { pooledAll } from "../support/pool.ts";
import { EACH_OBSERVER, needsPythons, pythons } from "../support/pythons.ts";

needsPythons(EACH_OBSERVER);

Deno.test("a program that writes over the recorder's files: each way, each policy", async () => {
  const found = await pythons();
  const cases = EACH_OBSERVER.flatMap((version) => found.get(version) ?? []).flatMap((python) =>
    Object.keys(GARBLED).flatMap((way) =>
      (["abort", "disable"] as const).map((policy) => [way, python, policy] as const)
    )
  );
  await pooledAll(cases, (one) => checkGarbled(...one));
});
