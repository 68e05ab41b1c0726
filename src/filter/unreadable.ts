/** What to say of a trace filter that is not there, or can't be read. */
import { usageError } from "../errors/mod.ts";

/**
 * Refuses the filter at `path`, which `from` named.
 *
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE, always.
 */
export function refuseUnreadable(path: string, from: string, error: unknown): never {
  const reason = isMissing(error)
    ? "does not exist"
    : error instanceof Deno.errors.IsADirectory
    ? "is a folder"
    : `can't be read (${error instanceof Error ? error.message : error})`;
  throw usageError(
    "ERR_INVALID_POLICY_VALUE",
    `the trace filter ${path} (${from}) ${reason}; name a TOML file`,
    { file: path, source: from, value: path },
    error,
  );
}

/** NotADirectory: a file stands where a folder on the path was meant. */
export function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}
