/**
 * Compiles the recorder into one program that needs no Deno: `dist/ct-recorder`.
 *
 *     deno task build [--target TRIPLE] [--output PATH] [--python PATH]…
 *
 * The agent goes in as bytecode as well, for the versions of CPython that PATH and pyenv offer, or those that are named
 * with `--python`; for the others it is compiled at each recording's start, which takes some 50 ms. Bytecode is the same
 * on all systems. Where none is found, that is no error. Nor is it where there is no C compiler (`cc`, or what CC names): for
 * the build's own system the agent's native accelerator goes in as well (adr/0012), as far as it can be compiled.
 *
 * `deno compile` downloads the runtime that the program is built on, that of the target. Where that can't be, name a
 * copy of it in DENORT_BIN, and in DENO the Deno of exactly the same version.
 *
 * Permissions: read for this project, for pyenv's folder and Python's headers, write for `dist` and the folder of temporary files,
 * env for DENO, CC, esbuild and to find Python, run for all four.
 *
 * @module
 */
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compiling, makeAccelerators } from "./build/accelerator.ts";
import { bundle, cacheOf, placesOf } from "./build/bundle.ts";
import { makeBytecode } from "./build/bytecode.ts";
import { makeCodeCache, V8_FLAGS } from "./build/code_cache.ts";
import { HEAD, type Platform, platformOf, TARGETS } from "./build/targets.ts";
import { PYTHON_AGENT } from "../src/agent/python_sources.ts";
import {
  agentFilter,
  FILTER_FILE,
  TEXT_FILE,
  textOf,
  writeText,
} from "../src/session/agent_parts.ts";
import { BUILTIN_COMPILED } from "../src/filter/builtin_compiled.ts";
import project from "../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** The oldest Deno whose compiled programs this project is tested as. */
const OLDEST_DENO = [2, 6, 10] as const;

const OPTIONS = [
  // All permissions. The recorder runs the programs that its user names, so nothing is gained by a narrower list;
  // and something is lost, because without --allow-all Deno refuses to read below /proc, where the limit of open
  // files and the ignored signals stand that the program is to find as the user's shell left them. What handles the
  // program's data is confined all the same: see src/sandbox/confined_worker.ts.
  "--allow-all",
  // The cache of compiled code would be a file with a fixed name in the folder for temporary files, where others may
  // have put theirs. It isn't missed: the scripts bring theirs with them (tools/build/code_cache.ts).
  "--no-code-cache",
  // What a short recording leaves on the heap fits in, so that no start waits for a collector, in neither thread.
  `--v8-flags=${V8_FLAGS.join()}`,
  // Types are what `deno task check` is for.
  "--no-check",
  // The bundle holds all that it needs. Deno would put the packages that it knows of into the program as they are: each
  // megabyte takes a millisecond of every start.
  "--no-lock",
  "--no-npm",
  "--no-remote",
];

/**
 * Where the modules are put together: not in a new place each time, because paths and times of files go into the program,
 * and the same sources are to make the same one.
 */
const MODULES = join(ROOT, "dist/modules");

/** What compiles. */
export interface Toolchain {
  /** A Deno. */
  readonly deno: string;
  /** The runtime that programs are built on; null: Deno downloads it. */
  readonly runtime: string | null;
}

/** The toolchain that the environment names. */
export function toolchain(): Toolchain {
  return {
    deno: Deno.env.get("DENO") || Deno.execPath(),
    runtime: Deno.env.get("DENORT_BIN") || null,
  };
}

/** What to compile. Paths are relative to the project. */
export interface CompileRequest {
  readonly entry: string;
  /** The workers' modules: they are only named in URLs, so that following the imports doesn't find them. */
  readonly workers: readonly string[];
  /** Modules that are imported late, and at nearly every start. */
  readonly early?: readonly string[];
  /** Modules that the program has in another form. */
  readonly without?: readonly string[];
  /** Makes other files that are to be in it, in the folder of the bundled modules; returns their paths. */
  readonly files?: (folder: string) => Promise<readonly string[]>;
  /** Absolute. */
  readonly output: string;
  /** A target triple; this machine's when left out. */
  readonly target?: string | undefined;
}

/**
 * Compiles a program in the way in which the recorder is.
 *
 * @returns Whether V8's compiled form of its scripts is in it.
 * @throws {Error} If it can't be, in words for the person who builds.
 */
export async function compile(request: CompileRequest, tools = toolchain()): Promise<boolean> {
  const { output, target } = request;
  await requireVersion(tools.deno);
  await requireRuntime(tools.runtime, target ?? Deno.build.target);
  await Deno.mkdir(dirname(output), { recursive: true });
  await Deno.remove(MODULES, { recursive: true }).catch(() => {}); // of a build that was killed
  await Deno.mkdir(MODULES, { recursive: true });
  try {
    const config = join(MODULES, "deno.json");
    await Deno.writeTextFile(
      config,
      JSON.stringify({ unstable: project.unstable }),
    );
    const bundled = await bundle({ ...request, folder: MODULES });
    // Bytecode of V8 is that of one system.
    const cached = (target ?? Deno.build.target) === Deno.build.target &&
      await makeCodeCache(bundled.scripts, tools.deno);
    const included = [
      ...bundled.workers,
      ...bundled.late,
      ...bundled.scripts.flatMap((script) => [script, cacheOf(script), placesOf(script)]),
      ...await request.files?.(MODULES) ?? [],
    ];
    for (const { name } of Deno.readDirSync(MODULES)) await Deno.utime(join(MODULES, name), 0, 0);
    await runCompile(tools, { ...request, entry: bundled.entry, included }, config);
    return cached;
  } finally {
    await Deno.remove(MODULES, { recursive: true });
  }
}

async function runCompile(
  { deno, runtime }: Toolchain,
  { entry, included, output, target }: {
    readonly entry: string;
    readonly included: readonly string[];
    readonly output: string;
    readonly target?: string | undefined;
  },
  config: string,
): Promise<void> {
  const { DENORT_BIN: _, ...env } = Deno.env.toObject();
  if (runtime !== null) env["DENORT_BIN"] = runtime;
  const { success, stderr } = await new Deno.Command(deno, {
    args: [
      "compile",
      "--quiet",
      `--config=${config}`,
      ...OPTIONS,
      ...included.map((path) => `--include=${path}`),
      ...(target === undefined ? [] : [`--target=${target}`]),
      `--output=${output}`,
      entry,
    ],
    cwd: ROOT,
    clearEnv: true,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  const wanted = target ?? Deno.build.target;
  const remedy = runtime === null
    ? `If it could not download the runtime for ${wanted}, name a copy of that in DENORT_BIN, and in DENO the Deno of ` +
      "the same version."
    : `The runtime was ${runtime}, from DENORT_BIN; it has to be of the version of ${deno}.`;
  throw new Error(
    `Cannot build ${output}: deno compile failed. ${remedy}\n${new TextDecoder().decode(stderr)}`,
  );
}

/** Deno takes any file for the runtime, and would make a program of it that runs nowhere, or elsewhere. */
async function requireRuntime(runtime: string | null, target: string): Promise<void> {
  const wanted = TARGETS[target];
  if (wanted === undefined) {
    throw new Error(`Cannot build for ${target}: targets are ${Object.keys(TARGETS).join(", ")}`);
  }
  if (runtime === null) return;
  let found: Platform | null;
  try {
    using file = await Deno.open(runtime);
    const head = new Uint8Array(HEAD);
    found = platformOf(head.subarray(0, await file.read(head) ?? 0));
  } catch (error) {
    throw new Error(`Cannot build for ${target}: DENORT_BIN names ${runtime}: ${error}`);
  }
  if (found?.os === wanted.os && found.arch === wanted.arch) return;
  const what = found === null ? "no runtime that is known" : `for ${found.os}, ${found.arch}`;
  throw new Error(
    `Cannot build for ${target}: ${runtime}, which DENORT_BIN names, is ${what}. Name the denort of that target, or ` +
      "unset DENORT_BIN, and Deno downloads it",
  );
}

/** A Deno that is too old may compile without a word and leave out the worker's permissions. */
async function requireVersion(deno: string): Promise<void> {
  let text: string;
  try {
    const asked = new Deno.Command(deno, { args: ["--version"], stderr: "null" });
    text = new TextDecoder().decode((await asked.output()).stdout);
  } catch (error) {
    throw new Error(`Cannot build: ${deno} can't be started: ${error}`);
  }
  const version = /^deno (\d+)\.(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number);
  if (version !== undefined && compare(version, OLDEST_DENO) >= 0) return;
  const found = text.split("\n")[0] || "no Deno";
  throw new Error(
    `Cannot build: ${deno} is ${found}, but Deno ${OLDEST_DENO.join(".")} or later is needed`,
  );
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (const [index, number] of right.entries()) {
    const difference = (left[index] ?? 0) - number;
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Does what the words of `deno task build` ask for.
 *
 * @param here Where paths begin.
 * @returns What was made, the versions of Python that the agent's bytecode in it and its accelerator are for, why there is
 * none for others, and whether V8's bytecode is in it.
 * @throws {Error} If it can't be, in words for the person who builds.
 */
export async function build(
  words: readonly string[],
  here: string,
  tools = toolchain(),
  accelerator = compiling(),
): Promise<{
  readonly output: string;
  readonly bytecode: readonly string[];
  readonly accelerators: readonly string[];
  /** A line for each interpreter. */
  readonly withoutAccelerator: readonly string[];
  readonly cached: boolean;
}> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      target: { type: "string" },
      output: { type: "string" },
      python: { type: "string", multiple: true },
    },
  });
  const windows = values.target?.includes("windows") ?? Deno.build.os === "windows";
  // Deno would add the ending by itself, without saying so.
  const ending = windows && !values.output?.endsWith(".exe") ? ".exe" : "";
  const output = resolve(here, values.output ?? join(ROOT, "dist/ct-recorder")) + ending;
  let bytecode: readonly string[] = [];
  let accelerators: readonly string[] = [];
  let withoutAccelerator: readonly string[] = [];
  const cached = await compile({
    entry: "main.ts",
    workers: [
      "src/recording/trace_worker_main.ts",
      "src/recording/compress_worker_main.ts",
      "src/sandbox/trial_worker_main.ts",
    ],
    early: ["src/session/session.ts"],
    without: ["src/agent/python_sources.ts"],
    files: async (folder) => {
      const text = join(folder, TEXT_FILE);
      await Deno.writeFile(text, writeText(textOf(PYTHON_AGENT)));
      const filter = join(folder, FILTER_FILE);
      await Deno.writeFile(filter, (await agentFilter(BUILTIN_COMPILED)).bytes);
      const made = await makeBytecode(values.python ?? null, folder);
      bytecode = made.versions;
      if ((values.target ?? Deno.build.target) !== Deno.build.target) {
        return [made.path, text, filter];
      }
      const native = await makeAccelerators(values.python ?? null, folder, accelerator);
      accelerators = native.versions;
      withoutAccelerator = native.without.filter(({ kind }) => kind !== "interpreter")
        .map(({ python, why }) => `no native accelerator for ${python}: ${why.split("\n")[0]}`);
      return [made.path, text, filter, ...native.path === null ? [] : [native.path]];
    },
    output,
    target: values.target,
  }, tools);
  return { output, bytecode, accelerators, withoutAccelerator, cached };
}

if (import.meta.main) {
  try {
    // `deno task` starts in the project and says here where it was called.
    const { output, bytecode, accelerators, withoutAccelerator, cached } = await build(
      Deno.args,
      Deno.env.get("INIT_CWD") ?? Deno.cwd(),
    );
    const megabytes = (await Deno.stat(output)).size / 1e6;
    const versions = bytecode.join(", ") || "no Python, which makes recordings start slower";
    const own = cached ? "" : "; without V8's, which makes it start slower";
    const native = accelerators.length === 0
      ? "without the native accelerator"
      : `with the native accelerator for ${accelerators.join(", ")}`;
    for (const line of withoutAccelerator) console.error(line);
    console.error(
      `${output}: ${megabytes.toFixed(0)} MB, with bytecode for ${versions}${own}, ${native}`,
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
