/**
 * Tests under pytest and unittest: the same ones pass, fail and are skipped, with the same output and exit status as
 * without the recorder, and the trace holds them and the code under test, and nothing of the framework.
 *
 * The oracle is the program's own journal: every function of it writes down that it runs.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openTrace } from "../../mod.ts";
import type { TraceEvent } from "../support/compare.ts";
import { installed } from "../support/packages.ts";
import {
  EACH_OBSERVER,
  emptyEnvironment,
  forEachPython,
  needsPythons,
  type Python,
} from "../support/pythons.ts";
import { run, type RunResult } from "../support/processes.ts";
import { PROGRAMS, record, type Recording, withFolder } from "../support/recorder.ts";
import { assertSameRun, SILENT } from "../support/same.ts";

needsPythons([...EACH_OBSERVER, "3.12"]);

/** The last versions that all Pythons from 3.8 up can use. */
const REQUIREMENTS = ["pytest==8.3.5", "pytest-asyncio==0.24.0"];

const COVERAGE = ["coverage==7.6.1"];

const TESTED = join(PROGRAMS, "tested");

/** A copy of the tested project, and what runs its tests. */
interface Project {
  readonly folder: string;
  readonly python: Python;
  readonly interpreter: string;
  readonly env: Readonly<Record<string, string>>;
}

function test(
  name: string,
  versions: readonly string[],
  body: (project: Project) => Promise<void>,
): void {
  Deno.test({
    name: `frameworks: ${name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      await forEachPython(t, versions, async (python) => {
        const interpreter = await emptyEnvironment(python);
        const packages = await installed(python, REQUIREMENTS);
        await withFolder(async (folder) => {
          await copyFolder(TESTED, folder);
          const env = { PYTHONPATH: packages, JOURNAL: join(folder, "journal.txt") };
          await body({ folder, python, interpreter, env });
        });
      });
    },
  });
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

/** How long tests took, and the width of the rule around it. */
function withoutTimes(result: RunResult): RunResult {
  const timeless = (text: string) =>
    text
      .replace(/^=+ (.*) in \d+\.\d+s(?: \(.*\))? =+$/gm, "== $1 ==")
      .replace(/\bin \d+\.\d+s$/gm, "in a while")
      .replace(/\b0x[0-9a-f]{6,}\b/g, "0x…");
  return { ...result, stdout: timeless(result.stdout), stderr: timeless(result.stderr) };
}

interface Compared {
  readonly plain: RunResult;
  readonly recorded: Recording;
  readonly journal: readonly string[];
}

/** Runs `python -m FRAMEWORK ARGS` without the recorder. */
async function runAlone(
  { folder, interpreter, env }: Project,
  framework: string,
  args: readonly string[],
): Promise<Omit<Compared, "recorded">> {
  const plain = await run([interpreter, "-m", framework, ...args], { cwd: folder, env });
  return { plain, journal: await takeJournal(env) };
}

/** Compares `ct-recorder WORDS` with that; with `alone`, where it has been run already. */
async function compare(
  project: Project,
  framework: string,
  args: readonly string[],
  words: readonly string[] = ["--python", project.interpreter, `--${framework}`, ...args],
  readBack = true,
  alone = runAlone(project, framework, args),
): Promise<Compared> {
  const { folder, env } = project;
  const options = { cwd: folder, env };
  const { plain, journal: expected } = await alone;
  const recorded = await record(folder, [...SILENT, ...words], { ...options, readBack });
  assertSameRun(withoutTimes(plain), withoutTimes(recorded));
  const journal = await takeJournal(env);
  assert.deepEqual(journal, expected);
  assert.deepEqual(recorded.left, [`${framework}.ct`, "trace_metadata.json"].sort());
  assert.notEqual(recorded.trace, null);
  return { plain, recorded, journal };
}

async function takeJournal({ JOURNAL: path = "" }: Project["env"]): Promise<string[]> {
  try {
    const text = await Deno.readTextFile(path);
    await Deno.remove(path);
    return text.split("\n").slice(0, -1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return []; // no test ran
    throw error;
  }
}

function lastName(name = ""): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** All steps on a line `enter("name")`: that name, as long as it is the one of the function around it. */
async function enteredIn(events: readonly TraceEvent[]): Promise<string[]> {
  const lines = new Map<string, string[]>();
  const entered: string[] = [];
  for (const { kind, path = "", line = 0, function: name } of events) {
    if (kind !== "step") continue;
    if (!lines.has(path)) lines.set(path, (await Deno.readTextFile(path)).split("\n"));
    const [, written] = /^ *enter\("(\w+)"\)$/.exec(lines.get(path)?.[line - 1] ?? "") ?? [];
    if (written === undefined) continue;
    assert.equal(lastName(name), written);
    entered.push(written);
  }
  return entered;
}

/** The trace holds each function that the program says it ran, in that order, and no other code. */
async function assertHoldsTheTests(
  { folder }: Project,
  { recorded, journal }: Compared,
): Promise<void> {
  const events = recorded.trace?.events ?? [];
  const paths = new Set(events.filter(({ kind }) => kind === "step").map(({ path }) => path));
  for (const path of paths) {
    assert.ok(path?.startsWith(`${folder}/`), `${path} is none of the project's files`);
  }
  assert.deepEqual(await enteredIn(events), journal);
  const called = events.filter(({ kind }) => kind === "call_entry").map((call) => call.function);
  // Modules are called <name>, and classes, whose code runs too, begin with a capital.
  const functions = called.filter((name) => !name?.startsWith("<")).map(lastName)
    .filter((name) => /^[a-z_]/.test(name));
  assert.deepEqual([...new Set(functions)].sort(), [...new Set([...journal, "enter"])].sort());
  const variables = events.flatMap(({ vars = [] }) => vars.map(({ varname }) => varname));
  assert.deepEqual(variables.filter((name) => name.startsWith("@")), []);
}

function filterPaths({ metadata }: Recording): string[] {
  const filters = metadata?.["filters"] as { path: string }[];
  return filters.map(({ path }) => path);
}

const BOTH_FILTERS = ["<builtin-default>", "<test-frameworks>"];

test("a whole project under pytest", EACH_OBSERVER, async (project) => {
  const compared = await compare(project, "pytest", ["-v", "-rA"]);
  const { plain, recorded, journal } = compared;
  assert.equal(plain.status, 1);
  for (const result of ["PASSED", "FAILED", "SKIPPED", "ERROR", "XFAIL"]) {
    assert.match(plain.stdout, new RegExp(`::.* ${result} `), result);
  }
  assert.match(plain.stdout, /shown with -rP/);
  assert.ok(journal.length > 100, `${journal.length} functions`);
  await assertHoldsTheTests(project, compared);
  assert.deepEqual(filterPaths(recorded), BOTH_FILTERS);
  assert.equal(recorded.metadata?.["program"], "-m pytest");
});

test("single tests, by their node ids and by -k", ["3.13"], async (project) => {
  const cases: [string[], string[]][] = [
    [["tests/test_plain.py::TestPrices::test_times[1-high]"], ["test_times"]],
    [["tests/test_async.py::test_full", "-q"], ["test_full"]],
    [["tests/test_unit.py::FetchTest::test_fill"], ["test_fill"]],
    [["tests", "-k", "negative or own_loop"], ["test_own_loop", "test_negative"]],
  ];
  for (const [args, expected] of cases) {
    const compared = await compare(project, "pytest", args);
    assert.equal(compared.plain.status, 0, compared.plain.stdout);
    assert.deepEqual(compared.journal.filter((name) => name.startsWith("test_")), expected);
    await assertHoldsTheTests(project, compared);
    await Deno.remove(compared.recorded.outDir, { recursive: true });
  }
});

test("unittest", EACH_OBSERVER, async (project) => {
  const all = await compare(project, "unittest", ["-v", "tests.test_unit"]);
  assert.equal(all.plain.status, 1);
  for (const result of ["ok", "FAIL", "ERROR", "skipped 'not now'", "expected failure"]) {
    assert.ok(all.plain.stderr.includes(`... ${result}\n`), `${result}\n${all.plain.stderr}`);
  }
  await assertHoldsTheTests(project, all);
  assert.deepEqual(filterPaths(all.recorded), BOTH_FILTERS);
  await Deno.remove(all.recorded.outDir, { recursive: true });
  const one = await compare(project, "unittest", ["tests.test_unit.CartTest.test_total"]);
  assert.equal(one.plain.status, 0);
  assert.deepEqual(one.journal.filter((name) => name.startsWith("test_")), ["test_total"]);
  await assertHoldsTheTests(project, one);
});

test("exit statuses are the framework's", ["3.12"], async (project) => {
  await Deno.writeTextFile(
    join(project.folder, "interrupted.py"),
    "def test_interrupted():\n    raise KeyboardInterrupt\n",
  );
  const cases: [string, string[], number][] = [
    ["pytest", ["tests/test_plain.py", "-k", "test_total"], 0],
    ["pytest", ["tests/test_plain.py", "-k", "test_fails"], 1],
    ["pytest", ["interrupted.py"], 2],
    ["pytest", ["--no-such-option"], 4],
    ["pytest", ["-k", "no_such_test"], 5],
    ["unittest", ["tests.test_unit.CartTest.test_total"], 0],
    ["unittest", ["tests.test_unit.CartTest.test_fails"], 1],
    ["unittest", ["-k", "no_such_test", "tests.test_unit"], 5],
  ];
  for (const [framework, args, status] of cases) {
    const { plain, recorded } = await compare(project, framework, args);
    assert.equal(plain.status, status, `${args.join(" ")}: ${plain.stdout}${plain.stderr}`);
    assert.deepEqual(recorded.metadata?.["process_exit_status"], { code: status, label: null });
    await Deno.remove(recorded.outDir, { recursive: true });
  }
});

const ONE_TEST = ["tests/test_plain.py", "-k", "test_total"];

test("pytest is known by all of its names", ["3.13"], async (project) => {
  const script = join(project.folder, "venv/bin/pytest");
  await Deno.mkdir(join(script, ".."), { recursive: true });
  await Deno.writeTextFile(
    script,
    `#!${project.interpreter}\nimport sys\nfrom pytest import console_main\nsys.exit(console_main())\n`,
    { mode: 0o755 },
  );
  const cases = [
    ["--python", project.interpreter, "-m", "pytest", ...ONE_TEST],
    ["--python", project.interpreter, "-mpytest", ...ONE_TEST],
    [project.interpreter, "-m", "pytest", ...ONE_TEST],
    ["--python", project.interpreter, "--", "--pytest", ...ONE_TEST],
    ["--python", project.interpreter, "--pytest", "--", ...ONE_TEST],
    ["venv/bin/pytest", ...ONE_TEST],
  ];
  const alone = runAlone(project, "pytest", ONE_TEST);
  for (const words of cases) {
    const compared = await compare(project, "pytest", ONE_TEST, words, true, alone);
    assert.equal(compared.plain.status, 0);
    await assertHoldsTheTests(project, compared);
    assert.deepEqual(filterPaths(compared.recorded), BOTH_FILTERS);
    await Deno.remove(compared.recorded.outDir, { recursive: true });
  }
});

// Before 3.12 coverage takes the place of the recorder's trace function.
test("pytest and unittest behind a launcher", ["3.12", "3.13"], async (project) => {
  const coverage = await installed(project.python, COVERAGE);
  const env = { ...project.env, PYTHONPATH: `${project.env["PYTHONPATH"]}:${coverage}` };
  const behind = { ...project, env };
  const script = join(project.folder, "venv/bin/coverage");
  await Deno.mkdir(join(script, ".."), { recursive: true });
  await Deno.writeTextFile(
    script,
    `#!${project.interpreter}\nimport sys\nfrom coverage.cmdline import main\nsys.exit(main())\n`,
    { mode: 0o755 },
  );
  const pytest = ["-m", "pytest", ...ONE_TEST];
  const one = ["-m", "unittest", "tests.test_unit.CartTest.test_total"];
  const cases: [string, string[], string[]][] = [
    ["coverage", ["run", ...pytest], ["-m", "coverage"]],
    ["coverage", ["run", "--branch", "--source", "tests", ...one], ["-m", "coverage"]],
    ["coverage", ["run", "--branch", ...pytest], ["venv/bin/coverage"]],
    ["cProfile", ["-o", "profile.out", ...pytest], ["-m", "cProfile"]],
  ];
  for (const [launcher, args, words] of cases) {
    const all = ["--python", project.interpreter, ...words, ...args];
    const compared = await compare(behind, launcher, args, all);
    assert.equal(compared.plain.status, 0, compared.plain.stdout + compared.plain.stderr);
    assert.deepEqual(compared.journal.filter((name) => name.startsWith("test_")), ["test_total"]);
    await assertHoldsTheTests(behind, compared);
    assert.deepEqual(filterPaths(compared.recorded), BOTH_FILTERS);
    await Deno.remove(compared.recorded.outDir, { recursive: true });
  }
});

/** The options for a filter of the user's. It drops values: what a framework handles is large, and not looked at here. */
async function userFilter({ folder }: Project, rules = ""): Promise<string[]> {
  const path = join(folder, "filter.toml");
  await Deno.writeTextFile(path, `[scope]\ndefault_value_action = "drop"\n${rules}`);
  return ["--trace-filter", path];
}

/** The packages that code was recorded of. */
function packagesIn({ tracePath }: Recording): Set<string> {
  using trace = openTrace(tracePath ?? "");
  const found = new Set<string>();
  for (const step of trace.steps()) {
    const [, name] = /\/site-packages\/([^/]+)\//.exec(step.path) ?? [];
    if (name !== undefined) found.add(name);
  }
  return found;
}

// All of pytest's start-up is recorded here, which is enough.
const UNFILTERED = [
  ["3.8", ["--pytest"]],
  ["3.13", ["-m", "pytest"]],
] as const;

for (const [version, target] of UNFILTERED) {
  const args = ["--version"];
  test(`--no-framework-filters ${target[0]} shows what pytest does`, [version], async (project) => {
    const words = ["--python", project.interpreter, "--no-framework-filters"];
    const all = [...words, ...await userFilter(project), ...target, ...args];
    const { recorded } = await compare(project, "pytest", args, all, false);
    assert.deepEqual(filterPaths(recorded), ["<builtin-default>", `${project.folder}/filter.toml`]);
    const packages = packagesIn(recorded);
    for (const name of ["_pytest", "pytest", "pluggy", "pytest_asyncio"]) {
      assert.ok(packages.has(name), `nothing of ${name}`);
    }
  });
}

test("a project's own folders named like the framework are recorded", ["3.13"], async (project) => {
  const { folder } = project;
  // A project's filter makes modules go by their path, too.
  await Deno.mkdir(join(folder, ".codetracer"));
  await Deno.writeTextFile(
    join(folder, ".codetracer/trace-filter.toml"),
    `[[scope.rules]]\nselector = "pkg:_pytest.*"\nexec = "inherit"\n`,
  );
  for (const name of ["pytest", "packaging", "py"]) {
    await Deno.mkdir(join(folder, name));
    await Deno.writeTextFile(
      join(folder, name, "test_own.py"),
      `from journal import enter\ndef test_in_${name}():\n    enter("test_in_${name}")\n`,
    );
  }
  const args = ["--import-mode=importlib", "pytest", "packaging", "py"];
  const compared = await compare(project, "pytest", args);
  assert.equal(compared.plain.status, 0, compared.plain.stdout);
  assert.equal(compared.journal.filter((name) => name.startsWith("test_in_")).length, 3);
  await assertHoldsTheTests(project, compared);
  assert.equal(filterPaths(compared.recorded).length, 3);
});

test("a filter of the user's brings parts of the framework back", ["3.12"], async (project) => {
  const rule = `[[scope.rules]]\nselector = "pkg:pluggy.**"\nexec = "trace"\n`;
  const words = ["--python", project.interpreter, ...await userFilter(project, rule)];
  const all = [...words, "--pytest", ...ONE_TEST];
  const { recorded } = await compare(project, "pytest", ONE_TEST, all, false);
  assert.deepEqual([...packagesIn(recorded)], ["pluggy"]);
});
