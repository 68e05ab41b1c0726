/** What a trace worker that is a process of its own does not record, and what it recovers all the same. */
import assert from "node:assert/strict";
import { byProcess } from "../support/by_process.ts";
import { run } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { recordedOutput } from "../support/recorded_output.ts";
import { inspect, record, type Recording, withFolder } from "../support/recorder.ts";

/** Native code's output; and where it is to kill the recorder, that once has it all. */
const writesPast = (kills: boolean) => `
import glob, os, signal, time
os.write(1, b"past the streams\\n")
print("printed", flush=True)
def kept():
    for path in glob.glob("out/.recording-*/relayed-1"):
        text = open(path, "rb").read()
        return b"past the streams\\n" in text and b"printed\\n" in text
if ${kills ? "True" : "False"}:
    while not kept():
        time.sleep(0.01)
    os.kill(os.getppid(), signal.SIGKILL)
`;

Deno.test("trace process: descriptors are not recorded, and that is said; what a worker recorded of them is recovered", () =>
  withFolder(async (folder) => {
    const python = await anyPython();
    const words = (kills: boolean) => [
      "--io-capture",
      "proxies+fd",
      python.path,
      "-c",
      writesPast(kills),
    ];
    const own = byProcess();
    const here = await record(folder, words(false), { recorder: own });
    assert.equal(here.stdout, "past the streams\nprinted\n");
    assert.match(here.stderr, /warning: .* is not recorded: .*--unstable-worker-options/);
    assert.deepEqual([here.status, outputOf(here)], [0, "printed\n"]);
    await Deno.remove(here.outDir, { recursive: true });
    await record(folder, words(true));
    const { status, stderr } = await run([...own, "recover", "-o", "new,1", "out"], {
      cwd: folder,
    });
    assert.equal(status, 0, stderr);
    const recovered = await inspect(`${folder}/new,1`);
    assert.equal(recovered.metadata?.["sandbox"], "child-process");
    // What is written past the streams may come a moment later.
    assert.deepEqual(outputOf(recovered).split("\n").sort(), ["", "past the streams", "printed"]);
  }));

function outputOf({ trace }: Pick<Recording, "trace">): string {
  return recordedOutput(trace).map(({ text }) => text).join("");
}
