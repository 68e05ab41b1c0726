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

/** A character by itself; `character` must not be empty. */
export function single(character: string): CharacterSet {
  const point = character.codePointAt(0)!; // holds: it isn't empty
  return [point, point];
}

/** All from one character to another; null where these are no single ones in their order. */
export function range(from: CharacterSet, to: CharacterSet): CharacterSet | null {
  const [low = NaN, lowEnd] = from, [high = NaN, highEnd] = to;
  const areSingle = from.length === 2 && low === lowEnd && to.length === 2 && high === highEnd;
  return areSingle && low <= high ? [low, high] : null;
}

/** The ranges of `set`, as [low, high]. */
function* rangesOf(set: CharacterSet): Generator<readonly [low: number, high: number]> {
  // holds: a set has two numbers for each range
  for (let n = 0; n < set.length; n += 2) yield [set[n]!, set[n + 1]!];
}

/** All of `sets` together. */
export function union(...sets: CharacterSet[]): CharacterSet {
  const ranges = sets.flatMap((set) => [...rangesOf(set)]).sort((a, b) => a[0] - b[0]);
  const merged: number[] = [];
  for (const [low, high] of ranges) {
    const last = merged.at(-1);
    if (last === undefined || low > last + 1) merged.push(low, high);
    else merged[merged.length - 1] = Math.max(last, high);
  }
  return merged;
}

/** Every character that is not in `set`. */
export function complement(set: CharacterSet): CharacterSet {
  const rest: number[] = [];
  let next = 0;
  for (const [low, high] of rangesOf(set)) {
    if (low > next) rest.push(next, low - 1);
    next = high + 1;
  }
  if (next <= HIGHEST) rest.push(next, HIGHEST);
  return rest;
}

/** `set` and the other case of its letters. */
export function bothCases(set: CharacterSet): CharacterSet {
  const others: CharacterSet[] = [set];
  for (const [low, high] of rangesOf(set)) {
    const last = high - low > WIDEST_FOLDED ? Math.min(high, 0x7f) : high;
    for (let point = low; point <= last; point++) {
      const character = String.fromCodePoint(point);
      for (const other of [character.toLowerCase(), character.toUpperCase()]) {
        // What has more than one letter in the other case has no single character to match there.
        if (other !== character && [...other].length === 1) others.push(single(other));
      }
    }
  }
  return others.length === 1 ? set : union(...others);
}

/** Whether the code point is in `set`, whose ranges begin at index `first`. */
export function contains(set: CharacterSet, point: number, first = 0): boolean {
  // holds: within its length, and ranges are two numbers
  for (let n = first; n < set.length && set[n]! <= point; n += 2) {
    if (point <= set[n + 1]!) return true; // holds: the same
  }
  return false;
}
