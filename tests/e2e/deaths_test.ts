/** However a program dies, its trace is whole and says so; more ways, each under each observer, are in `tests/long`. */
import { pooledAll } from "../support/pool.ts";
import { EACH_OBSERVER, needsPythons, pythons } from "../support/pythons.ts";
import { checkDeath } from "./_deaths.ts";

needsPythons(EACH_OBSERVER);

const WAYS = [
  ["a segmentation fault", 0],
  ["os._exit in a signal handler, wherever that runs", 1],
  ["no memory, and it goes on", 1],
] as const;

Deno.test("a program that dies by its own fault leaves all that it did", async () => {
  const found = await pythons();
  const observers = EACH_OBSERVER.flatMap((version) => found.get(version) ?? []);
  await pooledAll(WAYS, async ([way, observer]) => {
    const python = observers[observer];
    if (python !== undefined) await checkDeath(way, python);
  });
});
