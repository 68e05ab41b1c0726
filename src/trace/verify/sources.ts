import { zstdDecompressSync } from "node:zlib";
import type { ContainerCheck } from "./container.ts";
import type { Findings } from "./findings.ts";
import { Scanner } from "./scanner.ts";
import { forEachRecord } from "./tables.ts";
import { outlineFrame } from "./zstd_frame.ts";

/** The two files with the texts of the sources. */
export const SOURCE_FILES: readonly string[] = ["sources.dat", "sources.off"];

/** The longest text that is unpacked; the reader's bound. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;
/** Output buffers start no larger than this, whatever a record claims. */
const MAX_OUTPUT_STEP = 1024 * 1024;
/** An output that fills its buffer to the last byte makes node:zlib ask for more, into another one. */
const SPARE_OUTPUT = 64;

/**
 * Checks the texts of the sources: a table with one record per path, empty, or the text's length as a varint and, unless
 * that is 0, one zstd frame. Other readers pass over both files, so what is wrong has codes of its own.
 *
 * @param paths Number of paths; Infinity if that is not known.
 */
export function checkSources(container: ContainerCheck, paths: number, findings: Findings): void {
  const missing = SOURCE_FILES.filter((file) => !container.has(file));
  if (missing.length === SOURCE_FILES.length) return;
  for (const file of missing) findings.add("source-file", { file }, () => "");
  const file = "sources.dat";
  const scanner = new Scanner();
  const codes = { size: "source-offsets", offsets: "source-offsets" } as const;
  const count = forEachRecord(container, "sources", findings, (record, bytes, start, end) => {
    if (start === end) return;
    scanner.open(bytes, start, end);
    const length = scanner.varint();
    const at = scanner.pos - start;
    const where = { file, record };
    if (scanner.problem !== null) {
      findings.add("source-text", { ...where, offset: 0 }, () => scanner.detail);
    } else if (length > MAX_TEXT_BYTES) {
      findings.add("source-limit", where, () => `a text of ${length} bytes`);
    } else if (length > 0 || scanner.left > 0) {
      const problem = frameProblem(bytes.subarray(scanner.pos, end), length);
      if (problem !== null) findings.add("source-text", { ...where, offset: at }, () => problem);
    }
  }, codes);
  if (count === null || !Number.isFinite(paths) || count === paths) return;
  findings.add("source-count", { file: "sources.off" }, () => `${count} records, ${paths} paths`);
}

/** What is wrong with a text's frame; null for nothing. */
function frameProblem(frame: Uint8Array, length: number): string | null {
  const outline = outlineFrame(frame);
  if (typeof outline === "string") return outline;
  const { contentSize } = outline;
  if (contentSize !== null && contentSize !== length) {
    return `the frame states ${contentSize} bytes, the record ${length}`;
  }
  if (outline.length < frame.length) {
    return `${frame.length - outline.length} bytes follow the frame`;
  }
  let unpacked: number;
  try {
    unpacked = zstdDecompressSync(frame, {
      maxOutputLength: Math.max(length, 1),
      chunkSize: Math.min(length + SPARE_OUTPUT, MAX_OUTPUT_STEP),
    }).length;
  } catch (error) {
    if (error instanceof RangeError) return `the record states ${length} bytes, there are more`;
    return error instanceof Error ? error.message : String(error);
  }
  return unpacked === length ? null : `${unpacked} bytes unpacked, the record states ${length}`;
}
