/**
 * Random input for the decoder of what the agent writes; the same inputs in each run. Others, and a million of them, are in
 * `tests/long/wire_fuzz_test.ts`.
 *
 * CT_RANDOM_SEED  which ones; the message of a failure says with which number one comes again
 */
import assert from "node:assert/strict";
import { captureOf, checkRandomInputs } from "../random/check_wire.ts";
import { numberOf } from "../support/numbers.ts";
import { anyPython } from "../support/pythons.ts";

const seed = numberOf("CT_RANDOM_SEED", 1);

Deno.test(`whatever is in the ring, it is a trace or a broken record, seed ${seed}`, async () => {
  const outcome = await checkRandomInputs({
    count: 10_000,
    seed,
    captures: [await captureOf(await anyPython())],
    acceptOneIn: 2000,
    largestTrace: 32 << 20,
  });
  // Both happen often: the inputs are neither all nonsense nor all in order.
  assert.ok(outcome.whole > 1000 && outcome.broken > 1000, JSON.stringify(outcome));
});
