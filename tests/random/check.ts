/** Records a random program, and holds the trace against the program's own log. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { openTrace } from "../../mod.ts";
import { assertSameText } from "../support/diff.ts";
import { run } from "../support/processes.ts";
import { emptyEnvironment, type Python } from "../support/pythons.ts";
import { record, type Recording, withFolder } from "../support/recorder.ts";
import { SILENT, withoutWarning } from "../support/same.ts";
import { difference, expectedThreads, raisedByScript, recordedThreads } from "./program_log.ts";
import { type RandomGate, type RandomProgram, uncertain } from "./programs.ts";
import { render, type RenderedProgram } from "./render.ts";

/** Shrinking goes on for so long, milliseconds: each try costs half a second. */
const LONGEST = 120_000;
/** On a machine that has much else to do. */
const MOST_PER_RUN = 6000;
/** The last line of standard output of a program that nothing ended. */
const THE_END = "the end\n";
const BOUNDS = ["--value-max-depth", "1", "--value-max-items", "4"];

/** How many programs, and which. */
export interface Runs {
  readonly programs: fc.Arbitrary<RandomProgram>;
  readonly count: number;
  /** The same one makes the same programs. */
  readonly seed: number;
  /** Whether one that fails is made as small as possible, which takes minutes. */
  readonly shrinks: boolean;
  /** A folder with the native accelerator, which each program is made to have loaded. */
  readonly accelerator?: string;
}

/** Checks random programs; what fails is shown, and the seed. */
export async function checkRandomPrograms(
  python: Python,
  { programs, count, seed, shrinks, accelerator }: Runs,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(programs, (program) => checkProgram(program, python, accelerator)),
    {
      numRuns: count,
      seed,
      ...shrinks
        ? {
          interruptAfterTimeLimit: LONGEST + count * MOST_PER_RUN,
          markInterruptAsFailure: true,
        }
        : { endOnFailure: true },
    },
  );
}

/** Fails with the program and what its trace has wrong. */
async function checkProgram(
  program: RandomProgram,
  python: Python,
  accelerator: string | undefined,
): Promise<void> {
  const rendered = accelerator === undefined ? render(program) : warm(render(program));
  const options = accelerator === undefined ? [] : ["--accelerator", accelerator];
  try {
    await withFolder((folder) => checkIn(folder, program, rendered, python, options));
  } catch (error) {
    const texts = ["main.py", "other.py"].map((name) =>
      `${name}\n${numbered(rendered.files.get(name) ?? "")}`
    );
    throw new Error(
      `Python ${python.version}: ${error instanceof Error ? error.message : error}\n\ngate ${
        JSON.stringify(program.gate)
      }\n\n${texts.join("\n\n")}`,
    );
  }
}

/** With many turns on a line that is there already. */
function warm(program: RenderedProgram): RenderedProgram {
  const files = Array.from(program.files, ([name, text]) => {
    const warmed = text.replace(/^import other$/m, "import other; [0 for _ in range(210)]");
    return [name, warmed] as const;
  });
  return { ...program, files: new Map(files) };
}

async function checkIn(
  folder: string,
  program: RandomProgram,
  rendered: RenderedProgram,
  python: Python,
  options: readonly string[],
): Promise<void> {
  const { skips, activates } = program.gate;
  const { threads, recursion } = uncertain(program);
  const interpreter = await emptyEnvironment(python);
  for (const [name, text] of rendered.files) await Deno.writeTextFile(join(folder, name), text);
  const words = (log: string) => [interpreter, join(folder, "main.py"), join(folder, log)];
  const plain = await run(words("plain.log"), { cwd: folder });
  const recorded = await record(
    folder,
    [...SILENT, ...BOUNDS, ...options, ...await gateOptions(folder, program.gate), ...words("log")],
    { cwd: folder },
  );
  const log = await Deno.readTextFile(join(folder, "log"));
  withoutWarning(recorded);
  if (!threads) {
    assertSameText("standard output", plain.stdout, recorded.stdout);
    assertSameText("exit status", String(plain.status), String(recorded.status));
    if (!recursion) {
      const plainLog = await Deno.readTextFile(join(folder, "plain.log"));
      assertSameText("the log", withoutThreads(plainLog), withoutThreads(log));
    }
  }
  const { trace, tracePath, metadata } = recorded;
  assert.ok(trace !== null && tracePath !== null, recorded.stderr);
  const raised = raisedByScript(log);
  // Up to 3.11 a trace function that finds no room on the stack is taken away. That is known when the program ends
  // by itself; what is cut off may be the thread that lost it.
  const partial = metadata?.["partial"] !== false;
  const mayLose = recursion && python.minor < 12;
  const endsItself = raised !== null || recorded.stdout.endsWith(THE_END);
  const lossy = mayLose && (partial || threads || !endsItself);
  if (partial) {
    assert.ok(mayLose, JSON.stringify(metadata));
    assert.equal(metadata?.["reason"], "ERR_TRACE_INCOMPLETE");
  }
  const seesAll = skips !== "main.py" && activates === null && !threads && !lossy;
  checkEnd(recorded, raised === "SystemExit" ? null : raised, seesAll);
  checkRanges(tracePath);
  if (skips !== null && skips === activates) {
    assert.ok(trace.counts["steps"] === 1, "what is on by a skipped file is never on");
    return;
  }
  const found = difference(
    expectedThreads(log, rendered, program.gate),
    recordedThreads(trace, rendered, program.gate),
    {
      cutOff: threads,
      lossy: !lossy ? null : activates === null ? "in order" : "anything",
      extraMarks: python.minor === 9,
    },
  );
  if (found !== null) throw new Error(found);
}

async function gateOptions(folder: string, { skips, activates }: RandomGate): Promise<string[]> {
  const options = [];
  if (skips !== null) {
    const path = join(folder, "filter.toml");
    await Deno.writeTextFile(path, `[[scope.rules]]\nselector = "file:${skips}"\nexec = "skip"\n`);
    options.push("--trace-filter", path);
  }
  if (activates !== null) options.push("--activation-path", join(folder, activates));
  return options;
}

/** Threads have other numbers in each run. */
function withoutThreads(log: string): string {
  return log.replace(/^\d+ /gm, "");
}

/**
 * What the trace says of the program's end is what happened.
 *
 * @param raised The type of the exception by which the script was left and that is no request to end.
 * @param seesAll Whether the trace has to know it.
 */
function checkEnd(
  { status, metadata, trace }: Recording,
  raised: string | null,
  seesAll: boolean,
): void {
  const end = metadata?.["process_exit_status"] as { code: number; label: string | null };
  const signal = { 137: "SIGKILL", 143: "SIGTERM" }[status];
  assert.equal(end.code, status);
  const root = trace?.events.at(-1);
  assert.equal(root?.function, "<toplevel>");
  if (signal !== undefined) {
    assert.equal(end.label, signal);
    assert.equal(root?.return_value?.r, `<signal ${signal}>`);
    return;
  }
  assert.equal(root?.return_value?.i, status);
  if (seesAll || end.label !== null) assert.equal(end.label, raised);
}

/** By the product's own reader: calls lie within their callers and beside each other. */
function checkRanges(path: string): void {
  using trace = openTrace(path);
  const spans: { depth: number; exitStep: number; nextFree: number }[] = [];
  for (const call of trace.calls()) {
    assert.equal(call.key, spans.length);
    assert.ok(call.entryStep <= call.exitStep, `call ${call.key} ends before it begins`);
    const parent = spans[call.parentKey];
    if (parent === undefined) assert.equal(call.key, 0, `call ${call.key} has no caller`);
    else {
      assert.equal(call.depth, parent.depth + 1);
      assert.ok(
        parent.nextFree <= call.entryStep && call.exitStep <= parent.exitStep,
        `call ${call.key} is not within call ${call.parentKey}`,
      );
      parent.nextFree = call.exitStep + 1;
    }
    spans.push({ depth: call.depth, exitStep: call.exitStep, nextFree: call.entryStep });
  }
  assert.equal(spans[0]?.exitStep, trace.counts.stepRecords - 1);
}

function numbered(text: string): string {
  return text.split("\n").map((line, at) => `${String(at + 1).padStart(3)} ${line}`).join("\n");
}
