/**
 * What of the agent's files is the same for many recordings: its text, and the recorder's own filter. In the compiled
 * program these are files: as modules they would be read, compiled and put together at each start.
 */
import { BUILTIN_COMPILED } from "../filter/builtin_compiled.ts";
import type { CompiledFilter } from "../filter/compiled.ts";
import { marshal, Marshalled } from "./marshal.ts";

/** The module that Python finds by itself. */
export const ENTRY = "sitecustomize";

/** Files in the compiled program, beside the bundled modules. */
export const TEXT_FILE = "agent-text";
export const FILTER_FILE = "agent-filter";

/** The agent's modules as text. */
export interface AgentText {
  /** {@link ENTRY}, as a file. */
  readonly entry: Uint8Array<ArrayBuffer>;
  /** All others: a marshalled dict of their names. */
  readonly modules: Uint8Array<ArrayBuffer>;
}

/** The agent's text. */
export async function agentText(): Promise<AgentText> {
  const included = includedFile(TEXT_FILE);
  if (included !== null) return readText(included);
  return textOf((await import("../agent/python_sources.ts")).PYTHON_AGENT);
}

/** `filter` in the form that the agent is fastest with. */
export async function agentFilter(filter: CompiledFilter): Promise<Marshalled> {
  const included = filter === BUILTIN_COMPILED ? includedFile(FILTER_FILE) : null;
  if (included !== null) return new Marshalled(included);
  const { withTables } = await import("../filter/with_tables.ts");
  return new Marshalled(marshal(withTables(filter)));
}

/** @param sources By file name. */
export function textOf(sources: Readonly<Record<string, string>>): AgentText {
  const { [`${ENTRY}.py`]: entry = "", ...modules } = sources;
  return {
    entry: new TextEncoder().encode(entry),
    modules: marshal(
      new Map(Object.entries(modules).map(([name, text]) => [name.slice(0, -".py".length), text])),
    ),
  };
}

/** The file: the length of the entry, 4 bytes, little-endian; the entry; the modules. */
export function writeText({ entry, modules }: AgentText): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(4 + entry.length + modules.length);
  new DataView(file.buffer).setUint32(0, entry.length, true);
  file.set(entry, 4);
  file.set(modules, 4 + entry.length);
  return file;
}

/** The opposite of {@link writeText}. */
export function readText(file: Uint8Array<ArrayBuffer>): AgentText {
  const end = 4 + new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  return { entry: file.subarray(4, end), modules: file.subarray(end) };
}

function includedFile(name: string): Uint8Array<ArrayBuffer> | null {
  if (!Deno.build.standalone) return null;
  try {
    return Deno.readFileSync(new URL(`./${name}`, import.meta.url));
  } catch {
    // A program that somebody has compiled with this library in it: there is no such file, nor is this module one.
    return null;
  }
}
