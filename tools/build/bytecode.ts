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
import { isSupportedVersion, NEWEST_MINOR, OLDEST_MINOR } from "../../src/target/python_name.ts";

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
  for (const made of await Promise.all((named ?? found()).map((each) => madeBy(each, named)))) {
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

/** Commands that may be interpreters. */
function found(): string[] {
  const minors = Array.from(
    { length: NEWEST_MINOR - OLDEST_MINOR + 1 },
    (_, index) => `3.${OLDEST_MINOR + index}`,
  );
  const home = Deno.env.get("HOME");
  const pyenv = Deno.env.get("PYENV_ROOT") ?? (home === undefined ? null : join(home, ".pyenv"));
  const installed = pyenv === null ? [] : folders(join(pyenv, "versions"))
    .filter((name) => minors.some((minor) => name.startsWith(`${minor}.`)))
    .map((name) => join(pyenv, "versions", name, "bin/python3"));
  return [...installed, ...minors.map((minor) => `python${minor}`), "python3"];
}

function folders(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return []; // no pyenv
    throw error;
  }
}

/** Null for a command that was only guessed, and is none. */
async function madeBy(python: string, named: readonly string[] | null): Promise<Bytecode | null> {
  let said: string;
  try {
    const { success, stdout, stderr } = await new Deno.Command(python, {
      args: ["-s", "-S", "-X", "no_debug_ranges", SCRIPT, AGENT],
      clearEnv: true,
      // What comes out must not depend on who builds. The others: interpreters that are scripts look for themselves.
      env: { ...inherited(["PATH", "HOME", "PYENV_ROOT", "SystemRoot"]), PYTHONHASHSEED: "0" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    if (success) return readBytecode(stdout.slice());
    said = new TextDecoder().decode(stderr).trim();
  } catch (error) {
    said = String(error);
  }
  if (named === null) return null;
  throw new Error(`Cannot make bytecode with ${python}: ${said}`);
}

function inherited(names: readonly string[]): Record<string, string> {
  const values = names.map((name) => [name, Deno.env.get(name)] as const);
  return Object.fromEntries(
    values.filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

const minorOf = (version: string) => Number(version.split(".")[1]);
