/**
 * The Python agent's bytecode, which `deno task build` puts into the compiled program (tools/build/bytecode.ts): compiling
 * the agent's text takes Python longer than all else of a start.
 */

/** The file in the compiled program, beside the bundled modules. */
export const BYTECODE_FILE = "agent-bytecode";

/** What is there for one version of the interpreter's bytecode. */
export interface BytecodeVersion {
  /** The interpreters that run it: "3.12". */
  readonly python: string;
  /** The bytes of `importlib.util.MAGIC_NUMBER`. */
  readonly magic: readonly number[];
  /** `sys.implementation.cache_tag`: "cpython-312". */
  readonly tag: string;
  /** Bytes of the module that Python itself imports, as a file. */
  readonly entry: number;
  /** Bytes behind those, of all others: a marshalled dict. */
  readonly modules: number;
}

/** Bytecode of all versions that there are. */
export interface Bytecode {
  readonly versions: readonly BytecodeVersion[];
  /** One after the other, in that order. */
  readonly content: Uint8Array<ArrayBuffer>;
}

/** The file: the table as one line of JSON, and the content. */
export function writeBytecode({ versions, content }: Bytecode): Uint8Array<ArrayBuffer> {
  const table = new TextEncoder().encode(`${JSON.stringify(versions)}\n`);
  const file = new Uint8Array(table.length + content.length);
  file.set(table);
  file.set(content, table.length);
  return file;
}

/** The opposite of {@link writeBytecode}. */
export function readBytecode(file: Uint8Array<ArrayBuffer>): Bytecode {
  const end = file.indexOf(0x0a);
  return {
    versions: JSON.parse(new TextDecoder().decode(file.subarray(0, end))),
    content: file.subarray(end + 1),
  };
}

/** What this program has: nothing where it is not compiled, or was built without Python. */
export function includedBytecode(): Bytecode {
  const none = { versions: [], content: new Uint8Array() };
  if (!Deno.build.standalone) return none;
  try {
    return readBytecode(Deno.readFileSync(new URL(`./${BYTECODE_FILE}`, import.meta.url)));
  } catch {
    // A program that somebody has compiled with this library in it: there is no such file, nor is this module one.
    return none;
  }
}
