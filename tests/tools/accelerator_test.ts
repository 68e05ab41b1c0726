/** The native accelerator as it is compiled: for which interpreters, always the same, and what is said where it can't be. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { basename, join } from "node:path";
import { ACCELERATOR, libraryVersion, versionsOf } from "../../src/agent/accelerator.ts";
import { accelerator } from "../../tools/accelerator.ts";
import { ACCELERATED, acceleratorsOf, type Compiling } from "../../tools/build/accelerator.ts";
import { accelerator as ofProject, SMALL, smallAccelerators } from "../support/accelerator.ts";
import { run } from "../support/processes.ts";
import { needsPythons, pythons } from "../support/pythons.ts";
import { withFolder } from "../support/recorder.ts";

needsPythons(["3.12", "3.13"]); // 3.14 and 3.15 take part where they are there

/** Says what the library does, as the interpreter that it is for. */
const USES = `import sys, ${ACCELERATOR}\nprint(${ACCELERATOR}.version(), ${ACCELERATOR}.__file__)`;

/** Interpreters of this machine that it is for, those that it isn't for, and what is made of all; null without tools. */
async function made() {
  const small = await smallAccelerators();
  if (small === null) return null;
  const all = [...(await pythons()).values()];
  const isFor = (version: string) => ACCELERATED.includes(version);
  return {
    ...small,
    fit: all.filter(({ version }) => isFor(version)),
    others: all.filter(({ version }) => !isFor(version)),
  };
}

/** An interpreter that says this of itself. */
async function standIn(folder: string, said: Record<string, unknown>): Promise<string> {
  const path = join(folder, "python3");
  const facts = { implementation: "cpython", version: "3.12", build: "", include: [], ...said };
  const text = JSON.stringify({ suffix: ".cpython-312-x.so", ...facts });
  await Deno.writeTextFile(path, `#!/bin/sh\necho '${text}'\n`, { mode: 0o755 });
  return path;
}

Deno.test("accelerator: a library for each version that it is for, which loads there and is the same wherever it is made", async () => {
  const all = await made();
  if (all === null) return;
  const { libraries, fit, others } = all;
  assert.deepEqual(libraries.map(({ name }) => libraryVersion(name)), fit.map((p) => p.version));
  const named = [...others, ...[...fit, ...fit].reverse()].map(({ path }) => path);
  const again = await withFolder(async (folder) => {
    const source = join(folder, "other name.c");
    await Deno.copyFile(SMALL.source, source);
    return await acceleratorsOf(named, { ...SMALL, source });
  });
  assert.deepEqual(again.libraries, libraries);
  for (const { bytes } of libraries) {
    for (const word of ["/home", "/root", "/usr/include", "/tmp", "small_accelerator"]) {
      assert.ok(!Buffer.from(bytes).includes(word), word);
    }
  }
  assert.deepEqual(again.without.map(({ python, kind }) => [python, kind]), [
    ...others.map(({ path }) => [path, "interpreter"]),
  ]);
  await withFolder(async (folder) => {
    for (const { name, bytes } of libraries) await Deno.writeFile(join(folder, name), bytes);
    for (const [index, { path, version }] of fit.entries()) {
      const { stdout, stderr } = await run([path, "-c", USES], { env: { PYTHONPATH: folder } });
      assert.equal(stdout, `${version} ${join(folder, libraries[index]!.name)}\n`, stderr);
    }
  });
});

Deno.test("accelerator: the agent's own compiles without a warning, wherever there can be one", async () => {
  for (const python of (await pythons()).values()) {
    const folder = await ofProject(python);
    if (folder === null) continue;
    const [{ name } = { name: "" }, ...more] = [...Deno.readDirSync(folder)];
    assert.deepEqual([libraryVersion(name), more], [python.version, []]);
    assert.equal(await ofProject(python), folder);
  }
});

Deno.test("accelerator: builds of CPython that lay out frames otherwise have none", async () => {
  await withFolder(async (folder) => {
    for (
      const [said, why] of [
        [{ build: "free-threaded" }, /^it is a free-threaded build of CPython 3\.12$/],
        [{ build: "debug" }, /^it is a debug build of CPython 3\.12$/],
        [{ version: "3.16" }, /^it is cpython 3\.16, not CPython 3\.12, 3\.13, 3\.14 or 3\.15$/],
        [{ implementation: "pypy" }, /^it is pypy 3\.12, not/],
      ] as const
    ) {
      const python = await standIn(folder, said);
      const { libraries, without: [only, ...more] } = await acceleratorsOf([python], SMALL);
      assert.deepEqual([libraries, more, only?.python, only?.kind], [
        [],
        [],
        python,
        "interpreter",
      ]);
      assert.match(only!.why, why);
    }
    const none = await acceleratorsOf([join(folder, "none")], SMALL);
    assert.match(none.without[0]!.why, /can't be asked for its version/);
  });
  const tags = ["312-x86_64-linux-gnu", "313t-x86_64-linux-gnu", "312d-x86_64-linux-gnu", "x"];
  const names = tags.map((tag) => `${ACCELERATOR}.cpython-${tag}.so`);
  assert.deepEqual(names.map(libraryVersion), ["3.12", null, null, null]);
  const others = [`${ACCELERATOR}.cpython-39-x.so`, `x${names[0]}`, "README", names[0]!];
  assert.deepEqual(versionsOf([...names, ...others]), ["3.9", "3.12"]);
});

Deno.test("accelerator: what is missing is said, and is no error", async () => {
  await withFolder(async (folder) => {
    const without = async (python: string, using: Partial<Compiling> = {}) => {
      const { libraries, without } = await acceleratorsOf([python], { ...SMALL, ...using });
      assert.deepEqual([libraries, without.length], [[], 1]);
      return [without[0]!.kind, without[0]!.why] as const;
    };
    const python = await standIn(folder, { include: [join(folder, "include")] });
    const [kind, why] = await without(python);
    assert.deepEqual([kind, why], ["machine", `its headers are not there: ${folder}/include`]);

    const all = await made();
    const [fit] = all?.fit ?? [];
    if (fit === undefined) return;
    const compiler = [join(folder, "no-cc"), "-m64"];
    assert.match((await without(fit.path, { compiler })).join(), /^machine,there is no C compiler/);
    const source = join(folder, "x.c");
    const written = async (text: string, strict: boolean) => {
      await Deno.writeTextFile(source, text);
      return (await without(fit.path, { source, strict })).join();
    };
    assert.match(await written("int x = ;\n", false), /^source,cc failed: x\.c:1:.*error/);
    const small = await Deno.readTextFile(SMALL.source);
    assert.match(
      await written(`${small}static int unused;\n`, true),
      /^source,cc failed: x\.c:.*unused/,
    );
    const absent = small.replace("PyUnicode_FromFormat", "PyNothing_Called")
      .replace("static PyObject *", "extern PyObject *PyNothing_Called(const char *, ...);\n$&");
    const init = absent.replace("return PyModule", 'PyNothing_Called("");\n    return PyModule');
    assert.match(
      await written(init, true),
      /^source,what was compiled can't be loaded: .*PyNothing/s,
    );
    // What a compiler to come warns of keeps nobody from a library.
    await Deno.writeTextFile(source, `${small}static int unused;\n`);
    const lenient = await acceleratorsOf([fit.path], { ...SMALL, source, strict: false });
    assert.equal(lenient.libraries.length, 1);
  });
});

Deno.test("accelerator: the task puts them into a folder, or says why not", async () => {
  await withFolder(async (folder) => {
    const ask = (...words: string[]) => accelerator(words, folder, SMALL);
    await assert.rejects(ask(), /--output/);
    await assert.rejects(ask("--outputs", "x"), /outputs/);
    const old = await standIn(folder, { version: "3.11" });
    await assert.rejects(ask("--output", "x", "--python", old), (error: Error) => {
      assert.match(error.message, /^No accelerator for .*python3: it is cpython 3\.11, not/);
      return true;
    });
    const none = { ...SMALL, compiler: [join(folder, "no-cc")] };
    await assert.rejects(
      accelerator(["--output", "x"], folder, none),
      /There is none: it takes a C/,
    );
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["python3"]);
    const all = await made();
    if (all === null) return;
    const words = all.fit.flatMap(({ path }) => ["--python", path]);
    const paths = await ask("--output", "a/b", ...words);
    assert.deepEqual(paths.map((path) => basename(path)), all.libraries.map(({ name }) => name));
    for (const [index, path] of paths.entries()) {
      assert.ok(path.startsWith(join(folder, "a/b/")));
      assert.deepEqual(await Deno.readFile(path), all.libraries[index]!.bytes);
    }
  });
});
