/**
 * A million random inputs for the decoder of what the agent writes, and what became of the records of a real program
 * under each Python.
 *
 * CT_RANDOM_INPUTS  how many; 1,000,000 by default
 * CT_RANDOM_SEED    where to begin, otherwise by the clock; a failure says which one comes again
 */
import assert from "node:assert/strict";
import { captureOf, checkRandomInputs } from "../random/check_wire.ts";
import { numberOf } from "../support/numbers.ts";
import { pythons } from "../support/pythons.ts";

const count = numberOf("CT_RANDOM_INPUTS", 1_000_000);
const seed = numberOf("CT_RANDOM_SEED", Date.now() % 1_000_000_000);

Deno.test(`random input: ${count}, from seed ${seed}`, async () => {
  const captures = await Promise.all([...(await pythons()).values()].map(captureOf));
  const outcome = await checkRandomInputs({
    count,
    seed,
    captures,
    acceptOneIn: 1000,
    largestTrace: 32 << 20,
  });
  assert.ok(outcome.whole > count / 10 && outcome.broken > count / 10, JSON.stringify(outcome));
});
