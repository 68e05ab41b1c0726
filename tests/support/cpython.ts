/**
 * Runs modules of CPython's own test suite without and with the recorder, and compares each test's verdict.
 *
 * The modules lie in the standard library's folder; a filter has them recorded all the same.
 */
import { join } from "node:path";
import { run, type RunResult } from "./processes.ts";
import type { Python } from "./pythons.ts";
import { checkTrace } from "./read_trace.ts";
import { recorderCommand, ROOT, withFolder } from "./recorder.ts";

const VERDICTS = join(ROOT, "tests/support/verdicts.py");
/** The bounds keep traces small: what is looked at is the programs, not their values. */
const OPTIONS = [
  "--quiet",
  "--propagate-script-exit",
  "--value-max-depth",
  "1",
  "--value-max-items",
  "8",
];
const FILTER = `[[scope.rules]]
selector = "pkg:test.*"
exec = "trace"
[[scope.rules]]
selector = "pkg:__main__"
exec = "skip"
reason = "verdicts.py; so no step shows that nothing else was recorded"
`;
/** Seconds that one run of a module may take. */
const LONGEST = 300;

/** What both runs of a module came to. */
export interface ModuleResult {
  /** How many tests had a verdict without the recorder. */
  readonly tests: number;
  /** Steps of the trace. */
  readonly steps: number;
  /** Seconds from start to end, without and with the recorder. */
  readonly alone: number;
  readonly recorded: number;
  /** Why the trace is partial, a code; null if it is whole. */
  readonly partial: string | null;
  /** All that is not the same, ready to be read. */
  readonly differences: readonly string[];
}

/** One run: each test's verdicts, joined where it has more than one. */
interface Run extends RunResult {
  readonly verdicts: ReadonlyMap<string, string>;
  readonly reasons: ReadonlyMap<string, string>;
  readonly seconds: number;
}

/** Tests that are expected to differ, by their id (`test_re.ReTests.test_x`). */
export interface Expected {
  /** These can't have the same verdict under a recorder; one that has it is a difference as well. */
  readonly known: ReadonlySet<string>;
  /** These may have it, or not. */
  readonly either: ReadonlySet<string>;
}

/**
 * Runs `module` (such as `test_re`) both ways.
 *
 * @param accelerator The folder with the native accelerator, or "off".
 */
export function compareModule(
  python: Python,
  module: string,
  expected: Expected,
  accelerator: string,
): Promise<ModuleResult> {
  return withFolder(async (folder) => {
    const filter = join(folder, "filter.toml");
    await Deno.writeTextFile(filter, FILTER);
    const out = join(folder, "out");
    const alone = await runModule(join(folder, "alone"), [python.path], module);
    const recorded = await runModule(join(folder, "recorded"), [
      ...recorderCommand(),
      ...OPTIONS,
      "--accelerator",
      accelerator,
      "--trace-filter",
      filter,
      "-o",
      out,
      python.path,
    ], module);
    const differences = differencesOf(alone, recorded, expected);
    let steps = 0;
    let partial: string | null = null;
    try {
      steps = (await checkTrace(join(out, "verdicts.ct"))).counts["steps"] ?? 0;
      const { reason } = JSON.parse(await Deno.readTextFile(join(out, "trace_metadata.json")));
      partial = reason ?? null;
    } catch (error) {
      differences.push(String(error));
    }
    if (alone.verdicts.size === 0) differences.push(`no test ran:\n${alone.stderr}`);
    // Each test has a line of its own at least.
    if (steps < alone.verdicts.size) differences.push(`only ${steps} steps were recorded`);
    return {
      tests: alone.verdicts.size,
      steps,
      alone: alone.seconds,
      recorded: recorded.seconds,
      partial,
      differences,
    };
  });
}

async function runModule(
  folder: string,
  command: readonly string[],
  module: string,
): Promise<Run> {
  await Deno.mkdir(folder);
  const path = join(folder, "verdicts");
  const start = performance.now();
  const result = await run([...command, VERDICTS, path, `test.${module}`], {
    cwd: folder,
    longest: LONGEST,
  });
  const seconds = (performance.now() - start) / 1000;
  const verdicts = new Map<string, string>(), reasons = new Map<string, string>();
  for (const line of (await Deno.readTextFile(path)).split("\n")) {
    if (line === "") continue;
    const [id, verdict, reason] = JSON.parse(line) as [string, string, string];
    const name = id.replace(/^test\./, "");
    const before = verdicts.get(name);
    verdicts.set(name, before === undefined ? verdict : `${before}, ${verdict}`);
    reasons.set(name, `${reasons.get(name) ?? ""}${reason}`);
  }
  return { ...result, verdicts, reasons, seconds };
}

function differencesOf(alone: Run, recorded: Run, { known, either }: Expected): string[] {
  const found: string[] = [];
  let status = alone.status;
  const lost = [...alone.verdicts.keys()].filter((id) => !recorded.verdicts.has(id));
  if (lost.length > 0) found.push(`${lost.length} tests did not run, the first is ${lost[0]}`);
  for (const [id, after] of recorded.verdicts) {
    const before = alone.verdicts.get(id) ?? "not run";
    if (before === after) {
      if (known.has(id)) found.push(`${id}: listed as different, but ${after} both ways`);
    } else if (known.has(id) || either.has(id)) status = 1;
    else {
      found.push(`${id}: ${before}, with the recorder ${after}\n${recorded.reasons.get(id) ?? ""}`);
    }
  }
  for (const id of known) {
    if (!recorded.verdicts.has(id)) found.push(`${id}: listed as different, but did not run`);
  }
  if (recorded.status !== status) {
    found.push(
      `exit status ${alone.status}, with the recorder ${recorded.status}\n${recorded.stderr}`,
    );
  }
  return found;
}
