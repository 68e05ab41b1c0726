/**
 * Checks everything that can be wrong with a trace.
 *
 * @module
 */
import { basename } from "node:path";
import { type ByteSource, FileSource } from "../ctfs/byte_source.ts";
import { ContainerReader } from "../ctfs/container_reader.ts";
import { isLegacyFile } from "../reader/legacy/open_legacy.ts";
import { findTrace, openContainer, openTrace } from "../reader/open_trace.ts";
import { checkBeside } from "./beside.ts";
import { checkCalls } from "./calls.ts";
import type { FindingCode, Severity } from "./codes.ts";
import { ContainerCheck } from "./container.ts";
import { checkEvents } from "./events.ts";
import { type Finding, Findings } from "./findings.ts";
import { checkMetadata } from "./metadata.ts";
import { checkOlder } from "./older.ts";
import { checkSources, SOURCE_FILES } from "./sources.ts";
import { checkSteps } from "./steps.ts";
import { StreamCheck } from "./stream.ts";
import { checkNames, checkPaths, checkSourceViews } from "./tables.ts";
import { checkValues } from "./values.ts";

/** How much was looked at; null for what could not be counted. */
export interface VerifiedCounts {
  readonly stepRecords: number | null;
  readonly values: number | null;
  readonly calls: number | null;
  readonly events: number | null;
  readonly paths: number | null;
  readonly functions: number | null;
  readonly types: number | null;
  readonly variables: number | null;
  /** Blocks of the container, and those of them that belong to no file. */
  readonly blocks: number;
  readonly unusedBlocks: number;
}

/** What a check came to. */
export interface Verification {
  /** Path of the container. */
  readonly path: string;
  /** The worst severity; null if nothing was found. */
  readonly worst: Severity | null;
  /** The first of each code. */
  readonly findings: readonly Finding[];
  /** All findings, by code. */
  readonly totals: ReadonlyMap<FindingCode, number>;
  /** Number of findings by severity. */
  readonly severities: Readonly<Record<Severity, number>>;
  readonly counts: VerifiedCounts;
}

/** Without these no reader opens a trace. */
const ESSENTIAL = ["meta.dat", "steps.dat", "steps.idx", "paths.dat", "paths.off"];
/** Without these a part of it is shown as empty. */
const EXPECTED = [
  ...["values", "calls", "events"].flatMap((name) => [`${name}.dat`, `${name}.idx`]),
  ...["funcs", "types", "varnames"].flatMap((name) => [`${name}.dat`, `${name}.off`]),
];
/** What readers read when it is there; of these only the source views and the sources are checked. */
const OPTIONAL = ["step-map.ns", "linehits.tc", "srcviews.dat", "srcviews.off", ...SOURCE_FILES];
/** In an older format, what holds all records. */
const OLDER = "events.log";
/** Files whose presence alone makes a reader take the container for another format. */
const OTHER_FORMATS: Readonly<Record<string, string>> = {
  [OLDER]: "with it, readers take the trace for the format of one combined stream",
  "meta.json": "with it, readers take the trace for a native recording",
};

/**
 * Checks a trace from front to back: container, metadata, tables, every record of every stream, and
 * the `trace_metadata.json` beside it. Memory does not grow with the length of the trace, but for a
 * few bytes per block of the container. A trace of an older format is read once to its end.
 *
 * Needs `--allow-read` for the path, and for the folder it is in; for older formats also permission to read and write in
 * the folder for temporary files.
 *
 * @param path As for `openTrace`.
 * @throws {RecorderError} `ERR_TRACE_MISSING` or `ERR_USAGE` as `openTrace`, `ERR_TRACE_CORRUPT` if
 * it is no container at all, `ERR_IO` if it can't be read.
 */
export function verifyTrace(path: string): Verification {
  const file = findTrace(path);
  if (!file.endsWith(".ct") && isLegacyFile(file)) {
    const findings = new Findings();
    const counts = checkOlder(basename(file), () => openTrace(file), findings) ?? NOTHING;
    return verification(file, findings, { ...counts, blocks: 0, unusedBlocks: 0 });
  }
  const source = new FileSource(file);
  try {
    return verifySource(file, source, true);
  } finally {
    source.close();
  }
}

/**
 * The same for a container that may be anywhere.
 *
 * @param path For error messages, and to find what is beside it.
 * @param source Closed afterwards where the format is an older one.
 * @param beside Whether to look there.
 */
export function verifySource(path: string, source: ByteSource, beside = false): Verification {
  const findings = new Findings();
  const container = new ContainerCheck(path, source, findings);
  let counts = NOTHING;
  if (container.isReadable) {
    if (container.has(OLDER) && !container.has("steps.dat")) {
      const open = () => openContainer(new ContainerReader(path, source));
      counts = checkOlder(OLDER, open, findings) ?? NOTHING;
    } else counts = checkContent(path, container, findings, beside);
  }
  return verification(path, findings, {
    ...counts,
    blocks: container.blockCount,
    unusedBlocks: container.unusedBlocks(),
  });
}

function verification(path: string, findings: Findings, counts: VerifiedCounts): Verification {
  const severities = {
    fatal: findings.count("fatal"),
    error: findings.count("error"),
    warning: findings.count("warning"),
    note: findings.count("note"),
  };
  return {
    path,
    worst: findings.worst(),
    findings: findings.kept,
    totals: findings.counts,
    severities,
    counts,
  };
}

type ContentCounts = Omit<VerifiedCounts, "blocks" | "unusedBlocks">;

const NOTHING: ContentCounts = {
  stepRecords: null,
  values: null,
  calls: null,
  events: null,
  paths: null,
  functions: null,
  types: null,
  variables: null,
};

function checkContent(
  path: string,
  container: ContainerCheck,
  findings: Findings,
  beside: boolean,
): ContentCounts {
  if (!checkNamesOfFiles(container, findings)) return NOTHING;
  const metadata = checkMetadata(container, findings);
  const functions = checkNames(container, "funcs", findings);
  const types = checkNames(container, "types", findings);
  const variables = checkNames(container, "varnames", findings);
  // Without metadata: as every recorder in the field has it.
  const columnAware = metadata?.columnAware ?? true;
  const announced = metadata?.isWhole ? metadata.paths : null;
  const positions = checkPaths(container, columnAware, announced, findings);
  if (metadata?.sourceViews) checkSourceViews(container, positions.paths, findings);
  checkSources(container, positions.paths, findings);

  const steps = new StreamCheck(container, "steps", findings);
  const { records, lines, repeats } = checkSteps(steps, positions, types, findings);
  const stepRecords = steps.intact ? records : null;
  const limit = stepRecords ?? Infinity;

  const values = new StreamCheck(container, "values", findings);
  const valueCount = checkValues(values, stepRecords, types, variables, findings);
  const calls = new StreamCheck(container, "calls", findings);
  const callCount = checkCalls(calls, limit, functions, types, variables, findings);
  const events = new StreamCheck(container, "events", findings);
  const eventCount = checkEvents(events, limit, findings);

  const known = (count: number) => Number.isFinite(count) ? count : null;
  const counts = {
    stepRecords,
    values: values.intact ? valueCount : null,
    calls: calls.intact ? callCount : null,
    events: events.intact ? eventCount : null,
    paths: known(positions.paths),
    functions: known(functions),
    types: known(types),
    variables: known(variables),
  };
  if (beside) {
    const facts = { path, metadata, lines: steps.intact ? lines : null, repeats };
    checkBeside({ ...facts, calls: counts.calls, events: counts.events }, findings);
  }
  return counts;
}

/** Says which files are missing or too many; whether the rest is of the format that is known here. */
function checkNamesOfFiles(container: ContainerCheck, findings: Findings): boolean {
  let isKnown = true;
  for (const file of container.names()) {
    const other = OTHER_FORMATS[file];
    if (other !== undefined) {
      isKnown = false;
      findings.add("formats-mixed", { file }, () => other);
    } else if (![...ESSENTIAL, ...EXPECTED, ...OPTIONAL].includes(file)) {
      findings.add("file-unknown", { file }, () => "");
    }
  }
  if (!isKnown) return false;
  for (const file of ESSENTIAL) {
    if (!container.has(file)) findings.add("file-missing", { file }, () => "");
  }
  for (const file of EXPECTED) {
    if (!container.has(file)) findings.add("stream-missing", { file }, () => "");
  }
  return true;
}
