/**
 * How long programs take under the recorder: against themselves, against the released recorder of CodeTracer's own, and
 * against callbacks that do nothing.
 *
 *     deno task bench [ROUNDS]
 *
 * The peer is installed from the package index, into a cache folder. All take turns in each round, so that a machine that
 * is slower for a while is so for all, and the shortest of all rounds counts. Afterwards each of our traces is checked by
 * ct-accept, and compared with what the slow tracer of the tests saw. Writes bench/results/speed.md and speed.svg.
 *
 * CT_RECORDER_BINARY names the compiled program; without, it is `deno run` that is measured, whose start takes longer.
 * Needs Python 3.12 or 3.13, which the peer runs on: CODETRACER_PYTHON, or 3.12.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compareWithOracle } from "../tests/support/compare.ts";
import { installed } from "../tests/support/packages.ts";
import { PEER } from "../tests/support/peer.ts";
import { pythons } from "../tests/support/pythons.ts";
import { readTrace } from "../tests/support/read_trace.ts";
import { barsAsSvg } from "./_plot.ts";
import { machine, markdownTable, recorderCommand, saveReport } from "./_recorder.ts";

interface Workload {
  /** Of its file in bench/programs, and what is given to it. */
  readonly name: string;
  readonly about: string;
  /** The most that may be kept of the peer's time; null where it isn't the measure. */
  readonly ofPeer: number | null;
  /** The most times that it may take of what it takes alone. */
  readonly ofAlone: number | null;
}

const WORKLOADS: readonly Workload[] = [
  { name: "empty", about: "nothing", ofPeer: 3 / 4, ofAlone: null },
  { name: "fib", about: "calls", ofPeer: 1 / 15, ofAlone: null },
  { name: "loop", about: "lines, integers", ofPeer: 1 / 15, ofAlone: null },
  { name: "sort", about: "a list of 200", ofPeer: 1 / 15, ofAlone: null },
  {
    name: "features",
    about: "classes, generators, exceptions, asyncio",
    ofPeer: 1 / 6,
    ofAlone: null,
  },
  {
    name: "features 1500",
    about: "the same, 1.9 times as long",
    ofPeer: 1 / 6,
    ofAlone: null,
  },
  { name: "jsonparse", about: "a parser", ofPeer: 1 / 6, ofAlone: null },
  {
    name: "jsonparse 35",
    about: "the same, for 0.65 of the text",
    ofPeer: 1 / 6,
    ofAlone: null,
  },
  { name: "library", about: "the standard library, filtered", ofPeer: null, ofAlone: 3 },
  { name: "raises", about: "a million exceptions, filtered", ofPeer: null, ofAlone: 3 },
];
const TOOLS = ["alone", "empty callbacks", "released peer", "ct-recorder"] as const;
const DEFAULT_ROUNDS = 5;

interface Measured extends Workload {
  /** Seconds, in the order of TOOLS. */
  readonly seconds: readonly number[];
  readonly steps: number;
  /** Of the container. */
  readonly bytes: number;
}

async function main(): Promise<void> {
  const rounds = Number(Deno.args[0] ?? DEFAULT_ROUNDS);
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    console.error(`ROUNDS must be a whole number from 1 up: ${Deno.args[0]}`);
    Deno.exit(2);
  }
  const python = (await pythons()).get("3.12");
  const interpreter = Deno.env.get("CODETRACER_PYTHON") || python?.path;
  if (interpreter === undefined || python === undefined) {
    console.error("The peer needs Python 3.12, which is not on this machine");
    Deno.exit(2);
  }
  const peer = await installed(python, [PEER]);
  const folder = await Deno.makeTempDir({ prefix: "ct-bench-" });
  try {
    const measured: Measured[] = [];
    for (const workload of WORKLOADS) {
      measured.push(await measure(workload, folder, interpreter, peer, rounds));
    }
    const report = `# Speed

Seconds from the command to the end of the process, when our container stands on the disk, synced and checked against its
own end; the shortest of ${rounds} interleaved rounds. The peer is ${PEER}, which writes no container. "Empty callbacks"
are what no recorder can be faster than that asks the interpreter for each line. Output is captured, filters and bounds are
the default ones. Each trace has passed ct-accept and says what the slow tracer saw. Made by \`deno task bench\`.

${await machine(interpreter)}

${table(measured)}

![the same as a drawing](speed.svg)
`;
    await saveReport("speed.md", report);
    await Deno.writeTextFile(
      new URL("./results/speed.svg", import.meta.url),
      barsAsSvg("Seconds, shortest of all rounds (logarithmic)", TOOLS, measured),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function measure(
  workload: Workload,
  folder: string,
  python: string,
  peer: string,
  rounds: number,
): Promise<Measured> {
  const [name, ...args] = workload.name.split(" ");
  const script = [fileURLToPath(new URL(`./programs/${name}.py`, import.meta.url)), ...args];
  const empty = fileURLToPath(new URL("./_empty_callbacks.py", import.meta.url));
  const out = join(folder, workload.name), peersOut = join(folder, "peer");
  const seconds: number[] = TOOLS.map(() => Infinity);
  for (let round = 0; round < rounds; round++) {
    const took = [
      await timed([python, ...script]),
      await timed([python, empty, ...script]),
      await timed(
        [python, "-m", "codetracer_python_recorder", "--trace-dir", peersOut, ...script],
        {
          PYTHONPATH: peer,
        },
      ),
      await timed([...recorderCommand(), "--quiet", "--python", python, "-o", out, ...script]),
    ];
    for (const [tool, time] of took.entries()) seconds[tool] = Math.min(seconds[tool]!, time);
  }
  const container = join(out, `${name}.ct`);
  await check(container, script, python, folder);
  const { counts } = JSON.parse(await Deno.readTextFile(join(out, "trace_metadata.json")));
  return { ...workload, seconds, steps: counts.steps, bytes: (await Deno.stat(container)).size };
}

/** @throws {Error} If the trace is not what the slow tracer saw, or refused by ct-accept. */
async function check(
  container: string,
  script: readonly string[],
  python: string,
  folder: string,
): Promise<void> {
  const tracer = fileURLToPath(new URL("../tests/oracle/slow_tracer.py", import.meta.url));
  const seen = join(folder, "seen.jsonl");
  await timed([python, tracer, seen, ...script]);
  const difference = compareWithOracle(
    await readTrace(container),
    (await Deno.readTextFile(seen)).split("\n"),
    { qualifiedNames: true, cwd: Deno.cwd() },
  );
  if (difference !== null) throw new Error(`${container} is wrong:\n${difference}`);
}

function table(measured: readonly Measured[]): string {
  const head = [
    "program",
    "what",
    ...TOOLS.map((tool) => `${tool}, s`),
    "peer / ours",
    "ours / alone",
    "aim",
    "steps",
    "container, MB",
  ];
  const rows = measured.map(({ name, about, seconds, steps, bytes, ofPeer, ofAlone }) => {
    const [alone = NaN, , peer = NaN, ours = NaN] = seconds;
    const [aim, reached] = ofPeer !== null
      ? [`${(1 / ofPeer).toFixed(1)} × the peer`, ours <= peer * ofPeer]
      : [`${ofAlone} × alone`, ours <= alone * ofAlone!]; // holds: one of the two is given
    return [
      name,
      about,
      ...seconds.map((value) => value.toFixed(3)),
      (peer / ours).toFixed(1),
      (ours / alone).toFixed(1),
      `${aim}: ${reached ? "reached" : "missed"}`,
      steps.toLocaleString("en-US"),
      (bytes / 1e6).toFixed(2),
    ];
  });
  return markdownTable(head, rows);
}

/** Seconds that a command takes. @throws {Error} If it fails. */
async function timed(
  [program, ...args]: readonly string[],
  env: Record<string, string> = {},
): Promise<number> {
  const start = performance.now();
  // holds: no command is empty
  const { success, stderr } = await new Deno.Command(program!, {
    args,
    env,
    stdin: "null",
    stdout: "null",
  }).output();
  const seconds = (performance.now() - start) / 1000;
  if (!success) throw new Error(`${program} failed:\n${new TextDecoder().decode(stderr)}`);
  return seconds;
}

if (import.meta.main) await main();
