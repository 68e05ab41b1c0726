/**
 * How much memory the recorder needs, for programs of two lengths: it must not grow with the length.
 *
 *     deno task bench:memory
 *
 * Writes bench/results/memory.md. Linux only.
 */
import { join } from "node:path";
import {
  benchPython,
  costOf,
  machine,
  markdownTable,
  recorderCommand,
  saveReport,
} from "./_recorder.ts";

/** What is measured of a workload. */
export const SIZES: readonly [short: number, long: number] = [100_000, 1_000_000];

/** A program of a length that can be chosen. */
export interface Workload {
  readonly name: string;
  /** What `size` counts. */
  readonly unit: "steps" | "calls";
  /** Its lengths; by default {@link SIZES}. */
  readonly sizes?: readonly [short: number, long: number];
  /** The recorder's own. */
  readonly options?: readonly string[];
  source(size: number): string;
}

/**
 * What a trace could make a recorder keep in memory: steps, finished calls, a call that does not finish, what comes through
 * the program's descriptors, values of which a chunk has tens of megabytes.
 */
export const WORKLOADS: readonly Workload[] = [
  {
    name: "a loop",
    unit: "steps",
    source: (steps) => `
def main():
    total = 0
    for i in range(${Math.round(steps / 2)}):
        total += i
    return total

main()
`,
  },
  {
    name: "a loop of calls",
    unit: "calls",
    source: (calls) => `
def add(a, b):
    return a + b

def main():
    total = 0
    for i in range(${calls}):
        total = add(total, i)
    return total

main()
`,
  },
  {
    name: "a call that never returns, killed",
    unit: "steps",
    source: (steps) => `
import os, signal

def main():
    n = 0
    while True:
        n += 1
        if n == ${Math.round(steps / 3)}:
            os.kill(os.getpid(), signal.SIGKILL)

main()
`,
  },
  {
    name: "output past Python's streams",
    unit: "steps",
    options: ["--io-capture", "proxies+fd"],
    source: (steps) => `
import os

def main():
    for i in range(${Math.round(steps / 2)}):
        os.write(1, b"a line of native output: %d\\n" % i)

main()
`,
  },
  {
    name: "a loop beside large values",
    unit: "steps",
    sizes: [10_000, 100_000],
    source: (steps) => `
def main():
    a = list(range(200))
    b, c, d, e, f = a[::-1], a[1:], [*map(str, a)], dict(zip(a, a)), [(i, i) for i in a]
    for i in range(${Math.round(steps / 2)}):
        a[i % 200] += i

main()
`,
  },
];

/** What one recording came to. */
export interface Measured {
  readonly steps: number;
  readonly calls: number;
  readonly traceBytes: number;
  /** The most memory that the recorder's process had at once, bytes. */
  readonly peakBytes: number;
  readonly seconds: number;
}

/** Records the workload in a folder of its own and measures the recorder. */
export async function measure(workload: Workload, size: number, python: string): Promise<Measured> {
  const folder = await Deno.makeTempDir({ prefix: "ct-bench-" });
  try {
    const script = join(folder, "program.py");
    await Deno.writeTextFile(script, workload.source(size));
    const out = join(folder, "out");
    const options = ["--quiet", ...(workload.options ?? []), "--python", python, "-o", out];
    // Of the recorder: the recorded program is Python with a few integers, and far smaller.
    const { seconds, peakBytes } = await costOf([...recorderCommand(), ...options, script], python);
    const { counts } = JSON.parse(await Deno.readTextFile(join(out, "trace_metadata.json")));
    return {
      steps: counts.steps,
      calls: counts.calls,
      traceBytes: (await Deno.stat(join(out, "program.ct"))).size,
      peakBytes,
      seconds,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function main(): Promise<void> {
  const python = await benchPython();
  const rows: string[][] = [];
  for (const workload of WORKLOADS) {
    let first: number | undefined;
    const sizes = workload.sizes ?? SIZES;
    for (const size of sizes) {
      const { steps, calls, traceBytes, peakBytes, seconds } = await measure(
        workload,
        size,
        python,
      );
      first ??= peakBytes;
      rows.push([
        workload.name,
        steps.toLocaleString("en-US"),
        calls.toLocaleString("en-US"),
        (traceBytes / 1e6).toFixed(2),
        seconds.toFixed(1),
        (peakBytes / 1e6).toFixed(0),
        size === sizes[0] ? "" : `${((peakBytes - first) / 1e6).toFixed(0)}`,
      ]);
    }
  }
  const report = `# Memory

The most memory that the recorder's process had at once, by the length of the recorded program. Made by
\`deno task bench:memory\`; \`tests/long/memory_test.ts\` keeps the difference below 20 MB.

${await machine(python)}

${
    markdownTable(
      ["program", "steps", "calls", "trace, MB", "time, s", "peak, MB", "more, MB"],
      rows,
    )
  }
`;
  await saveReport("memory.md", report);
}

if (import.meta.main) await main();
