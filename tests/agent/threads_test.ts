/** What a trace says of threads: when they began and ended, and what they are called. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { forEachPython, needsPythons, PUSH_VERSIONS } from "../support/pythons.ts";
import { record, withFolder } from "../support/recorder.ts";

needsPythons(PUSH_VERSIONS);

const PROGRAM = `import sys, threading
class Own(threading.Thread):
    _name = property(lambda self: self.asked(), lambda self, name: self.__dict__.__setitem__("_name", name))
    def asked(self):
        if sys._getframe(2).f_globals is not threading.__dict__:
            raise ZeroDivisionError
        return self.__dict__["_name"]
    def run(self):
        print("own")
def work(text):
    print(text)
def fails():
    print("fails")
    raise ValueError
def run(thread):
    thread.start()
    thread.join()
threading.excepthook = print
for n in range(3):
    run(threading.Thread(target=work, args=[n], name="worker %d" % n))
run(threading.Thread(target=sum, args=[[]]))
run(Own(name="own one"))
run(threading.Thread(target=fails, name="failing"))
first, second = threading.Event(), threading.Event()
def waits():
    first.set()
    second.wait()
    print("goes on")
thread = threading.Thread(target=waits, name="waiting")
thread.start()
first.wait()
print("meanwhile")
second.set()
thread.join()
threading.Thread(target=threading.Event().wait, daemon=True).start()
print("end")
`;

Deno.test({
  name: "threads are told apart, and named",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await forEachPython(t, PUSH_VERSIONS, async (python) => {
      await withFolder(async (folder) => {
        await Deno.writeTextFile(join(folder, "app.py"), PROGRAM);
        const { trace } = await record(folder, ["--quiet", "--python", python.path, "app.py"]);
        const began: number[] = [], ended: number[] = [];
        let running = 0;
        const printed = new Map<number, string[]>();
        for (const event of trace!.events) {
          if (event.step_kind === "sekThreadStart") began.push(running = event.thread_id!);
          if (event.step_kind === "sekThreadSwitch") {
            running = event.thread_id!;
            assert.ok(!ended.includes(running), "it ends behind the last that it did");
          }
          // Whoever waits for it may have gone on before it says so.
          if (event.step_kind === "sekThreadExit") ended.push(event.thread_id!);
          if (event.kind !== "io") continue;
          const { thread, thread_name } = JSON.parse(event.metadata!);
          const texts = printed.get(thread) ?? [];
          printed.set(thread, [...texts, `${thread_name ?? "-"}: ${event.text!.trim()}`]);
        }
        // Of the fourth nothing is recorded, but for its number; the last one is never over.
        assert.deepEqual(began, [1, 2, 3, 5, 6, 7]);
        assert.deepEqual(ended, began);
        const { 6: failing, ...others } = Object.fromEntries(printed);
        assert.equal(failing![0], "failing: fails");
        assert.deepEqual(others, {
          0: ["-: meanwhile", "-: end"],
          1: ["worker 0: 0"],
          2: ["worker 1: 1"],
          3: ["worker 2: 2"],
          5: ["own one: own"],
          7: ["waiting: goes on"],
        });
      });
    });
  },
});

/** The child lets go of what the other thread has before any hook is called. The parent tells nothing after that. */
const FORKS = `import os, threading, warnings
warnings.simplefilter("ignore")
begun = threading.Event()
def wait():
    begun.set()
    threading.Event().wait()
threading.Thread(target=wait, daemon=True).start()
begun.wait()
print("begun", flush=True)
os._exit(os.waitpid(os.fork() or os._exit(5), 0)[1] >> 8)
`;

Deno.test({
  name: "a fork while threads run: the child tells nothing",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await forEachPython(t, PUSH_VERSIONS, async (python) => {
      await withFolder(async (folder) => {
        await Deno.writeTextFile(join(folder, "app.py"), FORKS);
        const words = ["--quiet", "--propagate-script-exit", "--python", python.path, "app.py"];
        const { status, stdout, stderr, trace } = await record(folder, words);
        assert.deepEqual([status, stdout, stderr], [5, "begun\n", ""]);
        const kinds = trace!.events.map(({ step_kind }) => step_kind);
        assert.equal(kinds.filter((kind) => kind === "sekThreadStart").length, 1);
        assert.ok(!kinds.includes("sekThreadExit"));
      });
    });
  },
});

const TASKS = `import asyncio, sys
class Loud(asyncio.Task):
    def get_name(self):
        raise SystemExit("nobody asks")
async def work(text):
    print(text)
    await asyncio.sleep(0)
    sys.stderr.write(text)
async def main():
    print("main")
    loop = asyncio.get_running_loop()
    tasks = [asyncio.create_task(work("one"), name="first"), asyncio.create_task(work("two"), name="second")]
    for task in tasks:
        await task
    await Loud(work("loud"), loop=loop, name="own")
    await asyncio.tasks._PyTask(work("pure"), loop=loop)
class Loop(type(asyncio.new_event_loop())):
    def __eq__(self, other):
        raise SystemExit("nobody asks")
    __hash__ = object.__hash__
loop = Loop()
asyncio._set_running_loop(None)
loop.run_until_complete(loop.create_task(main()))
print("outside")
loop.close()
asyncio.run(main())
`;

Deno.test({
  name: "output of tasks bears their names",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await forEachPython(t, PUSH_VERSIONS, async (python) => {
      await withFolder(async (folder) => {
        await Deno.writeTextFile(join(folder, "app.py"), TASKS);
        const { status, trace } = await record(folder, [
          "--quiet",
          "--propagate-script-exit",
          "--python",
          python.path,
          "app.py",
        ]);
        assert.equal(status, 0);
        const told = trace!.events.filter(({ kind }) => kind === "io").map((event) => {
          const { task } = JSON.parse(event.metadata!);
          return `${event.text!.trim()}: ${task?.replace(/\d+/, "N") ?? "-"}`;
        });
        const run = ["main: Task-N", "one: first", "two: second", "one: first", "two: second"];
        const loud = ["loud: own", "loud: own"];
        const pure = ["pure: -", "pure: -"];
        assert.deepEqual(told, [
          ...[...run, ...loud, ...pure],
          "outside: -",
          ...[...run, ...loud, ...pure],
        ]);
      });
    });
  },
});
