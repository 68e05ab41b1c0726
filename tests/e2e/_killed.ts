/**
 * Records a counter, kills the recorder at some moment, waits for the program, recovers, and says what is wrong. The
 * program writes each number with `os.write`, so that what has come out is known when the recorder dies.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { RecorderError } from "../../src/errors/mod.ts";
import { recoverRecordings } from "../../src/session/recover.ts";
import { openTrace } from "../../src/trace/reader/open_trace.ts";
import { AGENT_PID } from "../../src/wire/protocol.ts";
import { pooledAll } from "../support/pool.ts";
import { baseEnvironment } from "../support/processes.ts";
import { EACH_OBSERVER, type Python, pythons } from "../support/pythons.ts";
import { inspect, recorderCommand, withFolder } from "../support/recorder.ts";

/** Numbers that the program counts. Their records fill more than the ring. */
const COUNT = 800;
/** Bytes of a number in the output. */
const WIDTH = 7;
const STATUS = 7;

const PROGRAM = `
import os
def tick(number):
    load = "%06d" % number * 200
    os.write(1, b"%06d\\n" % number)
for number in range(${COUNT}):
    tick(number)
raise SystemExit(${STATUS})
`;

/** When to kill. */
type Moment =
  /** So many milliseconds after the recorder was started. */
  | { readonly after: number }
  /** When so many numbers have come out. */
  | { readonly numbers: number }
  /** So many milliseconds after the program's end. */
  | { readonly afterEnd: number };

/** One recording. */
interface Kill {
  readonly moment: Moment;
  readonly python: Python;
  readonly capture: "proxies" | "proxies+fd";
  /** Whether to wait for the program's end ahead of the recovery. */
  readonly patient: boolean;
}

/** Kills recorders at random moments, on each observer by turns. */
export async function assertKillsLoseNothing(count: number): Promise<void> {
  const have = [...(await pythons()).values()];
  const observers = have.filter(({ version }) => EACH_OBSERVER.includes(version));
  const kills = Array.from({ length: count }, (_, n): Kill => ({
    moment: momentOf(n % 20),
    python: observers[n % observers.length]!,
    capture: n % 20 === 9 || n % 20 === 12 ? "proxies+fd" : "proxies",
    patient: n % 3 === 0,
  }));
  const found = await pooledAll(kills, async (kill) => ({
    ...kill,
    problems: await problemsOfKill(kill).catch((error) => [String(error.stack)]),
  }));
  assert.deepEqual(found.filter(({ problems }) => problems.length > 0), []);
}

/** Of twenty, six while the recorder starts, twelve while the program runs, two while the trace is finished. */
function momentOf(n: number): Moment {
  if (n < 6) return { after: Math.random() * 400 };
  if (n < 18) return { numbers: Math.floor(Math.random() * COUNT) };
  return { afterEnd: Math.random() * 60 };
}

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

function exists(path: string): boolean {
  return sizeOf(path) !== null;
}

function sizeOf(path: string): number | null {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Process ids of what has `word` in its command line. */
function processesOf(word: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
    try {
      return pid > 0 && Deno.readTextFileSync(`/proc/${pid}/cmdline`).includes(word);
    } catch {
      return false; // gone meanwhile
    }
  });
}

/** Kills a recorder, recovers, and returns what is wrong: nothing, if all is well. */
function problemsOfKill({ moment, python, capture, patient }: Kill): Promise<string[]> {
  return withFolder(async (folder) => {
    const out = join(folder, "out");
    const output = join(folder, "output");
    const status = join(folder, "status");
    await Deno.writeTextFile(join(folder, "app.py"), PROGRAM);
    // Stands for the interpreter, and tells how it ended when the recorder can't any more.
    const wrapper = join(folder, "python");
    await Deno.writeTextFile(
      wrapper,
      `#!/bin/sh\n'${python.path}' "$@" 2>/dev/null\ncode=$?\necho $code >'${status}'\nexit $code\n`,
      { mode: 0o755 },
    );
    const recorder = new Deno.Command("sh", {
      args: [
        "-c",
        'exec "$@" >output 2>errors',
        "sh",
        ...recorderCommand(),
        "-o",
        out,
        "--io-capture",
        capture,
        wrapper,
        join(folder, "app.py"),
      ],
      cwd: folder,
      clearEnv: true,
      env: baseEnvironment(),
      stdin: "null",
    }).spawn();
    let over = false;
    const ended = recorder.status.finally(() => over = true);
    const numbers = () => Math.floor((sizeOf(output) ?? 0) / WIDTH);
    const wait = async (holds: () => boolean) => {
      while (!over && !holds()) await pause(1);
    };
    if ("after" in moment) await Promise.race([pause(moment.after), ended]);
    else if ("numbers" in moment) await wait(() => numbers() >= moment.numbers);
    else {
      await wait(() => (sizeOf(status) ?? 0) > 0);
      await Promise.race([pause(moment.afterEnd), ended]);
    }
    const seen = numbers();
    try {
      recorder.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended by itself
    }
    await ended;
    const programEnds = async () => {
      while (processesOf(folder).length > 0) await pause(40);
    };
    if (patient) await programEnds();
    const problems = await recoverAll(out);
    await programEnds();

    const said = await Deno.readTextFile(output);
    if (exists(status) && capture === "proxies") {
      const whole = Array.from({ length: COUNT }, (_, n) => `${String(n).padStart(6, "0")}\n`);
      const code = (await Deno.readTextFile(status)).trim();
      if (code !== String(STATUS)) problems.push(`the program exited with ${code}`);
      if (said !== whole.join("")) problems.push("the program's output is not whole");
    } else if (capture === "proxies" && said !== "") problems.push("the program was ended");
    const { left, tracePath, metadata } = await inspect(out, false);
    for (const name of left) {
      if (name === "app.ct" || name === "trace_metadata.json") continue;
      // One that says nothing of its recording yet stays for a minute: somebody may be just about to. So does one whose
      // program may be just about to load the agent.
      const begun = exists(join(out, name, "recording.json")) && agentOf(join(out, name)) !== 0;
      if (begun) problems.push(`left: ${name}`);
    }
    if (tracePath === null) {
      if (seen > 0) problems.push(`there is no trace, and ${seen} numbers had come out`);
      return problems;
    }
    const recorded = ticksIn(tracePath);
    if (recorded < seen) problems.push(`${seen} numbers had come out, ${recorded} are recorded`);
    if (metadata?.["partial"] === false) {
      const exit = JSON.stringify(metadata["process_exit_status"]);
      if (!exit.includes(String(STATUS))) problems.push(`the exit status is ${exit}`);
      if (recorded !== COUNT) problems.push(`whole, with ${recorded} numbers`);
    } else if (metadata?.["reason"] !== "ERR_TRACE_INCOMPLETE") {
      problems.push(`partial: ${metadata?.["reason"]} ${metadata?.["detail"]}`);
    }
    return problems;
  });
}

/** The process id that the agent has written into the ring; 0 if it never came to that. */
function agentOf(workDir: string): number {
  const ring = Deno.readFileSync(join(workDir, "ring"));
  return new DataView(ring.buffer).getUint32(AGENT_PID, true);
}

/** How many calls of `tick` there are; they have to count up. */
function ticksIn(tracePath: string): number {
  using trace = openTrace(tracePath);
  let count = 0;
  for (const call of trace.calls()) {
    if (trace.functionName(call.functionId) !== "tick") continue;
    const value = call.arguments[0]?.value;
    if (value?.kind !== "Int" || value.i !== count) return -1;
    count++;
  }
  return count;
}

/** Recovers, and once more, when there must be nothing to recover. */
async function recoverAll(out: string): Promise<string[]> {
  const problems: string[] = [];
  for (const again of [false, true]) {
    try {
      for await (
        const outcome of recoverRecordings(out, { outDir: null, sandbox: "required" })
      ) {
        if ("error" in outcome) {
          const { message } = outcome.error;
          if (!message.includes("may still be starting")) problems.push(`recover: ${message}`);
        } else if (again) problems.push("recovered twice");
      }
    } catch (error) {
      // Killed before it had made its folder, or described the recording in it, or when the trace stood.
      if (!(error instanceof RecorderError)) throw error;
      const none = error.code === "ERR_TRACE_MISSING" || !exists(out);
      if (!none) problems.push(`recover: ${error.message}`);
    }
  }
  return problems;
}
