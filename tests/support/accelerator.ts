/** The native accelerator for tests: it is optional, so that a machine without a C compiler says so and goes on. */
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import type { Library } from "../../src/agent/accelerator.ts";
import { isFolder } from "../../src/target/is_folder.ts";
import { sha256Hex } from "../../src/text/sha256.ts";
import {
  ACCELERATED,
  acceleratorsOf,
  type Compiling,
  compiling,
} from "../../tools/build/accelerator.ts";
import { type Python, pythons } from "./pythons.ts";
import { ROOT } from "./recorder.ts";

/** A line of a program that has its recording load the accelerator: so many lines are told outside of functions. */
export const WARM = "for _ in range(210): pass";

/** One that does nothing, and takes no time to compile. */
export const SMALL: Compiling = {
  ...compiling(),
  source: fileURLToPath(new URL("../tools/_small_accelerator.c", import.meta.url)),
  strict: true,
};

/**
 * The small one for all interpreters of this machine that there can be one for.
 *
 * @returns Null, after a word on it, where the machine lacks what it takes.
 * @throws {Error} Where it doesn't compile.
 */
export function smallAccelerators(): Promise<Made | null> {
  made ??= pythons().then((all) => accelerators([...all.values()].map(({ path }) => path), SMALL));
  return made;
}

/** Libraries, the oldest version's first. */
export interface Made {
  readonly libraries: readonly Library[];
}

let made: Promise<Made | null> | undefined;

/**
 * The project's accelerator for one interpreter, in a folder of its own below .cache: compiled once for all test files, and
 * again after a change of the source.
 *
 * @returns The folder's path; null where there is none for that version, and, after a word on it, where the machine lacks
 * what it takes.
 * @throws {Error} Where it doesn't compile, or not without a warning.
 */
export async function accelerator(python: Python): Promise<string | null> {
  if (!ACCELERATED.includes(python.version)) return null;
  const using = { ...compiling(), strict: true };
  const folder = join(ROOT, ".cache/accelerator", await keyOf(python, using));
  if (isFolder(folder)) return folder;
  const made = await accelerators([python.path], using);
  const library = made?.libraries[0];
  if (library === undefined) return null;
  const unfinished = `${folder}.${crypto.randomUUID()}`;
  await Deno.mkdir(unfinished, { recursive: true });
  await Deno.writeFile(join(unfinished, library.name), library.bytes);
  try {
    await Deno.rename(unfinished, folder);
  } catch (error) {
    await Deno.remove(unfinished, { recursive: true });
    if (!isFolder(folder)) throw error; // else another test file was faster
  }
  return folder;
}

/** All that a library comes from. */
async function keyOf({ path }: Python, { compiler, source }: Compiling): Promise<string> {
  const { mtime } = await Deno.stat(path);
  const how = new URL("../../tools/build/accelerator.ts", import.meta.url);
  return await sha256Hex(JSON.stringify([
    ...[path, mtime, compiler],
    ...[await Deno.readTextFile(source), await Deno.readTextFile(how)],
  ]));
}

async function accelerators(
  paths: readonly string[],
  using: Compiling,
): Promise<Made | null> {
  const { libraries, without } = await acceleratorsOf(paths, using);
  for (const { python, kind, why } of without) {
    if (kind === "source") throw new Error(`no accelerator for ${python}: ${why}`);
  }
  const lacking = without.filter(({ kind }) => kind === "machine");
  for (const { python, why } of lacking) {
    console.error(`!!! MISSING: the native accelerator for ${python} was not tested: ${why}`);
  }
  return lacking.length > 0 ? null : { libraries };
}
