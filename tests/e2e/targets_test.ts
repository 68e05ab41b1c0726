/** Everything that can stand where TARGET stands: it runs as it does without the recorder, and the trace has its name. */
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { run } from "../support/processes.ts";
import {
  EACH_OBSERVER,
  emptyEnvironment,
  forEachPython,
  needsPythons,
  type Python,
} from "../support/pythons.ts";
import {
  PROGRAMS,
  record,
  recorderCommand,
  type Recording,
  withFolder,
} from "../support/recorder.ts";
import { assertSameRun, sameAsWithout, SILENT } from "../support/same.ts";

needsPythons(EACH_OBSERVER);

const MINICALC = join(PROGRAMS, "minicalc_app");
const SHOW = `import sys
print(__name__, __package__, sys.argv, sys.path[0], sys.flags.optimize, sys.flags.dev_mode)
print(sys.flags.no_user_site, sys.warnoptions, sys._xoptions)
print(getattr(sys, "orig_argv", ["", ""])[1:])
print(__spec__ and __spec__.name, globals().get("__file__"), type(globals().get("__loader__")).__name__)
def double(n):
    return n * 2
print(double(21))
`;

interface Case {
  readonly name: string;
  /** What stands after the interpreter. */
  readonly words: (folder: string) => readonly string[];
  readonly stem: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether `calc.pyz` is there. */
  readonly zipped?: boolean;
}

/** Given as words of a Python executable; those without options also stand alone after `--python`. */
const cases: readonly Case[] = [
  { name: "a script", words: () => ["show.py", "a", "b"], stem: "show" },
  { name: "a script by absolute path", words: (folder) => [join(folder, "show.py")], stem: "show" },
  { name: "a script in another folder", words: () => ["sub/deep.py"], stem: "deep" },
  { name: "a script through a symbolic link", words: () => ["link.py"], stem: "link" },
  { name: "a script without .py", words: () => ["plain", "x"], stem: "plain" },
  {
    name: "a script with spaces and more in its name",
    words: () => ["odd näme $x.py"],
    stem: "odd_näme__x",
  },
  { name: "a folder", words: () => [MINICALC, "else", "zero"], stem: "minicalc_app" },
  { name: "the folder .", words: () => [".", "x"], stem: "" },
  {
    name: "a zip",
    words: () => ["calc.pyz", "else", "zero"],
    stem: "calc",
    zipped: true,
  },
  { name: "a module", words: () => ["-m", "show", "-m", "not-ours"], stem: "show" },
  {
    name: "a module in a package",
    words: () => ["-m", "package.inner", "-v"],
    stem: "package.inner",
  },
  { name: "a package", words: () => ["-m", "package", "1"], stem: "package" },
  { name: "a package's __main__", words: () => ["-m", "package.__main__"], stem: "package" },
  {
    name: "a module of the standard library",
    words: () => ["-m", "json.tool", "data.json"],
    stem: "json.tool",
  },
  { name: "code", words: () => ["-c", SHOW, "-x", "--", "y"], stem: "code" },
  {
    name: "code glued to its option",
    words: () => ["-cprint(1+1)\nimport sys\nprint(sys.argv)", "z"],
    stem: "code",
  },
  { name: "standard input by -", words: () => ["-", "a", "--help"], stem: "stdin", stdin: SHOW },
  {
    name: "arguments that look like ours",
    words: () => ["show.py", "-o", "elsewhere", "--quiet", "--"],
    stem: "show",
  },
  { name: "an empty argument and --", words: () => ["show.py", "", "--", "-m"], stem: "show" },
];

const withOptions: readonly Case[] = [
  { name: "standard input by nothing at all", words: () => [], stem: "stdin", stdin: SHOW },
  { name: "-X dev", words: () => ["-X", "dev", "show.py"], stem: "show" },
  { name: "-O -u", words: () => ["-O", "-u", "show.py", "a"], stem: "show" },
  { name: "-OO glued to -m", words: () => ["-OOm", "show", "a"], stem: "show" },
  { name: "-W error", words: () => ["-W", "error", "show.py"], stem: "show" },
  {
    name: "-Werror::UserWarning",
    words: () => ["-Werror::UserWarning", "warns.py"],
    stem: "warns",
  },
  { name: "-I", words: () => ["-I", "show.py"], stem: "show", env: { PYTHONPATH: "/nowhere" } },
  { name: "-E", words: () => ["-E", "show.py"], stem: "show", env: { PYTHONOPTIMIZE: "1" } },
  { name: "-s -B", words: () => ["-sB", "show.py"], stem: "show" },
  { name: "-I -m", words: () => ["-I", "-m", "json.tool", "data.json"], stem: "json.tool" },
  { name: "-I -c", words: () => ["-Ic", SHOW, "x"], stem: "code" },
  { name: "-- before a script", words: () => ["--", "show.py", "a"], stem: "show" },
  {
    name: "-X utf8 -X importtime=0",
    words: () => ["-X", "utf8", "-X", "faulthandler", "show.py"],
    stem: "show",
  },
];

async function zip(folder: string, python: Python): Promise<void> {
  const zipped = await run([python.path, "-m", "zipapp", MINICALC, "-o", join(folder, "calc.pyz")]);
  assert.equal(zipped.status, 0, zipped.stderr);
}

async function prepare(folder: string): Promise<void> {
  await Deno.mkdir(join(folder, "sub"));
  await Deno.mkdir(join(folder, "package"));
  const write = (name: string, text: string) => Deno.writeTextFile(join(folder, name), text);
  await write("show.py", SHOW);
  await write("sub/deep.py", SHOW);
  await write("plain", SHOW);
  await write("odd näme $x.py", SHOW);
  await write("__main__.py", SHOW);
  await write("package/__init__.py", "print('package of', __name__)\n");
  await write("package/__main__.py", SHOW);
  await write("package/inner.py", `from . import __name__ as outer\nprint(outer)\n${SHOW}`);
  await write("warns.py", "import warnings\nwarnings.warn('now an error')\n");
  await write("data.json", '{"a": [1, 2]}');
  await Deno.symlink("show.py", join(folder, "link.py"));
}

function assertNamed(recorded: Recording, stem: string, folder: string): void {
  // The folder's own name is what a target of `.` is called by.
  const expected = stem || basename(folder);
  assert.deepEqual(recorded.left, [`${expected}.ct`, "trace_metadata.json"].sort());
}

for (const each of [...cases, ...withOptions]) {
  Deno.test({
    name: `target: ${each.name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      // Only the way in differs between versions, which the cases without options show.
      await forEachPython(
        t,
        cases.includes(each) ? EACH_OBSERVER : EACH_OBSERVER.slice(-1),
        async (python) => {
          await withFolder(async (folder) => {
            await prepare(folder);
            if (each.zipped) await zip(folder, python);
            const words = each.words(folder);
            const options = {
              cwd: folder,
              ...(each.stdin === undefined ? {} : { stdin: each.stdin }),
              ...(each.env === undefined ? {} : { env: each.env }),
            };
            const plain = await run([python.path, ...words], options);
            // After an interpreter on the one, by itself on the other.
            const alone = cases.includes(each) && python.version !== EACH_OBSERVER[0];
            const recorded = await record(
              folder,
              [...SILENT, ...(alone ? ["--python"] : []), python.path, ...words],
              options,
            );
            assertSameRun(plain, recorded);
            assertNamed(recorded, each.stem, folder);
          });
        },
      );
    },
  });
}

Deno.test({
  name: "target: a console script of a virtual environment",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await forEachPython(t, EACH_OBSERVER, async (python) => {
      const interpreter = await emptyEnvironment(python);
      await withFolder(async (folder) => {
        await Deno.mkdir(join(folder, "bin"));
        const script = join(folder, "bin", "tool-name");
        const body = `import sys\nprint(sys.prefix, sys.argv)\n${SHOW}sys.exit(5)\n`;
        for (
          const line of [
            `#!${interpreter}`,
            `#!${interpreter} -E`,
            `#!/usr/bin/env python`,
            // What installers write when the path is too long for the kernel, or has a space.
            `#!/bin/sh\n'''exec' ${interpreter} "$0" "$@"\n' '''`,
          ]
        ) {
          await Deno.writeTextFile(script, `${line}\n${body}`, { mode: 0o755 });
          await Deno.chmod(script, 0o755);
          const env = {
            PATH: `${join(interpreter, "..")}:${join(folder, "bin")}:${Deno.env.get("PATH")}`,
          };
          // How it is found has nothing to do with the version.
          const words = python.minor < 12
            ? ["tool-name"]
            : [script, "./bin/tool-name", "tool-name"];
          for (const word of words) {
            // By a shell, because what starts it otherwise would make the path absolute.
            const { plain, recorded } = await sameAsWithout(folder, [word, "run", "--x"], {
              env,
              prelude: ":",
            });
            assert.equal(plain.status, 5, plain.stderr);
            assertNamed(recorded, "tool-name", folder);
            await Deno.remove(recorded.outDir, { recursive: true });
          }
        }
      });
    });
  },
});

Deno.test({
  name: "target: which Python is taken when the target names none",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await forEachPython(t, ["3.12"], async (python) => {
      const interpreter = await emptyEnvironment(python);
      await withFolder(async (folder) => {
        await Deno.mkdir(join(folder, "path"));
        await Deno.writeTextFile(join(folder, "which.py"), "import sys\nprint(sys.executable)\n");
        // A name on PATH must be the interpreter itself: a link that is no environment of its own finds its home.
        await Deno.symlink(python.path, join(folder, "path/python3"));
        const path = `${join(folder, "path")}:/usr/bin:/bin`;
        const cases: readonly [string, Record<string, string>, readonly string[], string][] = [
          ["PATH", { PATH: path }, [], join(folder, "path/python3")],
          [
            "a virtual environment",
            { PATH: path, VIRTUAL_ENV: join(interpreter, "../..") },
            [],
            interpreter,
          ],
          ["CODETRACER_PYTHON", { PATH: path, CODETRACER_PYTHON: interpreter }, [], interpreter],
          [
            "--python before all",
            { PATH: "/usr/bin", VIRTUAL_ENV: "/nowhere", CODETRACER_PYTHON: "/nowhere" },
            ["--python", interpreter],
            interpreter,
          ],
        ];
        for (const [name, env, words, expected] of cases) {
          const recorded = await record(folder, [...SILENT, ...words, "which.py"], {
            cwd: folder,
            env,
          });
          assert.equal(recorded.stderr, "", name);
          assert.equal(recorded.stdout.trim(), expected, name);
          await Deno.remove(recorded.outDir, { recursive: true });
        }
      });
    });
  },
});

Deno.test({
  name: "target: one folder per recording when no folder is named",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await forEachPython(t, ["3.12"], async (python) => {
      await withFolder(async (folder) => {
        await Deno.writeTextFile(join(folder, "app.py"), "print('hello')\n");
        const results = await Promise.all(
          [1, 2, 3].map(() =>
            run([...recorderCommand(), "--python", python.path, "app.py"], { cwd: folder })
          ),
        );
        for (const { status, stdout, stderr } of results) {
          assert.equal(status, 0);
          assert.equal(stdout, "hello\n");
          assert.match(
            stderr,
            /^ct-recorder: recorded 1 step, .* in ct-traces\/app-\d\/app\.ct\n$/,
          );
        }
        const made = [...Deno.readDirSync(join(folder, "ct-traces"))].map(({ name }) => name)
          .sort();
        assert.deepEqual(made, ["app-1", "app-2", "app-3"]);
        for (const name of made) {
          assert.deepEqual(
            [...Deno.readDirSync(join(folder, "ct-traces", name))].map((entry) => entry.name)
              .sort(),
            ["app.ct", "trace_metadata.json"],
          );
        }
      });
    });
  },
});
