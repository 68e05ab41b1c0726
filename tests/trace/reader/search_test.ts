import assert from "node:assert/strict";
import fc from "fast-check";
import { firstNotBelow } from "../../../src/trace/reader/_search.ts";

/** Ascending numbers that grow evenly, in bursts, or not at all. */
const ascending = fc.array(
  fc.record({ run: fc.integer({ min: 1, max: 3000 }), by: fc.constantFrom(0, 1, 3, 1e6, 1e12) }),
  { maxLength: 6 },
).map((runs) => {
  const numbers: number[] = [];
  for (const { run, by } of runs) {
    for (let index = 0; index < run; index++) numbers.push((numbers.at(-1) ?? 0) + by);
  }
  return numbers;
});

Deno.test("the first number that is not below another", () => {
  fc.assert(
    fc.property(ascending, fc.nat(), fc.integer({ min: -2, max: 2 }), (numbers, which, off) => {
      const wanted = (numbers[which % Math.max(numbers.length, 1)] ?? 0) + off;
      const found = numbers.findIndex((number) => number >= wanted);
      const got = firstNotBelow(numbers.length, wanted, (index) => {
        assert.ok(index >= 0 && index < numbers.length);
        return numbers[index]!;
      });
      assert.equal(got, found < 0 ? numbers.length : found);
    }),
    { numRuns: 300 },
  );
});

Deno.test("among numbers that grow evenly it is found within three chunks, among any within log2", () => {
  const count = 1e7;
  const looks = (at: (index: number) => number, wanted: number) => {
    const chunks = new Set<number>();
    let reads = 0;
    firstNotBelow(count, wanted, (index) => {
      reads++;
      chunks.add(Math.floor(index / 256));
      return at(index);
    });
    return { chunks: chunks.size, reads };
  };
  for (let wanted = 1; wanted < 3 * count; wanted += 1_234_567) {
    // The first of these is the last chunk, which tells where all of them end.
    assert.ok(looks((index) => 3 * index + index % 7, wanted).chunks <= 4);
    assert.ok(looks((index) => index ** 4, wanted ** 3).reads < 40);
    assert.ok(looks((index) => index < 9e6 ? 0 : index, wanted / 4).reads < 40);
  }
});
