/**
 * Makes the compiled form of scripts ahead of time: V8's own, which it takes in the place of the text where it fits the
 * version and the flags of the V8 that runs, and the length of the text. Otherwise it compiles the text.
 */
import { fileURLToPath } from "node:url";
import { cacheOf } from "./bundle.ts";

const COMPILER = fileURLToPath(new URL("code_cache_compiler.ts", import.meta.url));

/**
 * V8's flags in the compiled program; those that it compiles with have to be the same. Its young objects have up to 8 MiB, not
 * 32: hardly any live long, so that more room is filled with garbage and no time is saved.
 */
export const V8_FLAGS = ["--min-semi-space-size=4", "--max-semi-space-size=8"] as const;

/** Where the flags' hash stands that V8 compares, and how long it is. */
const FLAGS_AT = 12;
const FLAGS_SIZE = 4;

/**
 * Compiles all functions of each script, and writes that to where {@link cacheOf} says. The same scripts make the same
 * files: nothing of a script is run.
 *
 * Needs run permission for `deno`, and read and write permission for the folder of the scripts.
 *
 * @param scripts Paths of their texts.
 * @param deno A Deno of the version that is to run them.
 * @returns False where it can't be done, which costs each start time. The files are empty then.
 */
export async function makeCodeCache(scripts: readonly string[], deno: string): Promise<boolean> {
  // V8 would compile those functions alone that have run, and nothing of a script is to be run here. With the flag it
  // compiles all; what comes of that is no different but for the flags' hash.
  const all = await compileWith(deno, ["--no-lazy"], "make", scripts);
  const whole = all && await Promise.all(scripts.map((script) => Deno.readFile(cacheOf(script))));
  const plain = whole && await compileWith(deno, [], "make", scripts);
  if (whole && plain) {
    for (const [index, script] of scripts.entries()) {
      const bytes = whole[index] ?? new Uint8Array();
      const { buffer } = await Deno.readFile(cacheOf(script));
      bytes.set(new Uint8Array(buffer, FLAGS_AT, FLAGS_SIZE), FLAGS_AT);
      await Deno.writeFile(cacheOf(script), bytes);
    }
    if (await compileWith(deno, [], "take", scripts)) return true;
  }
  for (const script of scripts) await Deno.writeFile(cacheOf(script), new Uint8Array());
  return false;
}

async function compileWith(
  deno: string,
  more: readonly string[],
  what: "make" | "take",
  scripts: readonly string[],
): Promise<boolean> {
  const files = scripts.flatMap((script) => [script, cacheOf(script)]);
  const { success } = await new Deno.Command(deno, {
    args: [
      "run",
      "--quiet",
      "--no-config",
      "--no-lock",
      "--no-remote",
      "--no-npm",
      `--allow-read=${files.join(",")}`,
      `--allow-write=${files.join(",")}`,
      `--v8-flags=${[...V8_FLAGS, ...more].join()}`,
      COMPILER,
      what,
      ...files,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}
