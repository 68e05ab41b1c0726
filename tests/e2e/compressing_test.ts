/**
 * A recording of many objects has its chunks compressed by a thread beside the one that writes them, where there is a core for
 * it, and is the same as one without.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { ContainerReader } from "../../src/trace/ctfs/container_reader.ts";
import { anyPython } from "../support/pythons.ts";
import { record, withFolder } from "../support/recorder.ts";

const PROGRAM = `
import os

class Account:
    def __init__(self, number):
        self.number = number
        self.name = "account %d" % number
        self.parts = [number, {"half": number / 2}]

def change(times):
    accounts = [Account(number) for number in range(5)]
    for time in range(times):
        accounts[time % 5].number += time
    return accounts

change(6000)
os.system(os.environ["CT_TEST_LOOK"])
`;

/** The recorder's threads are looked at when it has been asked for most of what there is; none comes late where one is wanted. */
const look = (recorder: string, tries: number, seen: string) =>
  `for try in $(seq ${tries}); do
     if grep -qx worker-2 /proc/${recorder}/task/*/comm; then echo yes > ${seen}; exit; fi; sleep 0.05
   done; echo no > ${seen}`;

/** Runs what follows on one core. */
const ONE_CORE = `import os, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
os.execv(sys.argv[1], sys.argv[1:])`;

/** All that is in a container but what is called by its recording. */
function contentOf(path: string): Map<string, Uint8Array> {
  using container = new ContainerReader(path);
  return new Map(
    container.names().filter((name) => name !== "meta.dat").map((name) => [
      name,
      container.read(container.file(name)!).slice(), // holds: it has just named it
    ]),
  );
}

Deno.test({
  name: "compressing beside: a recording is the same with and without",
  ignore: Deno.build.os !== "linux", // threads are seen in /proc, and a process kept to one core
  fn: async () => {
    const python = await anyPython();
    await withFolder(async (folder) => {
      const program = join(folder, "app.py");
      await Deno.writeTextFile(program, PROGRAM);
      const recorded = async (wrapper: readonly string[], tries: number) => {
        const own = join(folder, String(tries));
        await Deno.mkdir(own);
        const seen = join(own, "seen");
        const { status, tracePath, stderr } = await record(
          own,
          ["--python", python.path, program],
          {
            wrapper,
            readBack: false,
            env: {
              CT_TEST_LOOK: look("$(sed -n 's/^PPid:[^0-9]*//p' /proc/$PPID/status)", tries, seen),
            },
          },
        );
        assert.equal(status, 0, stderr);
        assert(tracePath !== null);
        return { seen: await Deno.readTextFile(seen), content: contentOf(tracePath) };
      };
      const beside = await recorded([], 200);
      const alone = await recorded([python.path, "-c", ONE_CORE], 2);
      assert.equal(beside.seen, navigator.hardwareConcurrency < 3 ? "no\n" : "yes\n");
      assert.equal(alone.seen, "no\n");
      assert.deepEqual([...beside.content.keys()], [...alone.content.keys()]);
      for (const [name, bytes] of beside.content) {
        assert.equal(Buffer.compare(bytes, alone.content.get(name)!), 0, name); // holds: as above
      }
    });
  },
});
