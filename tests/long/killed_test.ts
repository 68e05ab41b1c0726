/**
 * A program that is killed leaves all that it did: 200 random moments of a loop under each observer, and others of what
 * is harder to keep in order.
 *
 * CT_RANDOM_KILLS  how many of the loop; of each other program a quarter of that
 * CT_RANDOM_SEED   which moments, otherwise by the clock; how far the program gets in a moment is never the same
 */
import { randomNumbers } from "../random/wire.ts";
import { checkKilled, COUNTING, type Kill, killAt } from "../support/killed.ts";
import { numberOf } from "../support/numbers.ts";
import { EACH_OBSERVER, forEachPython, needsPythons } from "../support/pythons.ts";

needsPythons(EACH_OBSERVER);

const count = numberOf("CT_RANDOM_KILLS", 200);
const seed = numberOf("CT_RANDOM_SEED", Date.now() % 1_000_000);
const programs = Object.keys(COUNTING) as (keyof typeof COUNTING)[];

Deno.test({
  name: `killed at ${count} moments and more, seed ${seed}`,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, EACH_OBSERVER, async (python) => {
      const below = randomNumbers(seed + python.minor);
      const random = () => below(2 ** 30) / 2 ** 30;
      const kills: Kill[] = Array.from({ length: count }, () => killAt("one loop", random));
      for (let n = 0; n < count / 4; n++) {
        for (const program of programs.slice(1)) kills.push(killAt(program, random));
        kills.push({ ...killAt("one loop", random), options: ["--io-capture", "proxies+fd"] });
      }
      // Some at a time: within the one job that a Python is, nothing waits for a free core.
      for (let at = 0; at < kills.length; at += 8) {
        await Promise.all(kills.slice(at, at + 8).map((kill) => checkKilled(kill, python)));
      }
    }),
});
