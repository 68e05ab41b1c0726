import type { TraceComparison } from "../../trace/compare/compare_traces.ts";
import type { TraceReader } from "../../trace/reader/open_trace.ts";

/** What differs about the recordings as such, and may be why the programs did not do the same: sentences. */
export function notesOn(
  a: TraceReader,
  b: TraceReader,
  { tables, sources }: TraceComparison,
): string[] {
  const notes: string[] = [];
  const inB = new Set(tables.paths.b);
  const isCommon = (number: number) =>
    inB.has(number) && !(tables.paths.names[number] ?? "<").startsWith("<");
  if (!tables.paths.a.some(isCommon)) {
    notes.push("the recordings have no source in common: they are of different programs");
  }
  const changed = sources.filter(({ pathA, pathB }) => pathA !== null && pathB !== null).length;
  if (changed > 0) {
    const what = changed === 1 ? "1 source has" : `${changed} sources have`;
    notes.push(`${what} changed: lines are compared by their numbers`);
  }
  const { metadata: infoA } = a;
  const { metadata: infoB } = b;
  if (infoA.args.join("\0") !== infoB.args.join("\0")) {
    notes.push(`the arguments differ: ${words(infoA.args)} | ${words(infoB.args)}`);
  }
  if (infoA.recorder !== infoB.recorder) {
    notes.push(`the recorders differ: ${infoA.recorder || "?"} | ${infoB.recorder || "?"}`);
  }
  const filters = [infoA, infoB].map((info) =>
    (info.filters ?? []).map(({ sha256 }) => sha256).join()
  );
  if (filters[0] !== filters[1]) notes.push("the filters differ, so what was recorded may");
  return notes;
}

function words(args: readonly string[]): string {
  return args.length === 0 ? "none" : args.map((arg) => JSON.stringify(arg)).join(" ");
}
