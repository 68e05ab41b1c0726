import assert from "node:assert/strict";
import fc from "fast-check";
import {
  BrokenRecord,
  readCount,
  readInt,
  readLength,
  readText,
  skip,
  TYPE_INTERNED,
  TYPE_TEXT,
} from "../../src/wire/marshal.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";
import { run } from "../support/processes.ts";

needsPythons(PUSH_VERSIONS);

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** One value per type code, as CPython writes it; the bytes are what marshal.c says, not what a run printed. */
const VALUES: readonly (readonly [python: string, hex: string])[] = [
  ["None", "4e"],
  ["True", "54"],
  ["False", "46"],
  ["...", "2e"],
  ["StopIteration", "53"],
  ["0", "6900000000"],
  ["-1", "69ffffffff"],
  ["2**31 - 1", "69ffffff7f"],
  ["-2**31", "6900000080"],
  ["2**31", "6c03000000000000000200"],
  ["-2**31 - 1", "6cfdffffff010000000200"],
  ["2**45", "6c040000000000000000000100"],
  ["1.5", "67000000000000f83f"],
  ["-0.0", "670000000000000080"],
  ["complex(1.5, -0.0)", "79000000000000f83f0000000000000080"],
  ["b'\\x00\\xff'", "730200000000ff"],
  ["b''", "7300000000"],
  ["'h\\u00e9\\ud800'", "750600000068c3a9eda080"],
  ["()", "2800000000"],
  ["(1, None)", "280200000069010000004e"],
  ["[True, []]", "5b02000000545b00000000"],
];

Deno.test({
  name: "what Python writes is what is read, byte for byte",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await forEachPython(t, PUSH_VERSIONS, async (python) => {
      const script = `import marshal
for value in (${VALUES.map(([source]) => source).join(", ")},):
    print(marshal.dumps(value, 2).hex())
# A text may be interned, which is another type code of the same layout.
print(marshal.dumps("name", 2).hex())`;
      const { stdout, stderr } = await run([python.path, "-c", script]);
      assert.equal(stderr, "");
      const lines = stdout.trimEnd().split("\n");
      VALUES.forEach(([source, hex], n) => assert.equal(lines[n], hex, source));
      const name = bytesOf(lines.at(-1)!);
      assert.ok(name[0] === TYPE_TEXT || name[0] === TYPE_INTERNED);
      assert.equal(readText(name, 0), "name");
    });
  },
});

Deno.test("skip ends right behind each value, and nowhere inside of it", () => {
  for (const [source, hex] of VALUES) {
    const bytes = bytesOf(hex + "4e4e4e");
    const length = hex.length / 2;
    assert.equal(skip(bytes, 0, bytes.length), length, source);
    assert.equal(skip(bytes, 0, length), length, source);
    for (let end = 0; end < length; end++) {
      assert.throws(() => skip(bytes, 0, end), BrokenRecord, `${source} cut to ${end} bytes`);
    }
  }
});

Deno.test("integers of up to 53 bits", () => {
  const cases: [string, number][] = [
    ["6900000080", -(2 ** 31)],
    ["6c03000000000000000200", 2 ** 31],
    ["6cfdffffff010000000200", -(2 ** 31) - 1],
    ["6c04000000ff7fff7fff7fff00", 2 ** 53 - 1],
  ];
  for (const [hex, value] of cases) assert.equal(readInt(bytesOf(hex), 0), value);
  assert.throws(() => readInt(bytesOf("6c040000000000000000000001"), 0), BrokenRecord, "2**53");
  assert.throws(() => readInt(bytesOf("4e"), 0), BrokenRecord);
});

Deno.test("texts, sizes and counts", () => {
  assert.equal(readText(bytesOf("750300000061c3a9"), 0), "aé");
  assert.equal(
    readText(bytesOf("7503000000efbbbf"), 0),
    "\ufeff",
    "no byte order mark is taken away",
  );
  assert.equal(readText(bytesOf("7503000000eda080"), 0), "\ufffd\ufffd\ufffd");
  assert.equal(readLength(bytesOf("7303000000010203"), 0), 3);
  assert.equal(readCount(bytesOf("5b02000000"), 0), 2);
  assert.throws(() => readText(bytesOf("7303000000010203"), 0), BrokenRecord, "bytes are no text");
  assert.throws(() => readLength(bytesOf("4e"), 0), BrokenRecord);
  assert.throws(() => readCount(bytesOf("4e"), 0), BrokenRecord);
});

Deno.test("what Python may write and agents don't is refused", () => {
  // References (version 3), interned references, code, dicts, sets, and the end mark of dicts.
  for (const hex of ["7200000000", "5200000000", "63", "7b", "3c", "30", "e900000000", "", "00"]) {
    assert.throws(() => skip(bytesOf(hex), 0, hex.length / 2), BrokenRecord, hex);
  }
});

Deno.test("deep nesting and absurd sizes end early", () => {
  const nested = (levels: number) => bytesOf("2801000000".repeat(levels) + "4e");
  assert.equal(skip(nested(50), 0, 251), 251);
  assert.throws(() => skip(nested(50_000), 0, 250_001), BrokenRecord);
  assert.throws(() => skip(bytesOf("6c00000080"), 0, 5), BrokenRecord, "2^31 digits");
  for (const code of ["28", "5b", "73", "75", "74"]) {
    for (const size of ["ffffffff", "ffffff7f", "00000080", "0a000000"]) {
      assert.throws(
        () => skip(bytesOf(code + size + "4e".repeat(5)), 0, 10),
        BrokenRecord,
        code + size,
      );
    }
  }
});

Deno.test("random bytes are a value or a broken record, and nothing behind the end is read", () => {
  const code = fc.constantFrom(...Array.from("0NTF.SilgysutI([?\0", (c) => c.charCodeAt(0)));
  // Sizes are small numbers most of the time, or hardly anything would be nested.
  const size = fc.tuple(
    fc.integer({ min: 0, max: 6 }),
    fc.constant(0),
    fc.constant(0),
    fc.constant(0),
  );
  const pieces = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(code, size).map(([c, s]) => [c, ...s]) },
    { weight: 2, arbitrary: code.map((c) => [c]) },
    { weight: 1, arbitrary: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 12 }) },
  );
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 12 }),
      fc.integer({ min: 0, max: 9 }),
      (all, beyond) => {
        const bytes = Uint8Array.from(all.flat());
        const end = Math.max(bytes.length - beyond, 0);
        let highest = -1;
        const watched = new Proxy(bytes, {
          get(target, property) {
            if (typeof property === "string" && /^\d+$/.test(property)) {
              highest = Math.max(highest, Number(property));
            }
            return Reflect.get(target, property);
          },
        });
        let next: number;
        try {
          next = skip(watched, 0, end);
        } catch (error) {
          assert.ok(error instanceof BrokenRecord);
          return;
        } finally {
          assert.ok(highest < end, `read byte ${highest} of ${end}`);
        }
        assert.ok(next > 0 && next <= end);
      },
    ),
    { numRuns: 5000 },
  );
});
