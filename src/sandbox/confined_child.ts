/** Starts a part of the recorder as a process that may touch one folder or two, where Deno has no permissions for workers. */
import { relative } from "node:path";
import { environmentError } from "../errors/mod.ts";

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
 * @throws {EnvironmentError} ERR_SANDBOX_UNAVAILABLE, where Deno can't be told of both folders.
 */
export function startChild(
  module: URL,
  folder: string,
  source: string | null = null,
): Deno.ChildProcess {
  // By the way from the one to the other: what stands here is split at commas, and the same ones mostly lead to both.
  const way = source === null ? null : relative(folder, source);
  if (way?.includes(",") === true) {
    throw environmentError(
      "ERR_SANDBOX_UNAVAILABLE",
      `Cannot confine the part of the recorder that handles the program's data to ${folder} and ${source}: Deno takes no ` +
        "path with a comma; choose another folder, or run Deno with --unstable-worker-options",
      { folder, source },
    );
  }
  const reads = way === null ? [] : [`--allow-read=${way}`];
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
