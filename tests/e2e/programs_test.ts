/**
 * Every program under tests/programs, recorded once per Python. One recording serves three questions: did the
 * program behave as it does without the recorder, is the trace one that every reader accepts, and does it say what
 * the slow tracer saw.
 */
import { join } from "node:path";
import { compareWithOracle } from "../support/compare.ts";
import { assertSameText } from "../support/diff.ts";
import { run } from "../support/processes.ts";
import { compareRaises } from "../support/raises.ts";
import { type Program, programsIn } from "../support/programs.ts";
import {
  emptyEnvironment,
  forEachPython,
  needsPythons,
  PUSH_VERSIONS,
  type Python,
} from "../support/pythons.ts";
import { PROGRAMS, record, type Recording, ROOT, withFolder } from "../support/recorder.ts";
import { withoutWarning } from "../support/same.ts";

needsPythons(PUSH_VERSIONS);

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

const MINICALC = join(PROGRAMS, "minicalc_app");
const programs: Program[] = [
  ...programsIn("."),
  {
    name: "minicalc_app",
    path: MINICALC,
    args: ["primes", "functions", "nonsense"],
    stdin: undefined,
    minimum: 8,
    noOracle: undefined,
  },
  ...programsIn("small"),
];

for (const [index, program] of programs.entries()) {
  Deno.test({
    name: `recorded as it ran: ${program.name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      const versions = versionsFor(program, index);
      await forEachPython(t, versions, async (python) => {
        let difference: string | null = null;
        for (
          let tries = CONCURRENT.test(program.name) ? TRIES_WHEN_CONCURRENT : 1;
          tries > 0;
          tries--
        ) {
          difference = await recordedAsItRan(program, python);
          if (difference === null) return;
        }
        throw new Error(difference!);
      });
    },
  });
}

/** What the program does to its process, streams and modules, which Python's compiler has no part in. */
const ABOUT_THE_PROCESS =
  /^small\/(atexit_|daemon_|exec_not|exit_|killed_|last_of_|long_|main_|neighbour|os_|pickle_|signal_|std|subclass_print|threads?\b|thread_|uncaught|unicode_)/;

/** What is called and shown; the lines are the same, however they are compiled. What values look like is in values_test.ts. */
const ABOUT_VALUES =
  /^small\/(class_decorators|dataclasses_|descriptors|garbage|lambdas|library_|numbers|operators|recursion|star_args|tricky_|values)/;

/**
 * Which Pythons a program runs on. The big programs take turns, two of four for each, one for each way to observe, and so
 * do those where that is all that matters; CT_ALL_PYTHONS=1, and so the long run, has all on all.
 */
function versionsFor({ name, minimum }: Program, index: number): string[] {
  const all = PUSH_VERSIONS.filter((version) => Number(version.slice(2)) >= minimum);
  const takesTurns = !name.startsWith("small/") || ABOUT_THE_PROCESS.test(name) ||
    ABOUT_VALUES.test(name);
  if (!takesTurns || Deno.env.get("CT_ALL_PYTHONS") === "1") return all;
  return all.filter((_, at) => at % 2 === index % 2);
}

async function recordedAsItRan(program: Program, python: Python): Promise<string | null> {
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
          ...(program.name.startsWith("small/") ? [] : BOUNDS),
          "--python",
          interpreter,
          program.path,
          ...program.args,
        ],
        options,
      ),
    ];
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
