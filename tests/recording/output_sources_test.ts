import assert from "node:assert/strict";
import fc from "fast-check";
import { KNOWN_OF_WRITE, OutputSources } from "../../src/recording/output_sources.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);

interface Attributed {
  readonly foreign: string[];
  readonly sources: OutputSources;
}

function sources(): Attributed {
  const foreign: string[] = [];
  return {
    foreign,
    sources: new OutputSources((bytes, start, end) =>
      foreign.push(decode(bytes.slice(start, end)))
    ),
  };
}

/** Feeds `bytes` cut at `cuts`. */
function feed(to: OutputSources, bytes: Uint8Array, cuts: readonly number[]): void {
  let from = 0;
  for (const cut of [...cuts.map((n) => n % (bytes.length + 1)).toSorted((a, b) => a - b)]) {
    if (cut <= from) continue;
    to.take(bytes, from, cut, true);
    from = cut;
  }
  to.take(bytes, from, bytes.length, false);
  to.finish();
}

const expectAll = (to: OutputSources, pieces: readonly string[], writer = 0) => {
  for (const piece of pieces) {
    const data = encode(piece);
    to.expect(writer, data.subarray(0, KNOWN_OF_WRITE), data.length);
  }
};

/** Own pieces and others' in some order, from so few letters that they look alike. */
const mixture = fc.array(
  fc.record({ own: fc.boolean(), text: fc.string({ unit: fc.constantFrom("a", "b", "\n") }) }),
  { maxLength: 30 },
);

Deno.test("whatever others write, no own byte is taken for theirs, and none of theirs is lost", () => {
  fc.assert(
    fc.property(mixture, fc.array(fc.nat(200), { maxLength: 12 }), (pieces, cuts) => {
      const { foreign, sources: to } = sources();
      expectAll(to, pieces.filter(({ own }) => own).map(({ text }) => text));
      const all = encode(pieces.map(({ text }) => text).join(""));
      feed(to, all, cuts);
      const theirs = pieces.filter(({ own }) => !own).map(({ text }) => text).join("");
      const letters = (text: string) => [...text].toSorted().join("");
      assert.equal(letters(foreign.join("")), letters(theirs));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("where the pieces can't be mistaken, each comes out as it went in", () => {
  const word = fc.string({ unit: fc.constantFrom("x", "y", "z", "\n"), minLength: 1 });
  fc.assert(
    fc.property(
      fc.array(fc.record({ own: fc.boolean(), word }), { maxLength: 30 }),
      fc.array(fc.nat(500), { maxLength: 12 }),
      (pieces, cuts) => {
        const { foreign, sources: to } = sources();
        const texts = pieces.map(({ own, word }, n) => own ? `<${n}>${word}` : `{${n}}${word}`);
        const of = (own: boolean) => texts.filter((_, n) => pieces[n]?.own === own);
        expectAll(to, of(true));
        feed(to, encode(texts.join("")), cuts);
        assert.equal(foreign.join(""), of(false).join(""));
      },
    ),
  );
});

Deno.test("several writers' pieces in any order of the writers", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ writer: fc.nat(3), word: fc.string({ unit: "grapheme-ascii" }) }), {
        maxLength: 40,
      }),
      fc.array(fc.nat(500), { maxLength: 12 }),
      (pieces, cuts) => {
        const { foreign, sources: to } = sources();
        const texts = pieces.map(({ writer, word }, n) => writer < 3 ? `<${n}>${word}` : `{${n}}`);
        // What is announced keeps the order of each writer alone.
        for (const writer of [2, 0, 1]) {
          expectAll(to, texts.filter((_, n) => pieces[n]?.writer === writer), writer);
        }
        feed(to, encode(texts.join("")), cuts);
        assert.equal(
          foreign.join(""),
          texts.filter((_, n) => pieces[n]?.writer === 3).join(""),
        );
      },
    ),
  );
});

Deno.test("a piece that a full buffer cut, with another's output in between", () => {
  const { foreign, sources: to } = sources();
  const first = "x".repeat(8000), second = "y".repeat(500);
  expectAll(to, [first, second, "end\n"]);
  to.take(encode(first + second.slice(0, 192)), 0, 8192, false);
  to.take(encode("native\n"), 0, 7, false);
  const rest = encode(second.slice(192) + "end\n");
  to.take(rest, 0, rest.length, false);
  to.finish();
  assert.deepEqual(foreign, ["native\n"]);
});

Deno.test("one write of more than is known of it", () => {
  const { foreign, sources: to } = sources();
  const long = "0123456789".repeat(20_000);
  expectAll(to, [long, "after\n"]);
  feed(to, encode(`before\n${long}between\nafter\nbehind\n`), [65536, 131072, 196608]);
  assert.deepEqual(foreign, ["before\n", "between\n", "behind\n"]);
});

Deno.test("what waits in a buffer does not hold up others' output that looks like its beginning", () => {
  const { foreign, sources: to } = sources();
  expectAll(to, ["hello", "\n"]);
  to.take(encode("oh, hell"), 0, 8, false);
  assert.deepEqual(foreign, ["oh, hell"]);
  to.take(encode("hello\n"), 0, 6, false);
  assert.deepEqual(foreign, ["oh, hell"]);
});

Deno.test("a write that failed is not waited for", () => {
  const { foreign, sources: to } = sources();
  expectAll(to, ["written\n", "lost\n"]);
  to.withdraw(0);
  to.withdraw(7);
  expectAll(to, ["next\n"]);
  feed(to, encode("written\nnext\nlost\n"), []);
  assert.deepEqual(foreign, ["lost\n"]);
});

Deno.test("after a write that never comes, later ones are known again before long", () => {
  const { foreign, sources: to } = sources();
  expectAll(to, ["lost\n"]);
  const line = (n: number) => encode(`line ${n} ${"-".repeat(1000)}\n`);
  const send = (n: number) => {
    to.expect(0, line(n), line(n).length);
    to.take(line(n), 0, line(n).length, false);
  };
  for (let n = 0; n < 1500; n++) send(n);
  const mistaken = foreign.length;
  assert.ok(mistaken < 1100, `${mistaken} lines were taken for others'`);
  for (let n = 1500; n < 5000; n++) send(n);
  assert.equal(foreign.length, mistaken);
});
