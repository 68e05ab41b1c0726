import assert from "node:assert/strict";
import { join } from "node:path";
import { environment } from "../../src/cli/doctor/environment.ts";
import { interpreters, runQuietly } from "../../src/cli/doctor/interpreters.ts";
import { tryPlaces } from "../../src/cli/doctor/output_folder.ts";
import type { Finding, Section } from "../../src/cli/doctor/section.ts";
import { resolvePolicy } from "../../src/policy/mod.ts";
import { thisProcess } from "../../src/session/process_identity.ts";
import { uuidv7 } from "../../src/text/uuid.ts";
import { pooled } from "../support/pool.ts";
import { run } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { ROOT, withFolder } from "../support/recorder.ts";

const MAIN = join(ROOT, "main.ts");

/** A program in place of an interpreter: notes its words, then does what `body` says. */
async function standIn(path: string, body: string): Promise<void> {
  const log = JSON.stringify(`${path}.log`);
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await Deno.writeTextFile(path, `#!/bin/sh\nprintf '%s\\n' "$@" >> ${log}\n${body}\n`, {
    mode: 0o755,
  });
}

function answers(implementation: string, version: string, free = 0): string {
  return `printf 'ct-doctor ${implementation} ${version} ${free}'`;
}

/** The findings of a level. */
function levels(section: Section, level: Finding["level"]): readonly Finding[] {
  return section.findings.filter((finding) => finding.level === level);
}

Deno.test("doctor: interpreters are found, asked with -I -S -c alone, and judged", async () => {
  await withFolder(async (folder) => {
    const bin = join(folder, "bin");
    await standIn(join(bin, "python3"), answers("cpython", "3.12.4"));
    await Deno.symlink("python3", join(bin, "python"));
    await standIn(join(bin, "python3.7"), answers("cpython", "3.7.1"));
    await standIn(join(bin, "pypy3"), answers("pypy", "3.10.2"));
    await standIn(join(bin, "python3.9"), "echo no library >&2; exit 3");
    await standIn(join(bin, "python3.13t"), answers("cpython", "3.13.0", 1));
    await standIn(join(bin, "python3-config"), "true");
    await standIn(join(folder, ".venv/bin/python"), answers("cpython", "3.11.0"));
    await standIn(join(folder, "pyenv/versions/x/bin/python"), answers("cpython", "3.16.0"));
    const env = { PATH: bin, PYENV_ROOT: join(folder, "pyenv"), HOME: folder };
    const { section, chosen } = await interpreters({ env, cwd: folder }, null);
    assert.equal(chosen, join(bin, "python3"));
    const facts = section.facts["interpreters"] as Record<string, unknown>[];
    const brief = facts.map(({ path, version, observer, unusable, chosen, free_threaded }) => [
      String(path).slice(folder.length + 1),
      version,
      observer,
      unusable,
      [chosen, free_threaded],
    ]);
    const only = "only CPython 3.8 to 3.15 can be recorded";
    assert.deepEqual(brief, [
      ["bin/python3", "3.12.4", "sys.monitoring", null, [true, false]],
      ["bin/pypy3", null, null, `it is pypy3, and ${only}`, [false, false]],
      ["bin/python3.13t", "3.13.0", "sys.monitoring", null, [false, true]],
      ["bin/python3.7", "3.7", null, only, [false, false]],
      ["bin/python3.9", null, null, "it ended with status 3: no library", [false, false]],
      [".venv/bin/python", "3.11.0", "sys.settrace", null, [false, false]],
      ["pyenv/versions/x/bin/python", "3.16.0", null, only, [false, false]],
    ]);
    assert.deepEqual(levels(section, "problem"), []);
    const words = (await Deno.readTextFile(join(bin, "python3.log"))).split("\n");
    assert.deepEqual(words.slice(0, 3), ["-I", "-S", "-c"]);
    assert.equal(words.length, 5, words.join(" "));
    // What is known by its name is not started.
    for (const name of ["pypy3", "python3.7", "python3-config"]) {
      await assert.rejects(Deno.stat(join(bin, `${name}.log`)), Deno.errors.NotFound);
    }
  });
});

Deno.test("doctor: an interpreter that can't be used is a problem, with another as remedy", async () => {
  await withFolder(async (folder) => {
    const bin = join(folder, "bin");
    await standIn(join(bin, "python3"), answers("cpython", "3.7.1"));
    const place = { env: { PATH: bin }, cwd: folder };
    const old = await interpreters(place, null);
    assert.equal(old.chosen, null);
    assert.match(levels(old.section, "problem")[0]?.remedy ?? "", /^install CPython 3\.8 to/);
    await standIn(join(bin, "python3.12"), answers("cpython", "3.12.4"));
    const none = await interpreters(place, { word: "./none", source: "--python" });
    const [problem] = levels(none.section, "problem");
    assert.match(problem?.message ?? "", /\.\/none \(chosen by --python\)/);
    assert.equal(problem?.remedy, `record with --python ${join(bin, "python3.12")}`);
    await standIn(join(bin, "python3"), answers("cpython", "3.13.0", 1));
    const free = await interpreters(place, null);
    assert.match(levels(free.section, "warning")[0]?.message ?? "", /free-threaded/);
    const empty = await interpreters({ env: { PATH: join(folder, "none") }, cwd: folder }, null);
    assert.equal(levels(empty.section, "problem").length, 1);
  });
});

Deno.test({
  name: "doctor: what doesn't answer is not waited for, even if it has children",
  // What was killed may still have an open pipe, and its child lives on.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const hanging = ["-c", "trap '' TERM; sleep 5; true"];
    assert.deepEqual(await runQuietly("sh", hanging, 50), { why: "it did not answer in time" });
    assert.deepEqual(await runQuietly("sh", ["-c", "sleep 5 &"], 50), {
      why: "it did not answer in time",
    });
    assert.match(
      JSON.stringify(await runQuietly("/none", [])),
      /it can't be started: it does not exist/,
    );
    assert.deepEqual(await runQuietly("sh", ["-c", "kill -9 $$"]), {
      why: "it was killed by SIGKILL",
    });
  },
});

Deno.test("doctor: variables in the way are told, with what may be meant", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "sitecustomize.py"), "");
    const section = environment({
      PYTHONHOME: "/opt/py",
      PYTHONPATH: `/none:${folder}`,
      CODETRACER_QUIET: "1",
      CODETRACER_QUITE: "1",
      CODETRACER_PAGER: "cat",
      CODETRACER_JS_RECORDER_OUT_DIR: "x",
      COVERAGE_PROCESS_START: "rc",
    }, folder);
    const told = section.findings.map(({ level, message }) => `${level} ${message}`).join("\n");
    assert.match(told, /^warning PYTHONHOME is \/opt\/py/m);
    assert.match(told, /^note .*\/sitecustomize\.py runs as always/m);
    assert.match(told, /^note CODETRACER_QUIET is "1"/m);
    assert.match(told, /^warning CODETRACER_QUITE is no variable/m);
    assert.match(told, /^warning COVERAGE_PROCESS_START/m);
    assert.ok(!/PAGER|JS_RECORDER/.test(told), told);
    const meant = section.findings.find(({ message }) => message.includes("QUITE"));
    assert.equal(meant?.remedy, "perhaps CODETRACER_QUIET is meant");
    assert.deepEqual(levels(environment({}, folder), "ok").length, 1);
  });
});

Deno.test("doctor: recordings that were cut off are told, wherever they lie", async () => {
  const dead = { ...thisProcess(), started: thisProcess().started?.replace(/\d+$/, "1") ?? null };
  const leave = async (folder: string, recorder: unknown) => {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, "recording.json"), JSON.stringify({ recorder }));
  };
  await withFolder(async (folder) => {
    const work = `.recording-${uuidv7()}`;
    await leave(join(folder, "ct-traces/app-1", work), dead);
    await leave(join(folder, "ct-traces/app-2", work), thisProcess());
    await leave(join(folder, "out", work), dead);
    for (const [out, left] of [[null, "ct-traces/app-1"], ["out", "out"]] as const) {
      const { policy } = await resolvePolicy({
        caller: out === null ? {} : { out_dir: out },
        flags: new Map(),
        environment: {},
      });
      const { output } = await tryPlaces(policy, folder, null);
      assert.deepEqual(output.facts["left_behind"], [join(folder, left)]);
      const remedies = levels(output, "warning").map(({ remedy }) => remedy);
      assert.ok(remedies.includes(`ct-recorder recover ${left}`), remedies.join("\n"));
    }
    assert.deepEqual([...Deno.readDirSync(join(folder, "ct-traces"))].length, 2);
  });
});

Deno.test("doctor: a machine in order is told so, and left as it was", async () => {
  const { path } = await anyPython();
  await withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "sitecustomize.py"), "open('ran', 'w')");
    const words = ["doctor", "--json", "--python", path, "--accelerator", "./"];
    const env = { PYTHONPATH: folder };
    const { status, stdout, stderr } = await doctor(folder, ["-A"], words, env);
    assert.deepEqual([status, stderr], [0, ""], stdout);
    const { works, sections } = JSON.parse(stdout);
    assert.equal(works, true);
    assert.deepEqual(Object.keys(sections), [
      "recorder",
      "permissions",
      "settings",
      "python",
      "sandbox",
      "output",
      "limits",
      "environment",
    ]);
    assert.deepEqual(sections.recorder.accelerators, []);
    const [none, ...more] = levels(sections.settings, "warning");
    assert.equal(none?.message, `there is no native accelerator in ${folder}/`);
    assert.deepEqual(more, []);
    const { confinement, wrote_inside, read_outside } = sections.sandbox;
    assert.deepEqual([confinement, wrote_inside, read_outside], [
      "worker-permissions",
      true,
      false,
    ]);
    assert.equal(sections.output.ring, true);
    assert.ok(sections.output.free_bytes > 0);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["sitecustomize.py"]);
  });
});

Deno.test("doctor: what is in the way is a problem, and the exit status 10", async (t) => {
  const { path } = await anyPython();
  const all = ["-A"];
  const notDeno = `--deny-run=${Deno.execPath()}`;
  type Case = [name: string, deno: string[], words: string[], status: number, said: RegExp];
  const cases: Case[] = [
    ["no folder", all, ["-o", "file/x"], 10, /problem {2}Cannot create the output folder/],
    ["no value", all, ["--max-steps", "x"], 10, /problem {2}.*--max-steps[^]*explain ERR_INVALID/],
    ["no accelerator", all, ["--accelerator=./x"], 10, /problem {2}.*"\.\/x" as accelerator/],
    ["a target", all, ["app.py"], 2, /ERR_USAGE.*not at app\.py/],
    ["no writing", ["--allow-read", "--allow-env", "--no-prompt"], [], 10, /without .* write, run/],
    ["no worker options", [...all, "--no-config"], [], 0, /ok {7}the process of the worker/],
    ["no sandbox", [...all, "--no-config", notDeno], [], 10, /problem {2}Cannot confine/],
    [
      "no sandbox, preferred",
      [...all, "--no-config", notDeno],
      ["--sandbox", "preferred"],
      0,
      /warning {2}.*not confined/,
    ],
  ];
  // What --no-config takes away besides: the names of packages.
  const { imports } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  await Promise.all(cases.map(([name, permissions, words, status, said]) =>
    t.step({
      name,
      sanitizeOps: false,
      sanitizeResources: false,
      sanitizeExit: false,
      fn: () =>
        withFolder(async (folder) => {
          await Deno.writeTextFile(join(folder, "file"), "");
          const map = join(folder, "imports.json");
          await Deno.writeTextFile(map, JSON.stringify({ imports }));
          const deno = permissions.includes("--no-config")
            ? [...permissions, `--import-map=${map}`]
            : permissions;
          const result = await doctor(folder, deno, ["doctor", "--python", path, ...words]);
          assert.equal(result.status, status, result.stdout + result.stderr);
          assert.match(result.stdout + result.stderr, said);
          const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
          assert.deepEqual(left, ["file", "imports.json"]);
        }),
    })
  ));
});

function doctor(
  folder: string,
  deno: readonly string[],
  words: readonly string[],
  env: Record<string, string> = {},
) {
  const home = { HOME: folder, DENO_DIR: Deno.env.get("DENO_DIR") ?? denoDir() };
  const command = [Deno.execPath(), "run", ...deno, MAIN, ...words];
  return pooled(() => run(command, { cwd: folder, env: { ...home, ...env } }));
}

/** Where Deno keeps what it has compiled, by default. */
function denoDir(): string {
  return join(
    Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? "/", ".cache"),
    "deno",
  );
}
