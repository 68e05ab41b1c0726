import type { RecorderError } from "../../errors/mod.ts";
import { intactSource } from "../reader/intact_source.ts";
import type { TraceReader } from "../reader/open_trace.ts";
import {
  compareTracks,
  type PartialSides,
  type SharedTables,
  type TrackComparison,
} from "./compare_tracks.ts";
import { withoutAddresses, withoutFolder } from "./fold.ts";
import { compareStreams, type StreamDifference } from "./output.ts";
import { sharePaths } from "./paths.ts";
import { shareNames } from "./shared_ids.ts";
import { pairThreads, threadsOf, type TraceThread } from "./threads.ts";
import { FunctionCounts, Track } from "./track.ts";
import { sameBytes, type Side, ValueComparison } from "./values.ts";

/** What two threads that belong together did. */
export interface ThreadComparison extends TrackComparison {
  /** As each trace numbers it. */
  readonly threadA: number | bigint;
  readonly threadB: number | bigint;
}

/** How much of a function ran in each. */
export interface FunctionDifference {
  readonly name: string;
  readonly stepsA: number;
  readonly stepsB: number;
  readonly callsA: number;
  readonly callsB: number;
}

/** A source that isn't the same. */
export interface SourceDifference {
  /** Null: it is in the other trace only. */
  readonly pathA: string | null;
  readonly pathB: string | null;
}

/** All that was found. */
export interface TraceComparison {
  /**
   * Pairs of threads: the main ones first if they part, as what the others do comes from there; then that of the earliest
   * parting, and then that of the earliest different value.
   */
  readonly threads: readonly ThreadComparison[];
  /** Whether some of the values that were compared were recorded in part: the rest of them may differ. */
  readonly valuesWereCut: boolean;
  /** Threads that the other trace has no counterpart of. */
  readonly onlyA: readonly (number | bigint)[];
  readonly onlyB: readonly (number | bigint)[];
  /** The first line of input and output that differs, by stream. */
  readonly streams: readonly StreamDifference[];
  /** Functions that ran another number of steps or calls, the biggest difference first. */
  readonly functions: readonly FunctionDifference[];
  /** Sources that both traces have a text of, and not the same one; and those of which code ran in one alone. */
  readonly sources: readonly SourceDifference[];
  /** The numbers that the two traces' own ones stand for. */
  readonly tables: SharedTables;
}

/** What is compared, and how. */
export interface CompareOptions {
  /** Whether a variable, or an attribute, of that name is passed over. */
  readonly ignores: (name: string) => boolean;
  /** What is missing in these at the end is no difference; neither is partial by default. */
  readonly partial?: PartialSides;
  /** Gets the error of each text that is damaged, which is taken for one that isn't there. */
  readonly damagedSource: (trace: TraceReader, error: RecorderError) => void;
}

/**
 * Compares two recordings: thread by thread, what ran and which values differ, then input and output, how much ran of
 * which function, and the sources.
 *
 * Both are read once, side by side. Memory grows with the depth of the calls, the number of functions and sources, and
 * the number of switches between threads; only the first differences are kept.
 *
 * @throws {RecorderError} What reading them throws, `ERR_TRACE_CORRUPT` among it.
 */
export function compareTraces(
  a: TraceReader,
  b: TraceReader,
  { ignores, partial = { a: false, b: false }, damagedSource }: CompareOptions,
): TraceComparison {
  const tables: SharedTables = {
    paths: sharePaths(
      { paths: a.paths, workdir: a.metadata.workdir },
      { paths: b.paths, workdir: b.metadata.workdir },
    ),
    functions: shareNames(a.functions, b.functions),
    types: shareNames(a.types, b.types),
    variables: shareNames(a.variables, b.variables),
  };
  const [sideA, sideB] = sides(a, b);
  const countsA = new FunctionCounts();
  const countsB = new FunctionCounts();
  const threads: ThreadComparison[] = [];
  let valuesWereCut = false;
  const onlyA: (number | bigint)[] = [];
  const onlyB: (number | bigint)[] = [];
  for (const [threadA, threadB] of pairThreads(a, threadsOf(a), b, threadsOf(b))) {
    const trackA = threadA === null ? null : new Track(a, threadA.stretches, countsA);
    const trackB = threadB === null ? null : new Track(b, threadB.stretches, countsB);
    if (threadA !== null && trackA !== null && threadB !== null && trackB !== null) {
      const values = new ValueComparison(sideA, sideB, tables, ignores);
      const found = compareTracks(trackA, trackB, tables, values, partial);
      valuesWereCut ||= values.wereCut;
      threads.push({ threadA: threadA.id, threadB: threadB.id, ...found });
    } else {
      const [thread, track] = threadA !== null ? [threadA, trackA] : [threadB, trackB];
      if (thread !== null && track !== null) {
        countAlone(thread, track, threadA !== null ? onlyA : onlyB);
      }
    }
  }
  threads.sort((one, other) => earliest(one) - earliest(other));
  return {
    threads,
    valuesWereCut,
    // It may have begun in the other one later.
    onlyA: partial.b ? [] : onlyA,
    onlyB: partial.a ? [] : onlyB,
    streams: compareStreams({ ...sideA, partial: partial.a }, { ...sideB, partial: partial.b }),
    functions: functionDifferences(tables, countsA, countsB, partial),
    sources: sourceDifferences(a, b, tables, damagedSource),
    tables,
  };
}

/** Whether nothing was found that one of the programs did and the other did not. Sources are not what they did. */
export function didTheSame(comparison: TraceComparison): boolean {
  const { threads, onlyA, onlyB, streams, functions } = comparison;
  return onlyA.length + onlyB.length + streams.length + functions.length === 0 &&
    threads.every(({ partingCount, values }) => partingCount === 0 && values.length === 0);
}

/** Addresses are `0x…` in texts; both folders are `.`, and only where the two are not the same. */
function sides(a: TraceReader, b: TraceReader): [Side, Side] {
  const [folderA, folderB] = [a.metadata.workdir, b.metadata.workdir];
  const fold = (folder: string) => {
    if (folderA === folderB) return withoutAddresses;
    const fold = withoutFolder(folder);
    return (text: string) => fold(withoutAddresses(text));
  };
  return [{ trace: a, fold: fold(folderA) }, { trace: b, fold: fold(folderB) }];
}

function countAlone(thread: TraceThread, track: Track, ids: (number | bigint)[]): void {
  // A thread without a step of its own did nothing.
  let hasSteps = false;
  while (track.next()) hasSteps = true;
  if (hasSteps) ids.push(thread.id);
}

/** By this, threads are put in order: the step of the first parting, then of the first value. */
function earliest({ threadA, partings, values }: ThreadComparison): number {
  const [parting] = partings;
  if (parting !== undefined && String(threadA) === "0") return -1;
  if (parting !== undefined) return parting.a?.step ?? parting.lastA?.step ?? 0;
  const [value] = values;
  return value === undefined ? Infinity : LATER + value.a.step;
}

/** More than there are steps. */
const LATER = 2 ** 52;

function functionDifferences(
  { functions }: SharedTables,
  countsA: FunctionCounts,
  countsB: FunctionCounts,
  partial: PartialSides,
): FunctionDifference[] {
  const rows = functions.names.map((name) => ({
    name,
    stepsA: 0,
    stepsB: 0,
    callsA: 0,
    callsB: 0,
  }));
  for (const [id, number] of functions.a.entries()) {
    const row = rows[number]!; // holds: each id has a number of its names, here and below
    row.stepsA += countsA.steps[id] ?? 0;
    row.callsA += countsA.calls[id] ?? 0;
  }
  for (const [id, number] of functions.b.entries()) {
    const row = rows[number]!; // holds: as above
    row.stepsB += countsB.steps[id] ?? 0;
    row.callsB += countsB.calls[id] ?? 0;
  }
  const size = ({ stepsA, stepsB, callsA, callsB }: FunctionDifference) =>
    Math.abs(stepsA - stepsB) + Math.abs(callsA - callsB);
  // What a partial trace has less of may only be missing.
  const counts = ({ stepsA, stepsB, callsA, callsB }: FunctionDifference) =>
    (!partial.b && (stepsA > stepsB || callsA > callsB)) ||
    (!partial.a && (stepsA < stepsB || callsA < callsB));
  return rows.filter(counts).sort((one, other) => size(other) - size(one));
}

function sourceDifferences(
  a: TraceReader,
  b: TraceReader,
  { paths }: SharedTables,
  damaged: CompareOptions["damagedSource"],
): SourceDifference[] {
  const idsB = new Map<number, number>();
  for (const [id, number] of paths.b.entries()) idsB.set(number, id);
  const found: SourceDifference[] = [];
  for (const [id, number] of paths.a.entries()) {
    const pathA = a.paths[id] ?? "";
    const idB = idsB.get(number);
    idsB.delete(number);
    if (idB === undefined) {
      found.push({ pathA, pathB: null });
      continue;
    }
    const [textA, textB] = [intactSource(a, id, damaged), intactSource(b, idB, damaged)];
    if (textA !== null && textB !== null && !sameBytes(textA, textB)) {
      found.push({ pathA, pathB: b.paths[idB] ?? "" });
    }
  }
  return [...found, ...[...idsB.values()].map((id) => ({ pathA: null, pathB: b.paths[id] ?? "" }))];
}
