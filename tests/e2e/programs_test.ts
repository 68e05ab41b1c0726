/**
 * Every program under tests/programs, recorded once per Python. One recording serves three questions: did the
 * program behave as it does without the recorder, is the trace one that every reader accepts, and does it say what
 * the slow tracer saw.
 */
import { join } from "node:path";
import { type Program, programsIn } from "../support/programs.ts";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";
import { assertRecordedAsItRan } from "../support/recorded_as_it_ran.ts";
import { PROGRAMS } from "../support/recorder.ts";

needsPythons(PUSH_VERSIONS);

const MINICALC = join(PROGRAMS, "minicalc_app");
const programs: Program[] = [
  ...programsIn("."),
  {
    name: "minicalc_app",
    path: MINICALC,
    args: ["primes", "functions", "nonsense"],
    stdin: undefined,
    minimum: 8,
    status: 3,
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
      await forEachPython(t, versions, (python) => assertRecordedAsItRan(program, python));
    },
  });
}

/** What the program does to its process, streams and modules, which Python's compiler has no part in. */
const ABOUT_THE_PROCESS =
  /^small\/(atexit_|daemon_|exec_not|exit_|killed_|last_of_|long_|main_|neighbour|os_|pickle_|signal_|std|subclass_print|threads?\b|thread_|uncaught|unicode_)/;

/** What is called and shown; the lines are the same, however they are compiled. What values look like is in values_test.ts. */
const ABOUT_VALUES =
  /^small\/(class_decorators|dataclasses_|descriptors|garbage|lambdas|library_|arithmetic|operators|recursion|star_args|tricky_|values)/;

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
