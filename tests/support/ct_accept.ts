/** Runs `ct-accept` and waits for it. */
import { ACCEPT_TOOL, acceptCommand } from "./accept_command.ts";

/** A value of parsed JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** An object of parsed JSON. */
export type JsonObject = { [key: string]: Json };

/** What `ct-accept --summary` says. */
export interface AcceptSummary {
  /** Counters by their names: `steps`, `step_records`, `calls`, `values`, `io_events`, … */
  readonly counts: Readonly<Record<string, number>>;
  /** The whole text. */
  readonly text: string;
}

/** What `ct-accept --events` says. */
export interface AcceptEvents {
  /** Metadata, tables and counts. */
  readonly header: JsonObject;
  /** One object per event, in source order. */
  readonly events: readonly JsonObject[];
}

/**
 * Checks a trace in strict mode.
 *
 * @throws {Error} With the reasons if the trace is refused, or if the tool can't run.
 */
export function acceptStrict(path: string): AcceptSummary {
  const text = run("--summary", path);
  const counts: Record<string, number> = {};
  for (const [, name, number] of text.matchAll(/^(\w+): (\d+)$/gm)) counts[name!] = Number(number);
  return { counts, text };
}

/** Checks a trace in strict mode and reads all of it; throws as {@link acceptStrict}. */
export function acceptEvents(path: string): AcceptEvents {
  const [header, ...events] = run("--events", path).trimEnd().split("\n").map((line) => {
    const parsed: JsonObject = JSON.parse(line);
    return parsed;
  });
  if (header === undefined) throw new Error(`ct-accept said nothing about ${path}`);
  return { header, events };
}

function run(mode: string, path: string): string {
  const { command, args, env } = acceptCommand(mode, path);
  const { code, stdout, stderr } = new Deno.Command(command, { args: [...args], env }).outputSync();
  const decoder = new TextDecoder();
  if (code === 1) throw new Error(`ct-accept refused ${path}:\n${decoder.decode(stderr)}`);
  if (code !== 0) {
    throw new Error(
      `Cannot check ${path} with ${ACCEPT_TOOL}: exit status ${code}\n${decoder.decode(stderr)}` +
        "Set CT_ACCEPT to its place, and see that python3 has the package zstandard",
    );
  }
  return decoder.decode(stdout);
}
