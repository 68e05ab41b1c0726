/** A signal handler that raises while the agent moves on may have it hand over a segment without a record. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { FILLED, HEADER_SIZE, SEGMENT_SIZE } from "../../src/wire/protocol.ts";
import { withFolder } from "../support/recorder.ts";
import { BEGINNING, finish, joined, line, RETURN, ringIn, work } from "./_ring_folder.ts";

Deno.test("a segment without a record is passed over, also when the recording is recovered", () =>
  withFolder((folder) => {
    ringIn(
      folder,
      [HEADER_SIZE, joined(...BEGINNING, line(1))],
      [HEADER_SIZE + 2 * SEGMENT_SIZE, joined(line(2), RETURN)],
      [FILLED, Uint8Array.of(2)],
    );
    const recorded = work(folder, folder, false);
    const recovered = finish(work(folder, join(folder, "again"), true));
    const finished = finish(recorded);
    assert.equal(finished.partial, null);
    assert.equal(finished.counts.steps, 2);
    assert.deepEqual(recovered.counts, finished.counts);
    return Promise.resolve();
  }));
