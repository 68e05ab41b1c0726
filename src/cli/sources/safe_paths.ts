/**
 * Where the sources of a trace go below a folder. What stands in a trace may be anything: names that lead out of the
 * folder, that no file system takes, that differ in their case alone.
 */
import { sha256Hex } from "../../text/sha256.ts";

/** Bytes of one name; file systems take 255. */
const LONGEST_NAME = 200;
/** Bytes of a whole path below the folder; Linux takes 4,096 with the folder. */
const LONGEST_PATH = 1000;
/** Digits of a hash that stand for what was cut off. */
const HASH_DIGITS = 16;

/**
 * Paths below a folder, one for each given path and no two the same, whatever the file system makes of upper and lower
 * case; none of them is below another one. `/a/b.py` becomes `a/b.py`; what can't be so, nearly so:
 * `..` is `__`, control characters are `_`, long names end in a hash, and what would come to lie where another one
 * does goes below `~2`, `~3` and so on.
 *
 * @param paths As recorded.
 * @returns Relative paths of names that are no `.` or `..`, with `/` between them.
 */
export async function safePaths(paths: readonly string[]): Promise<string[]> {
  const files = new Set<string>();
  const folders = new Set<string>();
  const safe: string[] = [];
  for (const path of paths) {
    const wanted = await safeNames(path);
    let names = wanted;
    for (let n = 2; !isFree(names.map(folded), files, folders); n++) names = [`~${n}`, ...wanted];
    const key = names.map(folded);
    files.add(key.join("/"));
    for (let depth = 1; depth < key.length; depth++) folders.add(key.slice(0, depth).join("/"));
    safe.push(names.join("/"));
  }
  return safe;
}

function isFree(
  key: readonly string[],
  files: ReadonlySet<string>,
  folders: ReadonlySet<string>,
): boolean {
  const whole = key.join("/");
  if (files.has(whole) || folders.has(whole)) return false;
  return !key.some((_, depth) => depth > 0 && files.has(key.slice(0, depth).join("/")));
}

/** Names that a file system may take for the same are the same text. */
function folded(name: string): string {
  return name.normalize("NFKD").toUpperCase().toLowerCase().normalize("NFKD");
}

async function safeNames(path: string): Promise<string[]> {
  // On other systems a backslash is a letter like any other.
  const isWindows = /^(?:[A-Za-z]:[\\/]|\\\\)/.test(path);
  const parts = path.split(isWindows ? /[\\/]/ : "/")
    .filter((part) => part !== "" && part !== ".");
  const names = await Promise.all(parts.map(safeName));
  if (names.length === 0) return ["_"];
  const whole = names.join("/");
  if (byteLength(whole) <= LONGEST_PATH) return names;
  const hash = (await sha256Hex(path)).slice(0, HASH_DIGITS);
  return ["~long", hash, names.at(-1)!]; // holds: there is one at least
}

async function safeName(part: string): Promise<string> {
  if (part === "..") return "__";
  // deno-lint-ignore no-control-regex
  const name = part.toWellFormed().replace(/[\x00-\x1f\x7f-\x9f:\\/]/g, "_");
  if (byteLength(name) <= LONGEST_NAME) return name;
  const hash = (await sha256Hex(name)).slice(0, HASH_DIGITS);
  const suffix = /\.[A-Za-z0-9]{1,8}$/.exec(name)?.[0] ?? "";
  let start = name.slice(0, LONGEST_NAME);
  while (byteLength(start) + hash.length + suffix.length + 1 > LONGEST_NAME) {
    start = start.slice(0, -1);
  }
  // Not in the middle of a character.
  return `${start.toWellFormed().replace(/\ufffd$/, "")}~${hash}${suffix}`;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
