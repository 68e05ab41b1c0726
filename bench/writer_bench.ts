/**
 * How fast the trace writer takes records, without an agent and without decoding: the upper bound
 * for a recording. Run with `deno bench -A bench/writer_bench.ts`.
 *
 * @module
 */
import { DiskFile, diskSpool } from "../src/trace/file_store.ts";
import { TraceWriter } from "../src/trace/trace_writer.ts";

const STEPS = 500_000;
const CALLS = 200_000;
const VARIABLES = 6;
const NOTHING = new Uint8Array(0);

/** Writes a trace into a folder of its own, which is removed. */
function record(body: (writer: TraceWriter, positions: number[]) => void): void {
  const folder = Deno.makeTempDirSync();
  const sink = DiskFile.create(`${folder}/bench.ct`);
  const writer = new TraceWriter(sink, diskSpool(folder), {
    recordingId: "01890a5d-ac96-774b-bcce-b302099a8057",
    program: "bench",
    args: [],
    workdir: folder,
    recorder: "bench",
  });
  const path = writer.pathId("/bench.py", new Array<number>(40).fill(60));
  const positions = Array.from({ length: 37 }, (_, line) => writer.position(path, line + 1, 1));
  writer.enter(writer.functionId("main"));
  writer.step(0);
  body(writer, positions);
  writer.exit(NOTHING, 0, 0);
  writer.finish();
  sink.close();
  Deno.removeSync(folder, { recursive: true });
}

/** Int values of 22 to 26 bytes, one after the other. */
function integers(count: number): { bytes: Uint8Array; starts: number[] } {
  const head = new TextEncoder().encode("\x64kind\x63Int\x61i");
  const tail = new TextEncoder().encode("\x67type_id\x00");
  const bytes: number[] = [];
  const starts = [0];
  for (let i = 0; i < count; i++) {
    const n = Math.imul(i, 2654435761) >>> (i % 20);
    const number = n < 24
      ? [n]
      : n < 0x1_0000
      ? [0x19, n >> 8, n & 0xFF]
      : [0x1A, n >>> 24, n >> 16 & 0xFF, n >> 8 & 0xFF, n & 0xFF];
    bytes.push(0xA3, ...head, ...number, ...tail);
    starts.push(bytes.length);
  }
  return { bytes: Uint8Array.from(bytes), starts };
}

const { bytes, starts } = integers(4096);

Deno.bench(`${STEPS} steps with ${VARIABLES} values`, { n: 5, warmup: 1 }, () => {
  record((writer, positions) => {
    const names = Array.from({ length: VARIABLES }, (_, i) => writer.variableId(`v${i}`));
    for (let step = 0; step < STEPS; step++) {
      writer.step(positions[step % positions.length]!);
      for (let i = 0; i < VARIABLES; i++) {
        const value = (step >> i) & 4095;
        writer.value(names[i]!, bytes, starts[value]!, starts[value + 1]!);
      }
    }
  });
});

Deno.bench(`${CALLS} calls of one step, an argument and a result`, { n: 5, warmup: 1 }, () => {
  record((writer, positions) => {
    const f = writer.functionId("f");
    const name = writer.variableId("x");
    for (let call = 0; call < CALLS; call++) {
      const value = call & 4095;
      writer.enter(f);
      writer.argument(name, bytes, starts[value]!, starts[value + 1]!);
      writer.step(positions[call % positions.length]!);
      writer.exit(bytes, starts[value]!, starts[value + 1]!);
    }
  });
});
