import assert from "node:assert/strict";
import { cbor } from "../verify/_cbor.ts";
import { EditedTrace, joined, type Stream } from "../verify/_edited_trace.ts";
import { makeTrace } from "../verify/_traces.ts";
import { tryOne } from "./_fuzz.ts";

const MIB = 1024 * 1024;
const UNPACKED = 48 * MIB;
/** Beside what was unpacked, in one piece and in those that it came in. */
const OWN_BYTES = 40 * MIB;

/** A zstd frame of `size` times the same byte: four bytes for each 128 KiB. */
function repeated(byte: number, size: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, 0xfd2fb528, true);
  header.setUint8(4, 0xe0);
  header.setBigUint64(5, BigInt(size), true);
  const parts = [new Uint8Array(header.buffer)];
  for (let left = size; left > 0; left -= 128 * 1024) {
    const count = Math.min(left, 128 * 1024);
    const block = count << 3 | 1 << 1 | (left === count ? 1 : 0);
    parts.push(Uint8Array.of(block & 255, block >> 8 & 255, block >> 16, byte));
  }
  return joined(parts);
}

function withChunk(stream: Stream, frame: Uint8Array, perChunk: number): Uint8Array {
  const trace = new EditedTrace(makeTrace(1));
  trace.setFrames(stream, [frame]);
  trace.editFile(`${stream}.idx`, (_, view) => view.setUint32(0, perChunk, true));
  return trace.bytes();
}

for (
  const [stream, perChunk] of [
    ["steps", 2 ** 20],
    ["values", 256],
    ["values", 2 ** 20],
    ["calls", 2 ** 32 - 1],
  ] as const
) {
  Deno.test(`millions of ${stream} in 2 kB, ${perChunk} per chunk, are refused or passed over cheaply`, () => {
    const bytes = withChunk(stream, repeated(0, UNPACKED), perChunk);
    const before = Deno.memoryUsage().external;
    const { isRead, verification } = tryOne(bytes);
    const external = Deno.memoryUsage().external - before;
    // Of a chunk of values as big as this, the reader unpacks no more than what it is asked for.
    assert.equal(isRead, stream === "values");
    assert.ok(verification?.findings.some(({ severity }) => severity === "error"));
    // Both the reader and the check unpack it, unless the index has been refused.
    assert.ok(external < 4 * UNPACKED + OWN_BYTES, `${external / MIB} MiB`);
  });
}

Deno.test("an integer of megabytes is refused: its digits would take minutes", () => {
  const octets = Array<number>(200_000).fill(0xab);
  const trace = new EditedTrace(makeTrace(1));
  trace.setValue(
    2,
    cbor([["kind", "BigInt"], ["b", { octets }], ["negative", false], ["type_id", 1]]),
  );
  const { isRead, verification } = tryOne(trace.bytes());
  assert.equal(isRead, false);
  assert.ok(verification?.totals.has("value-content"));
});
