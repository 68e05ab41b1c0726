/**
 * Signals to the recorder at random moments, once and again and again.
 *
 * CT_RANDOM_SIGNALS  how many recorders are attacked, and how many by Ctrl-C at a terminal; 200 by default
 * CT_RANDOM_SEED     when and by what, otherwise by the clock
 */
import { checkAttacked, checkInterrupted } from "../e2e/_signals.ts";
import { randomNumbers } from "../random/wire.ts";
import { numberOf } from "../support/numbers.ts";
import { pooledAll } from "../support/pool.ts";
import { EACH_OBSERVER, needsPythons, pythons } from "../support/pythons.ts";

needsPythons(EACH_OBSERVER);

const count = numberOf("CT_RANDOM_SIGNALS", 200);
const seed = numberOf("CT_RANDOM_SEED", Date.now() % 1_000_000);
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

Deno.test(`${count} recorders under signals, seed ${seed}`, async () => {
  const found = await pythons();
  const below = randomNumbers(seed);
  const attacks = Array.from({ length: count }, (_, n) => {
    const python = found.get(EACH_OBSERVER[n % EACH_OBSERVER.length] ?? "");
    // One, or some that come together, or so many that they last until the end.
    const length = [1, 3, 200][below(3)] ?? 1;
    const signals = Array.from({ length }, () => SIGNALS[below(SIGNALS.length)] ?? "SIGINT");
    return [
      { signals, every: 1 + below(30), first: below(700), deaf: below(2) === 0 },
      python,
    ] as const;
  });
  await pooledAll(attacks, async ([attack, python]) => {
    if (python !== undefined) await checkAttacked(attack, python);
  });
});

Deno.test(`${count} times Ctrl-C while a program starts, seed ${seed}`, async () => {
  const found = await pythons();
  const below = randomNumbers(seed);
  const moments = Array.from({ length: count }, (_, n) => {
    const python = found.get(EACH_OBSERVER[n % EACH_OBSERVER.length] ?? "");
    return [below(250), python] as const;
  });
  await pooledAll(moments, async ([milliseconds, python]) => {
    if (python !== undefined) await checkInterrupted(milliseconds, python);
  });
});
