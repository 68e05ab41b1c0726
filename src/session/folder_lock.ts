/** Keeps other recorders out of a folder for a moment. */

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
