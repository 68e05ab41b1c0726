/** A million damaged traces: those of the push, and others of recordings made here. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  EACH_OBSERVER,
  emptyEnvironment,
  forEachPython,
  needsPythons,
} from "../support/pythons.ts";
import { record, withFolder } from "../support/recorder.ts";
import { SILENT } from "../support/same.ts";
import type { ShardReport } from "../trace/fuzz/_shard.ts";

needsPythons(EACH_OBSERVER);

/** In all; CT_FUZZ_INPUTS names another number. */
const INPUTS = Number(Deno.env.get("CT_FUZZ_INPUTS") ?? 1_000_000);
/** Numbers up to this are those of the push. */
const FIRST = 5_000;
/** A process of any length must get along with this. */
const MAX_PEAK_BYTES = 600e6;
const SHARD = fileURLToPath(new URL("../trace/fuzz/_shard.ts", import.meta.url));

/** Small programs, each with some of what a trace can hold. */
const PROGRAMS: Readonly<Record<string, string>> = {
  values: `
class Point:
    def __init__(self, x):
        self.x = x
        self.tags = {"a": {1, 2}, "b": (None, True, 2.5, "\\u00fc" * 40)}
p = Point(2 ** 70)
q = [p, [p], b"bytes", 1j]
`,
  exceptions: `
import sys
def fail(n):
    if n == 0:
        raise ValueError("no")
    fail(n - 1)
for n in range(3):
    try:
        fail(n)
    except ValueError as error:
        print(error, file=sys.stderr)
`,
  threads: `
import threading
def work(n):
    for i in range(n):
        yield i
def run():
    print(sum(work(3)))
for _ in range(2):
    t = threading.Thread(target=run)
    t.start()
    t.join()
`,
};

Deno.test({
  name: `${INPUTS} damaged traces: read, or refused as corrupt and found to be`,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    withFolder(async (folder) => {
      const seeds = join(folder, "seeds");
      await Deno.mkdir(seeds);
      await forEachPython(t, EACH_OBSERVER, async (python) => {
        const interpreter = await emptyEnvironment(python);
        for (const [name, source] of Object.entries(PROGRAMS)) {
          await withFolder(async (folder) => {
            const script = join(folder, `${name}.py`);
            await Deno.writeTextFile(script, source);
            const options = { readBack: false };
            const { tracePath, stderr } = await record(
              folder,
              [...SILENT, interpreter, script],
              options,
            );
            assert.ok(tracePath !== null, stderr);
            await Deno.copyFile(tracePath, join(seeds, `${name}-${python.version}.ct`));
          });
        }
      });
      const shards = navigator.hardwareConcurrency;
      const each = Math.ceil(INPUTS / shards);
      const reports = await Promise.all(
        Array.from({ length: shards }, (_, shard) => runShard(seeds, FIRST + shard * each, each)),
      );
      const sum = (count: (report: ShardReport) => number) =>
        reports.map(count).reduce((a, b) => a + b);
      const [read, sound] = [sum((report) => report.read), sum((report) => report.sound)];
      assert.ok(read > INPUTS / 20 && read < INPUTS / 2, `${read} could be read`);
      assert.ok(sound > INPUTS / 100 && sound < INPUTS / 4, `${sound} were sound`);
      for (const { peakBytes } of reports) {
        assert.ok(peakBytes < MAX_PEAK_BYTES, `a process had ${peakBytes} bytes`);
      }
    }),
});

async function runShard(seeds: string, first: number, count: number): Promise<ShardReport> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", SHARD, seeds, String(first), String(count)],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assert.ok(success, `inputs from ${first}:\n${decoder.decode(stderr)}`);
  return JSON.parse(decoder.decode(stdout));
}
