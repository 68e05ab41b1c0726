import {
  classifyError,
  osErrorCode,
  type RecorderError,
  type UsageError,
  usageError,
} from "../errors/mod.ts";
import { isSurelyMissing } from "../target/missing.ts";
import { baseName, folderOf, hasSlash, under } from "../target/posix_path.ts";
import { A_TABLE, shownValue } from "../text/shown_value.ts";
import { checkGiven, unknownSetting } from "./check.ts";
import { type Setting, type SettingName, SETTINGS, type SettingValue } from "./settings.ts";
import type { PolicySource } from "./source.ts";

/** The folder of a project's configuration, and the file in it. */
export const CONFIG_FOLDER = ".codetracer";
export const CONFIG_FILE = "recorder.toml";

/** More than all settings with all their comments; a bigger file is something else. */
const MAX_BYTES = 1_000_000;

/** A configuration file, read and checked as a whole. */
export interface ConfigFile {
  /** Absolute if it was found by {@link findConfigFile}. */
  readonly path: string;
  /** Valid, relative paths already joined to the project's folder. */
  readonly values: Readonly<Partial<Record<SettingName, SettingValue>>>;
}

/**
 * The nearest `.codetracer/recorder.toml`, in a folder or above it. Costs one look per folder.
 *
 * What can't be looked at because a folder is closed to us counts as not there. A file that is there
 * and can't be read, or a symbolic link to nowhere, counts as found: reading it will tell.
 *
 * Needs read permission for what it looks at.
 *
 * @param start Absolute, without `..`. May be a file, or not exist: then the search begins above it.
 * @throws {EnvironmentError} ERR_IO if Deno was started without that permission.
 */
export function findConfigFile(start: string): string | null {
  for (let folder = start;; folder = folderOf(folder)) {
    const configFolder = under(folder, CONFIG_FOLDER);
    const path = `${configFolder}/${CONFIG_FILE}`;
    const problem = isSurelyMissing(folder, CONFIG_FOLDER) ? "ENOENT" : problemOfLooking(path);
    if (problem === null) return path;
    // "Not there" is nearly always the answer. For any other, it is either `.codetracer` that can't
    // be looked into, or already the folder around it, in which nobody can have meant us to look.
    const plain = problem === "ENOENT" || problem === "ENOTDIR";
    if (!plain && problemOfLooking(configFolder) === null) return path;
    if (folder === "/" || folder === ".") return null;
  }
}

/** Null when there is something; the errno name otherwise. */
function problemOfLooking(path: string): string | null {
  try {
    Deno.lstatSync(path);
    return null;
  } catch (thrown) {
    const code = osErrorCode(thrown);
    if (code === null || code === "NOTCAPABLE") {
      throw classifyError(thrown, { failed: "Cannot look for a configuration file", path });
    }
    return code;
  }
}

/**
 * The users whose files may say what is run: whoever runs this, root, and whoever owns the code that is
 * going to run anyway, as in a container where root tests somebody's checkout.
 *
 * Needs `--allow-sys=uid`, and read permission for the code.
 *
 * @param code A path, which may not exist; null when the code is nobody's in particular.
 * @returns User ids; null where files have no such owners (Windows).
 */
export function trustedOwners(code: string | null): readonly number[] | null {
  const uid = Deno.uid();
  if (uid === null) return null;
  return [...new Set([uid, 0, ...ownerOf(code)])];
}

function ownerOf(code: string | null): number[] {
  if (code === null) return [];
  try {
    return [Deno.statSync(code).uid ?? 0];
  } catch (thrown) {
    // Resolving the target will say what is wrong with it.
    if (osErrorCode(thrown) === null) throw thrown;
    return [];
  }
}

/**
 * Reads a configuration file and checks all that is in it, whether or not it will be used.
 *
 * Needs read permission for the file and for the folder that it is in.
 *
 * @param owners Who may own the file, the folder, and a symbolic link that stands for one of them;
 * null if anybody may. A file in a folder such as /tmp can be anybody's, and it can name the
 * interpreter that is going to run.
 * @throws {UsageError} ERR_INVALID_POLICY_VALUE: the file is somebody else's, no text, no TOML, or
 * has an unknown key or a value that the setting can't have.
 * @throws {EnvironmentError} ERR_IO: it can't be read.
 */
export async function readConfigFile(
  path: string,
  owners: readonly number[] | null,
): Promise<ConfigFile> {
  const text = readText(path, owners);
  const table = await parseToml(path, text);
  const source: PolicySource = { kind: "file", name: path };
  const values: [SettingName, SettingValue][] = [];
  for (const [key, given] of Object.entries(table)) {
    refuseUnknown(path, key, given);
    const name = key as SettingName;
    values.push([name, placed(SETTINGS[name], await checkGiven(name, given, source), path)]);
  }
  return { path, values: Object.fromEntries(values) };
}

/** Relative paths are relative to the folder that holds `.codetracer`. */
function placed(setting: Setting, value: SettingValue, path: string): SettingValue {
  if (typeof value !== "string" || setting.type !== "text" && setting.type !== "choice") {
    return value;
  }
  const isChoice = setting.type === "choice";
  if ((isChoice || setting.path === "with slash") && !hasSlash(value)) return value;
  const folder = folderOf(path);
  const base = baseName(folder) === CONFIG_FOLDER ? folderOf(folder) : folder;
  const joinedBy = isChoice ? undefined : setting.joinedBy;
  if (joinedBy === undefined) return under(base, value);
  // An empty one is for whoever reads the paths to refuse.
  const each = value.split(joinedBy).map((part) => part === "" ? "" : under(base, part));
  return each.join(joinedBy);
}

function readText(path: string, owners: readonly number[] | null): string {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    if (owners !== null) {
      for (const part of [folderOf(path), path]) {
        refuseStranger(path, part, Deno.lstatSync(part), owners);
      }
    }
    // Before opening it: opening a pipe would wait for somebody to write.
    refuseOddFile(path, Deno.statSync(path));
    using file = Deno.openSync(path);
    // What was opened may not be what was looked at.
    const info = file.statSync();
    if (owners !== null) refuseStranger(path, path, info, owners);
    refuseOddFile(path, info);
    bytes = readUpTo(file, MAX_BYTES + 1);
  } catch (thrown) {
    throw unreadable(thrown, path);
  }
  if (bytes.length > MAX_BYTES) throw tooBig(path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (thrown) {
    throw invalid(path, "it is not UTF-8 text; save it as UTF-8", {}, thrown);
  }
}

function readUpTo(file: Deno.FsFile, most: number): Uint8Array<ArrayBuffer> {
  const buffer = new Uint8Array(most);
  let length = 0;
  while (length < most) {
    const read = file.readSync(buffer.subarray(length));
    if (read === null) break;
    length += read;
  }
  return buffer.subarray(0, length);
}

function refuseStranger(
  path: string,
  part: string,
  info: Deno.FileInfo,
  owners: readonly number[],
): void {
  if (info.uid === null || owners.includes(info.uid)) return;
  const what = part === path ? "it" : part;
  throw invalid(
    path,
    `${what} belongs to another user (${info.uid}), who could choose what is run by it. ` +
      `Change the owner, or put a ${CONFIG_FOLDER}/${CONFIG_FILE} of your own, which may be ` +
      "empty, nearer to the script",
    { owner: info.uid, trusted: owners },
  );
}

function refuseOddFile(path: string, info: Deno.FileInfo): void {
  if (info.isDirectory) throw invalid(path, "it is a folder");
  if (!info.isFile) throw invalid(path, "it is not a file");
  if (info.size > MAX_BYTES) throw tooBig(path);
}

function tooBig(path: string): UsageError {
  return invalid(path, `it is longer than ${MAX_BYTES} bytes`);
}

function unreadable(thrown: unknown, path: string): RecorderError {
  return classifyError(thrown, { failed: "Cannot read the configuration file", path });
}

async function parseToml(path: string, text: string): Promise<Record<string, unknown>> {
  const { parse, TomlError } = await import("../packages/smol_toml.ts");
  try {
    return parse(text);
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw unreadable(thrown, path);
    // After its first line the parser's message draws the place; line and column say it as well.
    const [first = ""] = thrown.message.split("\n");
    const reason = first.replace(/^Invalid TOML document: /, "");
    const { line, column } = thrown;
    throw invalid(path, `line ${line}, column ${column}: ${reason}`, { line, column }, thrown);
  }
}

function invalid(
  path: string,
  problem: string,
  context: Record<string, unknown> = {},
  cause?: unknown,
): UsageError {
  return usageError(
    "ERR_INVALID_POLICY_VALUE",
    `Cannot use the configuration file ${path}: ${problem}`,
    { path, ...context },
    cause,
  );
}

function refuseUnknown(path: string, key: string, given: unknown): void {
  const unknown = unknownSetting(key);
  if (unknown === null) return;
  const { hint, context } = unknown;
  const isSection = shownValue(given) === A_TABLE && context.nearest === undefined;
  throw invalid(
    path,
    `there is no setting ${shownValue(key)}: ${
      isSection ? "settings stand by themselves, without sections" : hint
    }`,
    context,
  );
}
