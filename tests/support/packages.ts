/** Packages that tests need: installed by pip into a cache folder, once per set of versions and Python. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Python } from "./pythons.ts";

/**
 * The folder that `requirements` are in, filled on first use; for PYTHONPATH.
 *
 * @throws {Error} With what pip said, if it can't install them.
 */
export async function installed(python: Python, requirements: readonly string[]): Promise<string> {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? "/tmp", ".cache");
  const key = createHash("sha256").update(requirements.join()).digest("hex").slice(0, 12);
  const folder = join(cache, "ct-recorder-tests", `installed-${key}-py${python.version}`);
  const inside = join(folder, "site-packages");
  if (await Deno.stat(inside).then(() => true, () => false)) return inside;
  await Deno.mkdir(join(folder, ".."), { recursive: true });
  // Elsewhere first: a folder that is there is a whole one, also when two test runs fill it at once.
  const fresh = await Deno.makeTempDir({ dir: join(folder, ".."), prefix: "filling-" });
  const { success, stderr } = await new Deno.Command(python.path, {
    args: [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      "--target",
      join(fresh, "site-packages"),
      ...requirements,
    ],
    env: { PIP_ROOT_USER_ACTION: "ignore" },
  }).output();
  if (!success) {
    await Deno.remove(fresh, { recursive: true });
    throw new Error(
      `pip can't install the packages for ${python.path}:\n${new TextDecoder().decode(stderr)}`,
    );
  }
  await Deno.rename(fresh, folder).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists) && !/not empty/i.test(error.message)) {
      throw error;
    }
    return Deno.remove(fresh, { recursive: true });
  });
  return inside;
}
