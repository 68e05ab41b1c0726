/** Folders that Deno keeps to whoever has all permissions, whatever it was allowed to read and write. */

/**
 * As of Deno 2.6 to 2.9, "special files" of `deno_permissions`. /dev/shm, which many use for files that are to stay in
 * memory, is one of these as well.
 */
const RESERVED: readonly string[] = Deno.build.os === "linux"
  ? ["/dev", "/proc", "/sys"]
  : ["/dev"];

/** @param folder Absolute, and no symbolic link leads there. */
export function needsAllPermissions(folder: string): boolean {
  return RESERVED.some((reserved) => folder === reserved || folder.startsWith(`${reserved}/`));
}
