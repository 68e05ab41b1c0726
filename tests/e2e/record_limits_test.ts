/** `--max-steps` and `--max-size`: the recording ends, the program does not. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { EACH_OBSERVER, forEachPython, needsPythons, type Python } from "../support/pythons.ts";
import { record, type Recording, withFolder } from "../support/recorder.ts";

needsPythons(EACH_OBSERVER);

/** Has 3 steps in the module, 3 in each turn of the loop; says what it does, and ends with 4. */
const COUNTS = `
import os, sys
def double(n):
    return 2 * n
for n in range(int(sys.argv[1])):
    m = double(n)
os.write(1, b"done %d" % m)
sys.exit(4)
`;
/** Steps of the last lines, and of those that define. */
const AROUND = 6;

function isCutShort({ metadata, stderr }: Recording, setting: string): void {
  assert.equal(metadata?.["partial"], true);
  assert.equal(metadata?.["reason"], "ERR_TRACE_INCOMPLETE");
  assert.match(String(metadata?.["detail"]), new RegExp(`its limit \\(${setting}, \\d+\\)`));
  assert.match(stderr, /^ct-recorder: warning ERR_TRACE_INCOMPLETE: /m);
  assert.match(stderr, /^ct-recorder: recorded in part \(ERR_TRACE_INCOMPLETE\) /m);
}

/** A test that runs on each of these Pythons. */
function eachPython(
  name: string,
  versions: readonly string[],
  body: (python: Python) => Promise<void>,
): void {
  Deno.test({
    name,
    fn: (t) => forEachPython(t, versions, body),
    sanitizeOps: false,
    sanitizeResources: false,
  });
}

function steps({ metadata }: Recording): number {
  return (metadata?.["counts"] as { steps: number }).steps;
}

eachPython(
  "a limit of steps ends the recording there, and lets the program end as it does",
  EACH_OBSERVER,
  async (python) => {
    await withFolder(async (folder) => {
      await Deno.writeTextFile(join(folder, "app.py"), COUNTS);
      const words = [python.path, "app.py", "100"];
      const whole = await record(join(folder), ["--propagate-script-exit", ...words]);
      const all = steps(whole);
      assert.ok(all >= 300 && all <= 300 + 2 * AROUND, `${all} steps`);
      for (const limit of [1, 150, all - 1, all]) {
        const cut = await record(folder, [
          "--propagate-script-exit",
          "--on-recorder-error=abort",
          "--require-trace",
          `--max-steps=${limit}`,
          ...words,
        ]);
        assert.equal(cut.status, 4, cut.stderr);
        assert.equal(cut.stdout, "done 198");
        assert.equal(steps(cut), Math.min(limit, all));
        // What the program ended with is known all the same.
        assert.deepEqual(cut.metadata?.["process_exit_status"], { code: 4, label: null });
        if (limit < all) isCutShort(cut, "max_steps");
        else assert.equal(cut.metadata?.["partial"], false, `${limit} of ${all}`);
      }
    });
  },
);

eachPython("a limit of size is kept, whatever fills the trace", ["3.13"], async (python) => {
  const fill = {
    steps: "text = os.urandom(60).hex()",
    calls: "call(n)",
    output: "print(os.urandom(60).hex())",
  };
  for (const [what, line] of Object.entries(fill)) {
    await withFolder(async (folder) => {
      const program =
        `import os, sys\ndef call(n):\n    return os.urandom(6).hex()\nfor n in range(40000):\n` +
        `    ${line}\nprint("done", file=sys.stderr)\n`;
      await Deno.writeTextFile(join(folder, "app.py"), program);
      const words = ["--max-size=1MB", python.path, "app.py"];
      const cut = await record(folder, words, { readBack: false });
      assert.equal(cut.status, 0, cut.stderr);
      assert.match(cut.stderr, /^done$/m);
      isCutShort(cut, "max_size");
      const { size } = await Deno.stat(cut.tracePath!);
      assert.ok(size > 300_000 && size <= 1_400_000, `${what}: ${size} bytes`);
    });
  }
});

eachPython(
  "what is written past the program's own streams counts as well",
  ["3.13"],
  async (python) => {
    await withFolder(async (folder) => {
      const program = `import subprocess, sys\nsubprocess.run([sys.executable, "-c", ` +
        `"import os, time\\nfor n in range(200): os.write(1, b'x' * 50000)\\ntime.sleep(1)"])\n`;
      await Deno.writeTextFile(join(folder, "app.py"), program);
      const cut = await record(folder, [
        "--io-capture=proxies+fd",
        "--max-size=1MB",
        python.path,
        "app.py",
      ], { readBack: false });
      assert.equal(cut.status, 0, cut.stderr);
      assert.equal(cut.stdout.length, 10_000_000);
      isCutShort(cut, "max_size");
    });
  },
);

eachPython(
  "what ran ahead of a limit that output alone reaches is in the trace",
  ["3.13"],
  async (python) => {
    await withFolder(async (folder) => {
      const program = `import subprocess, sys, time\ndef f(n):\n    return n\n` +
        `for n in range(300):\n    f(n)\nprint("before", flush=True)\n` +
        `subprocess.run([sys.executable, "-c", ` +
        `"import os, time\\nfor n in range(200): os.write(1, b'x' * 50000)\\ntime.sleep(0.5)"])\n`;
      await Deno.writeTextFile(join(folder, "app.py"), program);
      const cut = await record(folder, [
        "--io-capture=proxies+fd",
        "--max-size=1MB",
        python.path,
        "app.py",
      ]);
      isCutShort(cut, "max_size");
      assert.ok(steps(cut) > 900, `${steps(cut)} steps`);
      const texts = cut.trace?.events.map(({ text }) => text ?? "").join("") ?? "";
      assert.match(texts, /before/);
    });
  },
);
