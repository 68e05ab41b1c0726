/**
 * What reading a trace costs, by its length: opening it, and any one step, call or event of it.
 *
 *     deno run -A bench/read.ts
 *
 * Writes bench/results/read.md. Needs 1 GB of disk in the folder for temporary files. Linux only.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DiskFile, diskSpool } from "../src/trace/file_store.ts";
import { openTrace, type TraceReader } from "../src/trace/reader/open_trace.ts";
import { TraceWriter } from "../src/trace/trace_writer.ts";
import { machine, markdownTable, saveReport } from "./_recorder.ts";

const VARIABLES = 6;
/** Every so many steps something is printed. */
const STEPS_PER_EVENT = 100;
const DEEP = 1000;

/** What the traces look like; each writes a trace of about so many steps. */
const SHAPES: Readonly<Record<string, (steps: number, writer: ShapeWriter) => void>> = {
  "a loop in one call, 6 variables": (steps, writer) => {
    while (writer.steps < steps) writer.step(VARIABLES);
  },
  "one call that makes all others": (steps, writer) => {
    while (writer.steps < steps) {
      writer.enter();
      writer.step(1);
      writer.exit();
    }
  },
  "recursion, 1,000 deep, again and again": (steps, writer) => {
    while (writer.steps < steps) {
      for (let depth = 0; depth < DEEP; depth++) {
        writer.enter();
        writer.step(2);
      }
      for (let depth = 0; depth < DEEP; depth++) {
        writer.step(2);
        writer.exit();
      }
    }
  },
};

/** Writes steps, calls and values that differ from step to step. */
class ShapeWriter {
  readonly #writer: TraceWriter;
  readonly #positions: readonly number[];
  readonly #names: readonly number[];
  readonly #functions: readonly number[];
  /** {kind: "Int", i: <32 bits>, type_id: 1} */
  readonly #value = new Uint8Array([
    ...[0xa3, 0x64, ...new TextEncoder().encode("kind"), 0x63, ...new TextEncoder().encode("Int")],
    ...[0x61, 0x69, 0x1a, 0, 0, 0, 0, 0x67, ...new TextEncoder().encode("type_id"), 1],
  ]);
  readonly #valueView = new DataView(this.#value.buffer);

  constructor(writer: TraceWriter) {
    this.#writer = writer;
    const path = writer.pathId("/bench/program.py", new Array<number>(1000).fill(60));
    this.#positions = Array.from({ length: 997 }, (_, line) => writer.position(path, line + 1, 5));
    this.#names = Array.from({ length: VARIABLES }, (_, index) => writer.variableId(`v${index}`));
    this.#functions = Array.from({ length: 50 }, (_, index) => writer.functionId(`f${index}`));
    writer.typeId("int");
  }

  get steps(): number {
    return this.#writer.steps;
  }

  step(variables: number): void {
    const step = this.#writer.steps;
    this.#writer.step(this.#positions[(step * 7) % this.#positions.length]!); // holds: below its length
    for (let index = 0; index < variables; index++) {
      const value = this.#int(Math.imul(step >> index, 2654435761));
      this.#writer.value(this.#names[index]!, value, 0, value.length); // holds: as many as there are
    }
    if (step % STEPS_PER_EVENT === 0) {
      const text = new TextEncoder().encode(`step ${step}\n`);
      this.#writer.event(0, this.#writer.stepRecords - 1, "{}", text, 0, text.length);
    }
  }

  enter(): void {
    const call = this.#writer.calls;
    this.#writer.enter(this.#functions[call % this.#functions.length]!); // holds: below its length
    const value = this.#int(call);
    this.#writer.argument(this.#names[0]!, value, 0, value.length); // holds: there are six
  }

  exit(): void {
    const value = this.#int(this.#writer.steps);
    this.#writer.exit(value, 0, value.length);
  }

  #int(value: number): Uint8Array {
    this.#valueView.setUint32(13, value);
    return this.#value;
  }
}

/** Writes a trace of the shape. */
function write(path: string, shape: string, steps: number): void {
  const sink = DiskFile.create(path);
  const spool = Deno.makeTempDirSync({ dir: dirname(path), prefix: "spool-" });
  const writer = new TraceWriter(sink, diskSpool(spool), {
    recordingId: "01890a5d-ac96-774b-bcce-b302099a8057",
    program: "bench",
    args: [],
    workdir: "/",
    recorder: "bench",
  });
  const shaped = new ShapeWriter(writer);
  shaped.enter();
  shaped.step(1);
  SHAPES[shape]!(steps, shaped); // holds: one of its keys
  shaped.exit();
  writer.finish();
  Deno.removeSync(spool, { recursive: true });
  sink.close();
}

/** What was asked of a trace, and what it cost each time, in milliseconds. */
type Costs = Readonly<Record<string, number>>;

const QUESTIONS: Readonly<Record<string, (trace: TraceReader, random: () => number) => unknown>> = {
  "open": () => {},
  "open, counts": (trace) => trace.counts,
  "open, any step and its variables": (trace, random) => {
    const step = Math.floor(random() * trace.counts.stepRecords);
    return [trace.step(step), trace.values(step)];
  },
  "open, the call at any step": (trace, random) =>
    trace.callAt(Math.floor(random() * trace.counts.stepRecords))?.returnValue,
  "open, any call": (trace, random) =>
    trace.call(Math.floor(random() * trace.counts.calls)).arguments,
  "open, any event": (trace, random) =>
    trace.event(Math.floor(random() * trace.counts.events)).content,
  "open, the first call and its first child": (trace) => [...take(trace.call(0).children(), 1)],
};

function* take<T>(items: Iterable<T>, count: number): Generator<T> {
  for (const item of items) {
    if (count-- <= 0) return;
    yield item;
  }
}

/** Openings per question, of which the median counts. */
const ROUNDS = 41;
/** Processes per trace, in turns with those of the other trace; the best counts, as in bench/speed.ts. */
const PROCESSES = 5;

/**
 * Asks each question on a trace that has just been opened, so that nothing is in memory but what the
 * system keeps of the file.
 *
 * @returns Medians, and the most memory that this process had, in MB.
 */
function measure(path: string): { costs: Costs; peak: number } {
  if (path.endsWith(".json")) {
    const start = performance.now();
    openTrace(path).close();
    return { costs: { open: performance.now() - start }, peak: peakMemory() };
  }
  const costs: Record<string, number> = {};
  let seed = 1;
  const random = () => (seed = Math.imul(seed, 48271) >>> 0) / 2 ** 32;
  for (const [question, ask] of Object.entries(QUESTIONS)) {
    const times = Array.from({ length: ROUNDS }, () => {
      const start = performance.now();
      using trace = openTrace(path);
      ask(trace, random);
      return performance.now() - start;
    }).sort((a, b) => a - b);
    costs[question] = times[ROUNDS >> 1]!; // holds: there are that many
  }
  return { costs, peak: peakMemory() };
}

/** MB. */
function peakMemory(): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) / 1000;
}

const SIZES = [10_000, 10_000_000];
const LEGACY_SIZES = [20_000, 200_000];

/** Writes a `trace.json` of a loop of calls: three steps each, with two variables. */
function writeLegacy(path: string, steps: number): void {
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  const write = (text: string) => {
    const bytes = new TextEncoder().encode(text);
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
  };
  const int = (i: number) => `{"kind":"Int","i":${i},"type_id":0}`;
  const value = (id: number, i: number) => `{"variable_id":${id},"value":${int(i)}}`;
  write('[{"Path":"/app.py"},{"Function":{"path_id":0,"line":1,"name":"f"}}');
  write(',{"Type":{"kind":7,"lang_type":"int","specific_info":{"kind":"None"}}}');
  write(',{"VariableName":"a"},{"VariableName":"b"},{"Call":{"function_id":0,"args":[]}}');
  for (let step = 0; step < steps; step++) {
    write(`,{"Step":{"path_id":0,"line":${step % 100 + 1}}}`);
    if (step % 3 === 0) write(`,{"Call":{"function_id":0,"args":[${value(0, step)}]}}`);
    write(`,{"Value":${value(0, step)}},{"Value":${value(1, step * 7)}}`);
    if (step % 3 === 2) write(`,{"Return":{"return_value":${int(step)}}}`);
  }
  write("]");
}

/** Measures in a process of its own, whose memory is that of reading alone. */
async function measureApart(path: string): Promise<ReturnType<typeof measure>> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", fileURLToPath(import.meta.url), path],
  }).output();
  if (!success) throw new Error(`measuring failed:\n${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The lowest costs that were measured of a trace, and the highest memory. */
class Best {
  readonly #costs = new Map<string, number>();
  readonly path: string;
  /** MB. */
  readonly size: number;
  /** MB. */
  peak = 0;

  constructor(path: string) {
    this.path = path;
    this.size = Deno.statSync(path).size / 1e6;
  }

  add({ costs, peak }: ReturnType<typeof measure>): void {
    for (const [question, cost] of Object.entries(costs)) {
      this.#costs.set(question, Math.min(this.#costs.get(question) ?? Infinity, cost));
    }
    this.peak = Math.max(this.peak, peak);
  }

  cost(question: string): number {
    return this.#costs.get(question) ?? NaN;
  }
}

async function main(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ct-bench-" });
  const rows: string[][] = [];
  const legacyRows: string[][] = [];
  const figure = (value: number) => value.toFixed(value < 10 ? 2 : 0);
  try {
    for (const shape of Object.keys(SHAPES)) {
      const paths = SIZES.map((steps) => join(folder, `${steps}.ct`));
      SIZES.forEach((steps, index) => write(paths[index]!, shape, steps)); // holds: one for each
      const [short, long] = paths.map((path) => new Best(path)) as [Best, Best];
      for (let round = 0; round < PROCESSES; round++) {
        short.add(await measureApart(short.path));
        long.add(await measureApart(long.path));
      }
      rows.push([`**${shape}**, MB of trace`, figure(short.size), figure(long.size), ""]);
      for (const question of Object.keys(QUESTIONS)) {
        const [a, b] = [short.cost(question), long.cost(question)];
        rows.push([`${question}, ms`, figure(a), figure(b), figure(b / a)]);
      }
      rows.push([
        "peak memory, MB",
        figure(short.peak),
        figure(long.peak),
        figure(long.peak / short.peak),
      ]);
      for (const path of paths) Deno.removeSync(path);
    }
    const legacyPath = join(folder, "trace.json");
    for (const steps of LEGACY_SIZES) {
      writeLegacy(legacyPath, steps);
      const best = new Best(legacyPath);
      for (let round = 0; round < PROCESSES; round++) best.add(await measureApart(legacyPath));
      legacyRows.push([
        `trace.json of ${steps.toLocaleString("en-US")} steps`,
        ...[best.size, best.cost("open"), best.peak].map(figure),
      ]);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const report = `# Reading

What reading costs, by the length of the trace. Each time the trace is opened first, so nothing is in memory but what the
system keeps of the file; the median of ${ROUNDS}, the best of ${PROCESSES} processes in turns. Memory is that of the whole
process, Deno included, the highest of all. Made by \`deno task bench:read\`.

${await machine(null)}

${markdownTable(["", "10,000 steps", "10,000,000 steps", "ratio"], rows)}

Older traces are converted when they are opened:

${markdownTable(["", "MB", "open, ms", "peak memory, MB"], legacyRows)}
`;
  await saveReport("read.md", report);
}

if (import.meta.main) {
  const [path] = Deno.args;
  if (path === undefined) await main();
  else console.log(JSON.stringify(measure(path)));
}
