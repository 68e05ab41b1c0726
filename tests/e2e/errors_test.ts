/** Bad input: a clear error with a stable code, the right exit status, nothing on stdout, and no trace left behind. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { withoutPowers } from "../support/powers.ts";
import { run } from "../support/processes.ts";
import { anyPython, EACH_OBSERVER, forEachPython, needsPythons } from "../support/pythons.ts";
import { inspect, recorderCommand, withFolder } from "../support/recorder.ts";
import { sameAsWithout } from "../support/same.ts";

needsPythons(EACH_OBSERVER);

const USAGE = 2, ENVIRONMENT = 10;

interface Case {
  readonly name: string;
  readonly words: (folder: string, python: string) => readonly string[];
  readonly code: string;
  readonly status: number;
  /** What a reader has to find in the message. */
  readonly says: RegExp;
  readonly env?: (folder: string) => Record<string, string | undefined>;
  readonly wrapper?: () => Promise<readonly string[]>;
}

const cases: readonly Case[] = [
  {
    name: "no such script",
    words: () => ["nowhere.py"],
    code: "ERR_SCRIPT_NOT_FOUND",
    status: USAGE,
    says: /nowhere\.py/,
  },
  {
    name: "no such script after an interpreter",
    words: (_, python) => [python, "nowhere.py"],
    code: "ERR_SCRIPT_NOT_FOUND",
    status: USAGE,
    says: /nowhere\.py/,
  },
  {
    name: "a name that is nearly right",
    words: () => ["ap.py"],
    code: "ERR_SCRIPT_NOT_FOUND",
    status: USAGE,
    says: /app\.py/,
  },
  {
    name: "a folder without __main__.py",
    words: () => ["empty"],
    code: "ERR_SCRIPT_NOT_FOUND",
    status: USAGE,
    says: /__main__\.py/,
  },
  {
    name: "a script that may not be read",
    words: () => ["secret.py"],
    code: "ERR_SCRIPT_UNREADABLE",
    status: ENVIRONMENT,
    says: /secret\.py.*permission/i,
    wrapper: withoutPowers,
  },
  {
    name: "a folder that may not be entered",
    words: () => ["locked/app.py"],
    code: "ERR_SCRIPT_UNREADABLE",
    status: ENVIRONMENT,
    says: /locked/,
    wrapper: withoutPowers,
  },
  {
    name: "an interpreter that does not exist",
    words: (folder) => ["--python", join(folder, "no-python"), "app.py"],
    code: "ERR_INTERPRETER_NOT_FOUND",
    status: ENVIRONMENT,
    says: /no-python/,
  },
  {
    name: "no interpreter anywhere",
    words: () => ["app.py"],
    code: "ERR_INTERPRETER_NOT_FOUND",
    status: ENVIRONMENT,
    says: /python3.*python/s,
    env: (folder) => ({ PATH: join(folder, "empty") }),
  },
  {
    name: "an interpreter that can't be executed",
    words: (folder) => ["--python", join(folder, "not-executable"), "app.py"],
    code: "ERR_INTERPRETER_NOT_FOUND",
    status: ENVIRONMENT,
    says: /not-executable/,
  },
  {
    name: "an interpreter that is none",
    words: (folder) => ["--python", join(folder, "broken-python"), "app.py"],
    code: "ERR_INTERPRETER_NOT_FOUND",
    status: ENVIRONMENT,
    says: /broken-python/,
  },
  {
    name: "an interpreter that is too old",
    words: (folder) => ["--python", join(folder, "python3.7"), "app.py"],
    code: "ERR_INTERPRETER_UNSUPPORTED",
    status: USAGE,
    says: /3\.7.*3\.8/s,
  },
  {
    name: "an out-dir that is a file",
    words: () => ["-o", "app.py", "app.py"],
    code: "ERR_TRACE_DIR_CONFLICT",
    status: USAGE,
    says: /app\.py/,
  },
  {
    name: "an out-dir below a file",
    words: () => ["-o", "app.py/out", "app.py"],
    code: "ERR_TRACE_DIR_CREATE_FAILED",
    status: ENVIRONMENT,
    says: /app\.py/,
  },
  {
    name: "an out-dir that may not be written",
    words: () => ["-o", "read-only", "app.py"],
    code: "ERR_TRACE_DIR_CREATE_FAILED",
    status: ENVIRONMENT,
    says: /read-only/,
    wrapper: withoutPowers,
  },
  {
    name: "an out-dir that may not be made",
    words: () => ["-o", "read-only/a/b", "app.py"],
    code: "ERR_TRACE_DIR_CREATE_FAILED",
    status: ENVIRONMENT,
    says: /read-only/,
    wrapper: withoutPowers,
  },
  {
    name: "an unknown flag",
    words: () => ["--fast", "app.py"],
    code: "ERR_USAGE",
    status: USAGE,
    says: /--fast/,
  },
  {
    name: "no target",
    words: () => [],
    code: "ERR_USAGE",
    status: USAGE,
    says: /target|program|script/i,
  },
  {
    name: "-m without a module",
    words: () => ["-m"],
    code: "ERR_USAGE",
    status: USAGE,
    says: /-m/,
  },
  {
    name: "-o without a folder",
    words: () => ["-o"],
    code: "ERR_USAGE",
    status: USAGE,
    says: /-o|out-dir/,
  },
  {
    name: "a value that a setting does not take",
    words: () => ["--value-max-depth", "deep", "app.py"],
    code: "ERR_INVALID_POLICY_VALUE",
    status: USAGE,
    says: /deep.*value.max.depth/s,
  },
  {
    name: "a value that a variable does not take",
    words: () => ["app.py"],
    code: "ERR_INVALID_POLICY_VALUE",
    status: USAGE,
    says: /loud.*CODETRACER_CAPTURE_IO/s,
    env: () => ({ CODETRACER_CAPTURE_IO: "loud" }),
  },
  {
    name: "a file-size limit that is too low for the channel to the program",
    words: () => ["app.py"],
    code: "ERR_IO",
    status: ENVIRONMENT,
    says: /size limit.*ulimit -f/,
    // Without the limit first: what Deno caches is larger than it.
    wrapper: () =>
      Promise.resolve([
        "sh",
        "-c",
        '("$@"; "$@") >/dev/null 2>&1; rm -r out; ulimit -f 1000; "$@"; exit $?',
        "sh",
      ]),
  },
];

async function prepare(folder: string): Promise<void> {
  const write = async (name: string, text: string, mode: number) => {
    await Deno.writeTextFile(join(folder, name), text);
    await Deno.chmod(join(folder, name), mode);
  };
  for (const name of ["empty", "locked", "read-only"]) await Deno.mkdir(join(folder, name));
  await write("app.py", "print('never')\n", 0o644);
  await write("secret.py", "print('never')\n", 0);
  await write("locked/app.py", "print('never')\n", 0o644);
  await write("not-executable", "#!/bin/sh\n", 0o644);
  await write("broken-python", "#!/bin/sh\nexit 3\n", 0o755);
  // As far as a name can tell.
  await write("python3.7", "#!/bin/sh\nexit 1\n", 0o755);
  await Deno.chmod(join(folder, "locked"), 0);
  await Deno.chmod(join(folder, "read-only"), 0o555);
}

function listing(folder: string): string[] {
  const names: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    names.push(name);
    if (isDirectory && name !== "locked") {
      names.push(...listing(join(folder, name)).map((inner) => `${name}/${inner}`));
    }
  }
  return names.sort();
}

for (const each of cases) {
  Deno.test(`bad input: ${each.name}`, async () => {
    const python = await anyPython();
    await withFolder(async (folder) => {
      await prepare(folder);
      const before = listing(folder);
      const words = each.words(folder, python.path);
      const named = words.includes("-o") ? [] : ["-o", "out"];
      const path = each.env === undefined ? { CODETRACER_PYTHON: python.path } : each.env(folder);
      const result = await run(
        [
          ...(await each.wrapper?.() ?? []),
          ...recorderCommand(),
          "--json-errors",
          ...named,
          ...words,
        ],
        { cwd: folder, env: path },
      );
      const { stdout, stderr, status } = result;
      assert.equal(stdout, "", "nothing goes to stdout");
      const lines = stderr.trimEnd().split("\n");
      let trailer: Record<string, unknown>;
      try {
        trailer = JSON.parse(lines.at(-1)!);
      } catch {
        throw new Error(`the last line is no JSON:\n${stderr}`);
      }
      assert.equal(trailer["error_code"], each.code, stderr);
      assert.equal(status, each.status, stderr);
      const message = lines.slice(0, -1).join("\n");
      assert.match(message, each.says);
      assert.doesNotMatch(message, /\.ts:\d+|^\s+at /m, "no stack trace is shown");
      assert.deepEqual(listing(folder), before, "nothing is left behind");
    });
  });
}

Deno.test("bad input: an interpreter that can't be recorded is told by its own word", async () => {
  // The real thing where there is one: what an old interpreter does with the agent can't be played.
  const old = await oldPython();
  await withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "app.py"), "print('never')\n");
    // Under a name that doesn't give it away.
    const disguised = join(folder, "interpreter");
    await Deno.writeTextFile(disguised, `#!/bin/sh\nexec ${old} "$@"\n`);
    await Deno.chmod(disguised, 0o755);
    const result = await run(
      [...recorderCommand(), "--json-errors", "-o", "out", "--python", disguised, "app.py"],
      { cwd: folder },
    );
    assert.equal(result.stdout, "");
    assert.match(result.stderr, /ERR_INTERPRETER_UNSUPPORTED/);
    assert.equal(result.status, USAGE);
    assert.deepEqual((await inspect(join(folder, "out"))).left, []);
  });
});

Deno.test("a signal that comes before the agent is loaded is told as that", async () => {
  for (
    const [trap, signal, says] of [
      ["", "SIGTERM", /ended by SIGTERM, before it had loaded the recorder's agent$/],
      ["trap 'exit 1' INT", "SIGINT", /ended with status 1, after SIGINT, before it had loaded/],
    ] as const
  ) {
    for (const policy of ["abort", "disable"]) {
      await withFolder(async (folder) => {
        await Deno.writeTextFile(join(folder, "app.py"), "print('never')\n");
        const wrapper = join(folder, "interpreter");
        await Deno.writeTextFile(
          wrapper,
          `#!/bin/sh\n${trap}\n: > ready\n${
            trap ? "while :; do sleep 0.1; done" : "exec sleep 60"
          }\n`,
        );
        await Deno.chmod(wrapper, 0o755);
        const { status, stderr } = await run(
          [
            ...recorderCommand(),
            "--propagate-script-exit",
            ...["--on-recorder-error", policy],
            ...["-o", "out", "--python", wrapper, "app.py"],
          ],
          {
            cwd: folder,
            whileRunning: async (child) => {
              while (!listing(folder).includes("ready")) {
                await new Promise((resolve) => setTimeout(resolve, 10));
              }
              child.kill(signal);
            },
          },
        );
        const lines = stderr.split("\n").filter((line) => line.includes("ERR_TRACE_INCOMPLETE"));
        assert.equal(lines.length, 1, stderr);
        assert.match(lines[0]!, says);
        assert.match(lines[0]!, policy === "abort" ? /: error / : /: warning /);
        assert.equal(status, policy === "abort" ? 20 : signal === "SIGTERM" ? 143 : 1);
        assert.deepEqual((await inspect(join(folder, "out"))).left, []);
      });
    }
  }
});

/** A Python older than 3.8, for the one test that needs one. */
async function oldPython(): Promise<string> {
  const root = Deno.env.get("PYENV_ROOT") ?? join(Deno.env.get("HOME") ?? "/", ".pyenv");
  const candidates = ["python3.7", "python3.6", "python2.7"];
  try {
    for (const { name } of Deno.readDirSync(join(root, "versions"))) {
      if (/^(2|3\.[0-7])\./.test(name)) {
        candidates.unshift(join(root, "versions", name, "bin/python"));
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  for (const candidate of candidates) {
    try {
      const { success } = await new Deno.Command(candidate, { args: ["-c", ""], stderr: "null" })
        .output();
      if (success) return candidate;
    } catch {
      continue;
    }
  }
  throw new Error("MISSING: a Python older than 3.8, to be refused");
}

Deno.test({
  name: "bad input: what Python itself refuses is Python's to tell, and is recorded",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await forEachPython(t, EACH_OBSERVER, async (python) => {
      await withFolder(async (folder) => {
        const write = (name: string, text: string) => Deno.writeTextFile(join(folder, name), text);
        await write("syntax.py", "print('never')\nif True\n    pass\n");
        await write("indent.py", "def f():\nreturn 1\n");
        await Deno.writeFile(
          join(folder, "encoding.py"),
          new Uint8Array([35, 10, 120, 61, 39, 0xff, 39, 10]),
        );
        await write("imports_broken.py", "import syntax\n");
        for (
          const [label, ...words] of [
            ["SyntaxError", "syntax.py"],
            ["IndentationError", "indent.py"],
            ["SyntaxError", "encoding.py"],
            ["SyntaxError", "imports_broken.py"],
            [null, "-m", "no_such_module"],
            ["SyntaxError", "-c", "x = ("],
            ["SyntaxError", "-m", "syntax"],
            ["ValueError", "-X", "dev", "-c", "raise ValueError('é')"],
            [null, "-c", "class Stop(SystemExit): pass\nraise Stop('why')"],
          ] as const
        ) {
          const { plain, recorded } = await sameAsWithout(folder, [python.path, ...words]);
          assert.equal(plain.status, 1);
          assert.notEqual(plain.stderr, "");
          assert.deepEqual(recorded.metadata?.["process_exit_status"], { code: 1, label });
          const root = recorded.trace?.events.at(-1);
          assert.equal(root?.exception?.msg?.replace(/:.*/, "") ?? null, label);
          await Deno.remove(recorded.outDir, { recursive: true });
        }
      });
    });
  },
});
