/** The interpreters that a build makes something for, or with. */
import { join } from "node:path";
import { NEWEST_MINOR, OLDEST_MINOR } from "../../src/target/python_name.ts";

/** Commands that may be interpreters: those that PATH and pyenv offer. */
export function candidates(): string[] {
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

/**
 * What an interpreter writes to standard output, without `site` and the user's environment.
 *
 * @throws {Error} Where it can't be started or fails: what it says of that.
 */
export async function outputOf(
  python: string,
  args: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> {
  const { success, stdout, stderr } = await new Deno.Command(python, {
    args: ["-s", "-S", ...args],
    clearEnv: true,
    // What comes out must not depend on who builds. The others: interpreters that are scripts look for themselves.
    env: { ...inherited(["PATH", "HOME", "PYENV_ROOT", "SystemRoot"]), PYTHONHASHSEED: "0" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
  return stdout.slice();
}

function inherited(names: readonly string[]): Record<string, string> {
  const values = names.map((name) => [name, Deno.env.get(name)] as const);
  return Object.fromEntries(
    values.filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}
