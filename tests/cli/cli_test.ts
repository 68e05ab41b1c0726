import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { COMMAND_NAMES } from "../../src/cli/command_hint.ts";
import { environmentError, targetError, usageError } from "../../src/errors/mod.ts";
import { VERSION } from "../../src/version.ts";
import { pooled } from "../support/pool.ts";
import { run, type RunResult } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { goldenPath } from "../trace/reader/_golden.ts";
import type { Script } from "./_with_stand_in.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const WITH_STAND_IN = fileURLToPath(new URL("./_with_stand_in.ts", import.meta.url));

/** Runs something in a folder with a few files; afterwards, says what is in it. */
async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.writeTextFile(`${folder}/app.py`, "print('ran')");
    await Deno.mkdir(`${folder}/nomain`);
    await Deno.writeTextFile(`${folder}/file`, "");
    return await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const BEFORE = ["app.py", "file", "nomain"];

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

interface Options {
  readonly env?: Record<string, string>;
  readonly as?: readonly string[];
}

function cli(folder: string, words: readonly string[], options: Options = {}): Promise<RunResult> {
  const command = [...options.as ?? [], Deno.execPath(), "run", "-A", MAIN, ...words];
  return pooled(() => run(command, { cwd: folder, env: options.env ?? {} }));
}

function withStandIn(folder: string, script: Script, words: readonly string[], env = {}) {
  const command = [Deno.execPath(), "run", "-A", WITH_STAND_IN, JSON.stringify(script), ...words];
  return pooled(() => run(command, { cwd: folder, env }));
}

Deno.test("help and version go to stdout; the help fits one screen", async () => {
  await inFolder(async (folder) => {
    const help = await cli(folder, ["--help"]);
    assert.equal(help.status, 0);
    assert.equal(help.stderr, "");
    assert.match(help.stdout, /^Usage: ct-recorder/);
    const lines = help.stdout.split("\n");
    assert.ok(lines.length <= 25, `${lines.length} lines`);
    assert.ok(lines.every((line) => line.length <= 80));
    const all = await cli(folder, ["record", "-h"]);
    assert.match(all.stdout, /--value-max-depth.*\n(?:.*\n)*.*CODETRACER_VALUE_MAX_DEPTH/);
    for (const words of [["--version"], ["-V"], ["record", "-V"]]) {
      const version = await cli(folder, words);
      assert.equal(version.stdout, `ct-recorder ${VERSION}\n`);
    }
    assert.deepEqual(names(folder), BEFORE);
  });
});

Deno.test({
  name: "what can't be printed is ERR_IO, unless its reader has gone",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      const into = (place: string, words: readonly string[]) =>
        pooled(() =>
          run(
            ["bash", "-c", `"$@" ${place}`, "bash", Deno.execPath(), "run", "-A", MAIN, ...words],
            {
              cwd: folder,
              env: { CODETRACER_JSON_ERRORS: "1" },
            },
          )
        );
      const commands = [
        ["explain"],
        ["explain", "--help"],
        ["policy"],
        ["policy", "--json"],
        ["policy", "--help"],
        ["policy", "--version"],
        ["why", "--help"],
        ["--help"],
        ["--version"],
        ["record", "--help"],
        ["-V"],
        ["print", "--help"],
        ["print", "--json", goldenPath("flow", ".ct")],
        ["diff", "--help"],
        ["diff", goldenPath("flow", ".ct"), goldenPath("flow", ".ct")],
        ["sources", "--help"],
        ["sources", goldenPath("flow", ".ct")],
      ];
      await Promise.all(commands.map(async (words) => {
        const full = await into("> /dev/full", words);
        const [line, trailer = "", ...rest] = full.stderr.split("\n");
        assert.equal(
          line,
          "ct-recorder: error ERR_IO: Cannot write to standard output: no space left on the device",
          words.join(" "),
        );
        assert.deepEqual(JSON.parse(trailer).context, { os_error: "ENOSPC" });
        assert.deepEqual([full.status, rest], [10, [""]]);
        const gone = await into("> >(exec true)", words);
        assert.deepEqual([gone.status, gone.stderr], [0, ""], words.join(" "));
      }));
      assert.deepEqual(names(folder), BEFORE);
    }),
});

Deno.test("bad input: a code, the status of its kind, nothing on stdout, nothing left", async (t) => {
  const cases: [string[], string, number, Record<string, string>?][] = [
    [[], "ERR_USAGE", 2],
    [["record"], "ERR_USAGE", 2],
    [["--nonsense", "app.py"], "ERR_USAGE", 2],
    [["-o"], "ERR_USAGE", 2],
    [["none.py"], "ERR_SCRIPT_NOT_FOUND", 2],
    [["record", "none.py"], "ERR_SCRIPT_NOT_FOUND", 2],
    // Reached by its path only; the name alone is the command.
    [["./record"], "ERR_SCRIPT_NOT_FOUND", 2],
    [["nomain"], "ERR_SCRIPT_NOT_FOUND", 2],
    [["--python", "./none", "app.py"], "ERR_INTERPRETER_NOT_FOUND", 10],
    [["app.py"], "ERR_INTERPRETER_NOT_FOUND", 10, { CODETRACER_PYTHON: "/none" }],
    [["app.py"], "ERR_INTERPRETER_NOT_FOUND", 10, { PATH: "/none" }],
    [["-o", "file", "app.py"], "ERR_TRACE_DIR_CONFLICT", 2],
    [["-o", "file/x", "app.py"], "ERR_TRACE_DIR_CREATE_FAILED", 10],
    [["--value-max-depth", "many", "app.py"], "ERR_INVALID_POLICY_VALUE", 2],
    [["app.py"], "ERR_INVALID_POLICY_VALUE", 2, { CODETRACER_QUIET: "perhaps" }],
    [["--io-capture=fd", "app.py"], "ERR_INVALID_POLICY_VALUE", 2],
  ];
  await Promise.all(cases.map(([words, code, status, env]) =>
    t.step({
      name: `${words.join(" ")} ${JSON.stringify(env ?? {})}`,
      sanitizeOps: false,
      sanitizeResources: false,
      sanitizeExit: false,
      fn: () =>
        inFolder(async (folder) => {
          const trailing = { ...env, CODETRACER_JSON_ERRORS: "1" };
          const result = await cli(folder, words, { env: trailing });
          assert.equal(result.stdout, "");
          assert.equal(result.status, status, result.stderr);
          const lines = result.stderr.trimEnd().split("\n");
          assert.equal(lines.length, 2, result.stderr);
          assert.ok(lines[0]?.startsWith(`ct-recorder: error ${code}: `), lines[0]);
          const trailer = JSON.parse(lines[1] ?? "");
          assert.equal(trailer.error_code, code);
          assert.equal(trailer.trace_id, null);
          assert.match(trailer.run_id, /^[0-9a-f-]{36}$/);
          assert.deepEqual(names(folder), BEFORE);
        }),
    })
  ));
});

Deno.test("an error is one line, whatever is in a path or a word; in JSON it is as it was", async () => {
  const odd = "n\nr\rt\te\x1b[2Jd\x7fc\x9bl\u2028\\é";
  const shown = "n\\nr\\rt\\te\\u001b[2Jd\\u007fc\\u009bl\\u2028\\é";
  await inFolder(async (folder) => {
    const cases = [[`${odd}.py`], ["explain", odd], ["print", odd], ["policy", `--${odd}`]];
    await Promise.all(cases.map(async (words) => {
      const { stderr } = await cli(folder, words, { env: { CODETRACER_JSON_ERRORS: "1" } });
      const [line = "", trailer = "", ...rest] = stderr.split("\n");
      assert.deepEqual(rest, [""], stderr);
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(line + trailer, /[\x00-\x1f\x7f-\x9f\u2028]/);
      if (words[0] === "explain") assert.ok(JSON.parse(trailer).context.code === odd);
      else assert.ok(line.includes(shown) && JSON.parse(trailer).message.includes(odd), line);
    }));
    const { stderr } = await cli(folder, ["print", "--foo", "x"]);
    assert.match(
      stderr,
      /^ct-recorder: error ERR_USAGE: .*'--foo' \(did you mean --from\?\); .*\n$/,
    );
  });
});

Deno.test("json_errors of the file holds for errors of the settings, unless a stronger source says no", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/.codetracer`);
    const configure = (text: string) =>
      Deno.writeTextFile(`${folder}/.codetracer/recorder.toml`, text);
    const wrong = ["--value-max-depth", "99", "app.py"];
    const variable = "CODETRACER_JSON_ERRORS";
    const cases: [string, string[], Record<string, string>, boolean][] = [
      ["json_errors = true", wrong, {}, true],
      ["json_errors = true", ["policy", ...wrong], {}, true],
      ["json_errors = true", ["app.py"], { CODETRACER_QUIET: "perhaps" }, true],
      ["json_errors = true", ["none.py"], {}, true],
      ["json_errors = true", wrong, { [variable]: "" }, true],
      ["json_errors = true", wrong, { [variable]: "no" }, false],
      ["json_errors = true", ["--no-json-errors", ...wrong], {}, false],
      ["json_errors = false", ["--json-errors", ...wrong], {}, true],
      ["json_errors = false", wrong, { [variable]: "1" }, true],
      // Nobody has looked for the file, or can say what it means.
      ["json_errors = true", ["--bogus", "app.py"], {}, false],
      ["json_errors = true\nquiett = true", ["app.py"], {}, false],
      ["json_errors = true\nquiett = true", ["--json-errors", "app.py"], {}, true],
    ];
    for (const [text, words, env, expected] of cases) {
      await configure(text);
      const { status, stderr } = await cli(folder, words, { env });
      const lines = stderr.trimEnd().split("\n");
      const name = `${text} ${words.join(" ")} ${JSON.stringify(env)}: ${stderr}`;
      assert.deepEqual([status, lines.length], [2, expected ? 2 : 1], name);
      if (expected) assert.equal(JSON.parse(lines[1] ?? "").trace_id, null, name);
    }
  });
});

Deno.test("--json-errors takes a value in every command", async () => {
  await inFolder(async (folder) => {
    const commands = [["explain", "ERR_NONE"], ["print", "none.ct"], ["policy", "--bogus"]];
    const values: [string, string, number][] = [["yes", "", 2], ["ON", "0", 2], ["no", "1", 1]];
    for (const [value, variable, lines] of values) {
      const env = { CODETRACER_JSON_ERRORS: variable };
      await Promise.all(commands.map(async ([command = "", ...words]) => {
        const all = [command, `--json-errors=${value}`, ...words];
        const { status, stderr } = await cli(folder, all, { env });
        assert.deepEqual([status, stderr.trimEnd().split("\n").length], [2, lines], stderr);
      }));
    }
    for (const command of ["explain", "print", "policy"]) {
      const { status, stderr } = await cli(folder, [command, "--json-errors=perhaps"]);
      assert.equal(status, 2);
      assert.match(stderr, /^ct-recorder: error ERR_INVALID_POLICY_VALUE: .*"perhaps".*\n$/);
    }
  });
});

Deno.test("help is a command, too: the help, or that of one command", async () => {
  await inFolder(async (folder) => {
    const pairs = [
      [["help"], ["--help"]],
      [["help", "help"], ["--help"]],
      [["help", "--help"], ["--help"]],
      ...COMMAND_NAMES.filter((name) => name !== "help").map((
        name,
      ) => [["help", name], [name, "--help"]]),
    ] as const;
    await Promise.all(pairs.map(async ([words, same]) => {
      const [help, expected] = await Promise.all([cli(folder, words), cli(folder, same)]);
      assert.deepEqual(help, expected, words.join(" "));
      assert.deepEqual([help.status, help.stderr], [0, ""]);
    }));
    const wrong: [string[], RegExp][] = [
      [["polcy"], /Cannot help with "polcy": there is no such command; did you mean policy\?$/],
      [["app.py"], /commands are record, print, .*help$/],
      [["print", "policy"], /give one command, or none$/],
    ];
    for (const [words, message] of wrong) {
      const { status, stderr } = await cli(folder, ["help", ...words]);
      assert.equal(status, 2);
      assert.match(stderr.trimEnd(), /^ct-recorder: error ERR_USAGE: .*$/);
      assert.match(stderr.trimEnd(), message);
    }
  });
});

Deno.test("a word that is nearly a command's name, and no file, brings up the command", async () => {
  await inFolder(async (folder) => {
    const hint = async (...words: string[]) => {
      const { status, stderr } = await cli(folder, words);
      assert.equal(status, 2);
      return /^ct-recorder: error ERR_SCRIPT_NOT_FOUND: .*?(?:; (.*))?\n$/.exec(stderr)?.[1];
    };
    const typos = [["expalin", "explain"], ["prnt", "print"], ["polcy", "policy"], [
      "hlep",
      "help",
    ]];
    await Promise.all(typos.map(async ([word = "", command]) => {
      assert.equal(await hint(word, "x"), `did you mean the command ${command}?`);
    }));
    assert.equal(await hint("-q", "prnt"), undefined);
    assert.equal(await hint("./prnt"), undefined);
    assert.equal(await hint("elsewhere"), undefined);
    await Deno.writeTextFile(`${folder}/prnt.py`, "");
    assert.equal(await hint("prnt"), "did you mean prnt.py, or the command print?");
  });
});

Deno.test({
  name: "names that are not UTF-8 are no fault of the recorder",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      const odd = (script: string, ...words: string[]) =>
        pooled(() =>
          run(["bash", "-c", script, "bash", Deno.execPath(), "run", "-A", MAIN, ...words], {
            cwd: folder,
          })
        );
      for (const words of [["app.py"], ["policy"]]) {
        const inside = "mkdir -p $'d\\xff' && cd $'d\\xff' && \"$@\"";
        const { status, stdout, stderr } = await odd(inside, ...words);
        assert.deepEqual([status, stdout], [10, ""]);
        assert.match(
          stderr,
          /^ct-recorder: error ERR_IO: Cannot find the working directory: .*not UTF-8.*; rename it.*\n$/,
        );
      }
      const script = await odd("cp app.py $'s\\xff.py' && \"$@\" $'s\\xff.py'");
      assert.equal(script.status, 2);
      assert.match(
        script.stderr,
        /^ct-recorder: error ERR_SCRIPT_NOT_FOUND: Cannot record s\ufffd\.py:/,
      );
      await odd("rm -r $'d\\xff' $'s\\xff.py'");
      assert.deepEqual(names(folder), BEFORE);
    }),
});

Deno.test("without --json-errors there is no trailer", async () => {
  await inFolder(async (folder) => {
    const { stderr } = await cli(folder, ["--no-json-errors", "none.py"], {
      env: { CODETRACER_JSON_ERRORS: "1" },
    });
    assert.equal(stderr.trimEnd().split("\n").length, 1);
  });
});

Deno.test({
  name: "what may not be read or written is told as that",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      // Root may read everything. Without the two capabilities that say so it is a user like any
      // other, to whom the repository and Deno's cache still belong.
      const caps = "-dac_override,-dac_read_search";
      const as = Deno.uid() === 0
        ? ["setpriv", `--inh-caps=${caps}`, `--bounding-set=${caps}`]
        : [];
      await Deno.mkdir(`${folder}/readonly`, { mode: 0o555 });
      await Deno.mkdir(`${folder}/closed`);
      await Deno.writeTextFile(`${folder}/closed/app.py`, "");
      await Deno.chmod(`${folder}/closed`, 0o000);
      await Deno.writeTextFile(`${folder}/secret.py`, "");
      await Deno.chmod(`${folder}/secret.py`, 0o000);
      const cases: [string[], string][] = [
        [["secret.py"], "ERR_SCRIPT_UNREADABLE"],
        [["closed"], "ERR_SCRIPT_UNREADABLE"],
        [["closed/app.py"], "ERR_SCRIPT_UNREADABLE"],
        [["-o", "readonly", "app.py"], "ERR_TRACE_DIR_CREATE_FAILED"],
        [["-o", "readonly/x", "app.py"], "ERR_TRACE_DIR_CREATE_FAILED"],
        [["-o", "closed/x", "app.py"], "ERR_TRACE_DIR_CREATE_FAILED"],
      ];
      for (const [words, code] of cases) {
        const { status, stderr } = await cli(folder, words, { as });
        assert.match(stderr, new RegExp(`^ct-recorder: error ${code}: .*permission denied`));
        assert.equal(status, 10);
      }
      assert.deepEqual(names(`${folder}/readonly`), []);
      await Deno.chmod(`${folder}/closed`, 0o755);
    }),
});

Deno.test("a good recording: one closing line, status 0", async () => {
  await inFolder(async (folder) => {
    const words = ["-o", "out", "app.py", "-q"];
    const good = await withStandIn(folder, {}, words);
    assert.equal(good.stderr, "ct-recorder: recorded 12 steps, 3 calls, 2.0 kB in out/app.ct\n");
    assert.equal(good.stdout, "");
    assert.equal(good.status, 0);
    const name = "n\nl\x1b";
    await Deno.mkdir(`${folder}/${name}`);
    const odd = await withStandIn(`${folder}/${name}`, { warnings: [name] }, ["../app.py"]);
    assert.match(odd.stderr, /^ct-recorder: warning: n\\nl\\u001b\nct-recorder: recorded .*\n$/);
    const quiet = await withStandIn(folder, {}, ["-q", ...words]);
    assert.equal(quiet.stderr, "");
    const loud = await withStandIn(folder, {}, ["--no-quiet", ...words], { CODETRACER_QUIET: "1" });
    assert.equal(loud.stderr, good.stderr);
  });
});

Deno.test("the program's status: said, or passed on", async () => {
  await inFolder(async (folder) => {
    const script = { status: { code: 3, signal: null }, warnings: ["one", "two"] };
    const said = await withStandIn(folder, script, ["app.py"]);
    assert.equal(said.status, 0);
    const lines = said.stderr.trimEnd().split("\n");
    assert.deepEqual(lines.slice(0, 2), ["ct-recorder: warning: one", "ct-recorder: warning: two"]);
    assert.match(lines[2] ?? "", /exited with status 3.*--propagate-script-exit/);
    assert.match(lines[3] ?? "", /recorded 12 steps/);
    const quiet = await withStandIn(folder, script, ["-q", "app.py"]);
    assert.deepEqual(quiet.stderr.trimEnd().split("\n"), lines.slice(0, 3));
    const passed = await withStandIn(folder, script, ["--propagate-script-exit", "app.py"]);
    assert.equal(passed.status, 3);
    assert.ok(!passed.stderr.includes("--propagate-script-exit"));
    const killed = { status: { code: null, signal: "SIGTERM" } };
    const env = { CODETRACER_PROPAGATE_SCRIPT_EXIT: "yes" };
    assert.equal((await withStandIn(folder, killed, ["app.py"], env)).status, 143);
  });
});

Deno.test("a partial trace: a warning, the closing line, and the trailer as the last", async () => {
  await inFolder(async (folder) => {
    const partial = usageError("ERR_TRACER_INSTALL_CONFLICT", "why").toJSON();
    const words = ["--json-errors", "app.py"];
    const { stderr, status } = await withStandIn(folder, { partial }, words);
    assert.equal(status, 0);
    const [warning, line, trailer, ...more] = stderr.trimEnd().split("\n");
    assert.equal(warning, "ct-recorder: warning ERR_TRACER_INSTALL_CONFLICT: why");
    assert.match(line ?? "", /recorded in part \(ERR_TRACER_INSTALL_CONFLICT\)/);
    const parsed = JSON.parse(trailer ?? "");
    assert.equal(parsed.error_code, "ERR_TRACER_INSTALL_CONFLICT");
    assert.equal(parsed.error_kind, "Usage");
    assert.equal(parsed.trace_id, parsed.run_id);
    assert.deepEqual(more, []);
    const quiet = await withStandIn(folder, { partial }, ["-q", "app.py"]);
    assert.equal(quiet.stderr, `${warning}\n`);
  });
});

Deno.test("a failure that the policy lets pass: a warning, the program's status, the trailer", async () => {
  await inFolder(async (folder) => {
    const failure = environmentError("ERR_IO", "no room").toJSON();
    const script = { failure, status: { code: 3, signal: null } };
    const words = ["--json-errors", "--propagate-script-exit", "app.py"];
    const { stderr, status } = await withStandIn(folder, script, words);
    assert.equal(status, 3);
    const lines = stderr.trimEnd().split("\n");
    assert.deepEqual(lines.slice(0, 2), [
      "ct-recorder: warning ERR_IO: no room",
      "ct-recorder: no trace was written",
    ]);
    assert.equal(JSON.parse(lines[2] ?? "").error_code, "ERR_IO");
  });
});

Deno.test("a recorder that fails exits by the error's kind", async () => {
  await inFolder(async (folder) => {
    const words = ["--json-errors", "--propagate-script-exit", "app.py"];
    const failures: [Script, string, number, boolean][] = [
      [
        { fails: targetError("ERR_CHANNEL_CORRUPT", "m").toJSON() },
        "ERR_CHANNEL_CORRUPT",
        20,
        true,
      ],
      [
        { fails: environmentError("ERR_SANDBOX_UNAVAILABLE", "m").toJSON(), early: true },
        "ERR_SANDBOX_UNAVAILABLE",
        10,
        false,
      ],
      [{ breaks: "boom" }, "ERR_UNKNOWN", 70, true],
    ];
    for (const [script, code, status, started] of failures) {
      const result = await withStandIn(folder, script, words);
      assert.equal(result.status, status, result.stderr);
      const lines = result.stderr.trimEnd().split("\n");
      assert.ok(lines[0]?.startsWith(`ct-recorder: error ${code}: `), lines[0]);
      const trailer = JSON.parse(lines[1] ?? "");
      assert.equal(trailer.error_code, code);
      assert.equal(trailer.trace_id, started ? trailer.run_id : null);
    }
    const fails = targetError("ERR_CHANNEL_CORRUPT", "m").toJSON();
    const kept = await withStandIn(folder, { fails, keeps: true }, words);
    const lines = kept.stderr.trimEnd().split("\n");
    assert.match(lines[1] ?? "", /the program was ended.*--on-recorder-error disable/);
    assert.match(lines[2] ?? "", /kept the partial trace: 12 steps.* in out\/app\.ct/);
    assert.equal(JSON.parse(lines[3] ?? "").error_code, "ERR_CHANNEL_CORRUPT");
  });
});

Deno.test("disabled: the program runs, nothing is recorded", async () => {
  const { path } = await anyPython();
  await inFolder(async (folder) => {
    const env = { CODETRACER_PYTHON_RECORDER_DISABLED: "1" };
    const off = await cli(folder, [path, "-S", "app.py"], { env });
    assert.equal(off.stdout, "ran\n");
    assert.equal(off.stderr, "ct-recorder: recording is disabled, nothing is recorded\n");
    assert.equal(off.status, 0);
    const exits = await cli(folder, ["-q", "--propagate-script-exit", path, "-c", "exit(4)"], {
      env,
    });
    assert.deepEqual([exits.status, exits.stderr], [4, ""]);
    assert.deepEqual(names(folder), BEFORE);
  });
});

Deno.test("nobody reading stderr any more is no reason to fail", async () => {
  await inFolder(async (folder) => {
    const command = [Deno.execPath(), "run", "-A", WITH_STAND_IN, "{}", "app.py"];
    const script = 'exec 2>&1; "$@" 2> >(exec true)';
    const { status } = await run(["bash", "-c", script, "bash", ...command], { cwd: folder });
    assert.equal(status, 0);
  });
});
