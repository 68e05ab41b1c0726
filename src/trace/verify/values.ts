import type { Findings } from "./findings.ts";
import { Scanner } from "./scanner.ts";
import type { StreamCheck } from "./stream.ts";
import { RepeatedValues } from "./repeated_values.ts";
import { ValueReport } from "./value_list.ts";

/** Beyond this no bookkeeping of who was there already: no program has as many names. */
const MAX_VARIABLES = 2 ** 24;

/**
 * Checks `values.dat` from front to back: per step record nothing, or tag 0, a count, and for each
 * variable its name's id and its value.
 *
 * @param steps Number of step records; null if it is not known.
 * @returns Number of records.
 */
export function checkValues(
  stream: StreamCheck,
  steps: number | null,
  types: number,
  variables: number,
  findings: Findings,
): number {
  const scanner = new Scanner();
  const file = stream.fileName;
  const report = new ValueReport(file, types, variables, findings);
  const repeated = new RepeatedValues();
  /** By variable: the number of the last record that had it, from 1. */
  const lastSeen = new Float64Array(variables <= MAX_VARIABLES ? variables : 0);
  const total = stream.records(scanner, (record) => {
    const { bytes, pos: recordStart } = scanner;
    repeated.nextRecord(bytes);
    if (recordStart === scanner.end) return;
    const tag = scanner.u8();
    if (tag !== 0) {
      findings.add("values-tag", { file, record, offset: 0 }, () => `tag ${tag}`);
      return;
    }
    const count = scanner.count();
    for (let item = 0; item < count; item++) {
      let start = scanner.pos + 2;
      let end = start + bytes[start - 1]!;
      let id = bytes[start - 2]!;
      if (id < 0x80 && bytes[start - 1]! < 0x80 && end <= scanner.end) {
        // What an item nearly always is: two small numbers, and all of the value.
        scanner.pos = end;
      } else {
        id = scanner.varint();
        scanner.sized();
        if (scanner.problem !== null) break;
        start = scanner.start;
        end = scanner.pos;
      }
      if (id >= variables) report.variable(id, record);
      if (id < lastSeen.length) {
        if (lastSeen[id] === record + 1) {
          findings.add("variable-twice", { file, record }, () => `variable ${id}`);
        }
        lastSeen[id] = record + 1;
      }
      if (repeated.has(item, start, end)) continue;
      const isSound = report.value(bytes, start, end, record, recordStart);
      repeated.set(item, start, isSound ? end : start);
    }
    scanner.finish();
    report.form(scanner, record, recordStart);
  });
  if (steps !== null && stream.intact && total !== steps) {
    findings.add("values-count", { file }, () => `${total} records for ${steps} step records`);
  }
  return total;
}
