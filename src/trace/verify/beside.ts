import { basename, dirname, join } from "node:path";
import { classifyError, osErrorCode } from "../../errors/mod.ts";
import type { Findings } from "./findings.ts";
import type { CheckedMetadata } from "./metadata.ts";

/** What the trace itself says; null for what could not be read. */
export interface TraceFacts {
  /** Path of the container. */
  readonly path: string;
  readonly metadata: CheckedMetadata | null;
  /** Records of the step stream that are lines, and those of them that may repeat the line before. */
  readonly lines: number | null;
  readonly repeats: number;
  readonly calls: number | null;
  readonly events: number | null;
}

const FILE = "trace_metadata.json";
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Compares the trace with the `trace_metadata.json` beside it, if there is one of this recorder.
 * Needs `--allow-read` for it.
 */
export function checkBeside(facts: TraceFacts, findings: Findings): void {
  const beside = read(join(dirname(facts.path), FILE), findings);
  const { metadata } = facts;
  if (beside === null || beside.recorder !== "ct-recorder" || metadata === null) return;
  if (!metadata.isWhole) return;
  const where = { file: FILE };
  const isNamed = beside.trace === basename(facts.path);
  if (beside.recording_id !== metadata.recordingId && !isNamed) {
    findings.add("beside-other", where, () => `it is about ${shown(beside.trace)}`);
    return;
  }
  const differ = (key: string, said: unknown, is: unknown) => {
    findings.add("beside-contradicts", where, () => `${key}: ${shown(said)}, not ${shown(is)}`);
  };
  const compare = (key: string, said: unknown, is: unknown) => {
    if (JSON.stringify(said) !== JSON.stringify(is)) differ(key, said, is);
  };
  compare("recording_id", beside.recording_id, metadata.recordingId);
  compare("program", wellFormed(beside.program), metadata.program);
  compare("args", wellFormed(beside.args), metadata.args);
  compare("workdir", wellFormed(beside.workdir), metadata.workdir);
  const counts = isRecord(beside.counts) ? beside.counts : {};
  if (facts.calls !== null) compare("counts.calls", counts.calls, facts.calls);
  if (facts.events !== null) compare("counts.events", counts.events, facts.events);
  if (facts.lines !== null) {
    const { steps } = counts;
    // A chunk that would begin with something else than a line begins with the last line again.
    const fits = typeof steps === "number" && steps <= facts.lines &&
      steps >= facts.lines - facts.repeats;
    if (!fits) differ("counts.steps", steps, facts.lines);
  }
  if (beside.partial === true) {
    findings.add("beside-partial", where, () => `${beside.reason}: ${beside.detail}`);
  }
}

/** The file's object; null if there is none, which is no finding, or it is none, which is one. */
function read(path: string, findings: Findings): Record<string, unknown> | null {
  const refuse = (why: string) => {
    findings.add("beside-unreadable", { file: FILE }, () => why);
    return null;
  };
  try {
    const stat = Deno.statSync(path);
    if (!stat.isFile || stat.size > MAX_BYTES) return refuse("it is no file of a reasonable size");
    const parsed: unknown = JSON.parse(Deno.readTextFileSync(path));
    return isRecord(parsed) ? parsed : refuse("it is no JSON object");
  } catch (error) {
    const code = osErrorCode(error);
    // A trace is whole without that file, and somebody may only be allowed to read the trace.
    if (code === "ENOENT" || code === "NOTCAPABLE") return null;
    if (error instanceof SyntaxError) return refuse(`it is no JSON: ${error.message}`);
    return refuse(classifyError(error, { failed: "Cannot read it" }).message);
  }
}

/** As the container holds texts. */
function wellFormed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(wellFormed);
  return typeof value === "string" ? value.toWellFormed() : value;
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
