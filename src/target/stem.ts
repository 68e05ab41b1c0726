import type { TargetKind } from "./target.ts";
import { baseName } from "./posix_path.ts";

/** Bytes of UTF-8; leaves room for "-<n>", ".ct" and what others append, within the usual 255. */
const MAX_STEM_BYTES = 100;

/**
 * The stem: what the trace file and its folder are called. The one definition:
 *
 * | kind | what it is made from | example |
 * |---|---|---|
 * | script | file name without .py, .pyw or .pyc | `src/app.py` → `app` |
 * | folder | its real name, also for `.` | `./` in `/home/me/tool` → `tool` |
 * | zip | file name without .pyz, .zip, .egg, .whl or .pyzw | `tool.pyz` → `tool` |
 * | module | whole dotted name, without a last `.__main__` | `http.server` → `http.server` |
 * | code | `code` | |
 * | stdin | `stdin` | |
 *
 * Then made a plain file name: letters, digits and `._+@-` stay (of any alphabet), anything else
 * becomes `_`; dots and dashes at the start go; at most 100 bytes. What has nothing left is
 * `program`.
 *
 * @param subject Absolute path for script, folder and zip, the dotted name for module; not used
 * for code and stdin.
 */
export function stemOf(kind: TargetKind, subject: string): string {
  switch (kind) {
    case "script":
      return plainFileName(baseName(subject).replace(/(?<=[^])\.py[wc]?$/i, ""));
    case "folder":
      return plainFileName(baseName(subject));
    case "zip":
      return plainFileName(baseName(subject).replace(/(?<=[^])\.(pyzw?|zip|egg|whl)$/i, ""));
    case "module":
      return plainFileName(subject.replace(/\.__main__$/, ""));
    case "code":
    case "stdin":
      return kind;
  }
}

function plainFileName(text: string): string {
  // Of the alphabets of all languages V8 makes a pattern in two milliseconds, which most names have no need of.
  const allowed = /^[\w.+@-]*$/.test(text) ? text : text.replace(/[^\p{L}\p{N}\p{M}._+@-]/gu, "_");
  const plain = allowed.replace(/^[.-]+/, "");
  return cutToBytes(plain, MAX_STEM_BYTES) || "program";
}

/** Whole characters only. */
function cutToBytes(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read);
}
