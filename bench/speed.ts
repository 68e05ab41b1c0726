/**
 * How much longer programs take under the recorder than by themselves.
 *
 *     deno task bench [ROUNDS]
 *
 * The runs are interleaved, so that a machine that is slower for a while is so for both sides, and the shortest of
 * all rounds counts. Writes bench/results/speed.md.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchPython, machine, markdownTable, recorderCommand } from "./_recorder.ts";

const WORKLOADS: readonly { readonly name: string; readonly source: string }[] = [
  { name: "nothing (start and end)", source: "pass\n" },
  {
    name: "fib(23): calls",
    source: `
def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)

fib(23)
`,
  },
  {
    name: "loop of 200,000 lines: integers",
    source: `
def main():
    total = 0
    for i in range(100_000):
        total += i
    return total

main()
`,
  },
  {
    name: "bubble sort of 200: a list",
    source: `
def sort(items):
    for end in range(len(items) - 1, 0, -1):
        for i in range(end):
            if items[i] > items[i + 1]:
                items[i], items[i + 1] = items[i + 1], items[i]

seed, items = 1, []
for _ in range(200):
    seed = seed * 1103515245 + 12345 & 0x7FFFFFFF
    items.append(seed % 1000)
sort(items)
`,
  },
];

const DEFAULT_ROUNDS = 5;

async function main(): Promise<void> {
  const rounds = Number(Deno.args[0] ?? DEFAULT_ROUNDS);
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    console.error(`ROUNDS must be a whole number from 1 up: ${Deno.args[0]}`);
    Deno.exit(2);
  }
  const python = await benchPython();
  const folder = await Deno.makeTempDir({ prefix: "ct-bench-" });
  try {
    const rows: string[][] = [];
    for (const [number, workload] of WORKLOADS.entries()) {
      rows.push(await row(workload, join(folder, `program${number}.py`), python, rounds));
    }
    const report = `# Speed

Wall time with and without the recorder, from start to end; the shortest of ${rounds} interleaved rounds. Made by
\`deno task bench\`.

${await machine(python)}

${markdownTable(["program", "alone, ms", "recorded, ms", "ratio", "steps", "µs per step"], rows)}
`;
    console.log(report);
    const results = fileURLToPath(new URL("./results/speed.md", import.meta.url));
    await Deno.writeTextFile(results, report);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function row(
  { name, source }: typeof WORKLOADS[number],
  script: string,
  python: string,
  rounds: number,
): Promise<string[]> {
  await Deno.writeTextFile(script, source);
  const out = `${script}.out`;
  const record = [...recorderCommand(), "--quiet", "--python", python, "-o", out, script];
  let alone = Infinity;
  let recorded = Infinity;
  for (let round = 0; round < rounds; round++) {
    alone = Math.min(alone, await timed([python, script]));
    recorded = Math.min(recorded, await timed(record));
  }
  const { counts } = JSON.parse(await Deno.readTextFile(join(out, "trace_metadata.json")));
  const perStep = 1000 * (recorded - alone) / counts.steps;
  return [
    name,
    alone.toFixed(0),
    recorded.toFixed(0),
    (recorded / alone).toFixed(1),
    counts.steps.toLocaleString("en-US"),
    // Of a few steps the time would be that of starting.
    counts.steps < 1000 ? "" : perStep.toFixed(1),
  ];
}

/** Milliseconds. */
async function timed([program, ...args]: readonly string[]): Promise<number> {
  const start = performance.now();
  const { success, stderr } = await new Deno.Command(program!, {
    args,
    stdin: "null",
    stdout: "null",
  }).output();
  const milliseconds = performance.now() - start;
  if (!success) throw new Error(`${program} failed:\n${new TextDecoder().decode(stderr)}`);
  return milliseconds;
}

if (import.meta.main) await main();
