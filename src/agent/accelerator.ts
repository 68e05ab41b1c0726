/**
 * The Python agent's native accelerator (adr/0012), which `deno task build` compiles into libraries that the compiled
 * program carries (tools/build/accelerator.ts): each is for one minor version of CPython on the build's own system.
 */

/** The module's name; that of a library is this and what the interpreter's extension modules end in. */
export const ACCELERATOR = "_ct_native";

/** The folder of the files in the compiled program, beside the bundled modules. */
export const ACCELERATOR_FOLDER = "agent-accelerator";

/** One library. */
export interface Library {
  /** As the agent looks for it: "_ct_native.cpython-312-x86_64-linux-gnu.so". */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The version of CPython that a library is for.
 *
 * @param name A file's name.
 * @returns "3.12"; null where it is no accelerator's, or one for a free-threaded or debug build.
 */
export function libraryVersion(name: string): string | null {
  if (!name.startsWith(`${ACCELERATOR}.`)) return null;
  const minor = /^\.cpython-3(\d+)-/.exec(name.slice(ACCELERATOR.length))?.[1];
  return minor === undefined ? null : `3.${minor}`;
}

/**
 * What this program has: nothing where it is not compiled, or was built without a C compiler.
 *
 * @param python The version that is wanted; null for all.
 */
export function includedLibraries(python: string | null): Library[] {
  return fileNames().filter((name) => python === null || libraryVersion(name) === python)
    .map((name) => ({ name, bytes: Deno.readFileSync(new URL(name, folder())) }));
}

/** The versions that this program has libraries for. */
export function includedLibraryVersions(): string[] {
  return versionsOf(fileNames());
}

/** The versions that there are libraries for among files of these names, the oldest first. */
export function versionsOf(names: readonly string[]): string[] {
  const minors = names.map(libraryVersion).filter((version) => version !== null)
    .map((version) => Number(version.slice("3.".length)));
  return [...new Set(minors)].sort((a, b) => a - b).map((minor) => `3.${minor}`);
}

function fileNames(): string[] {
  if (!Deno.build.standalone) return [];
  try {
    return [...Deno.readDirSync(folder())].map(({ name }) => name).sort();
  } catch {
    // Built without a C compiler; or a program that somebody has compiled with this library in it.
    return [];
  }
}

const folder = () => new URL(`./${ACCELERATOR_FOLDER}/`, import.meta.url);
