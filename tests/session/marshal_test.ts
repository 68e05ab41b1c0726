/** What the session writes for the agent is what Python reads. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { marshal } from "../../src/session/marshal.ts";
import { run } from "../support/processes.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";

needsPythons(PUSH_VERSIONS);

/** Reads one value after the other, all in one line of hexadecimal digits, as JSON. */
const READ = `
import io, json, marshal, sys
def plain(value):
    if type(value) is bytes:
        return {"bytes": list(value)}
    if type(value) is list:
        return [plain(item) for item in value]
    if type(value) is dict:
        return {"pairs": [[plain(key), plain(item)] for key, item in value.items()]}
    assert value is None or type(value) in (bool, int, str), type(value)
    return value
for line in sys.stdin:
    print(json.dumps(plain(marshal.loads(bytes.fromhex(line.strip())))))
`;

/** As READ shows it. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  const pairs = value instanceof Map ? [...value] : Object.entries(value);
  return { pairs: pairs.map((pair) => pair.map(plain)) };
}

/** Any code units, lone surrogates among them. */
const text = fc.string({ unit: "binary" }).chain((whole) =>
  fc.nat(0xffff).map((unit) => whole + String.fromCharCode(unit))
);
const key = fc.oneof(text, fc.maxSafeInteger(), fc.uint8Array());
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, 0, -1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1),
    fc.maxSafeInteger(),
    text,
    fc.uint8Array(),
    fc.array(tie("value")),
    fc.dictionary(fc.string(), tie("value")).map((each) => ({ ...each })),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 1 }).map((pairs) => new Map(pairs)),
  ),
}));

Deno.test({
  name: "Python reads what the session writes",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, PUSH_VERSIONS, (python) =>
      fc.assert(
        fc.asyncProperty(fc.array(value, { minLength: 40, maxLength: 200 }), async (values) => {
          // Larger than the first room that is made for a value.
          const all = [...values, "x".repeat(40000), Array(9000).fill(7)];
          const stdin = all.map((each) => Buffer.from(marshal(each)).toString("hex")).join("\n");
          const { stdout, stderr } = await run([python.path, "-I", "-S", "-c", READ], { stdin });
          assert.equal(stderr, "");
          const read = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
          assert.deepEqual(read, all.map(plain));
        }),
        { numRuns: 5 },
      )),
});

Deno.test("what Python would read as something else is refused", () => {
  for (const value of [1.5, NaN, 2 ** 53, undefined, 1n, () => {}]) {
    assert.throws(() => marshal({ value }), { code: "ERR_UNKNOWN" });
  }
});
