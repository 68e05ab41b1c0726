import { Buffer } from "node:buffer";

const DOTS = Buffer.from("…");
/** What stands behind the dots where a container, a text, bytes or an integer was cut, and where nesting was. */
const CUT = /^(?: \d+ more>| <\d+ (?:more (?:characters|bytes)|bits)>|>)/;
const LONGEST = 40;
const SPACE = 32;
const GREATER = 62;

/**
 * Whether one of some encoded values was recorded in part, by what stands there in the place of the rest. Reads bytes, as
 * decoding costs far more: a program's own text that reads like that is taken for it.
 */
export function holdsCutValue(bytes: Uint8Array): boolean {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = all.indexOf(DOTS); at >= 0; at = all.indexOf(DOTS, at + DOTS.length)) {
    const behind = at + DOTS.length;
    // Most dots are the program's own, and end there.
    if (all[behind] !== SPACE && all[behind] !== GREATER) continue;
    const found = CUT.exec(all.toString("latin1", behind, behind + LONGEST));
    if (found !== null && (found[0] !== ">" || all[at - 1] === SPACE)) return true;
  }
  return false;
}
