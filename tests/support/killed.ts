/** Kills a program that counts aloud, at a random moment, and looks for all that it had counted in the trace. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openTrace } from "../../mod.ts";
import { baseEnvironment } from "./processes.ts";
import type { Python } from "./pythons.ts";
import { inspect, recorderCommand, withFolder } from "./recorder.ts";

/** Each says its process id, and then for ever lines of who counts, and how far. */
export const COUNTING = {
  "one loop": `
import os
os.write(1, b"%d\\n" % os.getpid())
who = n = 0
def count():
    global n
    n += 1
    os.write(1, b"%d %d\\n" % (who, n))
while True: count()
`,
  "threads": `
import os, threading
os.write(1, b"%d\\n" % os.getpid())
def count(who):
    n = 0
    while True:
        n += 1
        os.write(1, b"%d %d\\n" % (who, n))
for number in range(1, 5):
    threading.Thread(target=count, args=(number,)).start()
count(0)
`,
  "deep recursion": `
import os
os.write(1, b"%d\\n" % os.getpid())
who = 0
def count(n, depth):
    try:
        os.write(1, b"%d %d\\n" % (who, n))
        return count(n + 1, depth + 1) if depth < 700 else n + 1
    finally:
        depth = None
n = 1
while True: n = count(n, 0)
`,
  "generators and exceptions": `
import os
os.write(1, b"%d\\n" % os.getpid())
who = n = 0
def numbers():
    n = 0
    while True:
        n += 1
        yield n
def count(n):
    try:
        os.write(1, b"%d %d\\n" % (who, n))
        raise ValueError(n)
    except ValueError as error: return {"text": "long " * 100, "error": error}
for n in numbers(): count(n)
`,
} as const;

/** One kill. */
export interface Kill {
  readonly program: keyof typeof COUNTING;
  /** When this has been counted … */
  readonly count: number;
  /** … and so many milliseconds more have passed. */
  readonly later: number;
  readonly options?: readonly string[];
  /** Whether ct-accept reads the trace too, besides this project's reader; true by default. */
  readonly accept?: boolean;
}

/** A moment of its own for each of `random`, in [0, 1): mostly early, at times when the ring has turned often. */
export function killAt(program: Kill["program"], random: () => number): Kill {
  return {
    program,
    count: Math.floor(2 ** (random() * 13)),
    later: random() < 0.5 ? 0 : random() * 5,
  };
}

/** Fails unless the trace holds every number that was heard. */
export async function checkKilled(kill: Kill, python: Python): Promise<void> {
  await withFolder(async (folder) => {
    const text = COUNTING[kill.program];
    await Deno.writeTextFile(join(folder, "app.py"), text);
    const heard = await record(folder, kill, python);
    if (kill.accept ?? true) await inspect(join(folder, "out"), false);
    const left = [...Deno.readDirSync(join(folder, "out"))].map(({ name }) => name).sort();
    const metadata = JSON.parse(
      await Deno.readTextFile(join(folder, "out/trace_metadata.json")),
    );
    const what = `${JSON.stringify(kill)}, Python ${python.version}: heard ${
      JSON.stringify([...heard])
    }`;
    assert.deepEqual(left, ["app.ct", "trace_metadata.json"], what);
    assert.equal(metadata["partial"], false, what);
    assert.deepEqual(metadata["process_exit_status"], { code: 137, label: "SIGKILL" }, what);
    const line = text.slice(0, text.lastIndexOf("os.write")).split("\n").length;
    using trace = openTrace(join(folder, "out/app.ct"));
    const root = trace.call(0).returnValue;
    assert.ok(root?.kind === "Raw" && root.r === "<signal SIGKILL>", what);
    const recorded = new Map<number, number>();
    for (const step of trace.steps()) {
      if (step.kind !== "line" || step.line !== line) continue;
      const numbers = new Map<string, number>();
      for (const { name, value } of trace.values(step.index)) {
        if (value.kind === "Int") numbers.set(name, Number(value.i));
      }
      const who = numbers.get("who") ?? NaN;
      assert.equal(numbers.get("n"), (recorded.get(who) ?? 0) + 1, `${what}: step ${step.index}`);
      recorded.set(who, numbers.get("n") ?? NaN);
    }
    for (const [who, number] of heard) {
      const last = recorded.get(who) ?? 0;
      // The line that would have said the next one may have begun.
      assert.ok(
        last === number || last === number + 1,
        `${what}: recorded ${JSON.stringify([...recorded])}`,
      );
    }
  });
}

/** The last number of each that counted, as far as it was said. */
async function record(folder: string, kill: Kill, python: Python): Promise<Map<number, number>> {
  const [program, ...words] = [
    ...recorderCommand(),
    ...["-o", join(folder, "out"), "--quiet", ...kill.options ?? []],
    ...[python.path, join(folder, "app.py")],
  ];
  const child = new Deno.Command(program ?? "", {
    args: words,
    cwd: folder,
    clearEnv: true,
    env: baseEnvironment(),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const complaints = new Response(child.stderr).text();
  const heard = new Map<number, number>();
  let pid: number | null = null;
  let total = 0;
  let killed = false;
  let rest = "";
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const [who = NaN, number] = line.split(" ").map(Number);
      if (number === undefined) pid = who;
      else {
        heard.set(who, number);
        total++;
      }
    }
    if (pid === null || killed || total < kill.count) continue;
    killed = true;
    const until = performance.now() + kill.later;
    while (performance.now() < until);
    Deno.kill(pid, "SIGKILL");
  }
  const { code } = await child.status;
  assert.equal(code, 0, `${JSON.stringify(kill)}: ${await complaints}`);
  return heard;
}
