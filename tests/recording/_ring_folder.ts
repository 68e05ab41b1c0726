/** The trace worker's part of a recording, on a ring that a test has filled. */
import { join } from "node:path";
import { SharedState } from "../../src/recording/shared_state.ts";
import {
  type FinishedTrace,
  TraceWork,
  type WorkerEnd,
  type WorkerRequest,
} from "../../src/recording/trace_worker.ts";
import { WORK_FILES } from "../../src/recording/work_files.ts";
import * as wire from "../../src/wire/protocol.ts";
import { createRing } from "../../src/wire/ring_file.ts";
import { dumps, type PyValue, tuple } from "./_marshal.ts";

export const record = (...elements: PyValue[]) => dumps(tuple(...elements, null));

/** A module's call, without its end: `main.py` has lines 1 to 3. */
export const BEGINNING = [
  record(wire.HELLO, "/p", 1234, "3.13.0"),
  record(wire.PATH, 0, "main.py"),
  record(wire.SOURCE, 0, new TextEncoder().encode("a\nb\nc\n")),
  record(wire.CODE, 0, 0, 1, "<__main__>", tuple(), 0, tuple()),
  record(wire.LAYOUT, 0, 0, tuple(), tuple(), tuple()),
  record(wire.CALL, 0, 0),
];
export const line = (number: number) => record(0, number, 0);
export const RETURN = record(wire.RETURN, 0, 0, null);

/** Makes a ring in the folder, and writes at these offsets. */
export function ringIn(folder: string, ...writes: readonly [offset: number, bytes: Uint8Array][]) {
  const path = join(folder, WORK_FILES.ring);
  createRing(path);
  using ring = Deno.openSync(path, { write: true });
  for (const [offset, bytes] of writes) {
    ring.seekSync(offset, Deno.SeekMode.Start);
    ring.writeSync(bytes);
  }
}

/** Records as they lie in a ring. */
export function joined(...records: readonly Iterable<number>[]): Uint8Array {
  return Uint8Array.from(records.flatMap((one) => [...one]));
}

/** Works through the ring in `sourceDir`, up to its end. */
export function work(
  sourceDir: string,
  workDir: string,
  recovers: boolean,
  steps: number | null = null,
): TraceWork {
  const work = new TraceWork(requestFor(sourceDir, workDir, recovers, steps));
  work.drain();
  return work;
}

/** For a program that has ended. */
export function requestFor(
  sourceDir: string,
  workDir: string,
  recovers: boolean,
  steps: number | null,
): WorkerRequest {
  const shared = new SharedState();
  shared.markEnded();
  Deno.mkdirSync(workDir, { recursive: true });
  return {
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
  };
}

/** The program exited with 0. */
export const END: WorkerEnd = {
  status: { code: 0, signal: null },
  stopped: false,
  caughtInternalErrors: 0,
  cutOff: null,
  metadata: {},
};

export function finish(work: TraceWork): FinishedTrace {
  return work.finish(END);
}
