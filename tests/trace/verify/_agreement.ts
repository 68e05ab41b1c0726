import assert from "node:assert/strict";
import { MemorySource } from "../../../src/trace/ctfs/byte_source.ts";
import { verifySource } from "../../../src/trace/verify/verify_trace.ts";
import { acceptMany } from "./_accept_many.ts";

/** Faults that `ct-accept` does not look for, each with the reason. */
export const OURS: Readonly<Record<string, string>> = {
  "number-padded": "readers take such numbers",
  "file-unknown": "readers pass over such files",
  "source-file": "no other reader knows the sources, here and below",
  "source-offsets": "as above",
  "source-count": "as above",
  "source-text": "as above",
  "source-limit": "as above",
  "step-empty-file": "it takes the position for one without columns, and its line for a good one",
};

/** Those, and one of which it finds a part: it refuses no records per chunk, and takes billions. */
const OURS_OR_BOTH: readonly string[] = [...Object.keys(OURS), "index-records"];

/** `verify` finds something, notes aside, in exactly those traces that `ct-accept` refuses. */
export function assertAgreement(traces: readonly Uint8Array[]): void {
  for (const [number, reasons] of acceptMany(traces).entries()) {
    // holds: there are as many answers as questions.
    const found = codesIn(traces[number]!)
      .filter((code) => reasons.length > 0 || !OURS_OR_BOTH.includes(code));
    const said = `trace ${number}: verify says ${found}, ct-accept ${reasons}`;
    assert.equal(found.length > 0, reasons.length > 0, said);
  }
}

function codesIn(bytes: Uint8Array): string[] {
  try {
    return verifySource("t.ct", new MemorySource(bytes)).findings
      .filter(({ severity }) => severity !== "note").map(({ code }) => code);
  } catch {
    // No container at all, which has only this one reason.
    return ["no container"];
  }
}
