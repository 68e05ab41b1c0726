import assert from "node:assert/strict";
import { EnvironmentError, RecorderError } from "../../src/errors/mod.ts";
import { nearest } from "../../src/text/nearest.ts";
import { absolute, baseName, folderOf } from "../../src/target/posix_path.ts";
import { findInterpreter } from "../../src/target/python_interpreter.ts";
import { pythonNameKind, versionInName } from "../../src/target/python_name.ts";
import { isFramework, type ResolvedTarget, resolveTarget } from "../../src/target/mod.ts";
import { stemOf } from "../../src/target/stem.ts";
import { run } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";

/** A folder to resolve in, with its own PATH in which there is a python3 and nothing else. */
interface Sandbox {
  readonly folder: string;
  readonly python: string;
  write(path: string, content: string | Uint8Array, mode?: number): Promise<void>;
  resolve(words: readonly string[], more?: Partial<Given>): ResolvedTarget;
  /** The error of resolving, as "CODE message". */
  refuses(words: readonly string[], more?: Partial<Given>): RecorderError;
}

interface Given {
  env: Record<string, string>;
  python: string | null;
  pythonSource: string;
  stdinIsTerminal: boolean;
}

async function withSandbox(body: (box: Sandbox) => Promise<void> | void): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const python = (await anyPython()).path;
  await Deno.mkdir(`${folder}/path`);
  await Deno.mkdir(`${folder}/cwd`);
  await Deno.symlink(python, `${folder}/path/python3`);
  const resolve: Sandbox["resolve"] = (words, more = {}) =>
    resolveTarget(words, {
      env: { PATH: `${folder}/nowhere:${folder}/path`, ...more.env },
      cwd: `${folder}/cwd`,
      policy: { python: more.python ?? null, disabled: false },
      ...(more.pythonSource === undefined ? {} : { pythonSource: more.pythonSource }),
      stdinIsTerminal: more.stdinIsTerminal ?? false,
    });
  try {
    await body({
      folder,
      python,
      write: async (path, content, mode = 0o644) => {
        const full = `${folder}/cwd/${path}`;
        await Deno.mkdir(folderOf(full), { recursive: true });
        if (typeof content === "string") await Deno.writeTextFile(full, content, { mode });
        else await Deno.writeFile(full, content, { mode });
        await Deno.chmod(full, mode);
      },
      resolve,
      refuses: (words, more) => {
        try {
          resolve(words, more);
        } catch (error) {
          assert.ok(error instanceof RecorderError, String(error));
          return error;
        }
        throw new assert.AssertionError({ message: `${words.join(" ")} is resolved` });
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The parts of a target that say what it is. */
function gist({ kind, program, stem, targetWords, programArgs }: ResolvedTarget) {
  return { kind, program, stem, targetWords, programArgs };
}

Deno.test("scripts, folders, zips, modules, code and standard input", () =>
  withSandbox(async ({ folder, python, write, resolve }) => {
    const cwd = `${folder}/cwd`;
    await write("app.py", "");
    await write("noext", "print(1)");
    await write("marked.py", "#!/bin/sh\n");
    await write("tool/__main__.py", "");
    await write("z/__main__.py", "");
    for (
      const [name, more] of [["t.pyz", []], ["s.pyz", ["-p", "/usr/bin/env python3"]]] as const
    ) {
      const made = await run([python, "-m", "zipapp", "z", "-o", name, ...more], { cwd });
      assert.equal(made.status, 0, made.stderr);
    }
    const cases: [string[], string, string, string][] = [
      [["app.py", "-o", "--", "x"], "script", `${cwd}/app.py`, "app"],
      [["./app.py"], "script", `${cwd}/app.py`, "app"],
      [[`${cwd}/tool/../app.py`], "script", `${cwd}/app.py`, "app"],
      [["noext"], "script", `${cwd}/noext`, "noext"],
      [["marked.py"], "script", `${cwd}/marked.py`, "marked"],
      [["tool"], "folder", `${cwd}/tool`, "tool"],
      [["tool/."], "folder", `${cwd}/tool`, "tool"],
      [["t.pyz", "a"], "zip", `${cwd}/t.pyz`, "t"],
      [["s.pyz", "a"], "zip", `${cwd}/s.pyz`, "s"],
    ];
    for (const [words, kind, program, stem] of cases) {
      const expected = { kind, program, stem, targetWords: words, programArgs: words.slice(1) };
      assert.deepEqual(gist(resolve(words)), expected);
      assert.deepEqual(resolve(words).originalWords, words);
      // The same behind an interpreter.
      const behind = resolve(["python3", "-B", ...words]);
      assert.deepEqual(gist(behind), expected);
      assert.deepEqual(behind.interpreterOptions, ["-B"]);
      assert.equal(behind.interpreter, "python3");
      assert.equal(behind.interpreterPath, `${folder}/path/python3`);
    }
    const others: [string[], ReturnType<typeof gist>][] = [
      [["-m", "a.b", "-m"], {
        kind: "module",
        program: "-m a.b",
        stem: "a.b",
        targetWords: ["-m", "a.b", "-m"],
        programArgs: ["-m"],
      }],
      [["-mpkg"], {
        kind: "module",
        program: "-m pkg",
        stem: "pkg",
        targetWords: ["-m", "pkg"],
        programArgs: [],
      }],
      [["-c", "pass", "-c"], {
        kind: "code",
        program: "-c",
        stem: "code",
        targetWords: ["-c", "pass", "-c"],
        programArgs: ["-c"],
      }],
      [["-", "x"], {
        kind: "stdin",
        program: "-",
        stem: "stdin",
        targetWords: ["-", "x"],
        programArgs: ["x"],
      }],
    ];
    for (const [words, expected] of others) {
      assert.deepEqual(gist(resolve(words)), expected);
      assert.deepEqual(gist(resolve(["python3", ...words])), expected);
    }
  }));

Deno.test("a framework's word is its module", () =>
  withSandbox(async (box) => {
    const cases: [string[], string[]][] = [
      [["--pytest"], ["-m", "pytest"]],
      [["--pytest", "tests", "-k", "x"], ["-m", "pytest", "tests", "-k", "x"]],
      [["--pytest", "--", "-k", "x"], ["-m", "pytest", "-k", "x"]],
      [["--pytest", "a", "--", "b"], ["-m", "pytest", "a", "--", "b"]],
      [["--pytest", "--", "--", "b"], ["-m", "pytest", "--", "b"]],
      [["--unittest", "-v", "tests.test_a"], ["-m", "unittest", "-v", "tests.test_a"]],
      [["--unittest", "a", "--pytest"], ["-m", "unittest", "a", "--pytest"]],
    ];
    for (const [words, module] of cases) {
      const target = box.resolve(words);
      assert.deepEqual(target, box.resolve(module));
      assert.equal(target.stem, module[1]);
      assert.equal(isFramework(target), true);
    }
    for (const words of [["--pytest", "--unittest"], ["--unittest", "--unittest"]]) {
      const error = box.refuses(words);
      assert.equal(error.code, "ERR_USAGE");
      assert.match(error.message, /at once/);
    }
    const misplaced = box.refuses(["python3", "--pytest", "tests"]);
    assert.equal(misplaced.code, "ERR_USAGE");
    assert.match(misplaced.message, /ct-recorder --python PATH --pytest/);

    for (const path of ["venv/bin/pytest", "venv/bin/py.test", "venv/bin/pytest-watch"]) {
      await box.write(path, `#!${box.python}\n`, 0o755);
    }
    await box.write("pytest.py", "");
    const known: [string[], boolean][] = [
      [["venv/bin/pytest", "tests"], true],
      [["venv/bin/py.test"], true],
      [["python3", "venv/bin/pytest"], true],
      [["python3", "-X", "dev", "-m", "unittest"], true],
      [["-m", "pytest.__main__"], true],
      [["venv/bin/pytest-watch"], false],
      [["pytest.py"], false],
      [["-m", "pytest_watch"], false],
      [["-c", "import pytest; pytest.main()"], false],
      [["-", "pytest"], false],
    ];
    for (const [words, framework] of known) {
      assert.equal(isFramework(box.resolve(words)), framework, words.join(" "));
    }
  }));

Deno.test("python alone reads standard input, but is no session at a terminal", () =>
  withSandbox(({ resolve, refuses }) => {
    const target = resolve(["python3"]);
    assert.equal(target.kind, "stdin");
    assert.deepEqual(target.targetWords, []);
    assert.equal(refuses(["python3"], { stdinIsTerminal: true }).code, "ERR_USAGE");
    assert.equal(resolve(["-"], { stdinIsTerminal: true }).kind, "stdin");
  }));

Deno.test("console scripts: by path, by name, with options in the first line", () =>
  withSandbox(async ({ folder, write, resolve, refuses }) => {
    const python = `${folder}/path/python3`;
    await write("venv/bin/flask", `#!${python} -EB\n`, 0o755);
    await write("../path/cmd", "#!/usr/bin/env python3\n", 0o755);
    await write("cmd2", "#!/usr/bin/env -S python3 -X dev\n");
    await write("flask/app.py", "");
    await write("../path/flask", `#!${python}\n`, 0o755);

    const byPath = resolve(["venv/bin/flask", "run", "--", "-x"]);
    assert.equal(byPath.interpreter, python);
    assert.equal(byPath.kind, "script");
    assert.equal(byPath.stem, "flask");
    assert.deepEqual(byPath.interpreterOptions, ["-B"]);
    assert.equal(byPath.ignoreEnvironment, true);
    assert.deepEqual(byPath.targetWords, ["venv/bin/flask", "run", "--", "-x"]);
    assert.match(byPath.how, /first line/);

    const byName = resolve(["cmd", "a"]);
    assert.equal(byName.interpreter, "python3");
    assert.deepEqual(byName.targetWords, [`${folder}/path/cmd`, "a"]);
    assert.equal(byName.program, `${folder}/path/cmd`);

    assert.deepEqual(resolve(["cmd2"]).interpreterOptions, ["-X", "dev"]);
    // A folder that is no program does not hide a command; one that is does.
    assert.equal(resolve(["flask"]).program, `${folder}/path/flask`);
    await write("flask/__main__.py", "");
    assert.equal(resolve(["flask"]).kind, "folder");
    // An explicit interpreter takes the file as a script, whatever its first line says.
    assert.equal(resolve(["python3", "venv/bin/flask"]).ignoreEnvironment, false);

    await write("broken", `#!${folder}/gone/python3\n`, 0o755);
    const error = refuses(["broken"]);
    assert.equal(error.code, "ERR_INTERPRETER_NOT_FOUND");
    assert.match(
      error.message,
      /gone\/python3 \(chosen by the first line of broken\): it does not/,
    );
  }));

Deno.test("an interpreter under any name, and names that only look like one", () =>
  withSandbox(async ({ folder, python, write, resolve, refuses }) => {
    await write("app.py", "");
    await Deno.symlink(python, `${folder}/cwd/py`);
    assert.equal(resolve(["./py", "app.py"]).interpreter, "./py");
    assert.equal(resolve([`${folder}/path/python3`, "app.py"]).kind, "script");
    // A folder called python is a program when it is one.
    await write("python/__main__.py", "");
    assert.equal(resolve(["./python"]).kind, "folder");
    assert.equal(resolve(["python"]).kind, "folder");
    assert.equal(refuses(["python3.99", "app.py"]).code, "ERR_INTERPRETER_NOT_FOUND");
    assert.equal(refuses(["v/bin/python", "app.py"]).code, "ERR_INTERPRETER_NOT_FOUND");
  }));

Deno.test("the interpreter of a target that names none", () =>
  withSandbox(async ({ folder, python, write, resolve, refuses }) => {
    await write("app.py", "");
    await Deno.mkdir(`${folder}/venv/bin`, { recursive: true });
    const env = { VIRTUAL_ENV: `${folder}/venv` };
    // In this order: the setting, the active environment, python3, python.
    assert.equal(resolve(["app.py"]).interpreter, "python3");
    assert.equal(resolve(["app.py"], { env }).interpreter, "python3");
    await Deno.symlink(python, `${folder}/venv/bin/python`);
    const inVenv = resolve(["app.py"], { env });
    assert.equal(inVenv.interpreter, `${folder}/venv/bin/python`);
    assert.equal(inVenv.how, "VIRTUAL_ENV");
    const set = resolve(["app.py"], { env, python: "python3", pythonSource: "CODETRACER_PYTHON" });
    assert.equal(set.interpreter, "python3");
    assert.equal(set.how, "CODETRACER_PYTHON");
    await Deno.rename(`${folder}/path/python3`, `${folder}/path/python`);
    assert.equal(resolve(["app.py"]).interpreter, "python");

    const bad = refuses(["app.py"], { env, python: "./none", pythonSource: "--python" });
    assert.equal(bad.code, "ERR_INTERPRETER_NOT_FOUND");
    assert.match(bad.message, /\.\/none \(chosen by --python\)/);
    await Deno.remove(`${folder}/path/python`);
    await Deno.remove(`${folder}/venv/bin/python`);
    const none = refuses(["app.py"], { env });
    assert.ok(none instanceof EnvironmentError);
    assert.equal(none.code, "ERR_INTERPRETER_NOT_FOUND");
    assert.match(none.message, /venv\/bin\/python \(VIRTUAL_ENV\): it does not exist/);
    assert.match(none.message, /python3 \(PATH\): not found on PATH; python \(PATH\)/);
    assert.equal((none.context["tried"] as unknown[]).length, 3);
  }));

Deno.test("without PATH an interpreter is found where exec would look, and started by its path", () => {
  const place = { env: {}, cwd: "/" };
  const found = findInterpreter("sh", "a test", place);
  assert.match(found.path, /^\/(usr\/(local\/)?)?bin\/sh$/);
  assert.equal(found.word, found.path);
  assert.equal(findInterpreter("sh", "a test", { ...place, env: { PATH: "/bin" } }).word, "sh");
});

Deno.test("interpreters that are known by name for what can't be recorded", () =>
  withSandbox(async ({ folder, write, resolve, refuses }) => {
    await write("app.py", "");
    for (const name of ["python2.7", "python3.7", "python3.16", "pypy3.10", "graalpy"]) {
      await write(`../path/${name}`, "#!/bin/sh\n", 0o755);
      assert.equal(refuses([name, "app.py"]).code, "ERR_INTERPRETER_UNSUPPORTED", name);
    }
    // Also behind a link.
    await Deno.symlink(`${folder}/path/pypy3.10`, `${folder}/cwd/python3`);
    assert.equal(refuses(["./python3", "app.py"]).code, "ERR_INTERPRETER_UNSUPPORTED");
    await write("../path/python3.14t", "#!/bin/sh\n", 0o755);
    assert.equal(resolve(["python3.14t", "app.py"]).pythonVersionHint, "3.14");
  }));

Deno.test("bad input is refused with its code", () =>
  withSandbox(async ({ folder, python, write, refuses }) => {
    const cwd = `${folder}/cwd`;
    await write("app.py", "");
    await write("empty/x.py", "");
    await write("script.sh", "#!/bin/bash\n", 0o755);
    await write("z/other.py", "");
    await run([python, "-c", "import shutil; shutil.make_archive('nomain', 'zip', 'z')"], { cwd });
    await Deno.copyFile("/bin/sh", `${cwd}/native`);
    await Deno.symlink("self", `${cwd}/self`);
    const cases: [string[], string, RegExp][] = [
      [[], "ERR_USAGE", /no program/],
      [[""], "ERR_USAGE", /empty/],
      [["-X", "dev", "app.py"], "ERR_USAGE", /ct-recorder python -X/],
      [["-m"], "ERR_USAGE", /-m needs an argument/],
      [["-m", ""], "ERR_USAGE", /empty/],
      [["-c"], "ERR_USAGE", /-c needs an argument/],
      [["python3", ""], "ERR_USAGE", /empty/],
      [["python3", "-V"], "ERR_USAGE", /no program/],
      [["python3", "--help"], "ERR_USAGE", /no program/],
      [["python3", "-Z"], "ERR_USAGE", /no option -Z/],
      [["ap.py"], "ERR_SCRIPT_NOT_FOUND", /did you mean app\.py\?/],
      [["app"], "ERR_SCRIPT_NOT_FOUND", /did you mean app\.py\?/],
      [["none/app.py"], "ERR_SCRIPT_NOT_FOUND", /no such file$/],
      [["app.py/x"], "ERR_SCRIPT_NOT_FOUND", /no such file$/],
      [["python3", "zzzzzz.py"], "ERR_SCRIPT_NOT_FOUND", /zzzzzz\.py/],
      [["empty"], "ERR_SCRIPT_NOT_FOUND", /no __main__\.py/],
      [["python3", "empty"], "ERR_SCRIPT_NOT_FOUND", /no __main__\.py/],
      [["nomain.zip"], "ERR_SCRIPT_NOT_FOUND", /archive nomain\.zip: there is no __main__/],
      [["script.sh"], "ERR_USAGE", /asks for \/bin\/bash/],
      [["./native"], "ERR_USAGE", /compiled program/],
      [["self"], "ERR_SCRIPT_UNREADABLE", /symbolic links/],
      [["x".repeat(300)], "ERR_SCRIPT_UNREADABLE", /too long/],
      [["a\0b"], "ERR_SCRIPT_UNREADABLE", /./],
    ];
    for (const [words, code, message] of cases) {
      const error = refuses(words);
      assert.equal(error.code, code, `${words.join(" ")}: ${error.message}`);
      assert.match(error.message, message);
    }
  }));

Deno.test({
  name: "what can be read only once is not read",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withSandbox(async ({ folder, resolve }) => {
      assert.equal((await run(["mkfifo", `${folder}/cwd/pipe`])).status, 0);
      // Opening it would wait for a writer for ever.
      assert.equal(resolve(["./pipe"]).kind, "script");
    }),
});

Deno.test("zip archives as Python finds them", () =>
  withSandbox(async ({ folder, python, write, resolve }) => {
    const make = `
import sys, zipfile
for name, head, comment in (("plain", b"", b""), ("behind", b"#!/usr/bin/env python3\\n", b""),
                            ("comment", b"", b"c" * 5000), ("app.py", b"", b"")):
    with open(name, "wb") as f:
        f.write(head)
        with zipfile.ZipFile(f, "a") as z:
            z.writestr("a.py", "")
            z.writestr("__main__.py", "print('main')")
            z.comment = comment
`;
    assert.equal((await run([python, "-c", make], { cwd: `${folder}/cwd` })).status, 0);
    for (const name of ["plain", "behind", "comment", "app.py"]) {
      assert.equal(resolve([name]).kind, "zip", name);
      const { stdout } = await run([python, name], { cwd: `${folder}/cwd` });
      assert.equal(stdout, "main\n");
    }
    await write("text.py", "PK\x05\x06 is how the end of a zip starts\n");
    assert.equal(resolve(["text.py"]).kind, "script");
  }));

Deno.test("folders whose __main__ is no source file, as Python takes them", () =>
  withSandbox(async ({ folder, python, write, resolve }) => {
    await write("compiled/__main__.py", "print('main')");
    await write("package/__main__/__init__.py", "print('main')");
    const cwd = `${folder}/cwd`;
    assert.equal(
      (await run([python, "-m", "compileall", "-b", "-q", "compiled"], { cwd })).status,
      0,
    );
    await Deno.remove(`${cwd}/compiled/__main__.py`);
    for (const name of ["compiled", "package"]) {
      const { stdout } = await run([python, name], { cwd });
      let kind = "refused";
      try {
        kind = resolve([name]).kind;
      } catch (error) {
        assert.ok(error instanceof RecorderError);
      }
      assert.equal(kind, stdout === "main\n" ? "folder" : "refused", name);
    }
  }));

Deno.test("stems are plain file names", () => {
  const cases: [Parameters<typeof stemOf>, string][] = [
    [["script", "/a/app.py"], "app"],
    [["script", "/a/App.PYW"], "App"],
    [["script", "/a/.py"], "py"],
    [["script", "/a/.hidden.py"], "hidden"],
    [["script", "/a/a.b.py"], "a.b"],
    [["script", "/a/-x.py"], "x"],
    [["script", "/a/my app (1).py"], "my_app__1_"],
    [["script", "/a/größe.py"], "größe"],
    [["script", "/a/...py"], "program"],
    [["script", "/a/\n.py"], "_"],
    [["folder", "/a/tool.d"], "tool.d"],
    [["folder", "/"], "program"],
    [["zip", "/a/tool.pyz"], "tool"],
    [["zip", "/a/tool.egg"], "tool"],
    [["module", "http.server"], "http.server"],
    [["module", "pkg.__main__"], "pkg"],
    [["module", "../../x"], "_.._x"],
    [["code", ""], "code"],
    [["stdin", ""], "stdin"],
  ];
  for (const [[kind, subject], stem] of cases) assert.equal(stemOf(kind, subject), stem, subject);
  const long = stemOf("script", `/${"ä".repeat(200)}.py`);
  assert.equal(long, "ä".repeat(50));
});

Deno.test("names of Python executables", () => {
  const cases: [string, ReturnType<typeof pythonNameKind>, string | null][] = [
    ["python", "cpython", null],
    ["python3", "cpython", null],
    ["python3.12", "cpython", "3.12"],
    ["python3.13t", "cpython", "3.13"],
    ["python3.12-dbg", "cpython", "3.12"],
    ["python2.7", "cpython", "2.7"],
    ["pypy3.10", "other", null],
    ["python3-config", null, null],
    ["ipython", null, null],
    ["python.py", null, null],
    ["pythonista", null, null],
    ["", null, null],
  ];
  for (const [name, kind, version] of cases) {
    assert.equal(pythonNameKind(name), kind, name);
    assert.equal(versionInName(name), version, name);
  }
});

Deno.test("paths and near names", () => {
  assert.equal(absolute("/a/b", "../c/./d//e"), "/a/c/d/e");
  assert.equal(absolute("/a", "/x/.."), "/");
  assert.equal(baseName("/a/b/"), "b");
  assert.equal(folderOf("/a"), "/");
  assert.equal(folderOf("a"), ".");
  assert.equal(nearest("scirpt.py", ["other.py", "script.py"]), "script.py");
  assert.equal(nearest("x.py", ["completely.py"]), null);
});
