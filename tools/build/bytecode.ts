/** Makes the file of the agent's bytecode that goes into the compiled program: one part for each Python that there is. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Bytecode,
  BYTECODE_FILE,
  type BytecodeVersion,
  writeBytecode,
} from "../../src/agent/bytecode.ts";
import { isSupportedVersion, NEWEST_MINOR, OLDEST_MINOR } from "../../src/target/python_name.ts";

const SCRIPT = fileURLToPath(new URL("bytecode.py", import.meta.url));
const AGENT = fileURLToPath(new URL("../../src/agent/python", import.meta.url));

/** What one interpreter has made. */
interface Part {
  readonly version: BytecodeVersion;
  readonly content: Uint8Array<ArrayBuffer>;
}

/**
 * Makes the file in `folder`.
 *
 * @param named The interpreters; null for all that PATH and pyenv offer.
 * @returns The file's path, and the versions that there is bytecode for.
 * @throws {Error} Where one that is named can't be used.
 */
export async function makeBytecode(
  named: readonly string[] | null,
  folder: string,
): Promise<{ readonly path: string; readonly versions: readonly string[] }> {
  const bytecode = await bytecodeOf(named);
  const path = join(folder, BYTECODE_FILE);
  await Deno.writeFile(path, writeBytecode(bytecode));
  return { path, versions: bytecode.versions.map(({ python }) => python) };
}

/** As {@link makeBytecode}, and makes no file. */
export async function bytecodeOf(named: readonly string[] | null): Promise<Bytecode> {
  const parts = new Map<string, Part>();
  for (const part of await Promise.all((named ?? found()).map((python) => partOf(python, named)))) {
    if (part === null) continue;
    const { python, magic } = part.version;
    if (isSupportedVersion(python)) {
      if (!parts.has(magic.join())) parts.set(magic.join(), part);
    } else if (named !== null) {
      throw new Error(`No bytecode for Python ${python}, which is not one that can be recorded`);
    }
  }
  const sorted = [...parts.values()].sort((a, b) =>
    minorOf(a.version.python) - minorOf(b.version.python)
  );
  return {
    versions: sorted.map(({ version }) => version),
    content: new Uint8Array(await new Blob(sorted.map(({ content }) => content)).arrayBuffer()),
  };
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
async function partOf(python: string, named: readonly string[] | null): Promise<Part | null> {
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
    if (success) {
      const end = stdout.indexOf(0x0a);
      const about = JSON.parse(new TextDecoder().decode(stdout.subarray(0, end)));
      const content = stdout.slice(end + 1);
      return { version: { ...about, modules: content.length - about.entry }, content };
    }
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
