import assert from "node:assert/strict";
import { MemorySource } from "../../../src/trace/ctfs/byte_source.ts";
import { verifySource } from "../../../src/trace/verify/verify_trace.ts";
import { damage } from "../fuzz/_damage.ts";
import { corpus } from "../fuzz/_fuzz.ts";
import { Random } from "../fuzz/_random.ts";
import { acceptMany } from "./_accept_many.ts";
import { ALL_FAULTS, BIG, SMALL } from "./_faults.ts";

/** Faults that `ct-accept` does not look for, each with the reason. */
const OURS: Readonly<Record<string, string>> = {
  "number-padded": "readers take such numbers",
  "file-unknown": "readers pass over such files",
  "step-empty-file": "it takes the position for one without columns, and its line for a good one",
};
/** The same, of which it finds some. */
const OURS_TOO: readonly string[] = [
  ...Object.keys(OURS),
  // More than a million; it refuses 0 alone.
  "index-records",
];

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
  const traces = Array.from({ length: 400 }, (_, input) => damage(seeds, new Random(input)));
  for (const [input, reasons] of acceptMany(traces).entries()) {
    assertSame(input, traces[input]!, reasons);
  }
});

/** Both refuse a trace, or neither. */
function assertSame(input: number, bytes: Uint8Array, reasons: readonly string[]): void {
  let found: string[];
  try {
    found = verifySource("t.ct", new MemorySource(bytes)).findings
      .filter(({ severity }) => severity !== "note").map(({ code }) => code);
  } catch {
    // No container at all, which has only this one reason.
    found = ["no container"];
  }
  if (reasons.length === 0) found = found.filter((code) => !OURS_TOO.includes(code));
  assert.equal(found.length > 0, reasons.length > 0, `input ${input}: ${found} but ${reasons}`);
}
