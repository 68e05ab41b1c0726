/** The published files, from an address as a user of a registry has them. CI runs this with the oldest Deno as well. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ownDenoCache } from "../support/deno_cache.ts";
import { run } from "../support/processes.ts";
import { anyPython, type Python } from "../support/pythons.ts";
import { servePublished } from "../support/published.ts";
import { inspect, ROOT, withFolder } from "../support/recorder.ts";
import { underTerminal } from "../support/terminal.ts";

/** As README.md has it for a recorder from a registry: the words ahead of its name. */
async function readmeFlags(python: Python): Promise<string[]> {
  const readme = await Deno.readTextFile(join(ROOT, "README.md"));
  const line = readme.split("\n").find((line) =>
    line.startsWith("deno run --") && line.includes("jsr:@codetracer/recorder/cli")
  );
  const [flags = ""] = line?.slice("deno run ".length).split(" jsr:") ?? [];
  return flags.replace("/usr/bin/python3", python.path).split(" ");
}

/** For a cache of modules without any of ours, and with the packages of npm that are there. */
async function emptyCache(folder: string): Promise<Record<string, string>> {
  const DENO_DIR = await ownDenoCache(folder, ["npm"]);
  const registry = Deno.env.get("NPM_CONFIG_REGISTRY");
  return { DENO_DIR, ...(registry === undefined ? {} : { NPM_CONFIG_REGISTRY: registry }) };
}

Deno.test("published: records from an address, with all permissions and with README's, confined", () =>
  withFolder(async (folder) => {
    await using published = await servePublished();
    const python = await anyPython();
    const environment = await emptyCache(folder);
    await Deno.writeTextFile(join(folder, "app.py"), "print(6 * 7)\n");
    const main = `${published.address}main.ts`;
    const narrow = await readmeFlags(python);
    assert.ok(narrow.includes(`--allow-run=${python.path}`) && !narrow.includes("-A"));
    for (
      const [flags, sandbox] of [
        [["-A"], "child-process"],
        [narrow, "worker-permissions"],
      ] as const
    ) {
      // At a terminal Deno would ask for what it lacks, and nobody answers.
      const { status, output } = await underTerminal(
        [Deno.execPath(), "run", ...flags, main, "-o", "traces", python.path, "app.py"],
        { cwd: folder, env: { ...environment, NO_COLOR: "1" } },
      );
      assert.equal(status, 0, output);
      assert.match(output, /^42$/m);
      assert.match(output, /^ct-recorder: recorded 1 step,/m);
      const { left, metadata, trace } = await inspect(join(folder, "traces"));
      assert.deepEqual(left, ["app.ct", "trace_metadata.json"]);
      assert.deepEqual([metadata?.["sandbox"], metadata?.["partial"]], [sandbox, false]);
      assert.ok(trace!.events.some(({ path }) => path === join(folder, "app.py")));
      await Deno.remove(join(folder, "traces"), { recursive: true });
    }
    assert.deepEqual(published.missing, []);
  }));

Deno.test("published: the library comes from a registry, records and reads", () =>
  withFolder(async (folder) => {
    await using published = await servePublished();
    const python = await anyPython();
    const environment = await emptyCache(folder);
    await Deno.writeTextFile(
      join(folder, "embeds.ts"),
      `
import { configurePolicy, openTrace, record, RecorderError } from "jsr:@codetracer/recorder";
const policy = await configurePolicy({ settings: { out_dir: "traces", quiet: true, value_max_depth: 5 } });
await record({ command: ["none.py"], policy }).catch((error) => {
  if (!(error instanceof RecorderError)) throw error;
  console.log(error.code);
});
const { trace } = await record({ command: [Deno.args[0]!, "-c", "print(6 * 7)"], policy });
using read = openTrace(trace!.path);
console.log([...read.steps()].length === trace!.counts.steps);
`,
    );
    const { status, stdout, stderr } = await run(
      [Deno.execPath(), "run", "-A", "embeds.ts", python.path],
      { cwd: folder, env: { ...environment, JSR_URL: published.registry } },
    );
    assert.equal(status, 0, stderr);
    assert.equal(stdout, "ERR_SCRIPT_NOT_FOUND\n42\ntrue\n");
    const { metadata } = await inspect(join(folder, "traces"));
    assert.equal(metadata?.["sandbox"], "child-process");
    assert.deepEqual(published.missing, []);
  }));
