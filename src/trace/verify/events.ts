import type { FindingCode } from "./codes.ts";
import type { Findings } from "./findings.ts";
import { Scanner } from "./scanner.ts";
import type { StreamCheck } from "./stream.ts";
import { ValueReport } from "./value_list.ts";

/** Kinds are 0 to 13. */
const KINDS = 14;

/**
 * Checks `events.dat` from front to back.
 *
 * @param steps Number of step records; Infinity if it is not known.
 * @returns Number of events.
 */
export function checkEvents(stream: StreamCheck, steps: number, findings: Findings): number {
  const scanner = new Scanner();
  const file = stream.fileName;
  const report = new ValueReport(file, 0, 0, findings);
  let lastStep = 0;
  return stream.records(scanner, (record) => {
    const recordStart = scanner.pos;
    const add = (code: FindingCode, message: string) =>
      findings.add(code, { file, record }, () => message);
    const kind = scanner.u8();
    const step = scanner.varint();
    scanner.text();
    scanner.sized();
    scanner.finish();
    report.form(scanner, record, recordStart);
    if (scanner.problem !== null && scanner.problem !== "record-trailing") return;
    if (kind >= KINDS) add("event-kind", `kind ${kind}`);
    if (step >= steps) add("event-step", `step ${step} of ${steps}`);
    if (step < lastStep) add("event-order", `step ${step} after step ${lastStep}`);
    lastStep = Math.max(lastStep, step);
  });
}
