/**
 * Finds the Python interpreters that a test runs under, and makes one that is missing impossible to
 * overlook: a suite that passes because it ran nothing is worse than one that fails.
 *
 * CT_PYTHONS       instead of looking around: versions or paths, separated by commas ("3.8,/opt/py/bin/python3")
 * CT_ALL_PYTHONS   1: every version found, not just those that a test asks for
 * CT_ALLOW_MISSING 1: a missing interpreter is reported but is no failure
 */
import { isAbsolute, join } from "node:path";
import { pooled } from "./pool.ts";

/** An interpreter. */
export interface Python {
  /** Major and minor version, such as "3.12". */
  readonly version: string;
  /** The minor version alone, to compare by. */
  readonly minor: number;
  /** The real executable, absolute: not a launcher script that picks one. */
  readonly path: string;
}

/** The versions of every push; the long run takes all that there are. */
export const PUSH_VERSIONS: readonly string[] = ["3.8", "3.11", "3.12", "3.13"];

/** One interpreter for each of the agent's two ways to observe a program, where the version makes no other difference. */
export const EACH_OBSERVER: readonly string[] = ["3.8", "3.13"];

const OLDEST_MINOR = 8;
/** All that are looked for. */
const VERSIONS = Array.from({ length: 8 }, (_, n) => `3.${OLDEST_MINOR + n}`);

let found: Promise<Map<string, Python>> | undefined;

/** The interpreters of this machine by version, oldest first. */
export function pythons(): Promise<Map<string, Python>> {
  found ??= discover();
  return found;
}

/** One interpreter that is new enough for everything, for the helper programs of the tests. */
export async function anyPython(): Promise<Python> {
  const newest = [...(await pythons()).values()].at(-1);
  if (newest === undefined) throw new Error("there is no Python from 3.8 up on this machine");
  return newest;
}

/**
 * Declares which versions this file's tests need; call it once, at the top of the file.
 *
 * It registers a test of its own that prints and fails for each version that is not there.
 */
export function needsPythons(versions: readonly string[]): void {
  Deno.test("every Python that these tests need is there", async () => {
    const have = await pythons();
    const missing = versions.filter((version) => !have.has(version));
    for (const version of missing) console.error(`!!! MISSING: python ${version}`);
    if (missing.length > 0 && Deno.env.get("CT_ALLOW_MISSING") !== "1") {
      throw new Error(
        `MISSING: python ${
          missing.join(", ")
        }; set CT_PYTHONS to where they are, or CT_ALLOW_MISSING=1 to go without`,
      );
    }
  });
}

/**
 * Runs `body` once per version, as concurrent steps of `t` (which needs its sanitizers off).
 * Versions that are missing are left to the test that `needsPythons` registered.
 */
export async function forEachPython(
  t: Deno.TestContext,
  versions: readonly string[],
  body: (python: Python) => Promise<void>,
): Promise<void> {
  const have = await pythons();
  const wanted = Deno.env.get("CT_ALL_PYTHONS") === "1"
    ? [...have.values()].filter((python) => python.minor >= oldest(versions))
    : versions.flatMap((version) => have.get(version) ?? []);
  await Promise.all(wanted.map((python) =>
    t.step({
      name: `python ${python.version}`,
      fn: () => pooled(() => body(python)),
      // Concurrent steps see each other's processes.
      sanitizeOps: false,
      sanitizeResources: false,
      sanitizeExit: false,
    })
  ));
}

function oldest(versions: readonly string[]): number {
  return Math.min(...versions.map((version) => Number(version.split(".")[1])));
}

const clean = new Map<string, Promise<string>>();

/**
 * An environment of `python` with nothing installed in it. What stands in a machine's own site-packages may
 * hook itself into every program's imports and exit, which has no place in what is compared.
 */
export function emptyEnvironment(python: Python): Promise<string> {
  let path = clean.get(python.path);
  if (path === undefined) clean.set(python.path, path = makeEnvironment(python));
  return path;
}

async function makeEnvironment(python: Python): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "ct-venv-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  const { success, stderr } = await new Deno.Command(python.path, {
    args: ["-I", "-m", "venv", "--without-pip", folder],
    stdin: "null",
  }).output();
  if (!success) {
    throw new Error(
      `no virtual environment of ${python.path}: ${new TextDecoder().decode(stderr)}`,
    );
  }
  return join(folder, "bin", "python");
}

async function discover(): Promise<Map<string, Python>> {
  const byVersion = new Map<string, Python>();
  const add = async (candidates: readonly string[]) => {
    for (const python of await Promise.all(candidates.map(ask))) {
      if (python === undefined || python.minor < OLDEST_MINOR) continue;
      if (!byVersion.has(python.version)) byVersion.set(python.version, python);
    }
  };
  const listed = Deno.env.get("CT_PYTHONS")?.split(",").map((item) => item.trim()).filter(Boolean);
  const wanted = listed === undefined || listed.length === 0 ? null : listed;
  const versions = wanted?.filter((item) => !isAbsolute(item)) ?? VERSIONS;
  await add([...wanted?.filter(isAbsolute) ?? [], ...ofPyenv(versions)]);
  // Only what is missing: a name on PATH may be a script of pyenv's, which takes ten times as long to answer as Python,
  // finds its global version alone, and is asked by each test file.
  await add(
    versions.filter((version) => !byVersion.has(version)).map((version) => `python${version}`),
  );
  if (wanted === null && byVersion.size === 0) await add(["python3"]);
  return new Map([...byVersion].sort(([, a], [, b]) => a.minor - b.minor));
}

/** The interpreters of `versions` that pyenv has installed. */
function ofPyenv(versions: readonly string[]): string[] {
  const folder = join(
    Deno.env.get("PYENV_ROOT") ?? join(Deno.env.get("HOME") ?? "/", ".pyenv"),
    "versions",
  );
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name)
      .filter((name) => versions.some((version) => name.startsWith(`${version}.`)))
      .map((name) => join(folder, name, "bin", "python3"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return []; // no pyenv
    throw error;
  }
}

/** Asks an interpreter who it is; what doesn't answer is no interpreter. */
async function ask(command: string): Promise<Python | undefined> {
  const question =
    "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable); print(sys.implementation.name)";
  try {
    const { success, stdout } = await new Deno.Command(command, {
      args: ["-I", "-S", "-c", question],
      stdin: "null",
      stderr: "null",
    }).output();
    if (!success) return undefined;
    const [version, path, implementation] = new TextDecoder().decode(stdout).split("\n");
    if (version === undefined || !path || implementation !== "cpython") return undefined;
    const [major, minor] = version.split(".").map(Number);
    if (major !== 3 || minor === undefined) return undefined;
    return { version, minor, path };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    if (error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}
