/**
 * A program that is killed leaves all that it did: 20 random moments; 200, and threads and deep recursion, are in
 * `tests/long/killed_test.ts`.
 *
 * CT_RANDOM_SEED  which moments; how far the program gets in a moment is never the same
 */
import { randomNumbers } from "../random/wire.ts";
import { checkKilled, killAt } from "../support/killed.ts";
import { numberOf } from "../support/numbers.ts";
import { pooledAll } from "../support/pool.ts";
import { EACH_OBSERVER, needsPythons, pythons } from "../support/pythons.ts";

needsPythons(EACH_OBSERVER);

const seed = numberOf("CT_RANDOM_SEED", 20_261);

Deno.test(`killed at 20 moments, seed ${seed}`, async () => {
  const found = await pythons();
  const below = randomNumbers(seed);
  const random = () => below(2 ** 30) / 2 ** 30;
  const kills = EACH_OBSERVER.flatMap((version) => found.get(version) ?? []).flatMap((python) =>
    Array.from({ length: 10 }, (_, n) => {
      // The other reader takes a third of the time; the long run asks it each time.
      return [{ ...killAt("one loop", random), accept: n % 5 === 0 }, python] as const;
    })
  );
  await pooledAll(kills, (one) => checkKilled(...one));
});
