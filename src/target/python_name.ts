/** Oldest and newest minor version of CPython 3 that can be recorded. */
export const OLDEST_MINOR = 8;
export const NEWEST_MINOR = 15;

/** For messages. */
export const SUPPORTED_PYTHON = `CPython 3.${OLDEST_MINOR} to 3.${NEWEST_MINOR}`;

/** python, python3, python3.12, python3.13t, python3.12d, python3-dbg, python2.7, python.exe */
const PYTHON = /^python(\d+(?:\.\d+)*)?[tdw]*(?:-dbg|-intel64)?(?:\.exe)?$/;
const OTHER = /^(pypy|graalpy|graalpython|jython|ironpython|micropython|rustpython)[\d.]*(?:-c)?$/;

/**
 * Whether a file name is that of a Python executable.
 *
 * @returns `"cpython"` by its name, `"other"` for an implementation that can't be recorded, null
 * for anything else (python3-config, ipython, app.py).
 */
export function pythonNameKind(name: string): "cpython" | "other" | null {
  if (PYTHON.test(name)) return "cpython";
  return OTHER.test(name) ? "other" : null;
}

/** The version in a Python executable's name, "3.12" or "2.7"; null when it has none or half. */
export function versionInName(name: string): string | null {
  const version = PYTHON.exec(name)?.[1];
  return version !== undefined && version.includes(".") ? version : null;
}

/** Whether a version ("3.12", "3.12.1") can be recorded. */
export function isSupportedVersion(version: string): boolean {
  const [major, minor] = version.split(".", 2).map(Number);
  return major === 3 && minor !== undefined && minor >= OLDEST_MINOR && minor <= NEWEST_MINOR;
}
