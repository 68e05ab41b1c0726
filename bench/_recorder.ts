/** What the benchmarks share: which recorder, which Python, which machine, what a command cost, where reports go. */
import { fileURLToPath } from "node:url";
import { anyPython } from "../tests/support/pythons.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

/** The words that start the recorder: the compiled program that CT_RECORDER_BINARY names, or `deno run`. */
export function recorderCommand(): string[] {
  const binary = Deno.env.get("CT_RECORDER_BINARY");
  return binary ? [binary] : [Deno.execPath(), "run", "-A", MAIN];
}

/** The interpreter that the measured programs run under: CODETRACER_PYTHON, or the newest there is. */
export async function benchPython(): Promise<string> {
  return Deno.env.get("CODETRACER_PYTHON") || (await anyPython()).path;
}

/**
 * Processor, cores, system, Deno and Python: what figures need to mean something.
 *
 * @param python Null where none is part of what is measured.
 */
export async function machine(python: string | null): Promise<string> {
  const cores = navigator.hardwareConcurrency;
  const hardware = `${processor()}, ${cores} cores, ${Deno.build.os} ${Deno.build.arch}`;
  if (python === null) return `${hardware}; Deno ${Deno.version.deno}`;
  const { stdout, stderr } = await new Deno.Command(python, { args: ["--version"] }).output();
  const version = new TextDecoder().decode(stdout.length > 0 ? stdout : stderr).trim();
  const how = Deno.env.get("CT_RECORDER_BINARY") ? "compiled program" : `Deno ${Deno.version.deno}`;
  return `${hardware}; ${version}; recorder: ${how}`;
}

/** What a command took. */
export interface Cost {
  /** From its start to its end. */
  readonly seconds: number;
  /** Processor time, of all its threads and of the processes that it waited for. */
  readonly cpuSeconds: number;
  /** The most memory that one of these processes had at once. */
  readonly peakBytes: number;
}

// The system tells what a process took only to who waits for it, which Deno does without asking.
const WAIT = `
import os, sys, time
out = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
start = time.monotonic()
pid = os.spawnvp(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(pid, 0)
seconds = time.monotonic() - start
os.write(out, b"%f %f %d" % (seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024))
sys.exit(0 if status == 0 else 1)
`;

/**
 * Runs a command, whose standard output goes nowhere, and measures it. Linux only.
 *
 * @param python What starts it.
 * @throws {Error} With its standard error, unless it exits with 0.
 */
export async function costOf(command: readonly string[], python: string): Promise<Cost> {
  const { success, stdout, stderr } = await new Deno.Command(python, {
    args: ["-I", "-c", WAIT, ...command],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${command.join(" ")} failed:\n${decoder.decode(stderr)}`);
  const [seconds = NaN, cpuSeconds = NaN, peakBytes = NaN] = decoder.decode(stdout).split(" ")
    .map(Number);
  return { seconds, cpuSeconds, peakBytes };
}

/** Prints a report, and keeps it as `bench/results/NAME`. */
export async function saveReport(name: string, report: string): Promise<void> {
  console.log(report);
  await Deno.writeTextFile(new URL(`./results/${name}`, import.meta.url), report);
}

function processor(): string {
  try {
    const name = /^model name\s*: (.+)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"));
    return name?.[1] ?? "unknown processor";
  } catch {
    return "unknown processor"; // not Linux
  }
}

/** A table for a terminal that is one for Markdown as well; all columns but the first are numbers. */
export function markdownTable(head: readonly string[], rows: readonly string[][]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length))
  );
  const line = (cells: readonly string[]) =>
    `| ${
      cells.map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)
      ).join(" | ")
    } |`;
  const rule = `|${
    widths.map((width, column) =>
      column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`
    )
      .join("|")
  }|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}
