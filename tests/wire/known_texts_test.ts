import assert from "node:assert/strict";
import fc from "fast-check";
import { KnownTexts } from "../../src/wire/known_texts.ts";
import { BrokenRecord, readText } from "../../src/wire/marshal.ts";
import { dumps } from "../recording/_marshal.ts";

Deno.test("a text is read as it stands, whichever were read before", () => {
  const texts = new KnownTexts();
  const read = (s: string) => {
    const bytes = Uint8Array.from([0, ...dumps(s), 0]);
    assert.equal(texts.read(bytes, 1), readText(bytes, 1));
  };
  // Of few letters, so that many share their place.
  const text = fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 6 });
  fc.assert(fc.property(fc.array(text, { minLength: 20, maxLength: 60 }), (all) => {
    for (const s of [...all, ...all]) read(s);
  }));
  for (const length of [0, 1, 127, 128, 129, 5000]) {
    for (const last of ["x", "y", "x"]) read("m".repeat(length) + last);
  }
});

Deno.test("what is no text is refused, though its bytes are those of one that is known", () => {
  const texts = new KnownTexts();
  texts.read(Uint8Array.from(dumps("name")), 0);
  const bytes = Uint8Array.from(dumps(new TextEncoder().encode("name")));
  assert.throws(() => texts.read(bytes, 0), BrokenRecord);
});
