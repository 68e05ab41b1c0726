import assert from "node:assert/strict";
import fc from "fast-check";
import { ValueTranscoder } from "../../src/recording/value_transcoder.ts";
import { ByteBuffer } from "../../src/trace/byte_buffer.ts";
import * as wire from "../../src/wire/protocol.ts";
import { dumps, MARK, type PyValue, tuple } from "./_marshal.ts";

/** Types have the same ids whoever asks first, so that what is encoded can be compared. */
function newTranscoder(ids: Map<string, number>): ValueTranscoder {
  const typeId = (name: string) => {
    if (!ids.has(name)) ids.set(name, ids.size);
    return ids.get(name)!; // holds: it was just put there
  };
  return new ValueTranscoder({ typeId });
}

function encoded(values: ValueTranscoder, value: PyValue): Uint8Array {
  const bytes = Uint8Array.from([0, ...dumps(value)]);
  const out = new ByteBuffer();
  assert.equal(values.value(bytes, 1, bytes.length, out), bytes.length);
  return out.bytes.slice(0, out.length);
}

// Few names, which differ little: more classes than are remembered, and many that take the place of others.
const name = fc.string({ unit: fc.constantFrom("a", "b", "é"), minLength: 1, maxLength: 5 });
const { object } = fc.letrec<{ object: PyValue; value: PyValue }>((tie) => ({
  object: fc.record({
    type: name,
    names: fc.array(name, { maxLength: 4 }),
    values: fc.array(tie("value"), { maxLength: 5 }),
  }).map(({ type, names, values }) =>
    tuple(MARK, wire.STRUCT, `m:${type}`, tuple(...names), values)
  ),
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.nat(300),
    // Too deep to be shown; a later version of the wire may say more of it.
    fc.record({ type: name, more: fc.boolean() }).map(({ type, more }) =>
      tuple(MARK, wire.TOO_DEEP, `m:${type}`, ...(more ? [1] : []))
    ),
    tie("object"),
  ),
}));

Deno.test("an object is encoded as if none had come before it, whatever classes others had", () => {
  fc.assert(
    fc.property(fc.array(object, { minLength: 5, maxLength: 30 }), (objects) => {
      const ids = new Map<string, number>();
      const values = newTranscoder(ids);
      for (const object of [...objects, ...objects]) {
        assert.deepEqual(encoded(values, object), encoded(newTranscoder(ids), object));
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("what lies too deep is shown as its own type, as often as it comes", () => {
  const types: string[] = [];
  const values = new ValueTranscoder({ typeId: (name) => types.push(name) - 1 });
  const shown = (type: string) => {
    const text = new TextDecoder().decode(encoded(values, tuple(MARK, wire.TOO_DEEP, type)));
    return /<.*>/.exec(text)?.[0];
  };
  for (let n = 0; n < 2; n++) {
    assert.equal(shown("builtins:tuple"), "<tuple …>");
    assert.equal(shown("m:Outer.Inner"), "<Outer.Inner …>");
  }
});

Deno.test("an object whose class's place one of its own values has taken keeps its names", () => {
  const ids = new Map<string, number>();
  const values = newTranscoder(ids);
  const object = (type: string, value: PyValue) =>
    tuple(MARK, wire.STRUCT, `m:${type}`, tuple("held"), [value]);
  // With so many classes some share a place with the first.
  for (let n = 0; n < 300; n++) {
    const letter = String.fromCharCode(0x61 + n % 26);
    const outer = object("outer", object(`${n}${letter}`, n));
    for (const value of [object("outer", 1), outer, outer]) {
      assert.deepEqual(encoded(values, value), encoded(newTranscoder(ids), value));
    }
  }
});
