import { absolute, baseName, folderOf } from "./posix_path.ts";
import { pythonNameKind } from "./python_name.ts";

/** What the head of a file says about who runs it. */
export type Shebang =
  /** No `#!` at the start. */
  | { readonly kind: "none" }
  | {
    readonly kind: "python";
    /** A path, or a bare name to look up on PATH. */
    readonly interpreter: string;
    /** The words that come before the script's path. */
    readonly words: readonly string[];
  }
  /** Something else; `says` is what it asks for, in words. */
  | { readonly kind: "other"; readonly says: string };

/** Enough for the kernel's limit (256) and for the trampolines that are written to get round it. */
export const HEAD_BYTES = 4096;

/**
 * Reads the head of a script.
 *
 * Understood are what the kernel understands (`#!/path/python [one word of options]`), env
 * (`#!/usr/bin/env python3`, `env -S python3 -X dev`), and the `/bin/sh` trampolines that pip, uv
 * and others write where the interpreter's path is too long or has spaces:
 *
 *     #!/bin/sh
 *     '''exec' "/long path/python" "$0" "$@"
 *     ' '''
 *
 * @param head The file's first bytes, {@link HEAD_BYTES} or the whole file.
 * @param script Absolute path of the file, links not followed, for trampolines that look beside it.
 */
export function parseShebang(head: Uint8Array, script: string): Shebang {
  const text = new TextDecoder().decode(head);
  if (!text.startsWith("#!")) return { kind: "none" };
  const lines = text.split("\n", 3);
  const line = (lines[0] ?? "").slice(2).replace(/[ \t\r]+$/, "").replace(/^[ \t]+/, "");
  // The kernel hands everything after the first blank over as one word.
  const blank = line.search(/[ \t]/);
  const program = blank < 0 ? line : line.slice(0, blank);
  const rest = blank < 0 ? "" : line.slice(blank).replace(/^[ \t]+/, "");
  const name = baseName(program);

  if (name === "env") return parseEnv(rest, line);
  if (name === "sh" || name === "bash" || name === "dash") {
    return parseTrampoline(lines[1] ?? "", script) ?? { kind: "other", says: program };
  }
  if (pythonNameKind(name) !== null) {
    return { kind: "python", interpreter: program, words: rest === "" ? [] : [rest] };
  }
  return { kind: "other", says: line };
}

function parseEnv(rest: string, line: string): Shebang {
  const split = /^(?:-S|--split-string[ =])[ \t]*(.*)$/.exec(rest);
  const words = split === null ? [rest] : splitShellWords(split[1] ?? "");
  const [interpreter, ...others] = words ?? [];
  if (interpreter === undefined || pythonNameKind(baseName(interpreter)) === null) {
    return { kind: "other", says: line };
  }
  return { kind: "python", interpreter, words: others };
}

/** Both quotings make the line harmless to Python (a string) and an `exec` to the shell. */
const TRAMPOLINE = /^(?:'''exec'|"exec"|""":"\s*;?\s*exec|''':'\s*;?\s*exec)\s+(.*)$/;
const BESIDE_SCRIPT = [
  `"$(dirname -- "$(realpath -- "$0")")"/`,
  '"$(dirname "$(realpath "$0")")"/',
  '"$(dirname "$0")"/',
  '"`dirname $0`"/',
  "`dirname $0`/",
  '"$(dirname $0)"/',
  "$(dirname $0)/",
];

function parseTrampoline(line: string, script: string): Shebang | null {
  let command = TRAMPOLINE.exec(line)?.[1];
  if (command === undefined) return null;
  let folder: string | null = null;
  // `"$(dirname …)/python"`: the quote is closed after the name, so it is opened again for it.
  command = command.replace(/^"(`dirname \$0`|\$\(dirname "?\$0"?\))\//, '"$1"/"');
  for (const prefix of BESIDE_SCRIPT) {
    if (!command.startsWith(prefix)) continue;
    command = command.slice(prefix.length);
    folder = folderOf(prefix.includes("realpath") ? realPath(script) : script);
    break;
  }
  const words = splitShellWords(command);
  const end = words?.indexOf("$0") ?? -1;
  if (words === null || end < 1) return null;
  const interpreter = words[0] ?? "";
  if (pythonNameKind(baseName(interpreter)) === null) return null;
  return {
    kind: "python",
    interpreter: folder === null ? interpreter : absolute(folder, interpreter),
    words: words.slice(1, end),
  };
}

function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    // The script has just been read, so this is a race; its path as given is the next best.
    return path;
  }
}

/**
 * Words as a shell splits them: blanks, both quotes, backslash. Expansions are left as they are.
 *
 * @returns null when a quote is not closed.
 */
export function splitShellWords(text: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const c = text.charAt(at);
    if (quote === "'") {
      if (c === "'") quote = "";
      else word += c;
    } else if (c === "\\" && (quote === "" || '$`"\\'.includes(text.charAt(at + 1)))) {
      word = (word ?? "") + text.charAt(++at);
    } else if (quote === '"') {
      if (c === '"') quote = "";
      else word += c;
    } else if (c === "'" || c === '"') {
      quote = c;
      word ??= "";
    } else if (c === " " || c === "\t" || c === "\r") {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? "") + c;
    }
  }
  if (quote !== "") return null;
  if (word !== null) words.push(word);
  return words;
}
