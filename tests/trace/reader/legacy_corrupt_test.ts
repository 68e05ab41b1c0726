import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { RecorderError } from "../../../src/errors/mod.ts";
import { openTrace } from "../../../src/trace/reader/open_trace.ts";
import { walkTrace } from "../../../src/trace/reader/walk.ts";
import { cbor, container, FORMS, type Stored } from "./_legacy_records.ts";

const APP = fileURLToPath(new URL("./legacy/", import.meta.url));
/** Far more than reading any of these takes, far less than what they ask for. */
const TIME_LIMIT_MS = 10_000;
const MEMORY_LIMIT = 300e6;

/** That of this file's own isolate: the process holds that of the test files beside it as well. */
function memory(): number {
  const { heapTotal, external } = Deno.memoryUsage();
  return heapTotal + external;
}

/** Reads all of what is at the path that the writer returns: "ok" or the message of ERR_TRACE_CORRUPT. */
function outcome(write: (folder: string) => string): string {
  const folder = Deno.makeTempDirSync();
  const started = performance.now();
  const before = memory();
  try {
    const path = write(folder);
    using trace = openTrace(path);
    for (const item of walkTrace(trace)) {
      if (item.kind === "step") trace.values(item.step.index);
      else if (item.kind === "leave") item.call.arguments, item.call.returnValue;
    }
    return "ok";
  } catch (error) {
    assert.ok(error instanceof RecorderError, String((error as Error).stack));
    assert.equal(error.code, "ERR_TRACE_CORRUPT", error.message);
    return error.message;
  } finally {
    Deno.removeSync(folder, { recursive: true });
    const spent = performance.now() - started;
    assert.ok(spent < TIME_LIMIT_MS, `took ${spent} ms`);
    const more = memory() - before;
    assert.ok(more < MEMORY_LIMIT, `took ${more} bytes`);
  }
}

function fileOf(name: string, bytes: Uint8Array): (folder: string) => string {
  return (folder) => {
    Deno.writeFileSync(`${folder}/${name}`, bytes);
    return folder;
  };
}

const STREAM: Stored[] = [
  { Path: "/a.py" },
  { Function: { path_id: 0, line: 1, name: "f" } },
  { VariableName: "v" },
  { Call: { function_id: 0, args: [] } },
  { Step: { path_id: 0, line: 1 } },
  { Value: { variable_id: 0, value: { kind: "Int", i: 300, type_id: 0 } } },
  { Event: { kind: 0, metadata: "", content: "text" } },
  { Return: { return_value: { kind: "None", type_id: 0 } } },
];

/** Whole files of each form. */
const WHOLE: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ["trace.json", Deno.readFileSync(`${APP}json/trace.json`)],
  ["trace.bin", Deno.readFileSync(`${APP}binary/trace.bin`)],
  ...["trace.bin of CBOR", "events.log of chunks", "events.log of frames"].map((form) => {
    const folder = Deno.makeTempDirSync();
    FORMS[form]!(STREAM, folder);
    const name = form.startsWith("trace") ? "trace.bin" : "t.ct";
    const bytes = Deno.readFileSync(`${folder}/${name}`);
    Deno.removeSync(folder, { recursive: true });
    return [name, bytes] as const;
  }),
];
const anyWhole = fc.constantFrom(...WHOLE);

Deno.test("older traces, flipped bits: read, or refused as corrupt", () => {
  fc.assert(
    fc.property(
      anyWhole,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
        minLength: 1,
        maxLength: 3,
      }),
      ([name, bytes], edits) => {
        const damaged = bytes.slice();
        // Most of a container is zeros.
        const content = [...damaged.keys()].filter((at) => bytes[at] !== 0);
        for (const [at, xor] of edits) damaged[content[at % content.length]!]! ^= xor;
        outcome(fileOf(name, damaged));
      },
    ),
    { numRuns: 80 },
  );
});

Deno.test("older traces, truncated: refused as corrupt", () => {
  fc.assert(
    fc.property(anyWhole, fc.double({ min: 0, max: 0.999, noNaN: true }), ([name, bytes], part) => {
      const got = outcome(fileOf(name, bytes.slice(0, Math.floor(bytes.length * part))));
      assert.ok(got !== "ok" || name === "t.ct");
    }),
    { numRuns: 30 },
  );
});

const HEADER = [0xc0, 0xde, 0x72, 0xac, 0xe2];

/** Files made to take memory or time. */
const BOMBS: Readonly<Record<string, (folder: string) => string>> = {
  "zeros of zstd": fileOf(
    "trace.bin",
    Uint8Array.from([...HEADER, 1, 0, 0, ...zstdCompressSync(new Uint8Array(200 << 20))]),
  ),
  "an array of a billion": fileOf(
    "trace.bin",
    Uint8Array.from([
      ...[...HEADER, 1, 0, 0],
      ...Array.from({ length: 8 }, () => [
        ...zstdCompressSync(
          Uint8Array.from([
            0xa1,
            ...cbor("Asm"),
            0x9a,
            0x3b,
            0x9a,
            0xca,
            0x00,
            ...new Uint8Array(1 << 20),
          ]),
        ),
      ]).flat(),
    ]),
  ),
  "nothing but brackets": fileOf("trace.json", new TextEncoder().encode("[".repeat(5 << 20))),
  "a text without end": (folder) => {
    Deno.writeTextFileSync(`${folder}/trace.json`, '[{"Path":"');
    // A hole, which reads as zeros.
    Deno.truncateSync(`${folder}/trace.json`, 70 << 20);
    return folder;
  },
  "a number without end": fileOf(
    "trace.json",
    new TextEncoder().encode(`[{"Step":{"path_id":${"9".repeat(1 << 20)},"line":1}}]`),
  ),
  // A packed word of zeros says that 255 more follow.
  "zeros of Cap'n Proto": fileOf(
    "trace.bin",
    Uint8Array.from([
      ...HEADER,
      0,
      0,
      0,
      ...Array.from({ length: 1 << 20 }, (_, at) => at % 2 * 255),
    ]),
  ),
  "a value of 2^40 values in 530 words": fileOf("trace.bin", doubling(40)),
  "a value in itself": fileOf("trace.bin", doubling(1, 0)),
  "an events.log of nothing": (folder) => {
    container([], null, `${folder}/t.ct`);
    return folder;
  },
  "an events.log of a text": (folder) => {
    container([...new TextEncoder().encode("hello, world; hello, world")], null, `${folder}/t.ct`);
    return folder;
  },
};

/**
 * A Cap'n Proto message with a Return record, whose value is a pair of twice the same pair, and so
 * on, `levels` deep.
 *
 * @param last The level that the innermost pairs hold.
 */
function doubling(levels: number, last = levels): Uint8Array {
  const struct = (offset: number, data: number, pointers: number) =>
    BigInt((offset << 2) >>> 0) | BigInt(data) << 32n | BigInt(pointers) << 48n;
  const list = (offset: number, words: number) =>
    BigInt((offset << 2 | 1) >>> 0) | 7n << 32n | BigInt(words) << 35n;
  const RETURN = 8n;
  const TUPLE = 5n;
  const start = 10;
  const words = [
    ...[struct(0, 0, 1), list(0, 2), struct(1, 1, 1)],
    // The record, its content, and the outermost value: three words of data, three pointers.
    ...[RETURN, struct(0, 0, 1), struct(0, 3, 3)],
    ...[0n, TUPLE, 0n],
  ];
  const levelAt = (level: number) => start + 2 + 13 * level;
  words.push(list(levelAt(0) - words.length - 1, 12), 0n, 0n);
  for (let level = 0; level < levels; level++) {
    words.push(struct(2, 3, 3));
    const next = level + 1 < levels ? level + 1 : last;
    for (let element = 0; element < 2; element++) {
      words.push(0n, TUPLE, 0n);
      words.push(next < levels ? list(levelAt(next) - words.length - 1, 12) : 0n, 0n, 0n);
    }
  }
  const bytes = [BigInt(words.length) << 32n, ...words]
    .flatMap((word) => [0xff, ...new Uint8Array(new BigUint64Array([word]).buffer), 0]);
  return Uint8Array.from([...HEADER, 0, 0, 0, ...bytes]);
}

for (const [what, write] of Object.entries(BOMBS)) {
  Deno.test(`an older trace is refused: ${what}`, () => assert.notEqual(outcome(write), "ok"));
}

Deno.test("a message of few levels is read", () => {
  // It is not the form that is refused above. What is missing is a call to return from.
  assert.match(outcome(fileOf("trace.bin", doubling(3))), /Return: no call is open$/);
});

/** Records that make no sense where they stand, and what is said. */
const NONSENSE: readonly (readonly [said: RegExp, ...records: Stored[]])[] = [
  [/record 0: Unheard: a record of an unknown kind$/, { Unheard: 1 }],
  [/record 0, offset \d+: expected an object of one key$/, { Path: "a", Step: 1 }],
  [/record 0: Step: path 0 has not been announced$/, { Step: { path_id: 0, line: 1 } }],
  [/record 1: Step: line is missing$/, STREAM[0]!, { Step: { path_id: 0 } }],
  [/record 1: Step: path_id is -1, expected/, STREAM[0]!, { Step: { path_id: -1, line: 1 } }],
  [/record 1: Step: line \d+ is out of range$/, STREAM[0]!, {
    Step: { path_id: 0, line: 2 ** 40 },
  }],
  [/record 0: Call: function 0 has not been announced$/, { Call: { function_id: 0, args: [] } }],
  [/record 0: Return: no call is open$/, STREAM[7]!],
  [/Value: a value of the unknown kind/, {
    Value: { variable_id: 0, value: { kind: "?" } },
  }],
  [/Value: expected an object with kind$/, { Value: { variable_id: 0, value: 5 } }],
  [/Event: the unknown kind 14$/, { Event: { kind: 14, metadata: "", content: "" } }],
  [/Event: content is missing, no text$/, { Event: { kind: 1 } }],
];

for (const [said, ...records] of NONSENSE) {
  Deno.test(`records that make no sense: ${said.source}`, () => {
    for (const form of ["trace.json", "trace.bin of CBOR"]) {
      assert.match(outcome((folder) => FORMS[form]!(records, folder)), said);
    }
  });
}

Deno.test("metadata beside a trace that is no JSON is named", () => {
  for (const name of ["trace_metadata.json", "trace_paths.json"]) {
    const said = outcome((folder) => {
      FORMS["trace.json"]!(STREAM, folder);
      Deno.writeTextFileSync(`${folder}/${name}`, "[1, {");
      return folder;
    });
    assert.ok(said.includes(`${name}: no JSON`), said);
  }
});
