/** The sources in a trace: those of the code that was recorded, as the agent read them. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { printCommand } from "../../src/cli/print.ts";
import { openTrace } from "../../src/trace/reader/open_trace.ts";
import { run } from "../support/processes.ts";
import { EACH_OBSERVER, needsPythons, pythons } from "../support/pythons.ts";
import { record, recorderCommand, withFolder } from "../support/recorder.ts";

const PYTHON = EACH_OBSERVER[0]!;
needsPythons([PYTHON]);

const FILES: Readonly<Record<string, string>> = {
  "main.py": "import pkg.shown, pkg.hidden\npkg.shown.f()\npkg.hidden.f()\n",
  "pkg/__init__.py": "",
  "pkg/shown.py": "# -*- coding: latin-1 -*-\r\nS = '\xe9'\r\ndef f(): return S",
  "pkg/hidden.py": "SECRET = 'hunter2'\ndef f(): return 1\n",
  "filter.toml": '[meta]\nname = "t"\nversion = 1\n[scope]\ndefault_exec = "inherit"\n' +
    '[[scope.rules]]\nselector = "file:pkg/hidden.py"\nexec = "skip"\n',
};

async function inProject(body: (folder: string, python: string) => Promise<void>): Promise<void> {
  const python = (await pythons()).get(PYTHON);
  if (python === undefined) return; // needsPythons has said so
  await withFolder(async (folder) => {
    for (const [name, text] of Object.entries(FILES)) {
      await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
      await Deno.writeFile(join(folder, name), latin1(text));
    }
    await body(folder, python.path);
  });
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

Deno.test("a trace holds the sources of what was recorded, byte by byte, and no others", async () => {
  await inProject(async (folder, python) => {
    const words = ["--trace-filter", "filter.toml", python, "main.py"];
    const { tracePath, stderr } = await record(folder, words, { readBack: false });
    assert.ok(tracePath !== null, stderr);
    using trace = openTrace(tracePath);
    const kept = trace.paths.filter((path) => path.startsWith(folder));
    const names = ["main.py", "pkg/__init__.py", "pkg/shown.py"];
    assert.deepEqual(kept.toSorted(), names.map((name) => join(folder, name)));
    for (const name of names) {
      assert.deepEqual(trace.source(join(folder, name)), latin1(FILES[name]!), name);
    }
    // Not by another way either.
    for (const id of trace.paths.keys()) {
      const text = new TextDecoder().decode(trace.source(id) ?? new Uint8Array(0));
      assert.ok(!text.includes("hunter2"), trace.paths[id]);
    }
    // Read on a machine that doesn't have the files.
    await Deno.rename(join(folder, "pkg"), join(folder, "gone"));
    let printed = "";
    const write = (part: string) => printed += part;
    await printCommand([tracePath], { write, flush: () => {}, colours: false });
    assert.match(printed, /shown\.py:3 +def f\(\): return S/);
    const asked = ["sources", tracePath, "shown.py", "--extract", "x"];
    const { stdout, status } = await run([...recorderCommand(), ...asked], { cwd: folder });
    const shown = join(folder, "pkg/shown.py");
    assert.deepEqual([status, stdout], [0, `x${shown}  ← ${shown}\n`]);
    assert.deepEqual(await Deno.readFile(join(folder, "x", shown)), latin1(FILES["pkg/shown.py"]!));
  });
});

Deno.test("--no-record-sources keeps them out", async () => {
  await inProject(async (folder, python) => {
    const words = ["--no-record-sources", python, "main.py"];
    const { tracePath, stderr } = await record(folder, words, { readBack: false });
    assert.ok(tracePath !== null, stderr);
    using trace = openTrace(tracePath);
    assert.ok(trace.paths.includes(join(folder, "pkg/hidden.py")));
    assert.ok(trace.paths.every((path) => trace.source(path) === null));
  });
});
