/**
 * A recording of twenty million steps: whether memory stays flat and the rate steady all the way, and whether the trace is
 * what it should be.
 *
 *     deno task bench:soak [STEPS]
 *
 * Writes bench/results/soak.md, for the full length only. Linux only. Takes minutes.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openTrace } from "../mod.ts";
import { benchPython, machine, markdownTable, recorderCommand } from "./_recorder.ts";

const FULL = 20_000_000;
/** Milliseconds between looks at the processes. */
const EVERY = 250;
/** Rows of the report. */
const POINTS = 10;
/** Steps of one round of the program's loop: five lines of its own, and four of what it calls. */
const STEPS_PER_ROUND = 9;

/** Loops, calls, an object, a list and a dict that change all the time, some output. */
const source = (rounds: number): string => `
class Account:
    def __init__(self):
        self.entries = []

    def add(self, amount):
        self.entries.append(amount)
        if len(self.entries) > 4:
            self.entries.clear()
        return len(self.entries)


def total(numbers):
    return sum(numbers)


def main():
    account = Account()
    seen = {}
    for number in range(${rounds}):
        count = account.add(number % 1000)
        seen[number % 4] = count
        result = total(account.entries)
        if number % 10000 == 0:
            print(number, result, flush=True)
    return len(seen)


main()
`;

/** One look at the two processes, after some time. */
interface Sample {
  readonly seconds: number;
  /** Seconds of processor that both have used; the machine may have more to do than this. */
  readonly processor: number;
  readonly steps: number;
  readonly recorder: number;
  readonly program: number;
}

/** Resident memory of a process in bytes; null when it has ended. */
function residentOf(pid: number): number | null {
  try {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null; // it has ended
  }
}

/** Ticks of the processor's time in a second, on every Linux. */
const TICKS = 100;

/** Seconds of processor that a process has used; 0 when it has ended. */
function processorOf(pid: number): number {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // pid (name) state …, of which the 14th and the 15th are user's and system's; the name may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return 0; // it has ended
  }
}

/** The first child of a process. */
function childOf(pid: number): number | null {
  const [child] = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim().split(" ");
  if (child) return Number(child);
  // Deno starts programs from other threads than its first.
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const [child] = Deno.readTextFileSync(`/proc/${pid}/task/${name}/children`).trim().split(" ");
    if (child) return Number(child);
  }
  return null;
}

/** The program says how far it is by what it prints: a line each 10,000 rounds. */
async function roundsOf(output: ReadableStream<Uint8Array>, said: (rounds: number) => void) {
  let rest = "";
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    const last = lines.at(-1);
    if (last !== undefined) said(Number(last.split(" ")[0]));
  }
}

/** Runs `command` and looks at it; `isProgram`: it is the program itself, without a recorder. */
async function watch(
  command: readonly string[],
  folder: string,
  isProgram: boolean,
): Promise<Sample[]> {
  const [program = "", ...args] = command;
  const child = new Deno.Command(program, { args, cwd: folder, stdout: "piped", stdin: "null" })
    .spawn();
  const start = performance.now();
  let rounds = 0;
  const reading = roundsOf(child.stdout, (said) => rounds = said);
  const samples: Sample[] = [];
  const timer = setInterval(() => {
    const recorder = isProgram ? 0 : residentOf(child.pid);
    const pid = isProgram ? child.pid : childOf(child.pid);
    const program = pid === null ? null : residentOf(pid);
    if (recorder === null || program === null) return;
    const seconds = (performance.now() - start) / 1000;
    const processor = processorOf(child.pid) + (pid === null || isProgram ? 0 : processorOf(pid));
    samples.push({ seconds, processor, steps: rounds * STEPS_PER_ROUND, recorder, program });
  }, EVERY);
  const { success } = await child.status;
  clearInterval(timer);
  await reading;
  assert.ok(success, command.join(" "));
  return samples;
}

/** Walks the whole trace by the project's own reader: each step and each call once. */
function walk(path: string): { steps: number; calls: number } {
  using trace = openTrace(path);
  let steps = 0;
  let calls = 0;
  for (const _ of trace.steps()) steps++;
  for (const _ of trace.calls()) calls++;
  return { steps, calls };
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
const load = (): string => Deno.loadavg()[0]!.toFixed(1);

async function main(): Promise<void> {
  const steps = Number(Deno.args[0] ?? FULL);
  const rounds = Math.ceil(steps / STEPS_PER_ROUND);
  const python = await benchPython();
  const folder = await Deno.makeTempDir({ prefix: "ct-soak-" });
  try {
    await Deno.writeTextFile(join(folder, "program.py"), source(rounds));
    const before = load();
    const plain = await watch([python, "program.py"], folder, true);
    const samples = await watch(
      [...recorderCommand(), "--quiet", "-o", "out", python, "program.py"],
      folder,
      false,
    );
    const after = load();
    const path = join(folder, "out/program.ct");
    const { counts, partial } = JSON.parse(
      await Deno.readTextFile(join(folder, "out/trace_metadata.json")),
    );
    assert.equal(partial, false);
    assert.ok(counts.steps >= steps, `${counts.steps} steps`);
    const walked = walk(path);
    assert.deepEqual(walked, { steps: counts.steps, calls: counts.calls });
    const { size } = await Deno.stat(path);
    const untraced = Math.max(...plain.map(({ program }) => program));
    const rows = Array.from({ length: POINTS }, (_, n): string[] => {
      const from = samples[Math.floor(n * (samples.length - 1) / POINTS)]!;
      const to = samples[Math.floor((n + 1) * (samples.length - 1) / POINTS)]!;
      const rate = (seconds: number) => ((to.steps - from.steps) / seconds / 1000).toFixed(0);
      return [
        `${to.seconds.toFixed(0)} s`,
        to.steps.toLocaleString("en-US"),
        rate(to.seconds - from.seconds),
        rate(to.processor - from.processor),
        megabytes(to.recorder),
        megabytes(to.program),
      ];
    });
    const report = `# Soak

One recording of ${counts.steps.toLocaleString("en-US")} steps and ${
      counts.calls.toLocaleString("en-US")
    } calls, ${
      (size / 1e6).toFixed(0)
    } MB: memory and rate at ten points. The program loops, calls, changes an
object, a list and a dict, and prints; without the recorder it needs ${
      megabytes(untraced)
    } MB. Made by \`deno task bench:soak\`, which
then reads every step and every call of the trace again, by the project's own reader.

${await machine(
      python,
    )}; load of the machine ${before} at the start, ${after} at the end (the recording itself makes 2)

${
      markdownTable(
        ["after", "steps", "1,000 steps/s", "… of processor", "recorder, MB", "program, MB"],
        rows,
      )
    }
`;
    console.log(report);
    if (steps !== FULL) return;
    const results = fileURLToPath(new URL("./results/soak.md", import.meta.url));
    await Deno.writeTextFile(results, report);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

await main();
