import assert from "node:assert/strict";
import fc from "fast-check";
import { EndMarker } from "../../src/session/end_marker.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("the mark is found and taken out, wherever the bytes are cut", () => {
  // Letters of the mark itself, so that its beginnings are everywhere.
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c") })
    .filter((text) => !text.includes("abac"));
  fc.assert(
    fc.property(text, text, fc.array(fc.nat(40)), (before, after, cuts) => {
      const all = `${before}abac${after}`;
      // Where the two make a mark with the letters around, the first one counts.
      const place = all.indexOf("abac");
      const marker = new EndMarker(encode("abac"));
      let seenBefore = "", seenAfter = "", found = false;
      const take = (piece: string) => {
        if (found) return void (seenAfter += piece);
        const { before, after } = marker.take(encode(piece));
        seenBefore += decode(before);
        if (after !== null) [found, seenAfter] = [true, decode(after)];
      };
      let from = 0;
      for (const cut of cuts.toSorted((a, b) => a - b)) {
        if (cut <= from || cut >= all.length) continue;
        take(all.slice(from, cut));
        from = cut;
      }
      take(all.slice(from));
      assert.ok(found);
      assert.equal(seenBefore, all.slice(0, place));
      assert.equal(seenAfter, all.slice(place + 4));
    }),
  );
});

Deno.test("without a mark nothing is lost", () => {
  const marker = new EndMarker(encode("abac"));
  const first = marker.take(encode("x ab"));
  assert.deepEqual([decode(first.before), first.after], ["x ", null]);
  const second = marker.take(encode("b aba"));
  assert.deepEqual([decode(second.before), second.after], ["abb ", null]);
  assert.equal(decode(marker.rest()), "aba");
  assert.equal(marker.rest().length, 0);
});
