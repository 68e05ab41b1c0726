/** A signal handler that raises while the agent moves on may have it hand over a segment without a record. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { SharedState } from "../../src/recording/shared_state.ts";
import { TraceWork } from "../../src/recording/trace_worker.ts";
import { WORK_FILES } from "../../src/recording/work_files.ts";
import * as wire from "../../src/wire/protocol.ts";
import { createRing } from "../../src/wire/ring_file.ts";
import { withFolder } from "../support/recorder.ts";
import { dumps, type PyValue, tuple } from "./_marshal.ts";

const record = (...elements: PyValue[]) => dumps(tuple(...elements, null));
const FIRST = [
  record(wire.HELLO, "/p", 1234, "3.13.0"),
  record(wire.PATH, 0, "main.py"),
  record(wire.SOURCE, 0, new TextEncoder().encode("a\nb\nc\n")),
  record(wire.CODE, 0, 0, 1, "<__main__>", tuple(), 0, tuple()),
  record(wire.LAYOUT, 0, 0, tuple(), tuple(), tuple()),
  record(wire.CALL, 0, 0),
  record(0, 1, 0),
];
const LAST = [record(0, 2, 0), record(wire.RETURN, 0, 0, null)];

function work(sourceDir: string, workDir: string, recovers: boolean): TraceWork {
  const shared = new SharedState();
  shared.markEnded();
  Deno.mkdirSync(workDir, { recursive: true });
  const work = new TraceWork({
    sourceDir,
    workDir,
    confined: false,
    recovers,
    limits: { steps: null, bytes: null },
    shared: shared.buffer,
    trace: {
      recordingId: "01890a5d-ac96-774b-bcce-b302099a8057",
      program: "main.py",
      args: [],
      workdir: "/p",
      recorder: "test",
      filters: [],
    },
  });
  work.drain();
  return work;
}

Deno.test("a segment without a record is passed over, also when the recording is recovered", () =>
  withFolder((folder) => {
    const path = join(folder, WORK_FILES.ring);
    createRing(path);
    {
      using ring = Deno.openSync(path, { write: true });
      const write = (offset: number, bytes: Uint8Array) => {
        ring.seekSync(offset, Deno.SeekMode.Start);
        ring.writeSync(bytes);
      };
      write(wire.HEADER_SIZE, Uint8Array.from(FIRST.flat()));
      write(wire.HEADER_SIZE + 2 * wire.SEGMENT_SIZE, Uint8Array.from(LAST.flat()));
      write(wire.FILLED, Uint8Array.of(2));
    }
    const end = {
      status: { code: 0, signal: null },
      stopped: false,
      caughtInternalErrors: 0,
      cutOff: null,
      metadata: {},
    };
    const recorded = work(folder, folder, false);
    const recovered = work(folder, join(folder, "again"), true).finish(end);
    const finished = recorded.finish(end);
    assert.equal(finished.partial, null);
    assert.equal(finished.counts.steps, 2);
    assert.deepEqual(recovered.counts, finished.counts);
    return Promise.resolve();
  }));
