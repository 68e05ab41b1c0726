/** The native accelerator for tests: it is optional, so that a machine without a C compiler says so and goes on. */
import { fileURLToPath } from "node:url";
import type { Library } from "../../src/agent/accelerator.ts";
import { acceleratorsOf, type Compiling, compiling } from "../../tools/build/accelerator.ts";
import { pythons } from "./pythons.ts";

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
