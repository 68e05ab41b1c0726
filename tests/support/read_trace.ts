/**
 * Has ct-accept check a trace in strict mode and takes in all that it says, event by event.
 *
 * `ct_accept.ts` does the same in one piece and blocks meanwhile; here many traces are read side by side, some of
 * them of a size that is better not held as one text, and integers beyond 2^53 have to come through whole.
 */
import { resolve } from "node:path";
import { ACCEPT_TOOL } from "./accept_command.ts";
import { askAcceptServer } from "./accept_server.ts";
import type { ReadTrace, TraceEvent } from "./compare.ts";

type Variable = NonNullable<TraceEvent["vars"]>[number];

/** A number that JSON.parse would round. */
const WIDE_NUMBER = /\d{16}/;

/**
 * Reads a trace.
 *
 * @throws {Error} With the reasons if the trace is refused, or if ct-accept can't run.
 */
export async function readTrace(path: string): Promise<ReadTrace> {
  let header: Pick<ReadTrace, "types" | "counts"> | undefined;
  const events: TraceEvent[] = [];
  const variables: Variable[] = [];
  await accept("--events", path, (line) => {
    if (line.startsWith("+")) variables.push(parse<Variable>(line.slice(1)));
    else if (header === undefined) header = parse(line);
    else {
      const { vars, ...event } = parse<Omit<TraceEvent, "vars"> & { vars?: number[] }>(line);
      // holds: ahead of each event its variables are printed
      events.push(vars === undefined ? event : { ...event, vars: vars.map((n) => variables[n]!) });
    }
  });
  if (header === undefined) throw new Error(`ct-accept said nothing about ${path}`);
  return { types: header.types, counts: header.counts, events };
}

/** Checks a trace as strictly, and takes in only how much there is of what: for traces that are large. */
export async function checkTrace(path: string): Promise<ReadTrace> {
  const counts: Record<string, number> = {};
  await accept("--summary", path, (line) => {
    const [, name, number] = /^(\w+): (\d+)$/.exec(line) ?? [];
    if (name !== undefined) counts[name] = Number(number);
  });
  return { types: [], counts, events: [] };
}

async function accept(mode: string, path: string, take: (line: string) => void): Promise<void> {
  let ending: [code: number, said: string] | undefined;
  for await (const line of lines(askAcceptServer(["--strict", mode, resolve(path)]))) {
    if (line.startsWith("\0")) ending = JSON.parse(line.slice(1));
    else take(line);
  }
  const [code, said] = ending ?? ["none", "it was ended\n"];
  // Status 1 is a refusal; anything else is a check that did not happen.
  if (code === 1) throw new Error(`ct-accept refused ${path}:\n${said}`);
  if (code !== 0) {
    throw new Error(`Cannot check ${path} with ${ACCEPT_TOOL}: exit status ${code}\n${said}`);
  }
}

function parse<T>(line: string): T {
  return WIDE_NUMBER.test(line) ? JSON.parse(line, exact) : JSON.parse(line);
}

function exact(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}

async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const pieces = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = pieces.pop()!;
    yield* pieces;
  }
  if (rest !== "") yield rest;
}
