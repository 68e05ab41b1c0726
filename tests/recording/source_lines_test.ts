import assert from "node:assert/strict";
import fc from "fast-check";
import { HIGHEST_LINE, SourceLines } from "../../src/recording/source_lines.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const lengthsOf = (text: string) => [...SourceLines.of(encode(text)).lengths];

Deno.test("line lengths, newline not counted, for each kind of newline", () => {
  assert.deepEqual(lengthsOf(""), [0]);
  assert.deepEqual(lengthsOf("a"), [1]);
  assert.deepEqual(lengthsOf("ab\n\nc"), [2, 0, 1]);
  assert.deepEqual(lengthsOf("ab\n"), [2, 0], "a line may begin behind the last newline");
  assert.deepEqual(lengthsOf("ab\r\nc\rd"), [2, 1, 1]);
  assert.deepEqual(lengthsOf("\r\r\n\n"), [0, 0, 0, 0]);
});

Deno.test("lengths are in UTF-16 code units, as editors count", () => {
  assert.deepEqual(lengthsOf("é€😀x\n"), [5, 0]);
});

Deno.test("columns are given in bytes and come out in code units", () => {
  const lines = SourceLines.of(encode("x = 'é€😀'; y\nplain\n"));
  assert.equal(lines.column(1, 0), 1);
  assert.equal(lines.column(1, 5), 6);
  assert.equal(lines.column(1, 7), 7, "behind é");
  assert.equal(lines.column(1, 10), 8, "behind €");
  assert.equal(lines.column(1, 14), 10, "behind 😀");
  assert.equal(lines.column(2, 3), 4);
  // Beyond the file: the interpreter is believed.
  assert.equal(lines.column(99, 7), 8);
});

Deno.test("any text: as a decoder sees it", () => {
  const plain = fc.constantFrom("a", " ", "\n");
  const character = fc.constantFrom("a", " ", "é", "€", "😀", "\n", "\r\n", "\r");
  const texts = fc.oneof(
    fc.array(character, { maxLength: 40 }),
    fc.array(plain, { maxLength: 40 }),
  );
  fc.assert(fc.property(texts, (characters) => {
    const text = characters.join("");
    const expected = text.split(/\r\n|\r|\n/);
    const lines = SourceLines.of(encode(text));
    assert.deepEqual([...lines.lengths], expected.map((line) => line.length));
    expected.forEach((line, n) => {
      for (let at = 0; at <= line.length; at++) {
        const before = line.slice(0, at);
        if (!before.isWellFormed()) continue;
        assert.equal(lines.column(n + 1, encode(before).length), at + 1);
      }
    });
  }));
});

Deno.test("bytes that are no UTF-8 do no harm", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
    const lines = SourceLines.of(bytes);
    for (let line = 1; line <= lines.lengths.length; line++) {
      assert.ok(lines.column(line, 1000) >= 1);
    }
  }));
});

Deno.test("code without a text gets room, but not for any line that it claims", () => {
  assert.ok(SourceLines.unknown(1).lengths.length >= 1024);
  assert.ok(SourceLines.unknown(5000).lengths.length >= 5000);
  assert.ok(SourceLines.unknown(5000).lengths.every((length) => length > 80));
  assert.equal(SourceLines.unknown(2 ** 31).lengths.length, HIGHEST_LINE);
  assert.equal(SourceLines.unknown(10).column(3, 4), 5);
});
