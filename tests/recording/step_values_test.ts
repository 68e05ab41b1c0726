import assert from "node:assert/strict";
import fc from "fast-check";
import { Slot } from "../../src/recording/slot.ts";
import { StepValues } from "../../src/recording/step_values.ts";
import { ValueTranscoder } from "../../src/recording/value_transcoder.ts";
import { ByteBuffer } from "../../src/trace/byte_buffer.ts";
import { PACKED_INT } from "../../src/wire/packed.ts";
import * as wire from "../../src/wire/protocol.ts";
import { dumps, MARK, type PyValue, tuple } from "./_marshal.ts";

const SLOTS = 4;

const hiding = (count: number, action: number) =>
  Array.from({ length: count }, () => tuple(MARK, wire.HIDDEN, action));
const value: fc.Arbitrary<PyValue> = fc.oneof(
  fc.integer({ min: -2, max: 300 }),
  fc.string({ maxLength: 150 }),
  fc.nat(3).map((count) => hiding(count, wire.DROPPED)),
  fc.nat(3).map((count) => hiding(count, wire.REDACTED)),
);
/** What happens ahead of a look: values of slots change, or one is left out. */
const change = fc.record({
  slot: fc.nat(SLOTS - 1),
  value: fc.oneof(value, fc.constant<"left out">("left out"), fc.nat(99).map(BigInt)),
});

Deno.test("whatever changes, and whoever else looked, values stand as if each were written", () => {
  const turn = fc.record({
    changes: fc.array(change, { maxLength: 3 }),
    first: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(turn, { minLength: 3, maxLength: 12 }), (turns) => {
    const types: string[] = ["NoneType"];
    const values = new ValueTranscoder({ typeId: (name) => types.push(name) - 1 });
    // Ids of one byte and of two.
    const slots = Array.from({ length: SLOTS }, (_, n) => new Slot(60 * n));
    for (const slot of slots) slot.encodePacked(values, PACKED_INT, 0, 0);
    // Two layouts of the same variables, which are looked at in any order.
    const all = new StepValues(slots);
    const some = new StepValues(slots.slice(1, 3));
    for (const { changes, first } of turns) {
      for (const { slot: at, value } of changes) {
        const slot = slots[at]!; // holds: one of them
        if (value === "left out") slot.leaveOut(values);
        else if (typeof value === "bigint") {
          slot.encodePacked(values, PACKED_INT, Number(value), 0);
        } else {
          const bytes = Uint8Array.from(dumps(value));
          slot.encode(values, bytes, 0, bytes.length);
        }
      }
      const looked = first ? all : some;
      looked.refresh();
      const expected = new ByteBuffer();
      for (const slot of looked.slots) expected.itemOf(slot.variableId, slot.encoded);
      assert.deepEqual(content(looked.items), content(expected));
      const sum = (of: (slot: Slot) => number) => looked.slots.reduce((sum, s) => sum + of(s), 0);
      assert.equal(looked.redacted, sum((slot) => slot.redacted));
      assert.equal(looked.dropped, sum((slot) => slot.dropped));
    }
  }));
});

function content({ bytes, length }: ByteBuffer): Uint8Array {
  return bytes.slice(0, length);
}
