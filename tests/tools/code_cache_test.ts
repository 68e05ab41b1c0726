/** V8's compiled form of scripts: the same each time, taken by the Deno that it was made with, and left out where it can't be. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { cacheOf } from "../../tools/build/bundle.ts";
import { makeCodeCache } from "../../tools/build/code_cache.ts";
import { run } from "../support/processes.ts";
import { withFolder } from "../support/recorder.ts";

const SCRIPT = "(function () { const late = () => () => 42; return late()(); })";

/** Takes the compiled form in the place of another text of that length, so that it is seen which of the two has run. */
const TAKES = `import vm from "node:vm";
const [text, cache] = Deno.args;
const cachedData = Deno.readFileSync(cache);
const other = Deno.readTextFileSync(text).replace("42", "43");
const script = new vm.Script(other, { filename: "file:///x.js", cachedData });
console.log(script.cachedDataRejected, script.runInThisContext()());
`;

Deno.test("code cache: it is taken by the Deno that made it, with all functions, and is the same each time", async () => {
  await withFolder(async (folder) => {
    const script = join(folder, "x.txt");
    await Deno.writeTextFile(script, SCRIPT);
    assert.ok(await makeCodeCache([script], Deno.execPath()));
    const first = await Deno.readFile(cacheOf(script));
    assert.ok(await makeCodeCache([script], Deno.execPath()));
    assert.deepEqual(await Deno.readFile(cacheOf(script)), first);
    await Deno.writeTextFile(join(folder, "takes.js"), TAKES);
    const words = ["run", "-A", "-q", "--no-config", join(folder, "takes.js"), script];
    const { stdout, stderr } = await run([Deno.execPath(), ...words, cacheOf(script)]);
    // 43 would be compiled from the text, as would a function that the cache leaves out.
    assert.deepEqual([stdout, stderr], ["false 42\n", ""]);
  });
});

Deno.test("code cache: where there can be none, the files are empty", async () => {
  await withFolder(async (folder) => {
    const script = join(folder, "x.txt");
    await Deno.writeTextFile(script, SCRIPT);
    assert.equal(await makeCodeCache([script], "/bin/false"), false);
    assert.deepEqual(await Deno.readFile(cacheOf(script)), new Uint8Array());
    await Deno.writeTextFile(script, "(function () {");
    assert.equal(await makeCodeCache([script], Deno.execPath()), false);
    assert.deepEqual(await Deno.readFile(cacheOf(script)), new Uint8Array());
  });
});
