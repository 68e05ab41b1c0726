/**
 * How fast `ct-recorder verify` checks long traces, and with how much memory.
 *
 *     deno run -A bench/verify.ts
 *
 * Writes bench/results/verify.md. Linux only.
 */
import { join } from "node:path";
import { ByteBuffer } from "../src/trace/byte_buffer.ts";
import { DiskFile, diskSpool } from "../src/trace/file_store.ts";
import { TraceWriter } from "../src/trace/trace_writer.ts";
import {
  benchPython,
  type Cost,
  costOf,
  machine,
  markdownTable,
  recorderCommand,
  saveReport,
} from "./_recorder.ts";

const RUNS = 3;

/** What a trace consists of; it is written directly, as recording it would take minutes. */
interface Workload {
  readonly name: string;
  /** Writes one turn of the loop: some steps, and what belongs to them. */
  turn(writer: TraceWriter, number: number): void;
}

const value = new ByteBuffer(256);

/** The start of a value, up to where its first field's value begins. */
function opening(keys: number, kind: string, key: string): Uint8Array {
  return Uint8Array.of(0xa0 + keys, ...text("kind"), ...text(kind), ...text(key));
}

function text(word: string): number[] {
  return [0x60 + word.length, ...new TextEncoder().encode(word)];
}

const INT = opening(3, "Int", "i");
const STRING = opening(3, "String", "text");
const SEQUENCE = opening(4, "Sequence", "elements");
const TYPE_ID = Uint8Array.from(text("type_id"));
const NO_SLICE = Uint8Array.of(...text("is_slice"), 0xf4);
const TYPES = ["NoneType", "int", "str", "list"];

/** An integer of up to 32 bits, as the recorder writes it. */
function int(number: number): void {
  value.append(INT);
  if (number < 24) value.u8(number);
  else {
    value.u8(0x1a);
    for (const shift of [24, 16, 8, 0]) value.u8(number >>> shift & 255);
  }
  value.append(TYPE_ID);
  value.u8(1);
}

function encoded(write: () => void): Uint8Array {
  value.clear();
  write();
  return value.bytes.slice(0, value.length);
}

/** A text of 21 bytes. */
const NAME = encoded(() => {
  value.append(STRING);
  value.append(Uint8Array.from(text("a name of some length")));
  value.append(TYPE_ID);
  value.u8(2);
});
/** A list of four integers. */
const LIST = encoded(() => {
  value.append(SEQUENCE);
  value.u8(0x84);
  for (const item of [1, 100, 200, 70_000]) int(item);
  value.append(NO_SLICE);
  value.append(TYPE_ID);
  value.u8(3);
});

function setInt(writer: TraceWriter, name: string, number: number): void {
  value.clear();
  int(number);
  writer.value(writer.variableId(name), value.bytes, 0, value.length);
}

function set(writer: TraceWriter, name: string, bytes: Uint8Array): void {
  writer.value(writer.variableId(name), bytes, 0, bytes.length);
}

/** A step on a line, with what a loop has: a counter, a sum, a text, a list. */
function loopStep(writer: TraceWriter, line: number, number: number): void {
  writer.step(writer.position(0, line, 5));
  setInt(writer, "i", number);
  setInt(writer, "total", number * 7 % 65_536);
  set(writer, "name", NAME);
  set(writer, "items", LIST);
}

const WORKLOADS: readonly Workload[] = [
  {
    name: "a loop of 2 lines; 4 variables, 2 of which change",
    turn: (writer, number) => {
      loopStep(writer, 10, number);
      loopStep(writer, 11, number);
      if (number % 1000 === 0) {
        writer.event(0, writer.stepRecords - 1, '{"stream":"stdout"}', NAME, 0, NAME.length);
      }
    },
  },
  {
    name: "the same with a call of 1 line, 2 arguments, a result",
    turn: (writer, number) => {
      loopStep(writer, 10, number);
      loopStep(writer, 11, number);
      writer.enter(writer.functionId("add"));
      value.clear();
      int(number);
      writer.argument(writer.variableId("a"), value.bytes, 0, value.length);
      writer.argument(writer.variableId("b"), value.bytes, 0, value.length);
      writer.step(writer.position(0, 2, 5));
      setInt(writer, "a", number);
      setInt(writer, "b", number);
      writer.exit(value.bytes, 0, value.length);
    },
  },
  {
    name: "1 line; 6 integers that all change",
    turn: (writer, number) => {
      writer.step(writer.position(0, 10, 5));
      for (let variable = 0; variable < 6; variable++) {
        setInt(writer, `v${variable}`, Math.imul(number + variable, 2_654_435_761) >>> 4);
      }
    },
  },
];

/** Writes a trace of about as many steps; gives the exact number. */
function writeTrace(path: string, folder: string, workload: Workload, steps: number): number {
  const sink = DiskFile.create(path);
  const spool = Deno.makeTempDirSync({ dir: folder, prefix: "spool-" });
  const writer = new TraceWriter(sink, diskSpool(spool), {
    recordingId: "01890a5d-ac96-774b-bcce-b302099a8057",
    program: "/app/bench.py",
    args: [],
    workdir: "/app",
    recorder: "bench",
  });
  writer.pathId("/app/bench.py", new Array<number>(40).fill(60));
  for (const type of TYPES) writer.typeId(type);
  writer.enter(writer.functionId("<toplevel>"));
  writer.enter(writer.functionId("<__main__>"));
  for (let number = 0; writer.stepRecords < steps; number++) workload.turn(writer, number);
  for (let call = 0; call < 2; call++) writer.exit(Uint8Array.of(0xff), 0, 1);
  const counts = writer.finish();
  Deno.removeSync(spool, { recursive: true });
  sink.close();
  return counts.stepRecords;
}

async function main(): Promise<void> {
  const python = await benchPython();
  const folder = await Deno.makeTempDir({ prefix: "ct-bench-" });
  const rows: string[][] = [];
  try {
    for (const workload of WORKLOADS) {
      for (const size of [1_000_000, 10_000_000]) {
        const path = join(folder, "bench.ct");
        const steps = writeTrace(path, folder, workload, size);
        const { size: bytes } = await Deno.stat(path);
        const runs: Cost[] = [];
        for (let run = 0; run < RUNS; run++) {
          runs.push(await costOf([...recorderCommand(), "verify", "--strict", path], python));
        }
        await Deno.remove(path);
        const seconds = Math.min(...runs.map((run) => run.seconds));
        const cpuSeconds = Math.min(...runs.map((run) => run.cpuSeconds));
        const peak = Math.max(...runs.map((run) => run.peakBytes));
        rows.push([
          workload.name,
          steps.toLocaleString("en-US"),
          (bytes / 1e6).toFixed(1),
          seconds.toFixed(1),
          cpuSeconds.toFixed(1),
          (steps / seconds / 1e6).toFixed(2),
          (peak / 1e6).toFixed(0),
        ]);
        console.log(rows.at(-1)?.join(" | "));
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const load = Deno.loadavg()[0]!.toFixed(1);
  const report = `# Checking traces

How long \`ct-recorder verify\` takes, its start included, and the most memory that it had at once: the shortest of ${RUNS} runs,
the largest of their peaks. CPU is the time of all threads. Made by \`deno run -A bench/verify.ts\`.

${await machine(python)}; load average at the end ${load}

${
    markdownTable(
      ["trace", "steps", "MB", "time, s", "CPU, s", "million steps/s", "peak, MB"],
      rows,
    )
  }
`;
  await saveReport("verify.md", report);
}

if (import.meta.main) await main();
