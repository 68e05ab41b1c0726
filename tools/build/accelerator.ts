/** Compiles the agent's native accelerator (adr/0012): a library for each version of CPython that it is for and that is there. */
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  ACCELERATOR,
  ACCELERATOR_FOLDER,
  type Library,
  libraryVersion,
} from "../../src/agent/accelerator.ts";
import { isFile } from "../../src/target/is_file.ts";
import { candidates, outputOf } from "./interpreters.ts";

/** The versions whose frames the accelerator can read. */
export const ACCELERATED: readonly string[] = ["3.12", "3.13", "3.14", "3.15"];

const LIST = new Intl.ListFormat("en-GB", { type: "disjunction" });

const SOURCE = fileURLToPath(new URL(`../../src/agent/native/${ACCELERATOR}.c`, import.meta.url));

/** What compiles, and what. */
export interface Compiling {
  /** The compiler's words. */
  readonly compiler: readonly string[];
  /** The path of the C file, absolute. */
  readonly source: string;
  /** Whether what the compiler warns of is an error: for tests. Compilers to come will warn of more. */
  readonly strict?: boolean;
}

/** The project's source, and the compiler that CC names, or `cc`. */
export function compiling(): Compiling {
  const words = (Deno.env.get("CC") ?? "").trim().split(/\s+/).filter((word) => word !== "");
  return { compiler: words.length === 0 ? ["cc"] : words, source: SOURCE };
}

/** What could be made. */
export interface Accelerators {
  /** The oldest version's first. */
  readonly libraries: readonly Library[];
  /** Interpreters that there is no library for. */
  readonly without: readonly Without[];
}

/** An interpreter that there is no library for. */
export interface Without {
  readonly python: string;
  /** It isn't for that interpreter; the machine lacks what it takes; or what there is doesn't make one. */
  readonly kind: "interpreter" | "machine" | "source";
  /** Why, on one line or, where the compiler says it, on several. */
  readonly why: string;
}

/** What an interpreter says of itself. */
interface Interpreter {
  readonly python: string;
  readonly implementation: string;
  readonly version: string;
  readonly build: string;
  /** The folders of its headers. */
  readonly include: readonly string[];
  /** What its extension modules end in. */
  readonly suffix: string;
}

const SAY = `import _imp, json, sys, sysconfig
builds = [("free-threaded", sysconfig.get_config_var("Py_GIL_DISABLED")), ("debug", hasattr(sys, "gettotalrefcount"))]
print(json.dumps({
    "implementation": sys.implementation.name,
    "version": "%d.%d" % sys.version_info[:2],
    "build": " ".join(word for word, is_so in builds if is_so),
    "include": sorted({sysconfig.get_path("include"), sysconfig.get_path("platinclude")}),
    "suffix": _imp.extension_suffixes()[0],
}))
`;

/** Loads a library as the agent does: what it lacks of the interpreter shows then alone. */
const LOAD = `import sys, _imp
from importlib.machinery import ExtensionFileLoader, ModuleSpec
name, path = sys.argv[1:]
_imp.exec_dynamic(_imp.create_dynamic(ModuleSpec(name, ExtensionFileLoader(name, path), origin=path)))
`;

/**
 * Makes the files, in a folder of their own in `folder`.
 *
 * @param named The interpreters; null for all that PATH and pyenv offer.
 * @returns The path of the files' folder, null where there are none; their versions, and what is missing.
 */
export async function makeAccelerators(
  named: readonly string[] | null,
  folder: string,
  using = compiling(),
): Promise<{
  readonly path: string | null;
  readonly versions: readonly string[];
  readonly without: readonly Without[];
}> {
  const { libraries, without } = await acceleratorsOf(named, using);
  if (libraries.length === 0) return { path: null, versions: [], without };
  const path = join(folder, ACCELERATOR_FOLDER);
  await Deno.mkdir(path);
  for (const { name, bytes } of libraries) {
    await Deno.writeFile(join(path, name), bytes);
    await Deno.utime(join(path, name), 0, 0); // the times of files go into the program
  }
  const versions = libraries.map(({ name }) => libraryVersion(name) ?? name);
  return { path, versions, without };
}

/** As {@link makeAccelerators}, and makes no files. */
export async function acceleratorsOf(
  named: readonly string[] | null,
  using = compiling(),
): Promise<Accelerators> {
  const without: Without[] = [];
  const bySuffix = new Map<string, Interpreter>();
  for (const asked of await Promise.all((named ?? candidates()).map(ask))) {
    if ("why" in asked) without.push(asked);
    else if (!bySuffix.has(asked.suffix)) bySuffix.set(asked.suffix, asked);
  }
  const made = await Promise.all([...bySuffix.values()].map((each) => compile(each, using)));
  without.push(...made.filter((each) => "why" in each));
  return {
    libraries: made.filter((each) => "bytes" in each).sort((a, b) => a.name < b.name ? -1 : 1),
    // What was guessed may be no interpreter, or any.
    without: named === null ? without.filter(({ kind }) => kind !== "interpreter") : without,
  };
}

async function ask(python: string): Promise<Interpreter | Without> {
  const none = (why: string): Without => ({ python, kind: "interpreter", why });
  let said: Interpreter;
  try {
    said = { python, ...JSON.parse(new TextDecoder().decode(await outputOf(python, ["-c", SAY]))) };
  } catch (error) {
    return none(`it can't be asked for its version: ${messageOf(error)}`);
  }
  const { implementation, version, build } = said;
  if (implementation !== "cpython" || !ACCELERATED.includes(version)) {
    return none(`it is ${implementation} ${version}, not CPython ${LIST.format(ACCELERATED)}`);
  }
  return build === "" ? said : none(`it is a ${build} build of CPython ${version}`);
}

async function compile(
  { python, include, suffix }: Interpreter,
  { compiler, source, strict }: Compiling,
): Promise<Library | Without> {
  const none = (kind: Without["kind"], why: string): Without => ({ python, kind, why });
  if (Deno.build.os !== "linux") return none("machine", "it is for Linux alone");
  if (!include.some((folder) => isFile(join(folder, "Python.h")))) {
    return none("machine", `its headers are not there: ${include.join(", ")}`);
  }
  const folder = await Deno.makeTempDir({ prefix: "ct-accelerator-" });
  try {
    const name = ACCELERATOR + suffix;
    const path = join(folder, name);
    const wrong = await runCompiler(compiler, dirname(source), [
      ...["-std=gnu11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-DNDEBUG"],
      ...strict ? ["-Wall", "-Wextra", "-Werror"] : ["-w"],
      // The same bytes each time: no paths, nothing made up.
      ...["-g0", "-s", "-Wl,--build-id=none"],
      ...include.flatMap((each) => [`-ffile-prefix-map=${each}=include`, "-isystem", each]),
      ...["-o", path, basename(source)],
    ]);
    if (wrong !== null) return none(wrong.kind, wrong.why);
    await outputOf(python, ["-c", LOAD, ACCELERATOR, path]);
    return { name, bytes: await Deno.readFile(path) };
  } catch (error) {
    return none("source", `what was compiled can't be loaded: ${messageOf(error)}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Null, or what went wrong. */
async function runCompiler(
  [program = "", ...words]: readonly string[],
  cwd: string,
  args: readonly string[],
): Promise<Pick<Without, "kind" | "why"> | null> {
  try {
    const { success, stderr } = await new Deno.Command(program, {
      args: [...words, ...args],
      cwd,
      env: { LC_ALL: "C" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    const said = new TextDecoder().decode(stderr).trim();
    return success ? null : { kind: "source", why: `${program} failed: ${said}` };
  } catch (error) {
    const why = `there is no C compiler (${program}; CC names another): ${messageOf(error)}`;
    return { kind: "machine", why };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
