/** A recorder that takes nothing in any more says so on the disk: one that recovers the recording must not call it whole. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { environmentError } from "../../src/errors/mod.ts";
import { SharedState } from "../../src/recording/shared_state.ts";
import { type FinishedTrace, TraceWork } from "../../src/recording/trace_worker.ts";
import { WORK_FILES } from "../../src/recording/work_files.ts";
import * as wire from "../../src/wire/protocol.ts";
import { createRing } from "../../src/wire/ring_file.ts";
import { withFolder } from "../support/recorder.ts";
import { dumps, type PyValue, tuple } from "./_marshal.ts";

const record = (...elements: PyValue[]) => dumps(tuple(...elements, null));
/** Three lines of a module. */
const RECORDS = [
  record(wire.HELLO, "/p", 1234, "3.13.0"),
  record(wire.PATH, 0, "main.py"),
  record(wire.SOURCE, 0, new TextEncoder().encode("a\nb\nc\n")),
  record(wire.CODE, 0, 0, 1, "<__main__>", tuple(), 0, tuple()),
  record(wire.LAYOUT, 0, 0, tuple(), tuple(), tuple()),
  record(wire.CALL, 0, 0),
  record(0, 1, 0),
  record(0, 2, 0),
  record(0, 3, 0),
  record(wire.RETURN, 0, 0, null),
];

function ringIn(folder: string): void {
  const path = join(folder, WORK_FILES.ring);
  createRing(path);
  using ring = Deno.openSync(path, { write: true });
  ring.seekSync(wire.HEADER_SIZE, Deno.SeekMode.Start);
  ring.writeSync(Uint8Array.from(RECORDS.flat()));
}

/** Works through the ring in `sourceDir`, up to its end. */
function work(sourceDir: string, workDir: string, recovers: boolean, steps: number | null) {
  const shared = new SharedState();
  shared.markEnded();
  Deno.mkdirSync(workDir, { recursive: true });
  const work = new TraceWork({
    sourceDir,
    workDir,
    confined: false,
    recovers,
    limits: { steps, bytes: null },
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

function finish(work: TraceWork): FinishedTrace {
  const status = { code: 0, signal: null };
  return work.finish({
    status,
    stopped: false,
    caughtInternalErrors: 0,
    cutOff: null,
    metadata: {},
  });
}

Deno.test("a limit that was reached is on the disk before the trace is, and comes back when it is recovered", () =>
  withFolder((folder) => {
    ringIn(folder);
    const limited = work(folder, folder, false, 2);
    // Here the recorder dies. The one that recovers knows of no limit.
    const recovered = finish(work(folder, join(folder, "again"), true, null));
    limited.abandon();
    assert.equal(recovered.partial?.code, "ERR_TRACE_INCOMPLETE");
    assert.match(recovered.partial.message, /max_steps, 2/);
    assert.deepEqual(recovered.state, { kind: "exited", code: 0 });
    return Promise.resolve();
  }));

Deno.test("a failure that was noted comes back in the same way; a finished trace's metadata is no such note", () =>
  withFolder((folder) => {
    ringIn(folder);
    const error = environmentError("ERR_IO", "the disk is full").toJSON();
    const note = join(folder, WORK_FILES.metadata);
    Deno.writeTextFileSync(note, JSON.stringify({ failed: true, error }));
    const failed = finish(work(folder, join(folder, "failed"), true, null));
    assert.equal(failed.partial?.code, "ERR_IO");
    assert.deepEqual(failed.state, { kind: "disabled", code: 0 });
    Deno.writeTextFileSync(note, JSON.stringify({ partial: false, counts: {} }));
    const whole = finish(work(folder, join(folder, "whole"), true, null));
    assert.equal(whole.partial, null);
    assert.equal(whole.counts.steps, 3);
    return Promise.resolve();
  }));
