/** Programs that die by their own fault, each in another way, and what their traces have to say of it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openTrace } from "../../mod.ts";
import type { Python } from "../support/pythons.ts";
import { record, withFolder } from "../support/recorder.ts";

interface Death {
  /** Follows {@link START}, and counts how often a line marked with #counted runs, in `n`; what it prints is its last `n`. */
  readonly code: string;
  readonly status: number;
  readonly label: string | null;
  /** Others go on counting until it is dead. */
  readonly others?: true;
  /** The agent may have lost events, if the trace says so. */
  readonly starves?: true;
}

const START = `
import ctypes, faulthandler, os, resource, signal, sys, threading, time
n = 0
def count(to):
    global n
    while n < to:
        n += 1 #counted
`;

/** Takes all memory but the smallest pieces, without which 3.8 itself does not get far under any tracer. */
const STARVE = `
def starve():
    global kept
    kept = []
    mapped = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + (20 << 20),) * 2)
    size = 1 << 20
    while size > 600:
        try:
            while True: kept = [kept, bytes(size)]
        except MemoryError: size //= 2
`;

export const DEATHS: Readonly<Record<string, Death>> = {
  "a segmentation fault": {
    code: "count(5000)\nos.write(1, b'%d' % n)\nctypes.string_at(0)\n",
    status: 139,
    label: "SIGSEGV",
  },
  "a fault in C code that a call deep inside makes": {
    code: "def deep(depth):\n    if depth: return deep(depth - 1)\n" +
      "    os.write(1, b'%d' % n)\n    faulthandler._sigsegv()\ncount(5000)\ndeep(500)\n",
    status: 139,
    label: "SIGSEGV",
  },
  "abort": {
    code: "count(5000)\nos.write(1, b'%d' % n)\nos.abort()\n",
    status: 134,
    label: "SIGABRT",
  },
  "os._exit in a thread": {
    code: "def end():\n    time.sleep(0.05)\n    os.write(1, b'%d' % n)\n    os._exit(5)\n" +
      "threading.Thread(target=end).start()\ncount(1 << 40)\n",
    status: 5,
    label: null,
    others: true,
  },
  "os._exit in a signal handler, wherever that runs": {
    code: "signals = 0\ndef handler(number, frame):\n    global signals\n    signals += 1\n" +
      "    if signals == 100:\n        os.write(1, b'%d' % n)\n        os._exit(6)\n" +
      "signal.signal(signal.SIGALRM, handler)\nsignal.setitimer(signal.ITIMER_REAL, 0.001, 0.0007)\n" +
      "count(1 << 40)\n",
    status: 6,
    label: null,
  },
  "a signal of its own to itself": {
    code: "count(5000)\nos.write(1, b'%d' % n)\nos.kill(os.getpid(), signal.SIGTERM)\n",
    status: 143,
    label: "SIGTERM",
  },
  "its limit of processor time": {
    code: "resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\n" +
      "signal.signal(signal.SIGXCPU, lambda *_: (os.write(1, b'%d' % n), os.kill(os.getpid(), 9)))\n" +
      "count(1 << 40)\n",
    status: 137,
    label: "SIGKILL",
  },
  "one allocation too many": {
    code: "count(5000)\nos.write(1, b'%d' % n)\n" +
      "resource.setrlimit(resource.RLIMIT_AS, (1 << 30,) * 2)\ndata = bytes(1 << 40)\n",
    status: 1,
    label: "MemoryError",
  },
  "no memory, and it goes on": {
    code: STARVE + "starve()\ncount(2000)\nkept = None\ncount(3000)\nos.write(1, b'%d' % n)\n",
    status: 0,
    label: null,
    starves: true,
  },
  "no memory, and it aborts": {
    code: STARVE + "count(2000)\nstarve()\nos.write(1, b'2000')\nos.abort()\n",
    status: 134,
    label: "SIGABRT",
    starves: true,
  },
};

/** Fails unless the trace has each time that the counting line ran, and says how the program died. */
export async function checkDeath(way: string, python: Python): Promise<void> {
  const { code, status, label, starves = false, others = false } = DEATHS[way] ?? assert.fail(way);
  const text = START + code;
  await withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "app.py"), text);
    const { stdout, stderr, metadata, tracePath, ...recorded } = await record(folder, [
      "--propagate-script-exit",
      python.path,
      "app.py",
    ], { readBack: false });
    const what = `${way}, Python ${python.version}: ${stdout} ${stderr}`;
    assert.equal(recorded.status, status, what);
    assert.deepEqual(metadata?.["process_exit_status"], { code: status, label }, what);
    const partial = metadata?.["partial"] === true;
    assert.ok(!partial || starves && metadata?.["reason"] === "ERR_TRACE_INCOMPLETE", what);
    const said = Number(stdout);
    assert.ok(said > 0, what);
    assert.ok(tracePath !== null, what);
    using trace = openTrace(tracePath);
    const line = text.slice(0, text.indexOf("#counted")).split("\n").length;
    let steps = 0;
    for (const step of trace.steps()) if (step.kind === "line" && step.line === line) steps++;
    if (others) return assert.ok(steps >= said, `${what}: ${steps} steps`);
    // The line may have begun once more.
    assert.ok(
      steps === said || steps === said + 1 || partial && steps < said,
      `${what}: ${steps} steps`,
    );
  });
}
