/** Sets of characters as sorted, disjoint ranges of code points: [low, high, low, high, …], both ends included. */

/** A set of characters; made by the functions of this file. */
export type CharacterSet = readonly number[];

const HIGHEST = 0x10ffff;

/** Every character there is, newlines and lone surrogates included. */
export const ANY: CharacterSet = [0, HIGHEST];
/** `\d`. */
export const DIGITS: CharacterSet = [0x30, 0x39];
/** `\s`: space, tab, newline, return, form feed, vertical tab. */
export const SPACES: CharacterSet = [0x09, 0x0d, 0x20, 0x20];
/** `\w`: ASCII letters, digits, `_`, and everything beyond ASCII, for names may hold letters of any script. */
export const WORD: CharacterSet = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a, 0x80, HIGHEST];
/** Ranges wider than this keep their case beyond ASCII; nobody means them letter by letter. */
const WIDEST_FOLDED = 0x500;

/** All of `sets` together. */
export function union(...sets: CharacterSet[]): CharacterSet {
  const ranges: [number, number][] = [];
  for (const set of sets) {
    for (let n = 0; n < set.length; n += 2) ranges.push([set[n]!, set[n + 1]!]);
  }
  ranges.sort((a, b) => a[0] - b[0]);
  const merged: number[] = [];
  for (const [low, high] of ranges) {
    const last = merged.length - 1;
    if (last >= 0 && low <= merged[last]! + 1) merged[last] = Math.max(merged[last]!, high);
    else merged.push(low, high);
  }
  return merged;
}

/** Every character that is not in `set`. */
export function complement(set: CharacterSet): CharacterSet {
  const rest: number[] = [];
  let next = 0;
  for (let n = 0; n < set.length; n += 2) {
    if (set[n]! > next) rest.push(next, set[n]! - 1);
    next = set[n + 1]! + 1;
  }
  if (next <= HIGHEST) rest.push(next, HIGHEST);
  return rest;
}

/** `set` and the other case of its letters. */
export function bothCases(set: CharacterSet): CharacterSet {
  const others: CharacterSet[] = [set];
  for (let n = 0; n < set.length; n += 2) {
    const high = set[n + 1]! - set[n]! > WIDEST_FOLDED ? Math.min(set[n + 1]!, 0x7f) : set[n + 1]!;
    for (let point = set[n]!; point <= high; point++) {
      const character = String.fromCodePoint(point);
      for (const other of [character.toLowerCase(), character.toUpperCase()]) {
        const code = other.codePointAt(0)!;
        // What has more than one letter in the other case has no single character to match there.
        if (code !== point && other.length === (code > 0xffff ? 2 : 1)) others.push([code, code]);
      }
    }
  }
  return others.length === 1 ? set : union(...others);
}

/** Whether the code point is in `set`, whose ranges begin at index `first`. */
export function contains(set: CharacterSet, point: number, first = 0): boolean {
  for (let n = first; n < set.length && set[n]! <= point; n += 2) {
    if (point <= set[n + 1]!) return true;
  }
  return false;
}
