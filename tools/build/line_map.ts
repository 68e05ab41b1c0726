/** Makes source maps small: a program's source maps are read with its modules, at every start. */

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** A source map, version 3; the fields that are looked at. */
export interface SourceMap {
  readonly version: number;
  readonly sources: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
}

/**
 * `map` without what tells columns apart, and without the blanks ahead of lines: whoever looks a place up gets the right
 * line, and a column ahead of it.
 *
 * @param text What the map is of.
 */
export function lineMap(map: SourceMap, text: string): SourceMap {
  const lines = text.split("\n");
  // Source, line and column are told by how far they are from the ones before.
  const read = { source: 0, line: 0, column: 0 };
  const written = { source: 0, line: 0, column: 0 };
  const mappings = map.mappings.split(";").map((segments, index) => {
    const places = segments === "" ? [] : segments.split(",").map(decode);
    const begin = lines[index]?.search(/\S|$/) ?? 0;
    const kept: string[] = [];
    let [at, keptAt, hadPlace] = [0, 0, false];
    for (const [number, [byAt = 0, bySource, byLine = 0, byColumn = 0]] of places.entries()) {
      at += byAt;
      const hasPlace = bySource !== undefined;
      read.source += bySource ?? 0;
      read.line += byLine;
      read.column += byColumn;
      const isBlank = at + (places[number + 1]?.[0] ?? Infinity) <= begin;
      const same = read.source === written.source && read.line === written.line;
      if (isBlank || hasPlace && hadPlace && same) continue;
      const place = hasPlace
        ? [read.source - written.source, read.line - written.line, read.column - written.column]
        : [];
      kept.push([at - keptAt, ...place].map(encode).join(""));
      keptAt = at;
      hadPlace = hasPlace;
      if (hasPlace) Object.assign(written, read);
    }
    return kept.join(",");
  });
  return { ...map, names: [], mappings: mappings.join(";") };
}

/** Which lines of which sources a text's lines come from. */
export interface Places {
  readonly sources: readonly string[];
  /** Two numbers for each line of the text: the source, and the line there, from 1; -1 and 0 for none. */
  readonly lines: readonly number[];
}

/** What `map` says of the beginning of each line. */
export function placesIn(map: SourceMap): Places {
  let [source, line] = [0, 0];
  const lines = map.mappings.split(";").flatMap((segments) => {
    let place: [number, number] | null = null;
    for (const segment of segments === "" ? [] : segments.split(",")) {
      const [, bySource, byLine = 0] = decode(segment);
      if (bySource === undefined) continue;
      source += bySource;
      line += byLine;
      place ??= [source, line + 1];
    }
    return place ?? [-1, 0];
  });
  return { sources: map.sources, lines };
}

/** Numbers from their digits: five bits each, the lowest first, and of the first of them one is the sign. */
function decode(segment: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value |= (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >>> 1) : value >>> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}

function encode(number: number): string {
  let digits = "";
  let left = number < 0 ? -number * 2 + 1 : number * 2;
  do {
    const more = left > 31 ? 32 : 0;
    digits += DIGITS.charAt(left & 31 | more);
    left >>>= 5;
  } while (left > 0);
  return digits;
}
