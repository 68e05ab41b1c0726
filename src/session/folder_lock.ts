/** Keeps other recorders out of a folder, for a moment or for a recording. */

/**
 * Holds a folder that was just made, until disposed of or until this process ends, so that it is known everywhere on this
 * machine that it is in use, in other containers as well. As {@link lockFolder}, without waiting.
 */
export function holdFolder(dir: string): Disposable {
  const folder = Deno.openSync(dir);
  try {
    folder.lockSync(true);
  } catch {
    // A file system without locks: then the process is looked up.
  }
  return folder;
}

/**
 * Waits until no other recorder holds `dir`, and holds it until disposed of, or until this process ends. Where the system
 * has no such locks, it holds nothing and says nothing.
 *
 * Needs read permission for `dir`.
 *
 * @param patience Milliseconds.
 * @returns Null if another one held it for that long.
 * @throws What the system says, where the folder can't be opened.
 */
export async function lockFolder(dir: string, patience: number): Promise<Disposable | null> {
  const folder = Deno.openSync(dir);
  const locking = folder.lock(true).catch(() => {}); // a file system without locks
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<"too long">((resolve) => {
    timer = setTimeout(() => resolve("too long"), patience);
  });
  const outcome = await Promise.race([locking, tooLong]);
  clearTimeout(timer);
  if (outcome !== "too long") return folder;
  void locking.then(() => folder.close());
  return null;
}

/** Deno 2.6 can't try: it waits. */
type MayTry = Deno.FsFile & { tryLockSync?(exclusive: boolean): boolean };

/**
 * Whether another recorder holds `dir` just now, or may: where the system has no such locks, or Deno can't ask for them.
 *
 * Needs read permission for `dir`.
 *
 * @throws What the system says, where the folder can't be opened.
 */
export function isHeld(dir: string): boolean {
  using folder: MayTry = Deno.openSync(dir);
  try {
    return !(folder.tryLockSync?.(true) ?? false);
  } catch {
    return true; // a file system without locks
  }
}
