import { printable } from "../../trace/reader/render.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The lines of what a program wrote, printable: control characters and bytes that are no UTF-8 are
 * escaped. A final newline ends the last line and begins no other one.
 */
export function outputLines(content: Uint8Array): string[] {
  const lines: string[] = [];
  for (let start = 0; start < content.length;) {
    const newline = content.indexOf(10, start);
    const end = newline < 0 ? content.length : newline;
    lines.push(lineText(content.subarray(start, end)));
    start = end + 1;
  }
  return lines.length === 0 ? [""] : lines;
}

function lineText(bytes: Uint8Array): string {
  const whole = decoded(bytes);
  if (whole !== null) return printable(whole);
  let text = "";
  for (let at = 0; at < bytes.length;) {
    // holds: at < bytes.length
    const first = bytes[at]!;
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const encoded = bytes.subarray(at, at + length);
    const character = looksEncoded(encoded) ? decoded(encoded) : null;
    if (character === null) {
      text += `\\x${first.toString(16).padStart(2, "0")}`;
      at++;
    } else {
      text += printable(character);
      at += length;
    }
  }
  return text;
}

/** Whether it is worth asking the decoder, which takes its time to refuse. */
function looksEncoded(bytes: Uint8Array): boolean {
  const first = bytes[0]!; // holds: it is asked about no empty piece
  return first < 0x80 ||
    (first >= 0xc0 && bytes.length > 1 && bytes.subarray(1).every((byte) => byte >> 6 === 2));
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return UTF8.decode(bytes);
  } catch {
    // Not UTF-8, which is the question.
    return null;
  }
}
