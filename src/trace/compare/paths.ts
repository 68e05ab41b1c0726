import { type SharedIds, shareNames } from "./shared_ids.ts";

/** Paths of a trace, and where relative ones begin. */
export interface RecordedPaths {
  readonly paths: readonly string[];
  readonly workdir: string;
}

/**
 * Says which paths of two traces are the same source: those that are the same text; those at the same place below the
 * folder that the program was started in; and of what is left, those that end in the same names, the longest such
 * ends first.
 */
export function sharePaths(a: RecordedPaths, b: RecordedPaths): SharedIds {
  const keys = {
    a: a.paths.map((path) => below(path, a)),
    b: b.paths.map((path) => below(path, b)),
  };
  const known = { a: new Set(keys.a), b: new Set(keys.b) };
  const alone = {
    a: [...keys.a.keys()].filter((id) => isFile(keys.a, id) && !known.b.has(keys.a[id] ?? "")),
    b: [...keys.b.keys()].filter((id) => isFile(keys.b, id) && !known.a.has(keys.b[id] ?? "")),
  };
  for (const [idA, idB] of pairsByEnd(a.paths, alone.a, b.paths, alone.b)) {
    keys.b[idB] = keys.a[idA] ?? "";
  }
  return shareNames(a.paths, b.paths, (path, id, side) => keys[side][id] ?? path);
}

/** The path below the folder, with a dot in front; otherwise as it is. */
function below(path: string, { workdir }: RecordedPaths): string {
  const folder = workdir.replace(/\/+$/, "");
  return folder !== "" && path.startsWith(`${folder}/`) ? `.${path.slice(folder.length)}` : path;
}

function isFile(keys: readonly string[], id: number): boolean {
  return !(keys[id] ?? "<").startsWith("<");
}

function pairsByEnd(
  a: readonly string[],
  idsA: readonly number[],
  b: readonly string[],
  idsB: readonly number[],
): (readonly [number, number])[] {
  const byName = new Map<string, number[]>();
  for (const id of idsB) {
    const name = namesOf(b[id]).at(-1) ?? "";
    const ids = byName.get(name);
    if (ids === undefined) byName.set(name, [id]);
    else ids.push(id);
  }
  const candidates = idsA.flatMap((idA) => {
    const names = namesOf(a[idA]);
    return (byName.get(names.at(-1) ?? "") ?? []).map((idB) =>
      [idA, idB, commonEnd(names, namesOf(b[idB]))] as const
    );
  }).sort((one, other) => other[2] - one[2]);
  const taken = { a: new Set<number>(), b: new Set<number>() };
  const pairs: (readonly [number, number])[] = [];
  for (const [idA, idB] of candidates) {
    if (taken.a.has(idA) || taken.b.has(idB)) continue;
    taken.a.add(idA);
    taken.b.add(idB);
    pairs.push([idA, idB]);
  }
  return pairs;
}

function namesOf(path = ""): string[] {
  return path.split(/[\\/]/);
}

function commonEnd(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < a.length && count < b.length && a.at(-1 - count) === b.at(-1 - count)) count++;
  return count;
}
