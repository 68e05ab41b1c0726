/**
 * The few path operations that starting a program needs. `node:path` has them all, but loading the
 * first Node module takes as long as a third of a small recording (see the ADR on dependencies).
 */

/** Whether a command word is a path rather than a name to look up. */
export function hasSlash(word: string): boolean {
  return word.includes("/");
}

/**
 * `path` as seen from `folder`; but for `./` at its start not normalised, so that `..` after a
 * symlink means what it says.
 */
export function under(folder: string, path: string): string {
  if (path.startsWith("/")) return path;
  const relative = path.replace(/^(?:\.\/+)+/, "");
  return folder.endsWith("/") ? folder + relative : `${folder}/${relative}`;
}

/** Absolute and without `.`, `..` and double slashes, by text alone, like `os.path.abspath`. */
export function absolute(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of under(folder, path).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** The last part: "b" of "/a/b" and of "/a/b/"; empty for "/". */
export function baseName(path: string): string {
  return path.replace(/\/+$/, "").split("/").at(-1) ?? "";
}

/** What stands before the last part: "/a" of "/a/b", "." of "b", "/" of "/b". */
export function folderOf(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  const slash = trimmed.lastIndexOf("/");
  if (slash < 0) return ".";
  return slash === 0 ? "/" : trimmed.slice(0, slash);
}
