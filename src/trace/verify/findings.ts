import { FINDING_CODES, type FindingCode, SEVERITIES, type Severity } from "./codes.ts";

/** Where something was found. Numbers start at 0. */
export interface FindingPlace {
  /** The file inside the container, "header", or "trace_metadata.json". */
  readonly file: string;
  /** Entry of the directory. */
  readonly entry?: number;
  readonly chunk?: number;
  /** A step record, call, event or record of a table. */
  readonly record?: number;
  /** Byte in the file, or, with a chunk or record, in its content. */
  readonly offset?: number;
}

/** One thing that is wrong. */
export interface Finding {
  readonly severity: Severity;
  readonly code: FindingCode;
  readonly where: FindingPlace;
  /** What exactly, with the values in question. */
  readonly message: string;
}

/** Findings of one code that are kept; the rest is counted. */
export const KEPT_PER_CODE = 10;

/** Collects what is found, bounded however much that is. */
export class Findings {
  /** The first {@link KEPT_PER_CODE} of each code, in order. */
  readonly kept: Finding[] = [];
  /** All of them, by code. */
  readonly counts = new Map<FindingCode, number>();

  /**
   * @param message What exactly; an empty text for what the code's meaning says already. Put
   * together only for what is kept.
   */
  add(code: FindingCode, where: FindingPlace, message: () => string): void {
    const count = (this.counts.get(code) ?? 0) + 1;
    this.counts.set(code, count);
    if (count > KEPT_PER_CODE) return;
    this.kept.push({ severity: FINDING_CODES[code].severity, code, where, message: message() });
  }

  /** Number of findings of a severity. */
  count(severity: Severity): number {
    let sum = 0;
    for (const [code, count] of this.counts) {
      if (FINDING_CODES[code].severity === severity) sum += count;
    }
    return sum;
  }

  /** The worst severity; null if nothing was found. */
  worst(): Severity | null {
    return SEVERITIES.find((severity) => this.count(severity) > 0) ?? null;
  }
}
