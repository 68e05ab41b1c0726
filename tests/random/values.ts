/** Random Python values as the text that makes them. */
import fc from "fast-check";

/** A value, by the lines of a function body that leave it in `v`. */
export type RandomValue = readonly string[];

/** Text as a Python literal, any code unit. */
function textLiteral(text: string): string {
  const escaped = Array.from(text, (character) => {
    // holds: a character is not empty.
    return `\\U${character.codePointAt(0)!.toString(16).padStart(8, "0")}`;
  });
  return `"${escaped.join("")}"`;
}

function bytesLiteral(bytes: readonly number[]): string {
  return `b"${bytes.map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`;
}

function floatText(x: number): string {
  return Object.is(x, -0) ? "-0.0" : `float("${x}")`;
}

/** Around the bounds of records: 15-bit digits, 32, 53 and 64 bits, and beyond. */
const ints = fc.oneof(
  fc.integer().map(String),
  fc.tuple(
    fc.constantFrom(8, 15, 30, 31, 32, 45, 53, 62, 63, 64, 65, 200, 3000),
    fc.integer({
      min: -2,
      max: 2,
    }),
    fc.boolean(),
  ).map(([bits, more, negative]) => `${negative ? "-" : ""}(2**${bits} + ${more})`),
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }).map(String),
);
const floats = fc.double().map(floatText);
/** Only characters on whose `isprintable` all versions agree may be shown as literals are. */
const AGREED = [..."a0 '\"\\\n\t\x00\x7fé€\ufeff\u2028😀"];
const agreed = fc.constantFrom(...AGREED);
const lone = fc.constantFrom("\ud800", "\udfff", "\udc80");
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ unit: fc.oneof(agreed, lone), maxLength: 8 }),
  fc.tuple(agreed, fc.integer({ min: 198, max: 260 }), fc.string({ unit: agreed, maxLength: 4 }))
    .map(([unit, length, end]) => unit.repeat(length) + end),
).map(textLiteral);
const bytes = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 8 }),
  fc.integer({ min: 249, max: 252 }).map((length) => Array<number>(length).fill(39)),
).map(bytesLiteral);
const small = fc.integer({ min: -50, max: 50 });
const year = fc.integer({ min: 1, max: 9999 });

/** Values that hold no others. */
const plain = fc.oneof(
  { arbitrary: fc.constantFrom("None", "True", "False", "..."), weight: 2 },
  { arbitrary: ints, weight: 4 },
  { arbitrary: floats, weight: 3 },
  { arbitrary: texts, weight: 4 },
  { arbitrary: bytes, weight: 2 },
  { arbitrary: fc.tuple(floats, floats).map(([re, im]) => `complex(${re}, ${im})`), weight: 1 },
  {
    arbitrary: fc.constantFrom(
      "Level.LOW",
      "Flags.A",
      "Flags.A | Flags.B",
      "Colour.GREEN",
      "Suit.SPADES",
      "function",
      "len",
      "Plain",
      "int",
      "re",
      "uuid.UUID(int=2**127 + 1)",
      "datetime.timezone.utc",
      "lambda: 0",
    ),
    weight: 2,
  },
  {
    arbitrary: fc.oneof(
      fc.tuple(small, small).map(([a, b]) => `range(${a}, ${b})`),
      fc.tuple(year, small).map(([y, n]) =>
        `datetime.datetime(${y}, 2, 3, ${Math.abs(n) % 24}, fold=${Math.abs(n) % 2})`
      ),
      fc.tuple(year, small).map(([y, n]) =>
        `datetime.datetime(${y}, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(minutes=${n}), "z"))`
      ),
      year.map((y) => `datetime.date(${y}, 12, 31)`),
      small.map((n) => `datetime.time(5, 6, 7, ${Math.abs(n)})`),
      fc.tuple(small, small).map(([a, b]) => `datetime.timedelta(${a}, ${b})`),
      fc.tuple(small, small).map(([a, b]) => `decimal.Decimal("${a}E${b}")`),
      fc.tuple(small, small).map(([a, b]) => `fractions.Fraction(${a}, ${b || 1})`),
      fc.tuple(small, small).map(([a, b]) => `Price("${a}.${Math.abs(b)}")`),
      fc.array(fc.constantFrom("a", "b/c", "/d", ".", "..", "", "e f", "it's", "//x", "g/"), {
        maxLength: 4,
      }).map((parts) =>
        `pathlib.${parts.length % 2 ? "Path" : "PurePosixPath"}(*${JSON.stringify(parts)})`
      ),
    ),
    weight: 4,
  },
  {
    arbitrary: fc.oneof(
      ints.map((n) => `Whole(${n})`),
      floats.map((x) => `Real(${x})`),
      texts.map((text) => `Text(${text})`),
      bytes.map((each) => `Raw(${each})`),
      fc.tuple(floats, floats).map(([re, im]) => `Imaginary(${re}, ${im})`),
    ),
    weight: 3,
  },
);

const { any } = fc.letrec<{ any: string; hashable: string }>((tie) => {
  const hashables = (most: number) => fc.array(tie("hashable"), { maxLength: most });
  const anys = (most: number) => fc.array(tie("any"), { maxLength: most });
  const many = fc.oneof({ arbitrary: anys(4), weight: 5 }, {
    // Beyond the bound on elements.
    arbitrary: fc.array(ints, { minLength: 7, maxLength: 11 }),
    weight: 1,
  });
  const joined = (items: readonly string[]) => items.join(", ");
  const tuple = (items: readonly string[]) => `(${items.map((item) => `${item}, `).join("")})`;
  const named = fc.array(
    fc.tuple(fc.constantFrom("a", "b_1", "Größe", "_x", "link"), tie("any")),
    { maxLength: 3 },
  ).map((pairs) => joined([...new Map(pairs)].map(([name, item]) => `${name}=${item}`)));
  const dict = fc.array(fc.tuple(tie("hashable"), tie("any")), { maxLength: 4 })
    .map((pairs) => `{${joined(pairs.map(([key, item]) => `${key}: ${item}`))}}`);
  return {
    hashable: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      plain,
      hashables(3).map(tuple),
      hashables(3).map((items) => `frozenset([${joined(items)}])`),
    ),
    any: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { arbitrary: plain, weight: 6 },
      { arbitrary: fc.nat({ max: 9 }).map((n) => `r[${n} % len(r)]`), weight: 2 },
      { arbitrary: many.map((items) => `[${joined(items)}]`), weight: 3 },
      { arbitrary: many.map(tuple), weight: 2 },
      { arbitrary: dict, weight: 3 },
      { arbitrary: hashables(4).map((items) => `{${joined(["1", ...items])}}`), weight: 1 },
      { arbitrary: hashables(4).map((items) => `frozenset([${joined(items)}])`), weight: 1 },
      {
        arbitrary: fc.oneof(
          named.map((fields) => `Plain(${fields})`),
          named.map((fields) => `types.SimpleNamespace(${fields})`),
          fc.tuple(tie("any"), tie("any")).map(([a, b]) => `Slotted(${a}, ${b})`),
          fc.tuple(tie("any"), tie("any")).map(([a, b]) => `Point(${a}, ${b})`),
          fc.tuple(tie("any"), tie("any")).map(([a, b]) => `Pair(${a}, ${b})`),
          anys(3).map((args) => `Trouble(${joined(args)})`),
          fc.tuple(tie("any"), named).map(([arg, fields]) =>
            `functools.partial(function, ${arg}${fields && `, ${fields}`})`
          ),
          fc.constant("Hostile()"),
        ),
        weight: 4,
      },
      {
        arbitrary: fc.oneof(
          many.map((items) => `Items([${joined(items)}])`),
          many.map((items) => `Row([${joined(items)}])`),
          hashables(4).map((items) => `Group([${joined(items)}])`),
          dict.map((items) => `Table(${items})`),
          dict.map((items) => `collections.OrderedDict(${items})`),
          dict.map((items) => `collections.defaultdict(list, ${items})`),
          dict.map((items) => `types.MappingProxyType(${items})`),
          dict.map((items) => `${items}.values()`),
          dict.map((items) => `${items}.keys()`),
          hashables(6).map((items) => `collections.Counter([${joined(items)}])`),
          many.map((items) => `collections.deque([${joined(items)}], 10)`),
          fc.array(small, { maxLength: 11 }).map((items) =>
            `array.array("b", [${joined(items.map(String))}])`
          ),
          bytes.map((each) => `bytearray(${each})`),
          bytes.map((each) => `memoryview(${each})`),
          fc.tuple(tie("any"), tie("any")).map(([a, b]) => `slice(${a}, ${b})`),
          fc.constantFrom("re.compile('a|b', re.M)", "re.compile(b'x')"),
        ),
        weight: 4,
      },
    ),
  };
});

/** Values with what they share and, by links made afterwards, cycles. */
export const randomValues: fc.Arbitrary<RandomValue> = fc.tuple(
  fc.array(any, { maxLength: 3 }),
  any,
  fc.array(fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 4 })), { maxLength: 3 }),
).map(([shared, value, links]) => [
  "r = [[]]",
  ...shared.map((each) => `r.append(${each})`),
  `v = ${value}`,
  ...links.map(([a, b]) => `link(([v] + r)[${a} % (len(r) + 1)], ([v] + r)[${b} % (len(r) + 1)])`),
]);
