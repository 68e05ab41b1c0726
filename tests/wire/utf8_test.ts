import assert from "node:assert/strict";
import fc from "fast-check";
import { BrokenRecord } from "../../src/wire/marshal.ts";
import { hasSurrogates } from "../../src/wire/utf8.ts";

/** What the platform's decoder says of the same bytes, once lone surrogates are other characters of that length. */
function expected(bytes: Uint8Array): boolean | "broken" {
  let surrogates = false;
  const without = bytes.slice();
  for (let at = 0; at + 1 < without.length; at++) {
    if (without[at] === 0xed && without[at + 1]! >= 0xa0 && without[at + 1]! <= 0xbf) {
      surrogates = true;
      without[at] = 0xee;
    }
  }
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(without);
    return surrogates;
  } catch {
    return "broken"; // the only reason it throws for
  }
}

function actual(bytes: Uint8Array): boolean | "broken" {
  try {
    return hasSurrogates(bytes, 0, bytes.length);
  } catch (error) {
    assert.ok(error instanceof BrokenRecord);
    return "broken";
  }
}

Deno.test("texts of marshal are told from what is none, and lone surrogates from other characters", () => {
  const interesting = fc.constantFrom(
    ...[0x41, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xee, 0xef],
    ...[0xf0, 0xf1, 0xf4, 0xf5, 0xff, 0x8f, 0x90],
  );
  const bytes = fc.oneof(
    fc.array(interesting, { maxLength: 6 }).map((list) => Uint8Array.from(list)),
    fc.string({ unit: "grapheme" }).map((text) => new TextEncoder().encode(text)),
    // A long text, plain but for a few bytes.
    fc.tuple(fc.integer({ min: 250, max: 400 }), fc.array(interesting, { maxLength: 4 }), fc.nat())
      .map(([length, list, at]) => {
        const text = new Uint8Array(length).fill(0x61);
        text.set(list, at % (length - 4));
        return text;
      }),
  );
  fc.assert(
    fc.property(bytes, (text) => assert.equal(actual(text), expected(text))),
    { numRuns: 5000 },
  );
  assert.equal(actual(Uint8Array.of(0x61, 0xed, 0xa0, 0x80)), true);
  assert.equal(actual(new TextEncoder().encode("añ€😀")), false);
});

Deno.test("only the bytes of the text are looked at", () => {
  const bytes = Uint8Array.of(0xff, 0x61, 0xc3, 0xb1, 0xff);
  assert.equal(hasSurrogates(bytes, 1, 4), false);
  assert.throws(() => hasSurrogates(bytes, 1, 3), BrokenRecord);
});
