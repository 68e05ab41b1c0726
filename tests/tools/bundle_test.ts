/** What modules are after they were put together: the same as before, in fewer files. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { bundle, cacheOf, placesOf } from "../../tools/build/bundle.ts";
import { makeCodeCache } from "../../tools/build/code_cache.ts";
import { run } from "../support/processes.ts";
import { withFolder } from "../support/recorder.ts";

Deno.test("bundle: modules are the same, know their workers, and stack traces name their own places", async () => {
  await withFolder(async (folder) => {
    const { entry, workers, late, scripts } = await bundle({
      entry: "tests/tools/bundled/main.ts",
      workers: ["tests/tools/bundled/worker_main.ts"],
      folder,
    });
    assert.deepEqual([entry, workers], [join(folder, "main.js"), [join(folder, "worker_main.js")]]);
    assert.deepEqual(scripts, [join(folder, "core.txt"), join(folder, "worker_main.txt")]);
    assert.deepEqual(late, [join(folder, "tests-tools-bundled-late.js")]);
    const withoutCache = () => {};
    const withCache = async () => assert.ok(await makeCodeCache(scripts, Deno.execPath()));
    const withAnothers = async () => {
      for (const script of scripts) {
        const cache = await Deno.readFile(cacheOf(script));
        await Deno.writeFile(cacheOf(script), cache.map((byte, at) => at < 16 ? byte ^ 255 : byte));
      }
    };
    for (const prepare of [withoutCache, withCache, withAnothers]) {
      await prepare();
      const { status, stdout, stderr } = await run([
        Deno.execPath(),
        "run",
        "-A",
        "-q",
        entry,
      ]);
      assert.equal(status, 0, stderr);
      const { stack, lateStack, workerStack, ...found } = JSON.parse(stdout);
      assert.deepEqual(found, {
        entry: true,
        late: false,
        same: true,
        inWorker: "made in line 7",
      });
      const made =
        /^Error: made in line 7\n {4}at failure \(.*\/tests\/tools\/bundled\/shared\.ts:7:\d+\)\n/;
      assert.match(stack, made);
      assert.match(workerStack, made);
      assert.match(lateStack, made);
      assert.match(lateStack, /\/tests\/tools\/bundled\/late\.ts:6:\d+\)?\n/);
      for (const each of [stack, lateStack]) assert.match(each, /\/bundled\/main\.ts:\d+:\d+\)?$/);
      assert.doesNotMatch(stack + lateStack, /\.(js|txt):/);
    }
  });
});

Deno.test("bundle: of the recorder, all is in it but Node's modules, and nothing of the machine it was made on", async () => {
  await withFolder(async (folder) => {
    const workers = [
      "src/recording/trace_worker_main.ts",
      "src/recording/compress_worker_main.ts",
      "src/sandbox/trial_worker_main.ts",
    ];
    const placed = await bundle({ entry: "main.ts", workers, folder });
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
    const textOf = async (name: string) => {
      const text = await Deno.readTextFile(join(folder, name));
      const script = join(folder, name.replace(/\.js$/, ".txt"));
      return placed.scripts.includes(script) ? await Deno.readTextFile(script) + text : text;
    };
    // One other letter, and V8 takes two bytes for each.
    for (const script of placed.scripts) {
      assert.doesNotMatch(await Deno.readTextFile(script), /[^\0-\x7f]/);
    }
    for (const name of files.filter((name) => name.endsWith(".js"))) {
      const [code = "", map = ""] = (await textOf(name)).split(
        "//# sourceMappingURL=data:application/json;base64,",
      );
      const imports = code.matchAll(
        /^(?:import|export) [^"]*"([^"]+)";$|\b(?:\$?import)\("([^"]+)"\)/gm,
      );
      for (const [, early, late] of imports) {
        const named = early ?? late ?? "";
        assert.ok(named.startsWith("node:") || files.includes(named.replace("./", "")), named);
        if (placed.workers.includes(join(folder, name))) {
          assert.match(named, /^node:/);
        }
      }
      const script = join(folder, name.replace(/\.js$/, ".txt"));
      const { sources } = JSON.parse(
        placed.scripts.includes(script) ? await Deno.readTextFile(placesOf(script)) : atob(map),
      );
      for (const source of sources) {
        // The last are what takes the script's modules from there.
        assert.match(source, /^(main\.ts$|deno\.json$|src\/|npm\/|core(:\d+)?$)/);
      }
    }
    const links: string[] = [];
    for (const name of files) {
      const text = await Deno.readTextFile(join(folder, name));
      for (
        const [, named] of text.matchAll(/new URL\("([^"]+)", (?:import\.meta\.url|\$here)\)/g)
      ) {
        links.push(named ?? "");
      }
    }
    // The last is for whoever runs the recorder with Deno, from its sources.
    assert.deepEqual(links.sort(), [
      "../../main.ts",
      "./compress_worker_main.js",
      "./trace_worker_main.js",
      "./trial_worker_main.js",
    ]);
  });
});

Deno.test("bundle: what can't be put together is said", async () => {
  await withFolder(async (folder) => {
    const request = { entry: "tests/tools/bundled/nowhere.ts", workers: [], folder };
    await assert.rejects(bundle(request), /nowhere\.ts/);
  });
});
