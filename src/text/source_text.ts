/** A line that names its encoding (PEP 263), read as bytes. */
const CODING = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/;
/** A line without code, which may have such a line below it. */
const NO_CODE = /^[ \t\f]*(#.*)?$/;
/** Both lines are looked for in so many bytes. */
const HEAD_BYTES = 4096;
/** Names that Python has for encodings which `TextDecoder` knows by others. */
const LABELS: ReadonlyMap<string, string> = new Map([
  ["latin-1", "latin1"],
  ["iso-latin-1", "latin1"],
  ["utf-8-sig", "utf-8"],
  ["cp932", "shift_jis"],
  ["ms932", "shift_jis"],
  ["cp936", "gbk"],
  ["cp949", "euc-kr"],
  ["cp950", "big5"],
  ["mac-roman", "macintosh"],
]);

/**
 * The text of a source file: in the encoding that its first or second line names, as Python reads it, otherwise in UTF-8.
 * What can't be decoded is U+FFFD. Of encodings that `TextDecoder` doesn't know, what is ASCII is right.
 */
export function decodeSource(bytes: Uint8Array): string {
  return decoderOf(bytes).decode(bytes);
}

function decoderOf(bytes: Uint8Array): TextDecoder {
  const named = encodingOf(bytes);
  if (named === null) return new TextDecoder();
  const name = named.toLowerCase().replaceAll("_", "-");
  try {
    const decoder = new TextDecoder(LABELS.get(name) ?? name);
    // No line of ASCII can name these and be one.
    return decoder.encoding.startsWith("utf-16") ? new TextDecoder() : decoder;
  } catch {
    // An encoding that is not known here.
    return new TextDecoder();
  }
}

/** The encoding that a source names; null for none, and for that of a mark in front. */
function encodingOf(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return null;
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, HEAD_BYTES));
  const [first = "", second = ""] = head.split(/\r\n|\r|\n/, 2);
  const line = NO_CODE.test(first) && !CODING.test(first) ? second : first;
  return CODING.exec(line)?.[1] ?? null;
}
