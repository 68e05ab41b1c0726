import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../../src/errors/mod.ts";
import {
  asksForInformation,
  parsePythonCommandLine,
} from "../../src/target/python_command_line.ts";
import { resolveTarget } from "../../src/target/mod.ts";
import { pooledAll } from "../support/pool.ts";
import { run, type RunResult } from "../support/processes.ts";
import {
  anyPython,
  EACH_OBSERVER,
  needsPythons,
  PUSH_VERSIONS,
  type Python,
  pythons,
} from "../support/pythons.ts";

needsPythons(EACH_OBSERVER);

const SHOW = `# the line that -x skips
import json, sys
print(json.dumps([sys.argv, list(sys.flags), sys.warnoptions, sys._xoptions, sys.path[0]]))
`;

/** A folder with a script, a module and a package folder that all print what they were given. */
async function withShow<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const name of ["show.py", "-dashed.py"]) {
      await Deno.writeTextFile(`${folder}/${name}`, SHOW);
    }
    await Deno.mkdir(`${folder}/pkg`);
    await Deno.writeTextFile(`${folder}/pkg/__main__.py`, SHOW);
    return await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function runPython(python: Python, words: readonly string[], folder: string): Promise<RunResult> {
  return run([python.path, ...words], { cwd: folder, stdin: SHOW });
}

/** What Python was given, as it says itself; null when it refused or printed something else. */
function shown(result: RunResult): unknown[] | null {
  const line = result.stdout.trim().split("\n").at(-1) ?? "";
  return result.status === 0 && line.startsWith("[[") ? JSON.parse(line) : null;
}

function resolved(python: Python, words: readonly string[], folder: string) {
  return resolveTarget([python.path, ...words], {
    env: {},
    cwd: folder,
    policy: { python: null, disabled: false },
  });
}

/** Runs it as typed and as we would start it; Python has to see the same. */
async function same(python: Python, words: readonly string[], folder: string): Promise<void> {
  const asTyped = await runPython(python, words, folder);
  const saw = shown(asTyped);
  const said = `${JSON.stringify(words)} on ${python.version}: ${JSON.stringify(asTyped)}`;
  let target;
  try {
    target = resolved(python, words, folder);
  } catch (error) {
    assert.ok(error instanceof UsageError, `${said}: ${error}`);
    assert.equal(saw, null, `refused, but Python runs ${said}: ${error.message}`);
    return;
  }
  const started = [...target.interpreterOptions, ...target.targetWords];
  if (JSON.stringify(started) !== JSON.stringify(words)) {
    const asStarted = await runPython(python, started, folder);
    assert.deepEqual(asStarted.stdout, asTyped.stdout, said);
    assert.equal(asStarted.status, asTyped.status, said);
  }
  assert.deepEqual(target.originalWords, words);
  if (saw !== null) assert.deepEqual((saw[0] as string[]).slice(1), target.programArgs, said);
}

const EXEC = "exec(open('show.py').read())";

const FIXED: readonly (readonly string[])[] = [
  ["show.py"],
  ["show.py", "-m", "x", "--", "-"],
  ["-B", "show.py", "a"],
  ["-Bc", EXEC, "a", "-c"],
  ["-BmsHow"],
  ["-Bmshow", "-m"],
  ["-m", "show", "a"],
  ["-m", "pkg"],
  ["-m"],
  ["-c"],
  ["-W"],
  ["-X"],
  ["-Wignore", "show.py"],
  ["-W", "ignore", "-Werror::DeprecationWarning", "show.py"],
  ["-X", "dev", "-Xutf8=0", "show.py"],
  ["-bbOOqu", "show.py"],
  ["-OOc", EXEC],
  ["-x", "show.py"],
  ["--check-hash-based-pycs", "never", "show.py"],
  ["--check-hash-based-pycs"],
  ["--check-hash-based-pycs=never", "show.py"],
  ["--nonsense", "show.py"],
  ["-Z", "show.py"],
  ["-J", "show.py"],
  ["-R", "-t", "show.py"],
  ["--", "show.py", "--"],
  ["--", "-dashed.py", "a"],
  ["--", "-m", "show"],
  ["-", "a", "-"],
  ["-s", "-", "--", "a"],
  ["--", "-", "a"],
  ["-B-", "show.py", "-"],
  ["-B-", "-dashed.py"],
  [],
  ["-B"],
  ["-B", "--"],
  ["pkg", "a"],
  ["./show.py", "", " "],
  [""],
  ["-B", ""],
  ["-i", "show.py"],
];

Deno.test({
  name: "the words of a Python command line mean what each Python takes them for",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withShow(async (folder) => {
      const found = await pythons();
      // The oldest and the newest; the long run has those between.
      const versions = Deno.env.get("CT_ALL_PYTHONS") === "1" ? PUSH_VERSIONS : EACH_OBSERVER;
      const all = versions.flatMap((version) => found.get(version) ?? []);
      await pooledAll(
        all.flatMap((python) => FIXED.map((words) => [python, words] as const)),
        ([python, words]) => same(python, words, folder),
      );
    }),
});

Deno.test({
  name: "any mixture of options means what Python takes it for",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withShow(async (folder) => {
      const python = await anyPython();
      const option = fc.oneof(
        fc.constantFrom("-B", "-b", "-O", "-q", "-s", "-u", "-R", "-?", "-V", "-h", "--version"),
        fc.array(fc.constantFrom(..."bBOqsuRZ-"), { minLength: 1, maxLength: 3 })
          .map((letters) => `-${letters.join("")}`),
        fc.constantFrom("-W", "-X", "-Wignore", "-Xdev", "ignore", "dev", "-BW", "-BX"),
      );
      const target = fc.constantFrom(
        ["show.py"],
        ["-m", "show"],
        ["-mshow"],
        ["-c", EXEC],
        ["-Bc", EXEC],
        ["-"],
        ["--", "show.py"],
        ["pkg"],
        [],
      );
      const line = fc.tuple(
        fc.array(option, { maxLength: 3 }),
        target,
        fc.array(fc.constantFrom("a", "-", "--", "-m", "-c", "-Z", ""), { maxLength: 2 }),
      ).map((parts) => parts.flat());
      await pooledAll(fc.sample(line, 60), (words) => same(python, words, folder));
    }),
});

Deno.test("-E and -I are taken out, whatever they are glued to, and noted", async () => {
  await withShow(async (folder) => {
    const python = await anyPython();
    const cases: [string[], string[], boolean, boolean][] = [
      [["-E", "show.py"], [], true, false],
      [["-I", "show.py"], ["-s"], true, true],
      [["-BEs", "show.py"], ["-B", "-s"], true, false],
      [["-sIc", EXEC], ["-s"], true, true],
      [["-IEXdev", "-mshow"], ["-X", "dev", "-s"], true, true],
      [["-B", "show.py", "-E", "-I"], ["-B"], false, false],
    ];
    for (const [words, options, ignoreEnvironment, isolated] of cases) {
      const target = resolved(python, words, folder);
      assert.deepEqual(target.interpreterOptions, options);
      assert.equal(target.ignoreEnvironment, ignoreEnvironment);
      assert.equal(target.isolated, isolated);
      assert.deepEqual(target.originalWords, words);
    }
  });
});

Deno.test("-S can't be recorded, but run", async () => {
  await withShow(async (folder) => {
    const { path } = await anyPython();
    const resolve = (disabled: boolean) =>
      resolveTarget([path, "-BS", "show.py"], {
        env: {},
        cwd: folder,
        policy: { python: null, disabled },
      });
    assert.throws(
      () => resolve(false),
      (error: unknown) => error instanceof UsageError && /-S/.test(error.message),
    );
    assert.deepEqual(resolve(true).interpreterOptions, ["-B", "-S"]);
  });
});

Deno.test("options that print something and end leave nothing to record", () => {
  for (const word of ["-h", "-?", "-V", "-VV", "--help", "--version", "--help-all", "-BV"]) {
    assert.notEqual(asksForInformation(parsePythonCommandLine([word, "x.py"]).options), null, word);
  }
  assert.equal(asksForInformation(parsePythonCommandLine(["-B", "x.py", "-h"]).options), null);
});

Deno.test("any words are read or refused, never a crash", () => {
  fc.assert(fc.property(fc.array(fc.string()), (words) => {
    try {
      const line = parsePythonCommandLine(words);
      assert.ok(line.args.length <= words.length);
    } catch (error) {
      assert.ok(error instanceof UsageError, String(error));
    }
  }));
});
