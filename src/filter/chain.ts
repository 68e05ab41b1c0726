/** Puts the chain of filters together that one recording goes by. */
import { ensureInternal, type UsageError, usageError } from "../errors/mod.ts";
import { absolute } from "../target/posix_path.ts";
import { sha256Hex } from "../text/sha256.ts";
import { BUILTIN_DEFAULT, BUILTIN_DEFAULT_PATH } from "./builtin_default.ts";
import { type FilterFile, parseFilter, type ScopeRule } from "./parse.ts";
import { findProject, PROJECT_FILTER } from "./project.ts";
import { refuseUnreadable } from "./unreadable.ts";
import type { Exec, ValueAction } from "./words.ts";

/** Where a filter comes from. */
export type FilterOrigin = "builtin" | "project" | "setting";

/** A filter's text, with what to call it. */
export interface FilterSource {
  readonly origin: FilterOrigin;
  /** Absolute path; `<name>` for a filter that is part of the recorder. */
  readonly path: string;
  readonly text: string;
}

/** A filter that is part of the recorder, such as that for test frameworks. */
export interface OwnFilter {
  readonly name: string;
  readonly text: string;
}

/** One file of a chain, as metadata shows it. */
export interface ChainedFile {
  readonly origin: FilterOrigin;
  readonly path: string;
  /** Of its bytes, hexadecimal. */
  readonly sha256: string;
  readonly name: string | null;
  readonly version: number;
}

/** A rule of a chain. */
export interface ChainedRule extends ScopeRule {
  /** Index into {@link FilterChain.files}. */
  readonly file: number;
  /** Its number in that file, from 1. */
  readonly number: number;
}

/** A default of a chain, and the index of the file that set it. */
export interface ChainDefault<Word> {
  readonly value: Word;
  readonly file: number;
}

/** Files in order, and what they say together. */
export interface FilterChain {
  readonly files: readonly ChainedFile[];
  readonly exec: ChainDefault<Exec>;
  readonly valueAction: ChainDefault<ValueAction>;
  readonly rules: readonly ChainedRule[];
  /** The last `[io] capture` of the chain; null where no file says anything. */
  readonly captureOutput: boolean | null;
}

/** Which files to take. */
export interface ChainRequest {
  /** Absolute path of the folder where the search for the project's filter begins: the script's. */
  readonly scriptFolder: string;
  /** Where relative paths begin. */
  readonly workingFolder: string;
  /** The setting `trace_filter`: paths joined by `::`. */
  readonly paths?: string | null;
  /** Who gave them, for messages: "--trace-filter". */
  readonly from?: string;
  /** Further filters of the recorder's own, right after the default one: of test frameworks. */
  readonly builtins?: readonly OwnFilter[];
}

/** A chain, and the project that `file:` selectors are relative to. */
export interface LoadedChain {
  readonly chain: FilterChain;
  /** The folder that holds `.codetracer/trace-filter.toml`; else the script's. Absolute. */
  readonly projectFolder: string;
}

/**
 * Reads and parses the filters of a recording. Needs read permission for them.
 *
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE for a filter that can't be read or is wrong.
 */
export async function loadChain(request: ChainRequest): Promise<LoadedChain> {
  const sources = [builtinDefault(), ...(request.builtins ?? []).map(ownSource)];
  const projectFolder = findProject(request.scriptFolder);
  if (projectFolder !== null) {
    const path = absolute(projectFolder, PROJECT_FILTER);
    sources.push(await readFilter(path, path, "project", "the project's filter"));
  }
  const { paths = null, from = "trace_filter" } = request;
  if (paths !== null) sources.push(...await readAll(paths, from, request.workingFolder));
  return {
    chain: await makeChain(sources),
    projectFolder: projectFolder ?? absolute(request.scriptFolder, "."),
  };
}

/** The default filter, as the first source of a chain. */
export function builtinDefault(): FilterSource {
  return { origin: "builtin", path: BUILTIN_DEFAULT_PATH, text: BUILTIN_DEFAULT };
}

/** A filter of the recorder's own as a source of a chain. */
export function ownSource({ name, text }: OwnFilter): FilterSource {
  return { origin: "builtin", path: `<${name}>`, text };
}

/**
 * Chains filters: all rules in order, the defaults of the last file that sets them.
 *
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE for a filter that is wrong, or inherits from nothing.
 */
export async function makeChain(sources: readonly FilterSource[]): Promise<FilterChain> {
  const files: ChainedFile[] = [];
  const rules: ChainedRule[] = [];
  let exec: ChainDefault<Exec> | null = null;
  let valueAction: ChainDefault<ValueAction> | null = null;
  let captureOutput: boolean | null = null;
  for (const [file, source] of sources.entries()) {
    const parsed = await parseFilter(source.text, source.path);
    files.push({
      origin: source.origin,
      path: source.path,
      sha256: await sha256Hex(source.text),
      name: parsed.name,
      version: parsed.version,
    });
    if (parsed.defaultExec !== null) exec = { value: parsed.defaultExec, file };
    if (parsed.defaultValueAction !== null) {
      valueAction = { value: parsed.defaultValueAction, file };
    }
    if (exec === null) throw inheritsNothing(parsed, "default_exec");
    if (valueAction === null) throw inheritsNothing(parsed, "default_value_action");
    captureOutput = parsed.captureOutput ?? captureOutput;
    parsed.rules.forEach((rule, index) => rules.push({ ...rule, file, number: index + 1 }));
  }
  ensureInternal(
    exec !== null && valueAction !== null,
    "ERR_UNKNOWN",
    "Cannot make a chain of no filters",
  );
  return { files, exec, valueAction, rules, captureOutput };
}

function inheritsNothing(parsed: FilterFile, key: string): UsageError {
  return usageError(
    "ERR_INVALID_POLICY_VALUE",
    `in the trace filter ${parsed.path}, [scope] inherits ${key}, but it is the first of its chain; ` +
      "set it",
    { file: parsed.path },
  );
}

async function readAll(
  paths: string,
  from: string,
  workingFolder: string,
): Promise<FilterSource[]> {
  const sources: FilterSource[] = [];
  const each = paths.split("::");
  if (each.includes("")) {
    throw usageError(
      "ERR_INVALID_POLICY_VALUE",
      `${from} has an empty path in ${
        JSON.stringify(paths)
      }; write paths of filters, joined by "::"`,
      { source: from, value: paths },
    );
  }
  for (const path of each) {
    sources.push(await readFilter(absolute(workingFolder, path), path, "setting", from));
  }
  return sources;
}

async function readFilter(
  path: string,
  asWritten: string,
  origin: FilterOrigin,
  from: string,
): Promise<FilterSource> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    refuseUnreadable(asWritten, from, error);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { origin, path, text };
  } catch (error) {
    throw usageError(
      "ERR_INVALID_POLICY_VALUE",
      `the trace filter ${path} is not UTF-8 text; save it as UTF-8`,
      { file: path, source: from },
      error,
    );
  }
}
