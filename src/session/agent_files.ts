/** Lays the Python agent out in the work folder, with the configuration of one recording. */
import { PYTHON_AGENT } from "../agent/python_sources.ts";
import type { CompiledFilter } from "../filter/compiled.ts";
import type { RecorderPolicy } from "../policy/mod.ts";
import { under } from "../target/posix_path.ts";
import { HEADER_SIZE, SEGMENT_COUNT, SEGMENT_SIZE } from "../wire/protocol.ts";

/** What the agent's `_ct_config.py` holds; the names are the agent's. */
export interface AgentConfig {
  /** The folder of the agent, as it stands in PYTHONPATH. */
  readonly folder: string;
  readonly ring: string;
  /** Environment variables to put back before the program starts; null to remove. */
  readonly environment: Readonly<Record<string, string | null>>;
  /** Soft limit of open files that the program would have had; null to leave it. */
  readonly descriptorLimit: number | null;
  /** `-I` was taken out of the command line: no script folder at `sys.path[0]`. */
  readonly isolated: boolean;
  /**
   * The command line after the interpreter as it would be without the recorder, for `sys.orig_argv`; null for a program
   * that runs already.
   */
  readonly originalWords: readonly string[] | null;
  /** Files outside of the folder whose code is the recorder's as well, as code objects name them; none by default. */
  readonly ownFiles?: readonly string[];
  /** The file whose code opens the recording's window, absolute and real; null for all of the program. */
  readonly activation: string | null;
  /** The chain of filters. */
  readonly filter: CompiledFilter;
  readonly captureOutput: boolean;
  /** Descriptors that lead to the recorder; none by default. */
  readonly relay?: AgentRelay;
}

/** What the agent has to know of relayed descriptors. */
export interface AgentRelay {
  /** Whose streams' writes are told ahead of them. */
  readonly streams: readonly number[];
  /** Device and inode of descriptor 2 where it is to become the same as 1, as it was without the recorder. */
  readonly join: readonly [device: number, inode: number] | null;
}

/**
 * Writes the agent's files.
 *
 * Needs write permission for `config.folder`, which must not exist yet.
 */
export function writeAgent(config: AgentConfig, policy: RecorderPolicy): void {
  Deno.mkdirSync(config.folder, { mode: 0o700 });
  const values = {
    folder: config.folder,
    ring: config.ring,
    header_size: HEADER_SIZE,
    segment_size: SEGMENT_SIZE,
    segment_count: SEGMENT_COUNT,
    environment: config.environment,
    descriptor_limit: config.descriptorLimit,
    isolated: config.isolated,
    original_words: config.originalWords,
    own_files: config.ownFiles ?? [],
    capture_output: config.captureOutput,
    relay: config.relay ?? null,
    activation: config.activation,
    module_name_from_globals: policy.module_name_from_globals,
    bounds: {
      depth: policy.value_max_depth,
      items: policy.value_max_items,
      bytes: policy.value_max_bytes,
    },
    filter: config.filter,
  };
  for (const [name, text] of Object.entries(PYTHON_AGENT)) {
    Deno.writeTextFileSync(under(config.folder, name), text);
  }
  Deno.writeTextFileSync(
    under(config.folder, "_ct_config.py"),
    `CONFIG = ${pythonLiteral(values)}\n`,
  );
}

/** JSON differs from a Python literal in three words alone. */
function pythonLiteral(value: unknown): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value as Record<string, unknown>);
    return `{${
      entries.map(([key, item]) => `${asciiString(key)}: ${pythonLiteral(item)}`).join(", ")
    }}`;
  }
  return typeof value === "string" ? asciiString(value) : String(value);
}

/** A string literal of ASCII characters alone, which every Python reads alike, without a coding line. */
function asciiString(s: string): string {
  let literal = '"';
  for (const character of s) {
    const point = character.codePointAt(0)!; // holds: iterating gives whole characters, none empty
    if (character === '"' || character === "\\") literal += "\\" + character;
    else if (point >= 0x20 && point < 0x7f) literal += character;
    else if (point < 0x10000) literal += "\\u" + point.toString(16).padStart(4, "0");
    else literal += "\\U" + point.toString(16).padStart(8, "0");
  }
  return literal + '"';
}
