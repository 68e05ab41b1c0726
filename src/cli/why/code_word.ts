/** What a word of `ct-recorder why` means: `FILE[:FUNCTION]`. */
import {
  classifyError,
  ensureUsage,
  osErrorCode,
  type RecorderError,
  type UsageError,
  usageError,
} from "../../errors/mod.ts";
import { absolute, hasSlash } from "../../target/posix_path.ts";
import { similarName } from "../../target/resolve.ts";
import type { Wanted } from "./look_up.ts";

/** One word, taken apart. */
export interface CodeWord {
  readonly code: string;
  /** What to look up; a name such as `<string>` stands for itself. */
  readonly file: Wanted | { readonly kind: "pseudo"; readonly name: string };
  /** A qualified name; `<module>` for a module's own code. */
  readonly functionName: string;
}

/**
 * Takes a word apart. A path, what ends like one, and a file that exists are files; other dotted names modules.
 *
 * Needs read permission for the file.
 *
 * @throws {RecorderError} ERR_SCRIPT_NOT_FOUND, with what may have been meant; ERR_USAGE for an empty part; ERR_IO.
 */
export function codeWord(code: string, cwd: string): CodeWord {
  const [, pseudo, inPseudo] = /^(<[^>]*>)(?::(.+))?$/.exec(code) ?? [];
  if (pseudo !== undefined) {
    return {
      code,
      file: { kind: "pseudo", name: pseudo },
      functionName: inPseudo ?? "<module>",
    };
  }
  const colon = kindOf(absolute(cwd, code)) === "file" ? -1 : code.lastIndexOf(":");
  const file = colon < 0 ? code : code.slice(0, colon);
  const functionName = colon < 0 ? "<module>" : code.slice(colon + 1);
  ensureUsage(
    file !== "" && functionName !== "",
    "ERR_USAGE",
    () => `Cannot look up ${JSON.stringify(code)}: write FILE or FILE:FUNCTION, as in app.py:main`,
    { code },
  );
  const path = absolute(cwd, file);
  const kind = kindOf(path);
  if (kind === "file") return { code, file: { kind: "file", name: path }, functionName };
  const isName = /^[\p{ID_Start}_]\p{ID_Continue}*(?:\.[\p{ID_Start}_]\p{ID_Continue}*)*$/u;
  if (hasSlash(file) || /\.pyw?$/i.test(file) || !isName.test(file)) {
    throw classifyError(unreadable(file, path) ?? notFound(file, path, kind));
  }
  return { code, file: { kind: "module", name: file }, functionName };
}

function kindOf(path: string): "file" | "folder" | null {
  try {
    return Deno.statSync(path).isDirectory ? "folder" : "file";
  } catch (thrown) {
    if (osErrorCode(thrown) === null) throw thrown;
    return null; // looking for it as a module is next
  }
}

/** Null where nothing stands at the path. */
function unreadable(file: string, path: string): RecorderError | null {
  try {
    Deno.statSync(path);
    return null;
  } catch (thrown) {
    const code = osErrorCode(thrown) ?? "";
    if (["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(code)) return null;
    return classifyError(thrown, { failed: "Cannot look up", path: file });
  }
}

function notFound(file: string, path: string, kind: "folder" | null): UsageError {
  if (kind === "folder") {
    return usageError(
      "ERR_SCRIPT_NOT_FOUND",
      `Cannot look up ${file}: it is a folder; name a file in it, or a module`,
      { path: file },
    );
  }
  const near = similarName(path);
  return usageError(
    "ERR_SCRIPT_NOT_FOUND",
    `Cannot look up ${file}: there is no such file${
      near === null ? "" : `; did you mean ${near}?`
    }`,
    { path: file, ...(near === null ? {} : { nearest: near }) },
  );
}
