/** What a code object is called, in all the ways in which a selector may mean it. */
import { absolute, baseName } from "../target/posix_path.ts";

/** A code object, for {@link decide}. */
export interface Subject {
  /** Its module's `__name__`, and its name by the path within the project where that is another one. */
  readonly modules: readonly string[];
  /**
   * Its file: relative to the project where it lies in there, else absolute; and `<stdlib>/…` for a file
   * of the standard library. A name in angle brackets where there is no file.
   */
  readonly files: readonly string[];
  /** `co_qualname`; `<module>` for a module's own code. */
  readonly qualifiedName: string;
}

/** Where a program's files lie. */
export interface Places {
  /** The project's folder, by every path under which the program may know it; absolute, no `/` at the end. */
  readonly projects: readonly string[];
  /** Folder and archive of the standard library, absolute; empty where they aren't known. */
  readonly libraries: readonly string[];
  /** Where relative paths begin. */
  readonly workingFolder: string;
}

/** Folders in the standard library's that don't belong to it. */
const THIRD_PARTY = ["site-packages", "dist-packages"];

/**
 * The subject of a code object.
 *
 * @param filename `co_filename`.
 * @param module `__name__` of the globals; null where that is no text.
 */
export function subjectOf(
  code: { filename: string; module: string | null; qualifiedName: string },
  places: Places,
): Subject {
  const modules = code.module === null ? [] : [code.module];
  if (code.filename.startsWith("<")) {
    return { modules, files: [code.filename], qualifiedName: code.qualifiedName };
  }
  const path = absolute(places.workingFolder, code.filename);
  const relative = below(path, places.projects);
  const files = [relative ?? path];
  const inLibrary = below(path, places.libraries);
  if (inLibrary !== null && !inLibrary.split("/").slice(0, -1).some(isThirdParty)) {
    files.push(`<stdlib>/${inLibrary}`);
  }
  const named = relative === null ? null : moduleOf(relative);
  if (named !== null && named !== code.module) modules.push(named);
  return { modules, files, qualifiedName: code.qualifiedName };
}

function isThirdParty(folder: string): boolean {
  return THIRD_PARTY.includes(folder);
}

function below(path: string, folders: readonly string[]): string | null {
  const folder = folders.find((each) => path.startsWith(each === "/" ? "/" : `${each}/`));
  if (folder === undefined) return null;
  return path.slice(folder === "/" ? 1 : folder.length + 1);
}

/** "a.b" of "a/b.py" and of "a/b/__init__.py"; null for what can't be imported. */
function moduleOf(relative: string): string | null {
  if (!baseName(relative).endsWith(".py")) return null;
  const parts = relative.slice(0, -3).split("/");
  if (parts.at(-1) === "__init__") parts.pop();
  // Dots in a folder's name would make another module of it.
  return parts.length === 0 || parts.some((part) => part.includes(".")) ? null : parts.join(".");
}
