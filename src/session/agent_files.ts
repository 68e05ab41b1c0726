/** Lays the Python agent out in the work folder, with the configuration of one recording. */
import type { Library } from "../agent/accelerator.ts";
import { type Bytecode, includedBytecode } from "../agent/bytecode.ts";
import type { RecorderPolicy } from "../policy/mod.ts";
import { under } from "../target/posix_path.ts";
import { type AgentText, ENTRY } from "./agent_parts.ts";
import { marshal, type Marshalled } from "./marshal.ts";
import { HEADER_SIZE, SEGMENT_COUNT, SEGMENT_SIZE } from "../wire/protocol.ts";

/** What the agent's `config` holds; the names are the agent's. */
export interface AgentConfig {
  /** The folder of the agent, as it stands in PYTHONPATH. */
  readonly folder: string;
  readonly ring: string;
  /** Environment variables to put back before the program starts; null to remove. */
  readonly environment: Readonly<Record<string, string | null>>;
  /** The names of all that the program is to have, in their order: Deno sorts what it gives to a child. None by default. */
  readonly environmentOrder?: readonly string[];
  /** Soft limit of open files that the program would have had; null to leave it. */
  readonly descriptorLimit: number | null;
  /** The interpreter's version, if its name says so: "3.12". Wrong, it costs time alone. */
  readonly pythonVersion?: string | null;
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
  /** The chain of filters, of `agentFilter`. */
  readonly filter: Marshalled;
  readonly captureOutput: boolean;
  /** Libraries to lay out beside the agent, or the folder of those that are there, absolute; none by default. */
  readonly accelerator?: string | readonly Library[];
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
 * Writes the agent's files: what Python finds by itself, the configuration, the other modules, as text and as far as
 * there is some as bytecode, and the accelerator's libraries. Few files: each costs the start as much as 100 kB do.
 *
 * Needs write permission for `config.folder`, which must not exist yet.
 */
export function writeAgent(
  config: AgentConfig,
  policy: RecorderPolicy,
  text: AgentText,
  bytecode: readonly Bytecode[] = includedBytecode(config.pythonVersion ?? null),
): void {
  Deno.mkdirSync(config.folder, { mode: 0o700 });
  const put = (name: string, content: Uint8Array) =>
    Deno.writeFileSync(under(config.folder, name), content);
  const values = {
    folder: config.folder,
    ring: config.ring,
    header_size: HEADER_SIZE,
    segment_size: SEGMENT_SIZE,
    segment_count: SEGMENT_COUNT,
    environment: config.environment,
    environment_order: config.environmentOrder ?? [],
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
    bytecode: writeBytecode(config, bytecode),
    accelerator: writeAccelerator(config),
  };
  put("config", marshal(values));
  put(`${ENTRY}.py`, text.entry);
  put("text", text.modules);
}

/** The folder where the agent finds the library for its interpreter, if there is one; null if there is none. */
function writeAccelerator({ folder, accelerator = [] }: AgentConfig): string | null {
  if (typeof accelerator === "string") return accelerator;
  for (const { name, bytes } of accelerator) Deno.writeFileSync(under(folder, name), bytes);
  return accelerator.length === 0 ? null : folder;
}

/** The place of each version's modules in the file that is written, by its magic number. */
function writeBytecode(
  { folder, pythonVersion = null }: AgentConfig,
  bytecode: readonly Bytecode[],
): Map<Uint8Array, readonly [start: number, size: number]> {
  const places = new Map<Uint8Array, readonly [number, number]>();
  let start = 0;
  for (const { python, magic, tag, entry, modules } of bytecode) {
    if (pythonVersion !== null && python !== pythonVersion) continue;
    if (start === 0) Deno.mkdirSync(under(folder, "__pycache__"));
    Deno.writeFileSync(under(folder, `__pycache__/${ENTRY}.${tag}.pyc`), entry);
    Deno.writeFileSync(under(folder, "bytecode"), modules, { append: true });
    places.set(Uint8Array.from(magic), [start, modules.length]);
    start += modules.length;
  }
  return places;
}
