/**
 * Runs the recorder as a user does: `deno run -A main.ts`, or the compiled binary that CT_RECORDER_BINARY names.
 *
 * No trace leaves here unchecked: each one that a recording produced has to pass ct-accept in strict mode.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ReadTrace } from "./compare.ts";
import { run, type RunOptions, type RunResult } from "./processes.ts";
import { checkTrace, readTrace } from "./read_trace.ts";

/** The repository. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Where the recorded programs are. */
export const PROGRAMS = join(ROOT, "tests/programs");

/** What starts the recorder. */
export function recorderCommand(): string[] {
  const binary = Deno.env.get("CT_RECORDER_BINARY");
  return binary ? [binary] : [Deno.execPath(), "run", "-A", join(ROOT, "main.ts")];
}

/** How to record. */
export interface RecordOptions extends RunOptions {
  /** Put in front of the recorder's own command, such as `["setpriv", …]`. */
  readonly wrapper?: readonly string[];
  /** Another recorder than {@link recorderCommand}'s, for one test file among others that run beside it. */
  readonly recorder?: readonly string[];
  /** Whether the trace's events are read back, too; true by default. It is checked in any case. */
  readonly readBack?: boolean;
}

/** A recording: what it said, and what it left. */
export interface Recording extends RunResult {
  /** The output folder, whether or not there is anything in it. */
  readonly outDir: string;
  /** The names of what is in the output folder. */
  readonly left: readonly string[];
  /** The one trace; null when there is none. */
  readonly tracePath: string | null;
  /** The trace, read back by ct-accept. */
  readonly trace: ReadTrace | null;
  /** `trace_metadata.json`. */
  readonly metadata: Record<string, unknown> | null;
}

/** Gives `body` a folder of its own and removes it afterwards, whatever happened. */
export async function withFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "ct-e2e-" }));
  try {
    return await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/**
 * Records into `<folder>/out`.
 *
 * @param words What follows the recorder's name, except for `-o`.
 */
export async function record(
  folder: string,
  words: readonly string[],
  options: RecordOptions = {},
): Promise<Recording> {
  const outDir = join(folder, "out");
  const command = [
    ...(options.wrapper ?? []),
    ...(options.recorder ?? recorderCommand()),
    "-o",
    outDir,
    ...words,
  ];
  const result = await run(command, { cwd: folder, ...options });
  return { ...result, ...await inspect(outDir, options.readBack) };
}

/** Looks at what a recording left, and has its trace checked. */
export async function inspect(
  outDir: string,
  readBack = true,
): Promise<Omit<Recording, keyof RunResult>> {
  const left = namesIn(outDir);
  const traces = left.filter((name) => name.endsWith(".ct"));
  if (traces.length > 1) throw new Error(`more than one trace in the folder: ${traces.join(", ")}`);
  const tracePath = traces[0] === undefined ? null : join(outDir, traces[0]);
  const metadata = left.includes("trace_metadata.json")
    ? JSON.parse(await Deno.readTextFile(join(outDir, "trace_metadata.json")))
    : null;
  return {
    outDir,
    left,
    tracePath,
    trace: tracePath === null ? null : await (readBack ? readTrace : checkTrace)(tracePath),
    metadata,
  };
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return [];
    }
    throw error;
  }
}
