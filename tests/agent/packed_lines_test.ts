/** Which lines come without marshal: what they say is compared elsewhere, whichever way they come. */
import assert from "node:assert/strict";
import { recordsIn } from "../random/wire.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";
import { readInt, readText, skip, TYPE_TUPLE, u32 } from "../../src/wire/marshal.ts";
import { PACKED_LINE, SEGMENT_SIZE, SITE } from "../../src/wire/protocol.ts";
import { attached } from "./_attached.ts";

needsPythons(PUSH_VERSIONS);

const PROGRAM = `
def look(items, n):
    while n > 0:
        n -= 1
    return n

def change(items, n):
    while n > 0:
        n -= 1
        items[n % 40], items[n % 40 + 1] = n, items[n % 40]
    return n

look(list(range(200)), 300)  # from here on large containers are known to be met
look(tuple(range(200)), 100)
change(list(range(200)), 100)
`;

Deno.test({
  name: "lines of numbers with one container that is kept are packed, whether it changes or not",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, PUSH_VERSIONS, async (python) => {
      let records: Uint8Array[] = [];
      const capture = (segments: Uint8Array) =>
        records = recordsIn(segments.subarray(0, SEGMENT_SIZE));
      const { result } = await attached(python, PROGRAM, { capture });
      assert.equal(result.status, 0, result.stderr);
      const sites = new Map<number, string>();
      const packed = new Map<string, number>(); // line and kinds -> how many
      for (const record of records) {
        if (record[0] === PACKED_LINE) {
          const site = sites.get(u32(record, 1)) ?? "";
          packed.set(site, (packed.get(site) ?? 0) + 1);
        } else if (record[0] === TYPE_TUPLE && readInt(record, 5) === SITE) {
          const parts = [5];
          for (let n = 0; n < 4; n++) parts.push(skip(record, parts.at(-1)!, record.length));
          const [, number, , line, kinds] = parts;
          sites.set(
            readInt(record, number!),
            `${readInt(record, line!)} ${readText(record, kinds!)}`,
          );
        }
      }
      for (const line of [3, 4, 8, 9, 10]) {
        assert.ok((packed.get(`${line} ki`) ?? 0) >= 60, `${line}`);
      }
    }),
});
