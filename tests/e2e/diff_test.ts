/** Recordings of one program that parted at a place known beforehand. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { diffCommand } from "../../src/cli/diff.ts";
import { EACH_OBSERVER, needsPythons, pythons } from "../support/pythons.ts";
import { record, withFolder } from "../support/recorder.ts";

const PYTHON = EACH_OBSERVER.at(-1)!;
needsPythons([PYTHON]);

const PROGRAM = `import os, sys, threading

sys.setswitchinterval(1e-5)
mode = os.environ.get("MODE", "")

def work(n):
    total = 0
    for i in range(n):
        total += i
    return total

def decide(flag):
    if flag:
        return "left"
    return "right"

def main():
    threads = [threading.Thread(target=work, args=(n,)) for n in (100, 150)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    place, words = os.getcwd(), {"some", "words", "in", "any", "order"}
    count = 4 if mode == "other" else 3
    for i in range(count):
        last = i
    side = decide(mode == "other")
    if mode == "raise":
        raise ValueError("not today")
    print(side, place, object() in words, main, threads)

main()
`;

/** Where a line of the program is, by what stands on it. */
function lineOf(text: string): number {
  return PROGRAM.split("\n").findIndex((line) => line.includes(text)) + 1;
}

/** What a thread object holds depends on how far that has got. */
const NATURE = ["--ignore", "thread", "--ignore", "threads"];

async function diff(...words: string[]): Promise<{ status: number; text: string }> {
  let text = "";
  const sink = { write: (part: string) => text += part, flush: () => {}, colours: false };
  return { status: await diffCommand(words, sink), text };
}

Deno.test("diff finds where two recordings part, and what led there", async (t) => {
  const python = (await pythons()).get(PYTHON);
  if (python === undefined) return; // needsPythons has said so
  await withFolder(async (folder) => {
    const modes = ["", "elsewhere", "other", "raise"];
    const traces = new Map<string, string>();
    for (const mode of modes) {
      const place = join(folder, `in ${mode}`);
      await Deno.mkdir(place);
      await Deno.writeTextFile(join(place, "app.py"), PROGRAM);
      const env = { MODE: mode === "elsewhere" ? "" : mode };
      const recorded = await record(place, [python.path, "app.py"], {
        cwd: place,
        env,
        readBack: false,
      });
      assert.ok(recorded.tracePath !== null, recorded.stderr);
      traces.set(mode, recorded.tracePath);
    }
    const compare = async (mode: string) => {
      const paths = [traces.get("")!, traces.get(mode)!];
      const { status, text } = await diff(...paths, ...NATURE);
      const json = await diff(...paths, ...NATURE, "--json");
      assert.equal(json.status, status);
      return { status, text, found: JSON.parse(json.text) };
    };
    // What all but the first have in common: the variable that says which one it is.
    const causes = (found: { causes: { name: string; value_a: string; value_b: string }[] }) =>
      found.causes.map(({ name, value_a, value_b }) => `${name} ${value_a} ${value_b}`);

    await t.step("in another folder, with other turns of the threads: the same", async () => {
      const { status, text, found } = await compare("elsewhere");
      assert.deepEqual([status, found.same, found.threads.length], [0, true, 3], text);
      // Threads hold more than is recorded.
      assert.equal(found.values_cut, true);
      assert.match(
        text,
        /^same +both ran the same \d+ steps, with the same values as far as these were recorded: some were cut$/m,
      );
    });
    await t.step("another number of loops, then another branch", async () => {
      const { status, text, found } = await compare("other");
      assert.equal(status, 1);
      const [{ partings, first_partings: [loop, branch] }] = found.threads;
      assert.equal(partings, 2);
      assert.deepEqual(
        [loop.decided_a.line, loop.a.line, loop.b.line],
        [lineOf("for i in range(count)"), lineOf("side = decide"), lineOf("last = i")],
      );
      assert.deepEqual(
        [branch.decided_a.line, branch.a.line, branch.b.line, branch.a.function],
        [lineOf("if flag"), lineOf('"right"'), lineOf('"left"'), "decide"],
      );
      assert.deepEqual(causes(found), ["count 3 4", "mode '' 'other'"]);
      assert.deepEqual(found.functions.map(({ name }: { name: string }) => name), ["main"]);
      assert.match(
        text,
        /^may be +because of these 2 values, the likeliest first\n +count {2}3 \| 4$/m,
      );
      assert.match(text, /, after app\.py:\d+ +count = 4 if/);
      assert.match(text, /^ +B left \//m);
    });
    await t.step("an exception in one", async () => {
      const { found, text } = await compare("raise");
      const [{ first_partings: [parting] }] = found.threads;
      assert.equal(parting.decided_a.line, lineOf('if mode == "raise"'));
      assert.equal(parting.b.line, lineOf("raise ValueError"));
      assert.deepEqual(causes(found), ["mode '' 'raise'"]);
      assert.match(text, /^parting +after .*, in main$/m);
      assert.match(text, /^ended +A status 0; B status 1, ValueError$/m);
      assert.match(text, /^stdout +differs from line 1 on$/m);
    });
  });
});
