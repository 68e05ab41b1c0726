/** Records random loops, and holds the steps against the lines that the same interpreter's `sys.settrace` tells. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { compareWithOracle, type ReadTrace, traceThreads } from "../support/compare.ts";
import { assertSameText } from "../support/diff.ts";
import { WARM } from "../support/accelerator.ts";
import { run } from "../support/processes.ts";
import { emptyEnvironment, type Python } from "../support/pythons.ts";
import { record, ROOT, withFolder } from "../support/recorder.ts";
import { SILENT } from "../support/same.ts";
import { loopPrograms } from "./loops.ts";

const SETTRACE_LINES = join(ROOT, "tests/oracle/settrace_lines.py");
const SLOW_TRACER = join(ROOT, "tests/oracle/slow_tracer.py");

/** How many programs of how many functions, and which. */
export interface LoopRuns {
  readonly count: number;
  readonly functions: number;
  /** The same one makes the same programs. */
  readonly seed: number;
  /** Whether the variables are looked at too, and a program that fails is made smaller: that takes longer. */
  readonly thorough: boolean;
  /** A folder with the native accelerator, which each program is made to have loaded. */
  readonly accelerator?: string;
}

/** Checks random programs; what fails is shown, and the seed. */
export async function checkLoops(
  python: Python,
  { count, functions, seed, thorough, accelerator }: LoopRuns,
): Promise<void> {
  const interpreter = await emptyEnvironment(python);
  await fc.assert(
    fc.asyncProperty(
      loopPrograms(functions),
      (text) =>
        withFolder((folder) => checkIn(folder, text, interpreter, python, thorough, accelerator)),
    ),
    { numRuns: count, seed, endOnFailure: !thorough },
  );
}

async function checkIn(
  folder: string,
  cold: string,
  interpreter: string,
  python: Python,
  thorough: boolean,
  accelerator: string | undefined,
): Promise<void> {
  const program = join(folder, "main.py");
  const text = accelerator === undefined ? cold : `${WARM}\n${cold}`;
  await Deno.writeTextFile(program, text);
  const told = join(folder, "told.txt");
  const traced = await run([interpreter, SETTRACE_LINES, told, program], { cwd: folder });
  assert.equal(traced.status, 0, traced.stderr);
  const { trace, status, stderr } = await record(
    folder,
    [
      ...SILENT,
      ...accelerator === undefined ? [] : ["--accelerator", accelerator],
      ...["--python", interpreter, program],
    ],
    { cwd: folder },
  );
  assert.ok(trace !== null && status === 0, stderr);
  assertSameText("the steps", await Deno.readTextFile(told), stepsOf(trace));
  // Before 3.12 the slow tracer does not know by what an asynchronous generator is closed.
  if (!thorough || python.minor < 12) return;
  const oracle = join(folder, "oracle.jsonl");
  await run([interpreter, SLOW_TRACER, oracle, program], { cwd: folder });
  const options = { qualifiedNames: python.minor >= 11, cwd: folder };
  const found = compareWithOracle(
    trace,
    (await Deno.readTextFile(oracle)).split("\n"),
    options,
  );
  if (found !== null) throw new Error(`${found}\n${text}`);
}

/** The steps as `settrace_lines.py` writes them. */
function stepsOf(trace: ReadTrace): string {
  const threads = traceThreads(trace);
  assert.ok(typeof threads !== "string" && threads.length === 1, String(threads));
  const functions: string[] = [];
  let text = "";
  for (const token of threads[0]?.flat() ?? []) {
    if (token.what === "enter") functions.push(token.name.replace(/^.*\./, ""));
    else if (token.what === "leave") functions.pop();
    else text += `${functions.at(-1)?.replace("<__main__>", "<module>")} ${token.line}\n`;
  }
  return text;
}
