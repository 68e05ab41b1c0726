/** The filters of one recording, ready for the agent and for the metadata. */
import { classifyError } from "../errors/mod.ts";
import { BUILTIN_COMPILED, BUILTIN_FILES } from "../filter/builtin_compiled.ts";
import type { ChainedFile, FilterChain } from "../filter/chain.ts";
import type { CompiledFilter } from "../filter/compiled.ts";
import { findProject } from "../filter/project.ts";
import { isMissing } from "../filter/unreadable.ts";
import { describeSource, type ResolvedPolicy } from "../policy/mod.ts";
import { folderOf } from "../target/posix_path.ts";

/** What filters say about one recording. */
export interface RecordingFilter {
  /** In the order of the chain. */
  readonly files: readonly ChainedFile[];
  readonly compiled: CompiledFilter;
  /** Whether the program's output is recorded, as far as a filter says something. */
  readonly captureOutput: boolean | null;
}

/**
 * Reads the filters that the policy names and those of the project.
 *
 * Needs read permission for them and for the folders above the script.
 *
 * @param start Where the search for the project's filter begins: the script or its folder, absolute.
 * @param cwd Where relative paths begin, absolute.
 * @param frameworks Whether the recorder's own filter for test frameworks is to be added.
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE: one can't be read, or is wrong.
 */
export async function recordingFilter(
  resolved: ResolvedPolicy,
  start: string,
  cwd: string,
  frameworks = false,
): Promise<RecordingFilter> {
  // Nearly every recording has the recorder's own filters alone, which are compiled ahead.
  if (resolved.policy.trace_filter === null && findProject(start) === null) {
    if (!frameworks) {
      return { files: BUILTIN_FILES, compiled: BUILTIN_COMPILED, captureOutput: null };
    }
    const own = await import("../filter/frameworks_compiled.ts");
    return { files: own.FRAMEWORKS_FILES, compiled: own.FRAMEWORKS_COMPILED, captureOutput: null };
  }
  const { compileChain } = await import("../filter/mod.ts");
  const { chain, projects } = await recordingChain(resolved, start, cwd, frameworks);
  return {
    files: chain.files,
    compiled: compileChain(chain, { projects }),
    captureOutput: chain.captureOutput,
  };
}

/**
 * The chain that {@link recordingFilter} compiles, with the project's folder by each of its paths.
 *
 * Permissions, parameters and errors are the same.
 *
 * @throws {EnvironmentError} ERR_IO, besides: `start` can't be looked at.
 */
export async function recordingChain(
  { policy, sources }: ResolvedPolicy,
  start: string,
  cwd: string,
  frameworks = false,
): Promise<{ readonly chain: FilterChain; readonly projects: readonly string[] }> {
  const { FRAMEWORKS, loadChain } = await import("../filter/mod.ts");
  const { chain, projectFolder } = await loadChain({
    scriptFolder: isFolder(start) ? start : folderOf(start),
    workingFolder: cwd,
    paths: policy.trace_filter,
    from: describeSource(sources.trace_filter),
    builtins: frameworks ? [FRAMEWORKS] : [],
  });
  return { chain, projects: withRealPath(projectFolder) };
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (thrown) {
    if (isMissing(thrown)) return false; // the folder around it may be there
    throw classifyError(thrown, { failed: "Cannot look for the project's trace filter", path });
  }
}

/** Code is called by the path that it was found by, which may lead through symbolic links. */
function withRealPath(folder: string): string[] {
  try {
    return [...new Set([folder, Deno.realPathSync(folder)])];
  } catch {
    return [folder]; // the target does not exist, which was told already, or will be
  }
}
