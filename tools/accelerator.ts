/**
 * Compiles the agent's native accelerator into a folder, for a recorder that is not compiled itself:
 *
 *     deno task accelerator --output DIR [--python PATH]…
 *     ct-recorder --accelerator DIR …
 *
 * It is made for the versions of CPython that PATH and pyenv offer and that it is for, or those that are named. CC names
 * the C compiler. Exit status 1 if there is none, or one that is named has none.
 *
 * Permissions: read for this project, pyenv's folder and Python's headers, write for DIR and the folder of temporary files, env
 * for CC and to find Python, run for both.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ACCELERATED, acceleratorsOf, compiling } from "./build/accelerator.ts";

/**
 * Does what the words of `deno task accelerator` ask for.
 *
 * @param here Where paths begin.
 * @returns The paths of the libraries.
 * @throws {Error} If there is none, or none for an interpreter that is named, in words for the person who asks.
 */
export async function accelerator(
  words: readonly string[],
  here: string,
  using = compiling(),
): Promise<string[]> {
  const { values } = parseArgs({
    args: [...words],
    options: { output: { type: "string" }, python: { type: "string", multiple: true } },
  });
  if (values.output === undefined) throw new Error("Say where to: --output DIR");
  const folder = resolve(here, values.output);
  const { libraries, without } = await acceleratorsOf(values.python ?? null, using);
  const problems = without.map(({ python, why }) => `No accelerator for ${python}: ${why}`);
  if (values.python !== undefined && problems.length > 0) throw new Error(problems.join("\n"));
  if (libraries.length === 0) {
    problems.push(`There is none: it takes a C compiler and CPython ${ACCELERATED.join(" or ")}`);
    throw new Error(problems.join("\n"));
  }
  await Deno.mkdir(folder, { recursive: true });
  for (const { name, bytes } of libraries) await Deno.writeFile(join(folder, name), bytes);
  return libraries.map(({ name }) => join(folder, name));
}

if (import.meta.main) {
  try {
    // `deno task` starts in the project and says here where it was called.
    const made = await accelerator(Deno.args, Deno.env.get("INIT_CWD") ?? Deno.cwd());
    console.log(made.join("\n"));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
