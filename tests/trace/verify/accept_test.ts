import assert from "node:assert/strict";
import { damage } from "../fuzz/_damage.ts";
import { corpus } from "../fuzz/_fuzz.ts";
import { Random } from "../fuzz/_random.ts";
import { acceptMany } from "./_accept_many.ts";
import { assertAgreement, OURS } from "./_agreement.ts";
import { ALL_FAULTS, BIG, SMALL } from "./_faults.ts";

Deno.test("every fault is one for ct-accept, too, but for those that only matter here", () => {
  const said = acceptMany([SMALL, BIG, ...ALL_FAULTS.map(({ bytes }) => bytes())]);
  assert.deepEqual(said.slice(0, 2), [[], []]);
  for (const [number, { name, code }] of ALL_FAULTS.entries()) {
    const refused = said[number + 2]!.length > 0;
    assert.equal(refused, OURS[code] === undefined, `${name} (${code}): ${said[number + 2]}`);
  }
});

Deno.test("of damaged traces, what ct-accept refuses has findings, and what it accepts has none", () => {
  const seeds = corpus();
  assertAgreement(Array.from({ length: 150 }, (_, input) => damage(seeds, new Random(input))));
});
