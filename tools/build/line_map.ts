/** Makes source maps small: a program's source maps are read with its modules, at every start. */

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** A source map, version 3; the fields that are looked at. */
export interface SourceMap {
  readonly version: number;
  readonly sources: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
}

/** `map` without what tells columns apart: whoever looks a place up gets the right line, and a column ahead of it. */
export function lineMap(map: SourceMap): SourceMap {
  // Source, line and column are told by how far they are from the ones before.
  let [source, line, column] = [0, 0, 0];
  let [keptSource, keptLine, keptColumn] = [0, 0, 0];
  const mappings = map.mappings.split(";").map((segments) => {
    const kept: string[] = [];
    let [at, keptAt, hasPlace] = [0, 0, false];
    for (const segment of segments.split(",")) {
      const [byAt, bySource, byLine = 0, byColumn = 0] = decode(segment);
      if (byAt === undefined) continue; // an empty line
      at += byAt;
      const hadPlace = hasPlace;
      hasPlace = bySource !== undefined;
      if (bySource === undefined) {
        kept.push(encode(at - keptAt));
        keptAt = at;
        continue;
      }
      source += bySource;
      line += byLine;
      column += byColumn;
      if (hadPlace && source === keptSource && line === keptLine) continue;
      const place = [at - keptAt, source - keptSource, line - keptLine, column - keptColumn];
      kept.push(place.map(encode).join(""));
      [keptAt, keptSource, keptLine, keptColumn] = [at, source, line, column];
    }
    return kept.join(",");
  });
  return { ...map, names: [], mappings: mappings.join(";") };
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
