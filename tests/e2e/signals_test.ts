/**
 * Signals to the recorder before, while and after the program runs. What comes while the trace is finished is in
 * finishing_test.ts, what reaches the program in invisible_test.ts; random moments are in `tests/long/signals_test.ts`.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { inTime } from "../support/in_time.ts";
import { pooledAll } from "../support/pool.ts";
import { run } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { inspect, record, recorderCommand, withFolder } from "../support/recorder.ts";
import { underTerminal } from "../support/terminal.ts";
import { checkAttacked, checkInterrupted } from "./_signals.ts";

Deno.test("signals: from the first file on, a recorder that is to end leaves nothing, or a trace", async () => {
  const python = await anyPython();
  await checkAttacked({ signals: ["SIGTERM"], every: 0, first: "made", deaf: false }, python);
});

Deno.test("signals: Ctrl-C at a terminal is heeded from the first file on", async () => {
  const python = await anyPython();
  await pooledAll([0, 4, 8, 16, 32, 64], (each) => checkInterrupted(each, python));
});

Deno.test("signals: each that comes while the program runs reaches it once", async () => {
  const python = await anyPython();
  const code = `
import os, signal, time
heard = []
for each in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
    signal.signal(each, lambda number, frame: heard.append(number))
for number in range(7):
    while len(heard) < number: time.sleep(0.01)
    open("ready%d" % number, "w").close()
time.sleep(0.1)
print(heard)
`;
  await withFolder(async (folder) => {
    const signals = ["SIGTERM", "SIGTERM", "SIGINT", "SIGHUP", "SIGINT", "SIGTERM"] as const;
    const { status, stdout, metadata } = await record(folder, [python.path, "-c", code], {
      readBack: false,
      whileRunning: async (child) => {
        for (const [number, signal] of signals.entries()) {
          // Two of the same kind that nobody has heard yet are one.
          const ready = join(folder, `ready${number}`);
          while (!await Deno.stat(ready).then(() => true, () => false)) await sleep(5);
          child.kill(signal);
        }
      },
    });
    assert.deepEqual([status, stdout], [0, "[15, 15, 2, 1, 2, 15]\n"]);
    assert.equal(metadata?.["partial"], false);
  });
});

Deno.test({
  name:
    "signals: what was ignored at the start is ignored by the program, however late it is started",
  ignore: Deno.build.os !== "linux", // elsewhere nobody knows
  fn: () =>
    withFolder(async (folder) => {
      const python = await anyPython();
      const code = `
import os, signal, sys
print([each.name for each in signal.Signals if signal.getsignal(each) == signal.SIG_IGN])
print(sys.argv, sys.orig_argv, sys.executable, sys.flags)
print(sorted(os.environ.items()))
for each in signal.SIGINT, signal.SIGHUP: os.killpg(0, each)
`;
      const wrapper = ["sh", "-c", `trap '' INT HUP\n"$@"\nexit $?`, "sh"];
      const options = { cwd: folder, env: { LANG: "C", PYTHONCOERCECLOCALE: "0" } };
      const words = [python.path, "-bb", "-c", code, "a word", ""];
      const plain = await run([...wrapper, ...words], options);
      assert.match(plain.stdout, /'SIGHUP', 'SIGINT'/);
      const recorder = inTime("late");
      const recorded = await record(folder, words, { ...options, wrapper, recorder });
      assert.deepEqual(
        [recorded.status, recorded.stdout],
        [plain.status, plain.stdout],
        recorded.stderr,
      );
      assert.deepEqual([plain.status, recorded.metadata?.["partial"]], [0, false]);
    }),
});

/** Becomes what its words name, and ignores SIGCHLD, as `trap` does not in every shell. */
const IGNORE_CHILDREN = `
import os, signal, sys
for each in signal.SIGCHLD, signal.SIGHUP: signal.signal(each, signal.SIG_IGN)
os.execvp(sys.argv[1], sys.argv[1:])
`;

Deno.test({
  name:
    "signals: where children are not waited for, the trace says all the same how the program ended",
  ignore: Deno.build.os !== "linux", // elsewhere nobody knows
  fn: () =>
    withFolder(async (folder) => {
      const python = await anyPython();
      const code = `
import os, signal, sys
print([each.name for each in signal.Signals if signal.getsignal(each) == signal.SIG_IGN])
print(os.system("exit 3"))
sys.exit(7)
`;
      const wrapper = [python.path, "-c", IGNORE_CHILDREN];
      const words = [python.path, "-c", code];
      const plain = await run([...wrapper, ...words], { cwd: folder });
      assert.match(plain.stdout, /'SIGCHLD'.*\n-1\n$/);
      const recorded = await record(folder, words, { cwd: folder, wrapper });
      assert.deepEqual(
        [plain.status, recorded.status, recorded.stdout],
        [7, 0, plain.stdout],
        recorded.stderr,
      );
      assert.equal(recorded.metadata?.["partial"], false);
      assert.match(JSON.stringify(recorded.metadata["process_exit_status"]), /"code":7\b/);
    }),
});

Deno.test("signals: the terminal is left as the program leaves it", async () => {
  const python = await anyPython();
  const code = `
import os, sys, termios, tty
modes = termios.tcgetattr(0)
tty.setcbreak(0)
print("ready", flush=True)
if sys.argv[1] == "killed": os.kill(os.getpid(), 9)
try: sys.stdin.read()
finally:
    termios.tcsetattr(0, termios.TCSADRAIN, modes)
`;
  await pooledAll(["killed", "restores"], (how) =>
    withFolder(async (folder) => {
      const conversation = how === "killed" ? [] : [["ready", "\x03"]] as const;
      const words = [python.path, "-c", code, how];
      const plain = await underTerminal(words, { cwd: folder, conversation });
      const out = join(folder, "out");
      const recorded = await underTerminal([
        ...recorderCommand(),
        ...["--quiet", "--propagate-script-exit", "-o", out],
        ...words,
      ], { cwd: folder, conversation });
      assert.equal(recorded.status, plain.status, recorded.output);
      assert.deepEqual(recorded.modes, plain.modes);
      assert.equal(plain.modes.length > 0, how === "killed");
      assert.equal((await inspect(out, false)).metadata?.["partial"], false);
    }));
});

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
