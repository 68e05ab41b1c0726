/**
 * Puts the recorder's modules together into few files: Deno takes a third of a millisecond for each one that a program
 * loads, and a recording loads a hundred.
 *
 * What every start needs is one *script*, and so is each worker: a function's text, run by a small module of the same
 * name. Of a script, unlike of a module, V8 takes its own compiled form (`code_cache.ts`), and compiling the text would
 * take longer than the work. What the entry imports late stays modules, which find the script's modules in it.
 */
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  build,
  type BuildOptions,
  type BuildResult,
  type Metafile,
  type OnLoadResult,
  type OnResolveResult,
  type Plugin,
  stop,
} from "esbuild";
import { packagesInside } from "./npm_packages.ts";
import { lineMap, placesIn, type SourceMap } from "./line_map.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** How one module names another that it doesn't import. */
const NAMED = /new URL\("(\.[^"]+\.ts)", import\.meta\.url\)/g;

/** The script of what every start needs. */
const CORE = "core";
/** How it imports its own modules late: a bundler would keep all that these need from being made at once. */
const LATE_IN_CORE = /\bimport\("core:(\d+)"\)/g;
/** What the bundler has at a script's head, and how the script hands its modules on. */
const EXPORT = /^var __export = \(target, all\) => \{\n.*\n.*\n\};$/m;
const EXPORTS = `module.exports = __toCommonJS(${CORE}_exports);`;
/** In their place: what a module exports is put together when another file asks for that, which most never do. */
const LATE_EXPORT = `const $exports = new Map();
var __export = (target, all) => {
  $exports.set(target, all);
};`;
const LATE_EXPORTS =
  `module.exports = (number) => { const found = $exports.get(${CORE}_exports)["m" + number](); ` +
  "const all = $exports.get(found); for (const name in all) " +
  "__defProp(found, name, { get: all[name], enumerable: true }); $exports.delete(found); return found; };";
/** In comments alone, where esbuild leaves it: with one such letter V8 takes two bytes for each, of half a megabyte. */
const NOT_ASCII = /[^\0-\x7f]/g;
/** What a script is called with. */
const [IMPORT, HERE, NODE, WORKER] = ["$import", "$here", "require", "Worker"];

/** What to put together. Paths are relative to the project. */
export interface BundleRequest {
  readonly entry: string;
  /** Named in URLs alone. Each becomes one script, with all that it imports. */
  readonly workers: readonly string[];
  /** What is imported late, and yet at nearly every start. */
  readonly early?: readonly string[];
  /** What is imported late, and never by the program: it has that in another form. */
  readonly without?: readonly string[];
  /** Absolute; all files go there. */
  readonly folder: string;
}

/** Where the bundled modules are, absolute. */
export interface Bundle {
  readonly entry: string;
  readonly workers: readonly string[];
  /** What is imported late, by the scripts too: that isn't seen by following the entry's imports. */
  readonly late: readonly string[];
  /** The texts of the scripts. The compiled form of each goes into the file that {@link cacheOf} names. */
  readonly scripts: readonly string[];
}

/** Where the compiled form of a script belongs; it is empty where there is none. */
export function cacheOf(script: string): string {
  return script.replace(/\.txt$/, ".cache");
}

/** Where it stands which line of a script is which of the project's files: JSON of `Places` (`line_map.ts`). */
export function placesOf(script: string): string {
  return script.replace(/\.txt$/, ".json");
}

/**
 * Bundles an entry and its workers, with their packages. Stack traces tell the lines of the project's own files: modules
 * bring their source maps, and where scripts have theirs is looked up when somebody asks for a trace. Deno would read
 * those, too, at every start.
 *
 * Needs read permission for the project and Deno's cache, write permission for the folder, run
 * permission for Deno and esbuild's program, and env permission to find that.
 *
 * @throws {Error} If it can't be done, with what esbuild says.
 */
export async function bundle(request: BundleRequest): Promise<Bundle> {
  const { entry, workers, folder } = request;
  // Names of files depend on where the packages lie.
  const packages = join(folder, "npm");
  await Deno.mkdir(packages);
  try {
    await linkPackages(entry, packages);
    const outputs = new Map(workers.map((worker) => [resolve(ROOT, worker), outputOf(worker)]));
    const run = (options: BuildOptions, resolvers: readonly Resolver[] = []) =>
      build({
        absWorkingDir: ROOT,
        bundle: true,
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
        metafile: true,
        logLevel: "silent",
        ...options,
        plugins: [otherPlaces(resolvers), ownPlaces(resolve(ROOT, entry), outputs)],
      });
    const scripts: string[] = [];
    const addScript = async (name: string, result: BuildResult) => {
      scripts.push(await writeScript(folder, name, result, packages));
    };
    const { metafile } = await run({
      entryPoints: [entry],
      format: "esm",
      sourcemap: false,
    });
    const parts = partsOf(metafile?.inputs ?? {}, request);
    await addScript(
      CORE,
      await run({
        stdin: {
          contents: parts.shared.map((path, index) => `export * as m${index} from "./${path}";\n`)
            .join(""),
          resolveDir: ROOT,
          sourcefile: CORE,
        },
        ...SCRIPT,
      }, [lateModules(parts)]),
    );
    for (const worker of workers) {
      const name = outputOf(worker).slice(0, -".js".length);
      await addScript(name, await run({ entryPoints: [worker], ...SCRIPT }));
    }
    const modules = {
      format: "esm",
      banner: { js: `import { modules as $core, ${WORKER} } from "./${CORE}.js";` },
    } as const;
    const start = await run({ entryPoints: [entry], ...modules }, [
      lateModules(parts),
      sharedModules(parts),
    ]);
    const late = await run({
      entryPoints: parts.late.map((path) => ({ in: path, out: lateName(path) })),
      // The same module in two files would be two modules.
      splitting: true,
      ...modules,
    }, [sharedModules(parts)]);
    const outputFiles = [start, late].flatMap(({ outputFiles = [] }) => outputFiles);
    const maps = new Map(outputFiles.map(({ path, text }) => [path, text]));
    for (const { path, text } of outputFiles) {
      if (path.endsWith(".map")) continue;
      await Deno.writeTextFile(
        join(folder, relative(ROOT, path)),
        text + mapComment(maps.get(`${path}.map`), text, packages),
      );
    }
    const placed = (module: string) => join(folder, outputOf(module));
    return {
      entry: placed(entry),
      workers: workers.map(placed),
      late: parts.late.map((path) => join(folder, `${lateName(path)}.js`)),
      scripts,
    };
  } finally {
    await stop();
    await Deno.remove(packages, { recursive: true });
  }
}

/** What makes a script of a bundle. */
const SCRIPT = {
  format: "cjs",
  supported: { "dynamic-import": true },
  define: { "import.meta.url": HERE },
} as const satisfies BuildOptions;

/** What becomes of the entry's modules. Paths are relative to the project. */
interface Parts {
  /** In the script. */
  readonly core: ReadonlySet<string>;
  /** Those of them that are imported late, or by modules that aren't. */
  readonly shared: readonly string[];
  /** Imported late, and not in the script. */
  readonly late: readonly string[];
}

function partsOf(
  inputs: Metafile["inputs"],
  { entry, early = [], without = [] }: BundleRequest,
): Parts {
  const importsOf = (path: string) =>
    (inputs[path]?.imports ?? []).filter(({ external }) => external !== true);
  const isLate = (kind: string) => kind === "dynamic-import";
  const core = new Set<string>();
  const add = (path: string) => {
    if (core.has(path)) return;
    core.add(path);
    for (const { path: next, kind } of importsOf(path)) if (!isLate(kind)) add(next);
  };
  for (const { path, kind } of importsOf(entry)) if (!isLate(kind)) add(path);
  early.forEach(add);
  const shared = new Set<string>();
  const late = new Set<string>();
  for (const from of Object.keys(inputs)) {
    for (const { path, kind } of importsOf(from)) {
      if (core.has(path) && (!core.has(from) || isLate(kind))) shared.add(path);
      if (!core.has(path) && isLate(kind)) late.add(path);
    }
  }
  const placed = [...late].filter((path) => !without.includes(path));
  return { core, shared: [...shared].sort(), late: placed.sort() };
}

/** Modules in different folders may have the same name. */
function lateName(path: string): string {
  return path.replace(/\.ts$/, "").replaceAll("/", "-");
}

/** Leads late imports to the files of those modules, or to where they are in the script. */
function lateModules({ core, shared }: Parts): Resolver {
  return (path, kind) => {
    if (kind !== "dynamic-import") return null;
    const place = core.has(path) ? `${CORE}:${shared.indexOf(path)}` : `./${lateName(path)}.js`;
    return { path: place, external: true };
  };
}

/** Leads imports of the script's modules to the script. */
function sharedModules({ shared }: Parts): Resolver {
  return (path) =>
    shared.includes(path) ? { path: String(shared.indexOf(path)), namespace: CORE } : null;
}

/** How the script begins that every start needs; and how workers do, which may read no file, and get theirs sent. */
const CORE_LOADER =
  `const read = (name, ending) => Deno.readFileSync(new URL(name + ending, import.meta.url));
class ${WORKER} extends globalThis.Worker {
  constructor(module, options) {
    super(module, options);
    // While the worker loads what it takes these with.
    const name = String(module).slice(0, -".js".length);
    const files = [".txt", ".cache", ".json"].map((ending) => read(name, ending));
    this.postMessage(files, files.map(({ buffer }) => buffer));
  }
}
export { ${WORKER} };
export const modules =
  run(read("./${CORE}", ".txt"), read("./${CORE}", ".cache"), () => read("./${CORE}", ".json"));
`;
const WORKER_LOADER = `const ${WORKER} = globalThis.Worker;
self.onmessage = ({ data: [text, cache, places] }) => {
  self.onmessage = null;
  run(text, cache, () => places);
};
`;

/** Makes a function of a script, and stack traces that name the project's files in its place. */
const RUN = `const decode = (bytes) => new TextDecoder().decode(bytes);
const run = (text, cache, readPlaces) => {
  const filename = import.meta.url.replace(/js$/, "txt");
  let places;
  const placed = (_, line) => {
    const { sources, lines } = places ??= JSON.parse(decode(readPlaces()));
    const [source, at] = [lines[2 * line - 2], lines[2 * line - 1]];
    return source < 0 ? "bundled" : new URL(sources[source], import.meta.url).href + ":" + at + ":1";
  };
  const own = new RegExp("[^(]*/" + filename.replace(/.*\\//, "") + ":(\\\\d+):\\\\d+");
  Error.prepareStackTrace = (error, sites) =>
    String(error) + sites.map((site) => "\\n    at " + String(site).replace(own, placed)).join("");
  const cachedData = cache.length === 0 ? undefined : cache;
  const script = new vm.Script(decode(text), { filename, cachedData });
  return script.runInThisContext()(
    (name) => import(name), import.meta.url, (name) => nodes[name], ${WORKER});
};
`;

/** Writes the text of a script and the module that runs it, which brings its map. Returns where the text is. */
async function writeScript(
  folder: string,
  name: string,
  { outputFiles = [], metafile }: BuildResult,
  packages: string,
): Promise<string> {
  const map = outputFiles.find(({ path }) => path.endsWith(".map"))?.text;
  const body = outputFiles.find(({ path }) => path.endsWith(".js"))?.text ?? "";
  // In the same line as the first one: the map counts them.
  const text =
    `(function (${IMPORT}, ${HERE}, ${NODE}, ${WORKER}) { "use strict"; const module = {}; ${
      (name === CORE ? exportingLate(body) : body).replaceAll(
        /\bimport\((?="\.\/[\w-]+\.js"\))/g,
        `${IMPORT}(`,
      )
        .replaceAll(LATE_IN_CORE, "Promise.resolve(module.exports($1))")
        .replaceAll(NOT_ASCII, escaped)
    } return module.exports; })`;
  const nodes = [
    ...new Set(
      Object.values(metafile?.outputs ?? {}).flatMap(({ imports }) =>
        imports.filter(({ kind }) => kind !== "dynamic-import").map(({ path }) => path)
      ).filter((path) => path.startsWith("node:")),
    ),
  ].sort();
  const imports = [
    'import vm from "node:vm";',
    ...nodes.map((node, index) => `import * as n${index} from "${node}";`),
  ].join("\n");
  const loader = `${imports}
const nodes = { ${nodes.map((node, index) => `"${node}": n${index}`).join(", ")} };
${RUN}${name === CORE ? CORE_LOADER : WORKER_LOADER}`;
  const script = join(folder, `${name}.txt`);
  await Deno.writeTextFile(script, text);
  await Deno.writeFile(cacheOf(script), new Uint8Array());
  await Deno.writeTextFile(placesOf(script), JSON.stringify(placesIn(parsed(map, packages))));
  await Deno.writeTextFile(join(folder, `${name}.js`), loader);
  return script;
}

/**
 * The script, without a property for everything that a module of it exports: a start would make hundreds.
 *
 * @throws {Error} Where esbuild writes something else than it did.
 */
function exportingLate(body: string): string {
  const text = body.replace(EXPORT, () => LATE_EXPORT).replace(EXPORTS, () => LATE_EXPORTS);
  const rest = text.replaceAll(
    /\bvar \w+_exports = \{\};|\b__export\(\w+_exports, |\bm\d+: \(\) => \w+_exports\b/g,
    "",
  ).replace(LATE_EXPORTS, "");
  if (!text.includes(LATE_EXPORT) || !text.includes(LATE_EXPORTS) || /\w_exports\b/.test(rest)) {
    throw new Error(
      `What modules of ${CORE} export can't be put off: esbuild has changed, or one is used as a value`,
    );
  }
  return text;
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Packages lie in Deno's cache, each version in a folder of its own: as a bundler looks for them, by name. */
async function linkPackages(entry: string, folder: string): Promise<void> {
  for (const { name, localPath } of await packagesInside([entry])) {
    await Deno.mkdir(join(folder, dirname(name)), { recursive: true });
    await Deno.symlink(localPath, join(folder, name));
  }
}

/** Names packages' files as such, and not by where they lie on this machine. */
function parsed(json: string | undefined, packages: string): SourceMap {
  const map: SourceMap = JSON.parse(json ?? "");
  const prefix = `${relative(ROOT, packages)}/`;
  return { ...map, sources: map.sources.map((path) => path.replace(prefix, "npm/")) };
}

/** Deno heeds those maps alone that stand in the file. */
function mapComment(json: string | undefined, text: string, packages: string): string {
  const map = lineMap(parsed(json, packages), text);
  const base64 = new TextEncoder().encode(JSON.stringify(map)).toBase64();
  return `//# sourceMappingURL=data:application/json;base64,${base64}\n`;
}

function outputOf(module: string): string {
  return basename(module).replace(/\.ts$/, ".js");
}

/** Says where one of the project's own files is found instead, null for no other place. */
type Resolver = (path: string, kind: string) => OnResolveResult | null;

/** Asks `resolvers` first, for the files that modules name by their path. */
function otherPlaces(resolvers: readonly Resolver[]): Plugin {
  return {
    name: "other-places",
    setup(build) {
      if (resolvers.length === 0) return;
      // The project's files are named by their whole path.
      build.onResolve({ filter: /^\.{1,2}\/.*\.\w+$/ }, ({ path, kind, resolveDir }) => {
        const named = relative(ROOT, resolve(resolveDir, path));
        for (const resolver of resolvers) {
          const other = resolver(named, kind);
          if (other !== null) return other;
        }
        return null;
      });
      build.onLoad({ filter: /^/, namespace: CORE }, ({ path }): OnLoadResult => ({
        contents:
          `module.exports = Object.defineProperty($core(${path}), "__esModule", { value: true });`,
        loader: "js",
      }));
    },
  };
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
      // Settings are told in the recorder's own words: a third of a megabyte, in 60 languages, would say the same.
      build.onLoad({ filter: /\/zod\/v4\/locales\/\w+(-\w+)?\.js$/ }, ({ path }) => {
        if (/\/(en|index)\.js$/.test(path)) return null;
        return { contents: "export default () => ({});" };
      });
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
