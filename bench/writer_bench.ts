/**
 * How fast the recorder takes records in, without a program: the upper bound for a recording. For the trace writer alone,
 * and from the bytes that an agent writes to the finished container.
 *
 *     deno run -A bench/writer_bench.ts
 *
 * Needs 100 MB of disk in the folder for temporary files.
 */
import { Transcoder } from "../src/recording/transcoder.ts";
import { DiskFile, diskSpool } from "../src/trace/file_store.ts";
import { TraceWriter } from "../src/trace/trace_writer.ts";
import * as wire from "../src/wire/protocol.ts";
import { dumps, Float, type PyValue, tuple } from "../tests/recording/_marshal.ts";
import { machine, markdownTable } from "./_recorder.ts";

const STEPS = 500_000;
const CALLS = 200_000;
const VARIABLES = 6;
const ELEMENTS = 200;
/** The best of so many counts; the machine does other things as well. */
const ROUNDS = 5;
const NOTHING = new Uint8Array(0);

/** Writes a trace into a folder of its own, which is removed; returns seconds and bytes. */
function record(body: (writer: TraceWriter) => void): { seconds: number; bytes: number } {
  const folder = Deno.makeTempDirSync();
  const sink = DiskFile.create(`${folder}/bench.ct`);
  const begin = performance.now();
  const writer = new TraceWriter(sink, diskSpool(folder), {
    recordingId: "01890a5d-ac96-774b-bcce-b302099a8057",
    program: "bench",
    args: [],
    workdir: folder,
    recorder: "bench",
  });
  body(writer);
  writer.finish();
  const seconds = (performance.now() - begin) / 1000;
  sink.close();
  Deno.removeSync(folder, { recursive: true });
  return { seconds, bytes: writer.bytesWritten };
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

/** The trace writer alone. */
function written(body: (writer: TraceWriter, positions: number[]) => void) {
  return record((writer) => {
    const path = writer.pathId("/bench.py", new Array<number>(40).fill(60));
    const positions = Array.from({ length: 37 }, (_, line) => writer.position(path, line + 1, 1));
    writer.enter(writer.functionId("main"));
    writer.step(0);
    body(writer, positions);
    writer.exit(NOTHING, 0, 0);
  });
}

/**
 * What an agent sends of a function with these variables, as whole records.
 *
 * @param values Of one step.
 */
function sent(names: readonly string[], count: number, values: (step: number) => PyValue[]) {
  const pieces: Uint8Array[] = [];
  const add = (...items: PyValue[]) => pieces.push(Uint8Array.from(dumps(tuple(...items, null))));
  add(wire.HELLO, "/", 1, "3.12");
  add(wire.PATH, 0, "bench.py");
  add(wire.CODE, 0, 0, 1, "main", tuple(), 40, tuple());
  add(wire.LAYOUT, 0, 0, tuple(...names), tuple(), tuple());
  add(wire.CALL, 0, 0);
  for (let step = 0; step < count; step++) add(0, 1 + step % 37, 0, ...values(step));
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0) + 16);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** From the agent's bytes to the container. */
function transcoded(records: Uint8Array) {
  return record((writer) => {
    const transcoder = new Transcoder(writer, "bench.py");
    transcoder.records(records, 0, records.length, false);
    transcoder.finish({ kind: "exited", code: 0 }, null);
  });
}

const sixLocals = sent([..."abcdef"], STEPS / 2, (step) => {
  // A loop of six lines, each of which changes one of them.
  const turn = (place: number) => Math.floor((step + place) / VARIABLES);
  return [
    turn(0),
    turn(1) * 31,
    new Float(turn(2) / 7),
    `text ${turn(3)}`,
    turn(4) % 97,
    new Float(turn(5) * 0.5),
  ];
});
const elements: PyValue[] = Array.from({ length: ELEMENTS }, (_, n) => n * 7919 % 1000);
const aList = sent(["items", "i"], STEPS / 20, (step) => {
  elements[step % ELEMENTS] = step;
  return [elements, step];
});

const cases: readonly (readonly [string, number, () => { seconds: number; bytes: number }])[] = [
  [
    `writer: a step with ${VARIABLES} values`,
    STEPS,
    () =>
      written((writer, positions) => {
        const names = Array.from({ length: VARIABLES }, (_, i) => writer.variableId(`v${i}`));
        for (let step = 0; step < STEPS; step++) {
          writer.step(positions[step % positions.length]!); // holds: below its length
          for (let i = 0; i < VARIABLES; i++) {
            const value = (step >> i) & 4095;
            writer.value(names[i]!, bytes, starts[value]!, starts[value + 1]!); // holds: 4,096 values
          }
        }
      }),
  ],
  [
    "writer: a call of one step, an argument and a result",
    CALLS,
    () =>
      written((writer, positions) => {
        const f = writer.functionId("f");
        const name = writer.variableId("x");
        for (let call = 0; call < CALLS; call++) {
          const value = call & 4095;
          writer.enter(f);
          writer.argument(name, bytes, starts[value]!, starts[value + 1]!); // holds: 4,096 values
          writer.step(positions[call % positions.length]!); // holds: below its length
          writer.exit(bytes, starts[value]!, starts[value + 1]!); // holds: as above
        }
      }),
  ],
  [`agent's bytes: a step with ${VARIABLES} locals`, STEPS / 2, () => transcoded(sixLocals)],
  [`agent's bytes: a step with a list of ${ELEMENTS}`, STEPS / 20, () => transcoded(aList)],
];

if (import.meta.main) {
  console.log(await machine(null));
  const rows = cases.map(([name, count, run]) => {
    const runs = Array.from({ length: ROUNDS }, run);
    const seconds = Math.min(...runs.map(({ seconds }) => seconds));
    const size = runs[0]!.bytes; // holds: there are rounds
    return [
      name,
      `${(count / seconds / 1e6).toFixed(2)} million/s`,
      `${(size / 1e6).toFixed(2)} MB`,
    ];
  });
  console.log(markdownTable(["what", "rate", "container"], rows));
}
