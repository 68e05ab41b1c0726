/** Starts a part of the recorder as a process that may touch one folder or two, where Deno has no permissions for workers. */

/** Whether {@link startChild} may be called: this process may start Deno. A preflight check: it starts nothing. */
export function childrenAllowed(): boolean {
  const { state } = Deno.permissions.querySync({ name: "run", command: Deno.execPath() });
  return state === "granted";
}

/**
 * A process of this very Deno that may read and write below `folder`, read below `source`, and do nothing else, until it
 * drops that as well (`drop_permissions.ts`). It is spoken to on its standard input and output.
 *
 * It is in a process group of its own: what the terminal sends to the recorder and the program is not for it.
 *
 * Needs run permission for Deno.
 *
 * @param module In this process's module graph, so that it and all that it imports have been fetched.
 * @param folder Absolute, and no symbolic link leads there: Deno compares permissions as text.
 * @param source In the same way; null for none.
 */
export function startChild(
  module: URL,
  folder: string,
  source: string | null = null,
): Deno.ChildProcess {
  // What stands there is split at commas, but not at two of them.
  const reads = source === null ? [] : [`--allow-read=${source.replaceAll(",", ",,")}`];
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-config",
      "--no-lock",
      "--no-npm",
      "--cached-only",
      // The folder by way of the working directory: what stands here is split at commas.
      "--allow-read=.",
      "--allow-write=.",
      ...reads,
      module.href,
    ],
    cwd: folder,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
}
