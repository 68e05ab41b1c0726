/** What the benchmarks share: which recorder, which Python, which machine. */
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
