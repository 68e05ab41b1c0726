/** Which packages the project's modules name, and where they lie. */

/** A package in Deno's cache. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** Its folder, absolute. */
  readonly localPath: string;
  /** By name and version. */
  readonly dependencies: readonly string[];
}

interface Graph {
  readonly modules: readonly { readonly npmPackage?: string }[];
  readonly npmPackages: Readonly<Record<string, NpmPackage>>;
}

const ROOT = new URL("../../", import.meta.url);

/**
 * The packages that modules name, and what these depend on, by name and version.
 *
 * Needs run permission for Deno.
 *
 * @param entries What reaches the modules, relative to the project.
 * @throws {Error} With what Deno says, if it can't be found out.
 */
export async function packagesInside(entries: readonly string[]): Promise<NpmPackage[]> {
  const found = new Map<string, NpmPackage>();
  for (const { modules, npmPackages } of await Promise.all(entries.map(graphOf))) {
    const add = (id: string) => {
      const one = npmPackages[id];
      if (one === undefined || found.has(id)) return;
      found.set(id, one);
      one.dependencies.forEach(add);
    };
    for (const { npmPackage } of modules) if (npmPackage !== undefined) add(npmPackage);
  }
  return [...found].sort(([a], [b]) => a < b ? -1 : 1).map(([, one]) => one);
}

async function graphOf(entry: string): Promise<Graph> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  if (success) return JSON.parse(new TextDecoder().decode(stdout));
  throw new Error(`deno info ${entry} failed: ${new TextDecoder().decode(stderr)}`);
}
