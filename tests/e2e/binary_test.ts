/**
 * The compiled program, `dist/ct-recorder` or what CT_RECORDER_BINARY names. What it does is tested in full under
 * `deno run`; here is what compiling could break: that modules and the agent's files are in it, that the worker
 * starts and is confined, and that it needs nothing of Deno around it.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { compile } from "../../tools/build.ts";
import { ACCELERATED } from "../../tools/build/accelerator.ts";
import type { Attempts, Playground } from "../sandbox/_hostile_worker.ts";
import { assertConfined } from "../sandbox/_playground.ts";
import { assertSameText } from "../support/diff.ts";
import { run, type RunResult } from "../support/processes.ts";
import { forEachPython, needsPythons, pythons } from "../support/pythons.ts";
import {
  inspect,
  PROGRAMS,
  record,
  type Recording,
  ROOT,
  withFolder,
} from "../support/recorder.ts";

const BINARY = Deno.env.get("CT_RECORDER_BINARY") || join(ROOT, "dist/ct-recorder");
// For `record`, which would run main.ts otherwise.
Deno.env.set("CT_RECORDER_BINARY", BINARY);

// One interpreter for each of the agent's two ways to observe a program.
const VERSIONS = ["3.8", "3.12"];
needsPythons(VERSIONS);

/**
 * In a compiled program Deno 2.6.10 doesn't ask for permission to read a module (JavaScript, TypeScript or JSON) that
 * an `import()` names; under `deno run` it does.
 */
const HOLES = ["import a module from elsewhere", "import a JSON file from elsewhere"];

const UNSANITIZED = { sanitizeOps: false, sanitizeResources: false };

Deno.test("binary: it is there", async () => {
  await Deno.stat(BINARY).catch(() => {
    throw new Error(`there is no ${BINARY}: run \`deno task build\``);
  });
});

Deno.test("binary: version and help", async () => {
  const { version } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  assert.deepEqual(await ctRecorder("--version"), {
    status: 0,
    signal: null,
    stdout: `ct-recorder ${version}\n`,
    stderr: "",
  });
  for (const words of [["--help"], ["record", "--help"], ["print", "--help"]]) {
    const { status, stdout, stderr } = await ctRecorder(...words);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.match(stdout, /^Usage: ct-recorder /);
  }
});

Deno.test("binary: the doctor finds it fit, and a limit that is not", async () => {
  await withFolder(async (folder) => {
    const well = await run([BINARY, "doctor", "--json"], { cwd: folder });
    assert.equal(well.status, 0, well.stdout);
    const { sandbox, recorder } = JSON.parse(well.stdout).sections;
    assert.deepEqual([recorder.compiled, sandbox.read_outside], [true, false]);
    const command = ["bash", "-c", 'ulimit -f 500; "$0" doctor', BINARY];
    const limited = await run(command, { cwd: folder });
    assert.equal(limited.status, 10, limited.stdout + limited.stderr);
    assert.match(limited.stdout, /problem {2}files may have 512 kB only\n +→ raise it: ulimit -f/);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("binary: what it lists is what is in it", async () => {
  const { status, stdout } = await ctRecorder("licenses", "--json");
  assert.equal(status, 0);
  const names = JSON.parse(stdout).components.map(({ name }: { name: string }) => name);
  assert.ok(names.includes("commander") && names.includes("deno"), names.join(" "));
  const content = Buffer.from(await Deno.readFile(BINARY));
  // fast-check is named in deno.json; what it needs itself is not.
  assert.ok(!names.includes("pure-rand") && !content.includes("pure-rand"));
  const versions = JSON.parse((await ctRecorder("--version", "--json")).stdout);
  assert.equal(versions.compiled, true);
});

for (const name of ["numeric.py", "small/generators.py", "small/threads.py", "small/uncaught.py"]) {
  Deno.test({
    name: `binary: records ${name}`,
    ...UNSANITIZED,
    fn: async (t) => {
      await forEachPython(t, VERSIONS, (python) =>
        withFolder(async (folder) => {
          const script = join(PROGRAMS, name);
          const plain = await run([python.path, script], { cwd: folder });
          const recorded = await record(
            folder,
            ["--quiet", "--propagate-script-exit", "--python", python.path, script],
          );
          assertSameText("standard output", plain.stdout, recorded.stdout);
          assertSameText("standard error", plain.stderr, recorded.stderr);
          assert.equal(recorded.status, plain.status);
          assertComplete(recorded);
          assert.ok(recorded.trace!.events.some(({ path }) => path === script), "no step of it");
        }));
    },
  });
}

Deno.test({
  name: "binary: records a module, code and standard input",
  ...UNSANITIZED,
  fn: async (t) => {
    await forEachPython(t, VERSIONS, async (python) => {
      const text = "import sys\nprint(sys.argv, 6 * 7)\n";
      const targets: [stem: string, words: string[], stdin: string][] = [
        ["answer", ["-m", "answer", "x"], ""],
        ["code", ["-c", text, "x"], ""],
        ["stdin", ["-", "x"], text],
      ];
      for (const [stem, words, stdin] of targets) {
        await withFolder(async (folder) => {
          await Deno.writeTextFile(join(folder, "answer.py"), text);
          const options = { cwd: folder, stdin };
          const plain = await run([python.path, ...words], options);
          const recorded = await record(folder, ["--python", python.path, ...words], options);
          assertSameText("standard output", plain.stdout, recorded.stdout);
          assertComplete(recorded);
          assert.deepEqual(recorded.left, [`${stem}.ct`, "trace_metadata.json"]);
        });
      }
    });
  },
});

Deno.test({
  name: "binary: the agent is compiled for no Python that the bytecode in it is for",
  ...UNSANITIZED,
  fn: async (t) => {
    const { agents } = JSON.parse((await ctRecorder("--version", "--json")).stdout);
    const there: string[] = agents.python.bytecode;
    for (const version of VERSIONS) assert.ok(there.includes(version), `none for ${version}`);
    const program = `import sys
seen = []
sys.addaudithook(lambda event, values: seen.append(event) if "_ct_" in str(values[1:2]) else None)
try:
    raise ValueError
except ValueError:
    print("compile" in seen)
`;
    const versions = [...(await pythons()).keys()];
    await forEachPython(t, versions, (python) =>
      withFolder(async (folder) => {
        const recorded = await record(folder, ["-q", "--python", python.path, "-c", program]);
        assert.deepEqual(recorded.stdout, there.includes(python.version) ? "False\n" : "True\n");
        assertComplete(recorded);
      }));
  },
});

Deno.test({
  name: "binary: the accelerator for the interpreter lies beside the agent, unless it is off",
  ...UNSANITIZED,
  fn: async (t) => {
    const { agents } = JSON.parse((await ctRecorder("--version", "--json")).stdout);
    const there: string[] = agents.python.accelerators;
    const { recorder } = JSON.parse((await ctRecorder("doctor", "--json")).stdout).sections;
    assert.deepEqual(recorder.accelerators, there);
    const program = `import _imp, glob, marshal, os
agent = glob.glob("out/.recording-*/agent")[0]
with open(agent + "/config", "rb") as file:
    told = marshal.load(file)["accelerator"]
files = [name for name in os.listdir(agent) if name.startswith("_ct_native")]
print(told == os.path.realpath(agent), files == ["_ct_native" + _imp.extension_suffixes()[0]], told, files)
`;
    await forEachPython(t, [...(await pythons()).keys()], async (python) => {
      const looked = (...options: string[]) =>
        withFolder(async (folder) => {
          const words = ["-q", ...options, "--python", python.path, "-c", program];
          const recorded = await record(folder, words);
          assertComplete(recorded);
          assert.deepEqual(recorded.left, ["code.ct", "trace_metadata.json"]);
          return recorded.stdout;
        });
      assert.equal(await looked("--accelerator=off"), "False False None []\n");
      const said = await looked();
      if (there.includes(python.version)) assert.match(said, /^True True /);
      else assert.equal(said, "False False None []\n");
      if (ACCELERATED.includes(python.version) && !there.includes(python.version)) {
        console.error(
          `!!! MISSING: the program was built without accelerator for ${python.version}`,
        );
      }
    });
  },
});

Deno.test("binary: the exit status is passed on only when asked for", async () => {
  const program = ["-c", "raise SystemExit(7)"];
  await withFolder(async (folder) => {
    const recorded = await record(folder, program);
    assert.equal(recorded.status, 0);
    assert.match(recorded.stderr, /status 7.*--propagate-script-exit/);
  });
  await withFolder(async (folder) => {
    const recorded = await record(folder, ["--propagate-script-exit", ...program]);
    assert.equal(recorded.status, 7);
  });
});

Deno.test("binary: a program that is killed leaves its trace", async () => {
  await withFolder(async (folder) => {
    const recorded = await record(folder, [
      "--propagate-script-exit",
      "-c",
      "import os\nfor i in range(1000):\n    pass\nos.kill(os.getpid(), 9)\n",
    ]);
    assert.equal(recorded.status, 128 + 9);
    assertComplete(recorded);
    assert.ok(recorded.trace!.events.filter(({ kind }) => kind === "step").length > 1000);
  });
});

Deno.test("binary: what a killed recorder leaves is recovered", async () => {
  await withFolder(async (folder) => {
    const killed = await record(folder, [
      "-c",
      "import os, signal\nfor i in range(1000):\n    pass\nos.kill(os.getppid(), signal.SIGKILL)\n",
    ]);
    assert.equal(killed.signal, "SIGKILL");
    const { status, stderr } = await ctRecorder("recover", killed.outDir);
    assert.equal(status, 0, stderr);
    const { trace, metadata, left } = await inspect(killed.outDir);
    assert.deepEqual(left, ["code.ct", "trace_metadata.json"]);
    assert.equal(metadata?.["sandbox"], "worker-permissions");
    assert.ok(trace!.events.filter(({ kind }) => kind === "step").length > 1000);
  });
});

Deno.test("binary: errors have their code, their status, and leave nothing", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "file"), "");
    const cases: [words: string[], status: number, code: string][] = [
      [["missing.py"], 2, "ERR_SCRIPT_NOT_FOUND"],
      [["--no-such-option", "x.py"], 2, "ERR_USAGE"],
      [["--sandbox", "maybe", "-c", "1"], 2, "ERR_INVALID_POLICY_VALUE"],
      [["-o", join(folder, "file"), "-c", "1"], 2, "ERR_TRACE_DIR_CONFLICT"],
      [["--python", "/no/such/python", "-c", "1"], 10, "ERR_INTERPRETER_NOT_FOUND"],
    ];
    for (const [words, status, code] of cases) {
      const recorded = await record(folder, ["--json-errors", ...words]);
      assert.equal(recorded.status, status, recorded.stderr);
      assert.equal(recorded.stdout, "");
      const lines = recorded.stderr.trimEnd().split("\n");
      assert.match(lines[0]!, new RegExp(`^ct-recorder: error ${code}: `));
      assert.equal(JSON.parse(lines.at(-1)!).error_code, code);
      assert.deepEqual(recorded.left, []);
    }
  });
});

const SELF_RECORDING = `import codetracer_recorder as ct
try:
    with ct.trace("tracé \u3000 1"):
        answer = 6 * 7
    print("recorded")
except ct.EnvironmentError as error:
    print(error)
`;

Deno.test({
  name: "binary: programs record themselves, wherever it lies, and say when it is gone",
  ...UNSANITIZED,
  fn: async (t) => {
    await forEachPython(t, VERSIONS, (python) =>
      withFolder(async (folder) => {
        const [here, there] = [join(folder, "grün es 'ct' $x"), join(folder, "moved")];
        const [module, outDir] = [join(here, "für python"), join(here, "tracé \u3000 1")];
        await Deno.mkdir(here);
        const binary = join(here, "ct-recorder");
        await Deno.copyFile(BINARY, binary);
        const made = await run([binary, "python-api", module]);
        assert.deepEqual([made.status, made.stdout], [0, `${module}\n`], made.stderr);
        await Deno.writeTextFile(join(here, "app.py"), SELF_RECORDING);
        const said = async (env: Record<string, string> = {}) => {
          const options = { cwd: here, env: { PYTHONPATH: module, ...env } };
          const { status, stdout, stderr } = await run([python.path, "app.py"], options);
          assert.deepEqual([status, stderr], [0, ""]);
          return stdout;
        };
        const recorded = async (env?: Record<string, string>) => {
          assert.equal(await said(env), "recorded\n");
          const { trace, metadata, left } = await inspect(outDir);
          assert.deepEqual([left, metadata?.["partial"]], [
            ["app.ct", "trace_metadata.json"],
            false,
          ]);
          assert.equal(metadata?.["sandbox"], "worker-permissions");
          assert.ok(trace?.events.some(({ kind, line }) => kind === "step" && line === 4));
          await Deno.remove(outDir, { recursive: true });
        };
        await recorded();
        await Deno.rename(binary, there);
        const gone = await said();
        assert.ok(gone.startsWith(`[ERR_IO] Cannot start the recorder (${binary}): `), gone);
        assert.match(gone, /not found.* Set CODETRACER_RECORDER to its path, or run `ct-recorder /);
        assert.deepEqual([...Deno.readDirSync(here)].length, 2);
        await recorded({ CODETRACER_RECORDER: there });
        assert.equal((await run([there, "python-api", module])).status, 0);
        await recorded();
        await Deno.remove(there);
        assert.match(
          await said(),
          /^\[ERR_IO\] Cannot start the recorder \(.*moved\): .*not found/,
        );
      }));
  },
});

Deno.test("binary: print shows what was recorded", async () => {
  await withFolder(async (folder) => {
    const { outDir } = await record(folder, [
      "-c",
      "def double(n):\n    return 2 * n\nprint(double(21))\n",
    ]);
    const { status, stdout, stderr } = await ctRecorder("print", outDir);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.match(stdout, /double\(n=21\)/);
    assert.match(stdout, /42/);
    const missing = await ctRecorder("print", join(folder, "nothing"));
    assert.equal(missing.status, 2);
    assert.match(missing.stderr, /^ct-recorder: error ERR_TRACE_MISSING: /);
  });
});

Deno.test("binary: it needs no Deno, no home, and leaves nothing in the temporary folder", async () => {
  await withFolder(async (folder) => {
    const temporary = join(folder, "tmp");
    await Deno.mkdir(temporary);
    const recorded = await record(folder, ["-c", "print(1)"], {
      env: { HOME: undefined, DENO_DIR: "/dev/null/none", TMPDIR: temporary },
    });
    assert.equal(recorded.status, 0, recorded.stderr);
    assertComplete(recorded);
    assert.deepEqual([...Deno.readDirSync(temporary)], []);
  });
});

Deno.test("binary: a worker in a program compiled like it is confined", async () => {
  await withFolder(async (folder) => {
    const output = join(folder, "hostile");
    await compile({
      entry: "tests/sandbox/_hostile_main.ts",
      workers: ["tests/sandbox/_hostile_worker.ts"],
      output,
    });
    for (const dropped of [false, true]) {
      await assertConfined(
        async (playground: Playground): Promise<Attempts> => {
          const { status, stdout, stderr } = await run([output, JSON.stringify(playground)]);
          assert.equal(status, 0, stderr);
          return JSON.parse(stdout);
        },
        dropped,
        HOLES,
      );
    }
  });
});

function ctRecorder(...words: string[]): Promise<RunResult> {
  return run([BINARY, ...words]);
}

function assertComplete({ trace, metadata, stderr }: Recording): void {
  assert.ok(trace !== null && metadata !== null, stderr);
  assert.equal(metadata.partial, false);
  assert.equal(metadata.sandbox, "worker-permissions");
}
