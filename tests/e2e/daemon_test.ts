/** A child that leaves its parent behind goes on unharmed and unrecorded, and the recorder does not wait for it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { EACH_OBSERVER, forEachPython, needsPythons } from "../support/pythons.ts";
import { record, withFolder } from "../support/recorder.ts";

needsPythons(EACH_OBSERVER);

/** As daemons do it: two forks, a session, another folder, no descriptors; it ends when the test says so. */
const PROGRAM = `
import os, sys, time
folder = os.getcwd()
def work(to):
    n = 0
    while n < to:
        n += 1
    return n
def daemon():
    os.setsid()
    if os.fork(): os._exit(0)
    os.chdir("/")
    os.umask(0)
    os.closerange(0, 4096)
    done = 0
    while not os.path.exists(folder + "/end"):
        done = work(3000)
        time.sleep(0.005)
    # Many more lines than the ring has room for.
    done += work(50000)
    with open(folder + "/said", "w") as file: file.write(str(done))
    os.rename(folder + "/said", folder + "/done")
if os.fork() == 0:
    daemon()
    os._exit(0)
os.wait()
print(work(1000))
`;

Deno.test({
  name: "a daemon that the program starts outlives it and the recorder",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, EACH_OBSERVER, (python) =>
      withFolder(async (folder) => {
        // Each once: how output is recorded has nothing to do with how the program is observed.
        const mode = python.minor < 12 ? "proxies" : "proxies+fd";
        const words = ["--io-capture", mode, python.path, "-c", PROGRAM];
        const { status, stdout, stderr, metadata, trace } = await record(folder, words, {
          readBack: false,
        });
        assert.deepEqual([status, stdout], [0, "1000\n"], stderr);
        assert.equal(metadata?.["partial"], false);
        // Its first fork; the other one is the child's.
        assert.equal(metadata?.["unrecorded_children"], 1);
        const steps = trace?.counts["steps"] ?? 0;
        assert.ok(
          steps > 2000 && steps < 2100,
          `${steps} steps: the daemon's are not the program's`,
        );
        await Deno.writeTextFile(join(folder, "end"), "");
        const done = join(folder, "done");
        while (!await Deno.stat(done).then(() => true, () => false)) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        assert.equal(await Deno.readTextFile(done), "53000");
      })),
});
