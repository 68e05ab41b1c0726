/** Makes the agent's bytecode that goes into the compiled program: a file for each version of Python that is there. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Bytecode,
  BYTECODE_FOLDER,
  bytecodeFileName,
  readBytecode,
  writeBytecode,
} from "../../src/agent/bytecode.ts";
import { isSupportedVersion } from "../../src/target/python_name.ts";
import { candidates, outputOf } from "./interpreters.ts";

const SCRIPT = fileURLToPath(new URL("bytecode.py", import.meta.url));
const AGENT = fileURLToPath(new URL("../../src/agent/python", import.meta.url));

/**
 * Makes the files, in a folder of their own in `folder`.
 *
 * @param named The interpreters; null for all that PATH and pyenv offer.
 * @returns The path of the files' folder, and the versions that there is bytecode for.
 * @throws {Error} Where one that is named can't be used.
 */
export async function makeBytecode(
  named: readonly string[] | null,
  folder: string,
): Promise<{ readonly path: string; readonly versions: readonly string[] }> {
  const bytecode = await bytecodeOf(named);
  const path = join(folder, BYTECODE_FOLDER);
  await Deno.mkdir(path);
  for (const each of bytecode) {
    const file = join(path, bytecodeFileName(each));
    await Deno.writeFile(file, writeBytecode(each));
    await Deno.utime(file, 0, 0); // the times of files go into the program
  }
  return { path, versions: bytecode.map(({ python }) => python) };
}

/** As {@link makeBytecode}, and makes no files. */
export async function bytecodeOf(named: readonly string[] | null): Promise<Bytecode[]> {
  const byMagic = new Map<string, Bytecode>();
  for (
    const made of await Promise.all((named ?? candidates()).map((each) => madeBy(each, named)))
  ) {
    if (made === null) continue;
    const magic = made.magic.join();
    if (!isSupportedVersion(made.python)) {
      if (named === null) continue;
      throw new Error(
        `No bytecode for Python ${made.python}, which is not one that can be recorded`,
      );
    }
    if (!byMagic.has(magic)) byMagic.set(magic, made);
  }
  return [...byMagic.values()].sort((a, b) => minorOf(a.python) - minorOf(b.python));
}

/** Null for a command that was only guessed, and is none. */
async function madeBy(python: string, named: readonly string[] | null): Promise<Bytecode | null> {
  try {
    return readBytecode(await outputOf(python, ["-X", "no_debug_ranges", SCRIPT, AGENT]));
  } catch (error) {
    if (named === null) return null;
    const said = error instanceof Error ? error.message : error;
    throw new Error(`Cannot make bytecode with ${python}: ${said}`, { cause: error });
  }
}

const minorOf = (version: string) => Number(version.split(".")[1]);
