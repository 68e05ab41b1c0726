/** Feeds random input to the part of the recorder that decodes it, and finishes the trace of what came through. */
import assert from "node:assert/strict";
import { Transcoder } from "../../src/recording/transcoder.ts";
import { TraceWriter } from "../../src/trace/trace_writer.ts";
import { BrokenRecord } from "../../src/wire/marshal.ts";
import { SEGMENT_SIZE } from "../../src/wire/protocol.ts";
import { attached } from "../agent/_attached.ts";
import { acceptStrict } from "../support/ct_accept.ts";
import type { Python } from "../support/pythons.ts";
import { MemoryFile, MemorySpool } from "../trace/_memory_store.ts";
import { type Below, DEFINED, randomInput, randomNumbers, recordsIn } from "./wire.ts";

const METADATA = {
  recordingId: "01890a5d-ac96-774b-bcce-b302099a8057",
  program: "/p/main.py",
  args: [],
  workdir: "/p",
  recorder: "test",
};

/** Of everything, in few records: calls, generators, threads, exceptions, classes, output, texts and large values. */
const PROGRAM = `
import sys, threading
class Point:
    def __init__(self, x, password): self.x, self.password = x, password
def gen(n):
    for i in range(n): yield {"i": i, (1, 2.5): [i] * 3}
def fails(n):
    try: return 1 // n
    except ZeroDivisionError as error: raise KeyError("no", error) from None
def main(text, secret):
    points = [Point(i, "p") for i in range(3)] + [text * 3]
    for item in gen(3): print("item", item)
    try: fails(0)
    except KeyError as error: kept = error
    huge, odd, raw = 1 << 9000, "\\ud800", b"\\0" * 90
    sys.stderr.write("done\\n")
    return points, kept, {1, 2}, range(3), main, Point, 1j
thread = threading.Thread(target=main, args=("t" * 300, "s"), name="other")
thread.start(); thread.join()
main("long" * 100, "secret")
def numbers(n):
    for i in range(n): yield i
    return n
def number(n, half=0.5, none=None, yes=True): return n
for n in range(4): number(sum(numbers(4)))
`;

const RELAYED = new TextEncoder().encode("hello, you\n");

/** The records of a real program. */
export async function captureOf(python: Python): Promise<Uint8Array[]> {
  let records: Uint8Array[] = [];
  const { result } = await attached(python, PROGRAM, {
    deaf: true,
    capture: (segments) => {
      const segment = segments.slice(0, SEGMENT_SIZE);
      records = recordsIn(segment);
    },
  });
  assert.equal(result.status, 0, result.stderr);
  assert.ok(records.length > 100, `${records.length} records`);
  return records;
}

/** Which inputs, and how many: a trace takes in one after the other, until it meets one that is broken. */
export interface WireRuns {
  readonly count: number;
  /** Of the first trace; those that follow have the numbers that follow. */
  readonly seed: number;
  readonly captures: readonly (readonly Uint8Array[])[];
  /** One trace in so many is read by ct-accept. */
  readonly acceptOneIn: number;
  /** Bytes that a trace may have at most. */
  readonly largestTrace: number;
}

/** What became of the inputs. */
export interface WireOutcome {
  whole: number;
  broken: number;
}

/** Fails with the seed of the input that the decoder did worse on than to call it broken. */
export async function checkRandomInputs(runs: WireRuns): Promise<WireOutcome> {
  const outcome = { whole: 0, broken: 0 };
  for (let traces = 0; outcome.whole + outcome.broken < runs.count; traces++) {
    const seed = runs.seed + traces;
    try {
      const file = checkTrace(randomNumbers(seed), runs, outcome);
      if (traces % runs.acceptOneIn === 0) await accepted(file);
    } catch (error) {
      throw new Error(`the trace of seed ${seed}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  return outcome;
}

function checkTrace(below: Below, runs: WireRuns, outcome: WireOutcome): MemoryFile {
  const captured = runs.captures[below(4 * runs.captures.length)] ?? null;
  const file = new MemoryFile();
  const spool = new MemorySpool();
  const writer = new TraceWriter(file, spool, METADATA);
  const relays = below(4) === 0;
  const transcoder: Transcoder = new Transcoder(
    writer,
    METADATA.program,
    relays
      ? {
        streams: [1, 2],
        joined: below(2) === 0,
        written: (stream) => transcoder.relayed(stream, RELAYED, 0, RELAYED.length, true),
      }
      : undefined,
  );
  let taken = 0;
  const take = (input: Uint8Array) => {
    taken += input.length;
    const at = transcoder.records(input, 0, input.length, false, below(input.length + 1));
    transcoder.records(input, at, input.length, below(20) === 0);
  };
  if (captured === null) { for (const one of DEFINED) take(Uint8Array.from(one)); }
  try {
    for (let n = below(20); n >= 0; n--) {
      // A program defines what it has once.
      take(randomInput(below, taken === 0 ? captured : null));
      outcome.whole++;
    }
  } catch (error) {
    if (!(error instanceof BrokenRecord)) throw error;
    outcome.broken++;
  }
  // What came before stands, and can be finished.
  transcoder.finish({ kind: "exited", code: 0 }, null);
  writer.finish();
  let size = file.length;
  for (const spooled of spool.files.values()) size += spooled.length;
  assert.ok(size <= runs.largestTrace, `${taken} bytes became ${size}`);
  return file;
}

async function accepted(file: MemoryFile): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".ct" });
  try {
    await Deno.writeFile(path, file.bytes);
    acceptStrict(path);
  } finally {
    await Deno.remove(path);
  }
}
