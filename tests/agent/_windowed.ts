/**
 * Runs a program of several files under the agent with an activation file, and reads the trace that comes of it back.
 *
 * The program says itself, at each line that counts, whether that line is to be recorded: `note(True)`. What it says
 * goes to a file of its own.
 */
import { Buffer } from "node:buffer";
import { dirname, join } from "node:path";
import { builtinDefault, compileChain, makeChain } from "../../src/filter/mod.ts";
import { POLICY } from "./_policy.ts";
import { SharedState } from "../../src/recording/shared_state.ts";
import { TraceWork } from "../../src/recording/trace_worker.ts";
import { WORK_FILES } from "../../src/recording/work_files.ts";
import { writeAgent } from "../../src/session/agent_files.ts";
import { agentFilter, agentText } from "../../src/session/agent_parts.ts";
import { type AgentSide, createRing, RingFile } from "../../src/wire/ring_file.ts";
import type { ReadTrace } from "../support/compare.ts";
import { run, type RunResult } from "../support/processes.ts";
import type { Python } from "../support/pythons.ts";
import { readTrace } from "../support/read_trace.ts";
import { withFolder } from "../support/recorder.ts";

/** A program and where its window is. */
export interface WindowedProgram {
  /** Texts by name; `app.py` is run. All are in one folder, `here/…` in one below. */
  readonly files: Readonly<Record<string, string>>;
  /** The activation file by its name; null for none. */
  readonly activation: string | null;
  /** A filter on top of the built-in one. */
  readonly filter?: string;
  /** How many events may come while the window is closed before their places are switched off (3.12 and later). */
  readonly patience?: number;
  /** Links to be made: name and what it points to. */
  readonly links?: Readonly<Record<string, string>>;
}

/** A line that a program noted: file, line, whether it is to be recorded. */
export type Noted = readonly [file: string, line: number, inside: boolean];

/** What came of it. */
export interface Windowed {
  readonly result: RunResult;
  readonly side: AgentSide;
  readonly trace: ReadTrace;
  readonly noted: readonly Noted[];
}

/** Each line is in the file before `note` returns, so that it is there however the program ends. */
const ORACLE = `
import os, sys
_log = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def note(inside):
    frame = sys._getframe(1)
    name = os.path.basename(frame.f_code.co_filename)
    os.write(_log, b"%s %d %d\\n" % (name.encode(), frame.f_lineno, inside))
`;

const SKIP_ORACLE = `
[[scope.rules]]
selector = "file:oracle.py"
exec = "skip"
`;

/** Runs it. What it records must fit into the ring: nobody reads while it runs. */
export function windowed(python: Python, program: WindowedProgram): Promise<Windowed> {
  return withFolder(async (cwd) => {
    const [folder, ringPath] = [join(cwd, "agent"), join(cwd, "ring")];
    const files = { "oracle.py": ORACLE, ...program.files };
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(join(cwd, name, ".."), { recursive: true });
      await Deno.writeTextFile(join(cwd, name), text);
    }
    for (const [name, to] of Object.entries(program.links ?? {})) {
      await Deno.symlink(to, join(cwd, name));
    }
    const chain = await makeChain([
      builtinDefault(),
      { origin: "setting", path: "/f.toml", text: SKIP_ORACLE + (program.filter ?? "") },
    ]);
    createRing(ringPath);
    writeAgent(
      {
        folder,
        ring: ringPath,
        environment: { PYTHONPATH: null },
        descriptorLimit: null,
        isolated: false,
        originalWords: [],
        activation: program.activation === null ? null : join(cwd, program.activation),
        filter: await agentFilter(compileChain(chain, { projects: [cwd] })),
        captureOutput: true,
      },
      POLICY,
      await agentText(),
    );
    if (program.patience !== undefined) {
      // All modules are one file, in which texts bear their length.
      const path = join(folder, "text");
      const modules = Buffer.from(await Deno.readFile(path)).toString("latin1");
      const changed = modules.replace(
        /^(PATIENCE = )(\d+)$/m,
        (_, name, number) => `${name}${String(program.patience).padEnd(number.length)}`,
      );
      if (changed === modules) throw new Error(`${path} has no PATIENCE`);
      await Deno.writeFile(path, Buffer.from(changed, "latin1"));
    }
    const result = await run([python.path, "app.py"], { cwd, env: { PYTHONPATH: folder } });
    using ring = new RingFile(ringPath);
    const side = ring.agentSide();
    const noted = (await Deno.readTextFile(join(cwd, "log"))).trimEnd().split("\n").map((line) => {
      const [file, number, inside] = line.split(" ");
      return [file, Number(number), inside === "1"] as Noted;
    });
    const trace = await traceOf(cwd, ringPath, result.status);
    return { result, side, trace, noted };
  });
}

async function traceOf(cwd: string, ringPath: string, status: number | null): Promise<ReadTrace> {
  const workDir = join(cwd, "work");
  await Deno.mkdir(workDir);
  const shared = new SharedState();
  shared.markEnded();
  const work = new TraceWork({
    sourceDir: dirname(ringPath),
    workDir,
    confined: false,
    recovers: false,
    limits: { steps: null, bytes: null },
    shared: shared.buffer,
    trace: {
      recordingId: "01890a5d-ac96-774b-bcce-b302099a8057",
      program: join(cwd, "app.py"),
      args: [],
      workdir: cwd,
      recorder: "test",
      filters: [],
    },
  });
  work.drain();
  if (work.failure !== null) throw work.failure;
  const end = { code: status, signal: null };
  work.finish({ status: end, stopped: false, caughtInternalErrors: 0, cutOff: null, metadata: {} });
  return await readTrace(join(workDir, WORK_FILES.trace));
}
