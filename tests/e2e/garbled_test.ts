/** A program may write over all that is the recorder's and within its reach; the others of these are in `tests/long`. */
import { checkGarbled } from "../support/garbled.ts";
import { pooledAll } from "../support/pool.ts";
import { anyPython } from "../support/pythons.ts";

const WAYS = [
  ["far ahead", "abort"],
  ["random segments", "disable"],
  ["trace a link", "abort"],
] as const;

Deno.test("a program that writes over the recorder's files has an error of its own, and nobody waits", async () => {
  const python = await anyPython();
  await pooledAll(WAYS, ([way, policy]) => checkGarbled(way, python, policy));
});
