/**
 * The released recorder for Python of CodeTracer's own, run from a package index and its JSON read into the same tokens
 * as a trace of ours: another pair of eyes on the same program.
 */
import { join } from "node:path";
import { installed } from "./packages.ts";
import { run, type RunOptions, type RunResult } from "./processes.ts";
import type { Python } from "./pythons.ts";

/** The requirement that installs it. */
export const PEER = "codetracer-python-recorder==0.3.0";

/** A value as the peer writes it. */
export interface PeerValue {
  readonly kind: string;
  readonly type_id: number;
  readonly i?: number | bigint;
  readonly f?: string;
  readonly b?: boolean;
  readonly text?: string;
  readonly r?: string;
  readonly msg?: string;
  readonly elements?: readonly PeerValue[];
}

/** What its JSON is made of: objects of one key. */
interface PeerEvent {
  readonly Path?: string;
  readonly VariableName?: string;
  readonly Type?: { readonly lang_type: string };
  readonly Function?: { readonly name: string; readonly line: number; readonly path_id: number };
  readonly Step?: { readonly path_id: number; readonly line: number };
  readonly Value?: { readonly variable_id: number; readonly value: PeerValue };
  readonly Call?: {
    readonly function_id: number;
    readonly args: readonly { readonly variable_id: number; readonly value: PeerValue }[];
  };
  readonly Return?: { readonly return_value: PeerValue };
}

/** One thing that happened; the peer doesn't tell a call left by an exception from one that returned. */
export type PeerToken =
  | {
    readonly what: "enter";
    readonly name: string;
    readonly args: ReadonlyMap<string, PeerValue>;
  }
  | {
    readonly what: "step";
    readonly file: string;
    readonly line: number;
    readonly vars: Map<string, PeerValue>;
  }
  | { readonly what: "leave"; readonly value: PeerValue };

/** What the peer recorded, and what it got wrong on the way in ways that every trace of its has. */
export interface PeerTrace {
  readonly types: readonly string[];
  /** Below `<toplevel>`. */
  readonly tokens: readonly PeerToken[];
  /** Steps on the line of a `def`, ahead of each call, that the interpreter never reported. */
  readonly inventedSteps: number;
  /** Arguments that were written as variables of the step that makes the call. */
  readonly leakedArguments: number;
}

/** Records a program with the peer, on Python 3.12 or 3.13. */
export async function recordWithPeer(
  python: Python,
  interpreter: string,
  folder: string,
  words: readonly string[],
  options: RunOptions,
): Promise<RunResult & { readonly trace: PeerTrace }> {
  const out = join(folder, "peer");
  const path = [
    await installed(python, [PEER]),
    ...(options.env?.["PYTHONPATH"]?.split(":") ?? []),
  ];
  const result = await run([
    interpreter,
    "-m",
    "codetracer_python_recorder",
    "--trace-dir",
    out,
    "--format",
    "json",
    ...words,
  ], { cwd: folder, ...options, env: { ...options.env, PYTHONPATH: path.join(":") } });
  const text = await Deno.readTextFile(join(out, "trace.json")).catch((error) => {
    throw new Error(`the peer left no trace: ${result.stderr}`, { cause: error });
  });
  return { ...result, trace: readPeer(JSON.parse(text, exact) as PeerEvent[]) };
}

function exact(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  return /^-?\d+$/.test(context?.source ?? "") ? BigInt(context!.source!) : value;
}

function readPeer(events: readonly PeerEvent[]): PeerTrace {
  const paths: string[] = [], variables: string[] = [], types: string[] = [];
  const functions: { name: string; line: number }[] = [];
  const tokens: PeerToken[] = [];
  let inventedSteps = 0, leakedArguments = 0, depth = 0;
  /** What was written since the latest step, in order: a leak is the end of it. */
  let written: [string, PeerValue | undefined][] = [];
  let before: [string, PeerValue | undefined][] = [];
  for (const event of events) {
    if (event.Path !== undefined) paths.push(event.Path);
    else if (event.VariableName !== undefined) variables.push(event.VariableName);
    else if (event.Type !== undefined) types.push(event.Type.lang_type);
    else if (event.Function !== undefined) functions.push(event.Function);
    else if (event.Step !== undefined) {
      const { path_id: path, line } = event.Step;
      tokens.push({ what: "step", file: paths[path]!, line, vars: new Map() });
      before = written;
      written = [];
    } else if (event.Value !== undefined) {
      const step = tokens.at(-1);
      const name = variables[event.Value.variable_id]!;
      if (step?.what === "step") {
        written.push([name, step.vars.get(name)]);
        step.vars.set(name, event.Value.value);
      }
    } else if (event.Call !== undefined) {
      const { name, line } = functions[event.Call.function_id]!;
      const args = event.Call.args;
      if (depth++ > 0) {
        const invented = tokens.pop();
        if (invented?.what !== "step" || invented.line !== line) {
          throw new Error(`no step on the line of ${name} ahead of its call`);
        }
        inventedSteps++;
        const caller = tokens.at(-1);
        if (caller?.what === "step") {
          for (const [leaked, was] of before.slice(before.length - args.length).reverse()) {
            leakedArguments++;
            if (was === undefined) caller.vars.delete(leaked);
            else caller.vars.set(leaked, was);
          }
          written = before.slice(0, before.length - args.length);
        }
      }
      tokens.push({
        what: "enter",
        name,
        args: new Map(args.map(({ variable_id: id, value }) => [variables[id]!, value])),
      });
    } else if (event.Return !== undefined) {
      depth--;
      tokens.push({ what: "leave", value: event.Return.return_value });
    }
  }
  return { types, tokens: tokens.slice(1, -1), inventedSteps, leakedArguments };
}
