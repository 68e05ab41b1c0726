/** Caches of Deno's that a test has for itself. */
import { join } from "node:path";
import { run } from "./processes.ts";

/**
 * Makes one in `folder`, where nothing of that name may be.
 *
 * @param shared What it has of this process's own: `npm`, and what Deno calls its other folders.
 * @returns Its place, for DENO_DIR.
 */
export async function ownDenoCache(folder: string, shared: readonly string[]): Promise<string> {
  const { stdout } = await run([Deno.execPath(), "info", "--json"]);
  const { denoDir } = JSON.parse(stdout);
  const cache = join(folder, "cache");
  await Deno.mkdir(cache);
  for (const name of shared) await Deno.symlink(join(denoDir, name), join(cache, name));
  return cache;
}
