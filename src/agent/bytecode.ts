/**
 * The Python agent's bytecode, which `deno task build` puts into the compiled program (tools/build/bytecode.ts): compiling
 * the agent's text takes Python longer than all else of a start.
 */

/** The folder of the files in the compiled program, beside the bundled modules. */
export const BYTECODE_FOLDER = "agent-bytecode";

/** The agent in one version of the interpreter's bytecode. */
export interface Bytecode {
  /** The interpreters that run it: "3.12". */
  readonly python: string;
  /** The bytes of `importlib.util.MAGIC_NUMBER`. */
  readonly magic: readonly number[];
  /** `sys.implementation.cache_tag`: "cpython-312". */
  readonly tag: string;
  /** The module that Python itself imports, as a file. */
  readonly entry: Uint8Array<ArrayBuffer>;
  /** All others: a marshalled dict, compressed by zlib. Python has the time for that while the recorder starts. */
  readonly modules: Uint8Array<ArrayBuffer>;
}

/** The name of the file that one goes into; {@link includedVersions} reads it. */
export function bytecodeFileName({ python, magic }: Bytecode): string {
  return `${python}-${magic.join("-")}`;
}

/** The file: what is no bytes as one line of JSON, and both parts. */
export function writeBytecode({ entry, modules, ...about }: Bytecode): Uint8Array<ArrayBuffer> {
  const head = JSON.stringify({ ...about, entry: entry.length });
  const line = new TextEncoder().encode(`${head}\n`);
  const file = new Uint8Array(line.length + entry.length + modules.length);
  file.set(line);
  file.set(entry, line.length);
  file.set(modules, line.length + entry.length);
  return file;
}

/** The opposite of {@link writeBytecode}. */
export function readBytecode(file: Uint8Array<ArrayBuffer>): Bytecode {
  const start = file.indexOf(0x0a) + 1;
  const { entry, ...about } = JSON.parse(new TextDecoder().decode(file.subarray(0, start)));
  const end = start + entry;
  return { ...about, entry: file.subarray(start, end), modules: file.subarray(end) };
}

/**
 * What this program has: nothing where it is not compiled, or was built without Python.
 *
 * @param python The version that is wanted; null for all.
 */
export function includedBytecode(python: string | null): Bytecode[] {
  return fileNames().filter((name) => python === null || versionOf(name) === python)
    .map((name) => readBytecode(Deno.readFileSync(new URL(name, folder()))));
}

/** The versions that there is bytecode for. */
export function includedVersions(): string[] {
  return fileNames().map(versionOf);
}

/** Numbers, as "3.10" comes behind "3.9". */
function fileNames(): string[] {
  if (!Deno.build.standalone) return [];
  const minor = (name: string) => Number(versionOf(name).split(".")[1]);
  try {
    return [...Deno.readDirSync(folder())].map(({ name }) => name)
      .sort((a, b) => minor(a) - minor(b) || (a < b ? -1 : 1));
  } catch {
    // A program that somebody has compiled with this library in it: there is no such folder, nor is this module a file.
    return [];
  }
}

const folder = () => new URL(`./${BYTECODE_FOLDER}/`, import.meta.url);
const versionOf = (name: string) => name.split("-")[0] ?? name;
