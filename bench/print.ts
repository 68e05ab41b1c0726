/**
 * What showing parts of a trace costs: a summary must not cost more for a longer one, and no view needs memory by the
 * length.
 *
 *     deno task bench:print SHORT LONG
 *
 * The two are traces, or folders with one, of the program in the report. Writes bench/results/print.md. Linux only.
 */
import { openTrace } from "../src/trace/reader/open_trace.ts";
import {
  benchPython,
  costOf,
  machine,
  markdownTable,
  recorderCommand,
  saveReport,
} from "./_recorder.ts";

const PROGRAM = `import sys
def add(a, b):
    return a + b
def main(n):
    total = 0
    for i in range(n):
        total = add(total, i)
    return total
main(int(sys.argv[1]))`;

/** What to show of how many steps; the last two look at all of them. */
const VIEWS: readonly (readonly [name: string, words: (steps: number) => string[]])[] = [
  ["`--summary`", () => ["--summary"]],
  ["`--summary --json`", () => ["--summary", "--json"]],
  ["ten steps near the end", (steps) => ["--from", `${steps - 20}`, "--to", `${steps - 11}`]],
  ["`--output`", () => ["--output"]],
  ["everything, of 1,000 steps", () => ["--to", "999"]],
  ["`--calls --function main`", () => ["--calls", "--function", "main"]],
  ["`--variables n`, which doesn't change", () => ["--variables", "n"]],
];

/** What takes longer, in seconds, is run once. */
const LONG = 2;

/** Seconds of CPU, the least of three runs; and the most memory of them, bytes. */
async function measure(words: readonly string[], python: string): Promise<[number, number]> {
  let [least, peak] = [Infinity, 0];
  for (let run = 0; run < 3 && (run === 0 || least < LONG); run++) {
    const { cpuSeconds, peakBytes } = await costOf(
      [...recorderCommand(), "print", ...words],
      python,
    );
    least = Math.min(least, cpuSeconds);
    peak = Math.max(peak, peakBytes);
  }
  return [least, peak];
}

async function main(paths: readonly string[]): Promise<void> {
  if (paths.length !== 2) throw new Error("expected two traces");
  const python = await benchPython();
  const head = ["view"];
  const rows: string[][] = VIEWS.map(([name]) => [name]);
  for (const path of paths) {
    using trace = openTrace(path);
    const steps = trace.counts.stepRecords;
    head.push(`${steps.toLocaleString("en-US")} steps: s`, "MB");
    for (const [at, [name, words]] of VIEWS.entries()) {
      const [seconds, bytes] = await measure([path, ...words(steps)], python);
      console.error(`${name}: ${seconds} s`);
      rows[at]!.push(seconds.toFixed(2), (bytes / 1e6).toFixed(0));
    }
  }
  const report = `# Showing a trace

Seconds of CPU and the most memory that \`ct-recorder print\` takes, its start included. Made by
\`deno task bench:print SHORT LONG\` with recordings of this program, \`big.py 3333\` and \`big.py 3333333\`:

\`\`\`python
${PROGRAM}
\`\`\`

${await machine(python)}

${markdownTable(head, rows)}
`;
  await saveReport("print.md", report);
}

if (import.meta.main) await main(Deno.args);
