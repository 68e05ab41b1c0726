import { isAscii } from "node:buffer";
import { BrokenRecord } from "./marshal.ts";

/** Bytes from which on the runtime is asked first: it takes a microsecond, and the loop 30 ns a byte until V8 has compiled it. */
const SHORTEST_ASKED = 256;

/**
 * Looks through a text as marshal writes it: UTF-8, but that lone surrogates are encoded as well (ED A0..BF xx).
 *
 * @param start Index of its first byte.
 * @param end Index behind its last one.
 * @returns Whether it holds lone surrogates, which no other reader of UTF-8 takes.
 * @throws {BrokenRecord} If it is anything else, as where two processes wrote into one ring.
 */
export function hasSurrogates(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start >= SHORTEST_ASKED && isAscii(bytes.subarray(start, end))) return false;
  let found = false;
  for (let at = start; at < end; at++) {
    const first = bytes[at]!;
    if (first < 0x80) continue;
    const more = first < 0xc2 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : 0;
    if (more === 0 || at + more >= end || !isSecond(first, bytes[at + 1]!)) {
      throw new BrokenRecord(`no UTF-8 at byte ${at}`);
    }
    for (let n = 2; n <= more; n++) {
      if ((bytes[at + n]! & 0xc0) !== 0x80) throw new BrokenRecord(`no UTF-8 at byte ${at}`);
    }
    if (first === 0xed && bytes[at + 1]! >= 0xa0) found = true;
    at += more;
  }
  return found;
}

/** Whether `second` may follow `first` (RFC 3629, section 4, and surrogates). */
function isSecond(first: number, second: number): boolean {
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  return second >= least && second <= (first === 0xf4 ? 0x8f : 0xbf);
}
