/** Runs a program with the agent and without a recorder: what it records is thrown away, all but the ring's header. */
import type { Library } from "../../src/agent/accelerator.ts";
import type { Bytecode } from "../../src/agent/bytecode.ts";
import { BUILTIN_COMPILED } from "../../src/filter/builtin_compiled.ts";
import type { CompiledFilter } from "../../src/filter/compiled.ts";
import type { RecorderPolicy } from "../../src/policy/mod.ts";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { POLICY } from "./_policy.ts";
import { marshal } from "../../src/session/marshal.ts";
import { writeAgent } from "../../src/session/agent_files.ts";
import { agentFilter, agentText } from "../../src/session/agent_parts.ts";
import {
  HEADER_SIZE,
  RECORDER_LISTENS,
  RECORDER_STARTS,
  SEGMENT_SIZE,
} from "../../src/wire/protocol.ts";
import { type AgentSide, createRing, RingFile } from "../../src/wire/ring_file.ts";
import { run, type RunResult } from "../support/processes.ts";
import type { Python } from "../support/pythons.ts";
import { withFolder } from "../support/recorder.ts";

/** How to run it. */
export interface AttachOptions {
  readonly args?: readonly string[];
  /** The activation file, absolute and real. */
  readonly activation?: string;
  /** Values in a row in the agent's configuration that others stand for, to make it fail. */
  readonly broken?: readonly [values: readonly unknown[], by: readonly unknown[]];
  /** The agent's, none by default; and the version that the interpreter is taken for. */
  readonly bytecode?: readonly Bytecode[];
  readonly pythonVersion?: string | null;
  /** Libraries, or a folder with some; none by default. */
  readonly accelerator?: string | readonly Library[];
  /** Where it runs, instead of in a folder of its own: an empty folder, absolute and real. */
  readonly folder?: string;
  /** What is filtered; by default what always is. */
  readonly filter?: CompiledFilter;
  /** What else the agent is told of the policy. */
  readonly policy?: Partial<RecorderPolicy>;
  readonly env?: Readonly<Record<string, string>>;
  /** The recorder is not ready before this settles; it is given the program's folder. */
  readonly readyAfter?: (folder: string, ring: RingFile) => Promise<void>;
  /** Changes the new ring before the agent sees it. */
  readonly prepare?: (ring: RingFile, path: string) => void;
  /** Nobody takes anything. */
  readonly deaf?: boolean;
  /** Gets the ring's segments as the program left them. */
  readonly capture?: (segments: Uint8Array) => void;
  /** Gets each segment once it is full, in order, and at the end the one that isn't. Its bytes are its own. */
  readonly take?: (segment: Uint8Array) => void;
}

/** What came of it. */
export interface Attached {
  readonly result: RunResult;
  readonly side: AgentSide;
}

/** Runs `program` as `p.py`. */
export function attached(
  python: Python,
  program: string,
  options: AttachOptions = {},
): Promise<Attached> {
  const inFolder = (cwd: string) => attachedIn(cwd, python, program, options);
  return options.folder === undefined ? withFolder(inFolder) : inFolder(options.folder);
}

async function attachedIn(
  cwd: string,
  python: Python,
  program: string,
  options: AttachOptions,
): Promise<Attached> {
  const folder = join(cwd, "agent");
  const path = join(cwd, "ring");
  createRing(path, options.readyAfter === undefined ? RECORDER_LISTENS : RECORDER_STARTS);
  using ring = new RingFile(path);
  options.prepare?.(ring, path);
  writeAgent(
    {
      folder,
      ring: path,
      environment: { PYTHONPATH: null },
      descriptorLimit: null,
      isolated: false,
      originalWords: [],
      filter: await agentFilter(options.filter ?? BUILTIN_COMPILED),
      captureOutput: true,
      activation: options.activation ?? null,
      pythonVersion: options.pythonVersion ?? null,
      accelerator: options.accelerator ?? [],
    },
    { ...POLICY, ...options.policy },
    await agentText(),
    options.bytecode,
  );
  if (options.broken) {
    const config = join(folder, "config");
    const [values, by] = options.broken.map((row) =>
      Buffer.concat(row.map(marshal)).toString("latin1")
    );
    const content = Buffer.from(await Deno.readFile(config)).toString("latin1");
    assert.equal(content.split(values!).length, 2);
    await Deno.writeFile(config, Buffer.from(content.replace(values!, by!), "latin1"));
  }
  await Deno.writeTextFile(join(cwd, "p.py"), program);
  let ended = false;
  const running = run([python.path, "p.py", ...(options.args ?? [])], {
    cwd,
    env: { ...options.env, PYTHONPATH: folder },
  }).finally(() => ended = true);
  running.catch(() => {}); // awaited below
  if (options.readyAfter !== undefined) {
    await options.readyAfter(cwd, ring);
    ring.listen();
  }
  const { take } = options;
  const free = () => {
    while (!options.deaf && ring.freed < ring.filled()) {
      take?.(ring.nextSegment().slice());
      ring.giveBack(SEGMENT_SIZE);
    }
  };
  while (!ended) {
    free();
    ring.beat();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const result = await running;
  free();
  take?.(ring.nextSegment().slice());
  options.capture?.((await Deno.readFile(path)).subarray(HEADER_SIZE));
  return { result, side: ring.agentSide() };
}
