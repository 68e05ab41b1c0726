/** Records a program, and holds it against what the program does without, and the trace against the slow tracer. */
import { join } from "node:path";
import { compareWithOracle } from "./compare.ts";
import { assertSameText } from "./diff.ts";
import { run } from "./processes.ts";
import type { Program } from "./programs.ts";
import { emptyEnvironment, type Python } from "./pythons.ts";
import { compareRaises } from "./raises.ts";
import { record, type Recording, ROOT, withFolder } from "./recorder.ts";
import { withoutWarning } from "./same.ts";

const SLOW_TRACER = join(ROOT, "tests/oracle/slow_tracer.py");
/**
 * Threads and event loops don't run the same way twice: whether data has arrived before it is asked for decides
 * which lines run. A trace that is wrong stays wrong; one that merely ran differently agrees at another try.
 */
const TRIES_WHEN_CONCURRENT = 3;
const SAYS_WHAT_IT_RAISES = /^small\/raises/;
const CONCURRENT = /^(chat_server|wordcount|small\/(thread|async|corout).*)\.py$/;

/**
 * The big programs keep objects that hold everything else: with the bounds of everyday use, most of the time would go
 * into reading them back at every step. The small ones run with those.
 */
const BOUNDS = ["--value-max-depth", "1", "--value-max-items", "8"];

/**
 * Records `program`, with further `words` of the recorder's.
 *
 * @throws {Error} If the program says, or ends with, something else than it does alone; or with what is wrong in the trace.
 */
export async function assertRecordedAsItRan(
  program: Program,
  python: Python,
  words: readonly string[] = [],
): Promise<void> {
  let difference: string | null = null;
  for (let tries = CONCURRENT.test(program.name) ? TRIES_WHEN_CONCURRENT : 1; tries > 0; tries--) {
    difference = await recordedAsItRan(program, python, words);
    if (difference === null) return;
  }
  throw new Error(difference ?? "");
}

async function recordedAsItRan(
  program: Program,
  python: Python,
  words: readonly string[],
): Promise<string | null> {
  const interpreter = await emptyEnvironment(python);
  return await withFolder(async (folder) => {
    const options = {
      cwd: folder,
      ...(program.stdin === undefined ? {} : { stdin: program.stdin }),
    };
    const [plain, recorded] = [
      await run([interpreter, program.path, ...program.args], options),
      await record(
        folder,
        [
          "--quiet",
          "--propagate-script-exit",
          ...words,
          ...(program.name.startsWith("small/") ? [] : BOUNDS),
          "--python",
          interpreter,
          program.path,
          ...program.args,
        ],
        options,
      ),
    ];
    assertSameText("its own exit status", String(program.status), String(plain.status));
    assertSameText("standard output", plain.stdout, recorded.stdout);
    assertSameText("standard error", plain.stderr, withoutWarning(recorded));
    assertSameText("exit status", String(plain.status), String(recorded.status));
    return program.noOracle === undefined
      ? await againstOracle(program, python, interpreter, folder, recorded)
      : null;
  });
}

async function againstOracle(
  program: Program,
  python: Python,
  interpreter: string,
  folder: string,
  recorded: Recording,
): Promise<string | null> {
  if (recorded.trace === null) {
    throw new Error(`no trace was left, only: ${recorded.left.join(", ")}`);
  }
  const out = join(folder, "oracle.jsonl");
  const traced = await run([interpreter, SLOW_TRACER, out, program.path, ...program.args], {
    cwd: folder,
    ...(program.stdin === undefined ? {} : { stdin: program.stdin }),
  });
  // A slow tracer that broke would agree with a trace that is broken in the same way.
  assertSameText("what the program prints under the slow tracer", recorded.stdout, traced.stdout);
  const raises = SAYS_WHAT_IT_RAISES.test(program.name)
    ? compareRaises(recorded.trace, recorded.stdout)
    : null;
  return raises ?? compareWithOracle(recorded.trace, (await Deno.readTextFile(out)).split("\n"), {
    qualifiedNames: python.minor >= 11,
    cwd: folder,
  });
}
