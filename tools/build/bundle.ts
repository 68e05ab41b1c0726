/**
 * Puts the recorder's modules together into few files: Deno takes a third of a millisecond for each one that a program
 * loads, and a recording loads a hundred.
 */
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type OnLoadResult, type Plugin, stop } from "esbuild";
import { packagesInside } from "./npm_packages.ts";
import { lineMap, type SourceMap } from "./line_map.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** How one module names another that it doesn't import. */
const NAMED = /new URL\("(\.[^"]+\.ts)", import\.meta\.url\)/g;

/** What to put together. Paths are relative to the project. */
export interface BundleRequest {
  readonly entry: string;
  /** Named in URLs alone. Each becomes one file, with all that it imports. */
  readonly workers: readonly string[];
  /** Absolute; all files go there. */
  readonly folder: string;
}

/** Where the bundled modules are, absolute. */
export interface Bundle {
  readonly entry: string;
  readonly workers: readonly string[];
}

/**
 * Bundles an entry and its workers, with their packages. What the entry imports late stays apart. Each file brings its
 * source map, so that stack traces tell the lines of the project's own files.
 *
 * Needs read permission for the project and Deno's cache, write permission for the folder, run
 * permission for Deno and esbuild's program, and env permission to find that.
 *
 * @throws {Error} If it can't be done, with what esbuild says.
 */
export async function bundle({ entry, workers, folder }: BundleRequest): Promise<Bundle> {
  // Names of files depend on where the packages lie.
  const packages = join(folder, "npm");
  await Deno.mkdir(packages);
  try {
    await linkPackages(entry, packages);
    const outputs = new Map(workers.map((worker) => [resolve(ROOT, worker), outputOf(worker)]));
    for (const [index, each] of [entry, ...workers].entries()) {
      const { outputFiles } = await build({
        absWorkingDir: ROOT,
        entryPoints: [each],
        bundle: true,
        // The same module in two files would be two modules.
        splitting: index === 0,
        format: "esm",
        platform: "neutral",
        target: "esnext",
        conditions: ["deno", "module", "import"],
        external: ["node:*"],
        nodePaths: [packages],
        preserveSymlinks: true,
        sourcemap: "external",
        sourcesContent: false,
        // The maps' paths begin here; the files go elsewhere.
        outdir: ROOT,
        entryNames: "[name]",
        write: false,
        logLevel: "silent",
        plugins: [ownPlaces(resolve(ROOT, each), outputs)],
      });
      const maps = new Map(outputFiles.map(({ path, text }) => [path, text]));
      for (const { path, text } of outputFiles) {
        if (path.endsWith(".map")) continue;
        const map = fromRoot(JSON.parse(maps.get(`${path}.map`) ?? ""), packages);
        await Deno.writeTextFile(
          join(folder, relative(ROOT, path)),
          text + comment(lineMap(map, text)),
        );
      }
    }
  } finally {
    await stop();
    await Deno.remove(packages, { recursive: true });
  }
  const placed = (module: string) => join(folder, outputOf(module));
  return { entry: placed(entry), workers: workers.map(placed) };
}

/** Packages lie in Deno's cache, each version in a folder of its own: as a bundler looks for them, by name. */
async function linkPackages(entry: string, folder: string): Promise<void> {
  for (const { name, localPath } of await packagesInside([entry])) {
    await Deno.mkdir(join(folder, dirname(name)), { recursive: true });
    await Deno.symlink(localPath, join(folder, name));
  }
}

/** Names packages' files as such, and not by where they lie on this machine. */
function fromRoot(map: SourceMap, packages: string): SourceMap {
  const prefix = `${relative(ROOT, packages)}/`;
  return { ...map, sources: map.sources.map((path) => path.replace(prefix, "npm/")) };
}

/** Deno heeds those alone that stand in the file. */
function comment(map: SourceMap): string {
  const base64 = new TextEncoder().encode(JSON.stringify(map)).toBase64();
  return `//# sourceMappingURL=data:application/json;base64,${base64}\n`;
}

function outputOf(module: string): string {
  return basename(module).replace(/\.ts$/, ".js");
}

/** Keeps true what modules say of where they are: all files lie in one folder, and hold several of them. */
function ownPlaces(entry: string, outputs: ReadonlyMap<string, string>): Plugin {
  return {
    name: "own-places",
    setup(build) {
      // As a bundler names packages: without the version, which Deno has chosen.
      build.onResolve(
        { filter: /^npm:/ },
        ({ path, kind, resolveDir, importer }) =>
          build.resolve(path.replace(/^npm:(.+)@.*$/, "$1"), { kind, resolveDir, importer }),
      );
      // A file of Node's kind asks for Node's modules by a function that files of the other kind don't have.
      build.onLoad({ filter: /\/commander\/.*\.js$/ }, async ({ path }): Promise<OnLoadResult> => {
        const text = await Deno.readTextFile(path);
        return {
          contents: text.replace(
            /\brequire\((['"])(node:\w+)\1\)/g,
            'globalThis.process.getBuiltinModule("$2")',
          ),
        };
      });
      build.onLoad({ filter: /\.ts$/ }, async ({ path }): Promise<OnLoadResult> => {
        const text = await Deno.readTextFile(path);
        const contents = text.replace(NAMED, (whole, named: string) => {
          const output = outputs.get(resolve(path, "..", named));
          return output === undefined ? whole : `new URL("./${output}", import.meta.url)`;
        });
        return {
          contents: path === entry ? contents : contents.replaceAll("import.meta.main", "false"),
          loader: "ts",
        };
      });
    },
  };
}
