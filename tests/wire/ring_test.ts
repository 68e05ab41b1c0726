import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TargetError } from "../../src/errors/mod.ts";
import { readInt, readLength, skip, TYPE_TRUE, TYPE_TUPLE } from "../../src/wire/marshal.ts";
import {
  AGENT_PID,
  FILLED,
  FREED,
  HEADER_SIZE,
  HEARTBEAT,
  PIECE,
  RECORDER_PID,
  RECORDER_STOPPED,
  SEGMENT_COUNT,
  SEGMENT_SIZE,
} from "../../src/wire/protocol.ts";
import { createRing, RingFile } from "../../src/wire/ring_file.ts";
import { run, type RunResult } from "../support/processes.ts";
import {
  anyPython,
  forEachPython,
  needsPythons,
  PUSH_VERSIONS,
  type Python,
} from "../support/pythons.ts";

needsPythons(PUSH_VERSIONS);

const AGENT = fileURLToPath(new URL("../../src/agent/python", import.meta.url));
const WRITER = fileURLToPath(new URL("ring_writer.py", import.meta.url));

interface Written {
  readonly writer: number;
  readonly number: number;
  readonly padding: number;
}

interface Reading {
  readonly records: readonly Written[];
  /** Segments that came full. */
  readonly segments: number;
  readonly children: number;
  readonly words: readonly string[];
  readonly result: RunResult;
}

interface ReadingOptions {
  /** Milliseconds between a segment's reading and the next look. */
  readonly slowness?: number;
  /** Changes the new ring before the writer sees it. */
  readonly prepare?: (path: string) => void;
  /** Nobody takes anything until the writer has ended. */
  readonly deaf?: boolean;
}

/** The records of a segment; stops at the first byte that is zero, as the recorder does. `long` is the one in pieces. */
function parse(segment: Uint8Array, into: Written[], long: number[]): number {
  let at = 0;
  while (at < segment.length && segment[at] !== 0) {
    assert.equal(segment[at], TYPE_TUPLE);
    const next = skip(segment, at, segment.length);
    const second = skip(segment, at + 5, next);
    const third = skip(segment, second, next);
    if (readInt(segment, at + 5) === PIECE) {
      const data = skip(segment, third, next) + 5;
      for (const byte of segment.subarray(data, next - 1)) long.push(byte);
      if (segment[third] === TYPE_TRUE) parse(Uint8Array.from(long.splice(0)), into, []);
      at = next;
      continue;
    }
    into.push({
      writer: readInt(segment, at + 5),
      number: readInt(segment, second),
      padding: readLength(segment, third),
    });
    at = next;
  }
  return at;
}

async function read(python: Python, mode: string, options: ReadingOptions = {}): Promise<Reading> {
  const folder = await Deno.makeTempDir({ prefix: "ct-ring-" });
  try {
    const path = join(folder, "ring");
    createRing(path);
    options.prepare?.(path);
    using ring = new RingFile(path);
    const sizes = [HEADER_SIZE, SEGMENT_SIZE, SEGMENT_COUNT].map(String);
    let ended = false;
    const running = run([python.path, WRITER, AGENT, path, mode, ...sizes]).finally(() =>
      ended = true
    );
    running.catch(() => {}); // awaited below
    const records: Written[] = [], long: number[] = [];
    while (true) {
      // In this order: what was handed over before the end is seen after it.
      const last = ended;
      // A slow one lets the writer wait each time, however slow that is itself.
      const least = options.slowness && !last ? SEGMENT_COUNT : 1;
      while (!options.deaf && ring.waiting() >= least) {
        if (options.slowness) await new Promise((resolve) => setTimeout(resolve, options.slowness));
        ring.giveBack(parse(ring.nextSegment(), records, long));
      }
      if (last) break;
      if (!options.deaf) ring.beat();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (!options.deaf) parse(ring.nextSegment(), records, long);
    const result = await running;
    const [claimed, ...words] = result.stdout.trimEnd().split("\n");
    assert.equal(result.stderr, "");
    assert.equal(claimed, "True");
    return { records, segments: ring.freed, children: ring.agentSide().children, words, result };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function onEachPython(name: string, body: (python: Python) => Promise<void>): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) => forEachPython(t, PUSH_VERSIONS, body),
  });
}

const numbersOf = (records: readonly Written[], writer: number) =>
  records.filter((record) => record.writer === writer).map((record) => record.number);
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

onEachPython(
  "every record arrives once, whole and in order, around the ring many times",
  async (python) => {
    const { records, segments } = await read(python, "in_order");
    assert.deepEqual(numbersOf(records, 0), upTo(400));
    assert.ok(segments > 10 * SEGMENT_COUNT, `${segments} segments`);
    assert.ok(
      records.some(({ padding }) => padding > SEGMENT_SIZE - 32),
      "one that fills a segment",
    );
  },
);

onEachPython("a record that fits no segment comes in pieces", async (python) => {
  const { records } = await read(python, "too_long");
  assert.deepEqual(numbersOf(records, 0), [0, 1, 2, 4]);
  assert.equal(records[1]?.padding, SEGMENT_SIZE);
});

onEachPython("threads share the ring, and none of their records is lost", async (python) => {
  const { records } = await read(python, "threads");
  for (const writer of [0, 1, 2, 3]) assert.deepEqual(numbersOf(records, writer), upTo(15000));
});

onEachPython("a slow reader holds the program up and loses nothing", async (python) => {
  const { records } = await read(python, "in_order", { slowness: 5 });
  assert.deepEqual(numbersOf(records, 0), upTo(400));
});

onEachPython(
  "a signal handler that raises while the ring is full tears no record",
  async (python) => {
    const { records, words } = await read(python, "raising_handler", { slowness: 10 });
    const numbers = numbersOf(records, 0);
    assert.ok(words.length > 0, "no handler ran while the ring was full");
    for (let n = 1; n < numbers.length; n++) {
      assert.ok(
        numbers[n]! > numbers[n - 1]!,
        `${numbers[n]} after ${numbers[n - 1]}: twice, or out of order`,
      );
    }
    const have = new Set(numbers);
    for (const word of words) assert.ok(have.has(Number(word)), `record ${word} is missing`);
  },
);

onEachPython(
  "a signal handler that writes while the ring is full gets its records through",
  async (python) => {
    const { records, words } = await read(python, "writing_handler", { slowness: 10 });
    assert.deepEqual(numbersOf(records, 0), upTo(20000));
    assert.ok(Number(words[0]) > 0);
    // Those of a handler that interrupted another may overtake it.
    assert.deepEqual(numbersOf(records, 1).sort((a, b) => a - b), upTo(Number(words[0])));
  },
);

onEachPython("a recorder that died is noticed, and the program goes on", async (python) => {
  const gone = new Deno.Command(python.path, { args: ["-c", ""] }).spawn();
  await gone.status;
  const { words } = await read(python, "nobody_reads", {
    deaf: true,
    prepare: (path) => {
      using file = Deno.openSync(path, { write: true });
      file.seekSync(RECORDER_PID, Deno.SeekMode.Start);
      file.writeSync(new Uint8Array(new Uint32Array([gone.pid]).buffer));
    },
  });
  const [seconds, discards] = words;
  assert.ok(Number(seconds) < 10, `${seconds} s`);
  assert.equal(discards, "True");
});

onEachPython("a recorder that stopped is not waited for", async (python) => {
  const { words } = await read(python, "nobody_reads", {
    deaf: true,
    prepare: (path) => {
      using ring = new RingFile(path);
      ring.setState(RECORDER_STOPPED);
    },
  });
  assert.equal(words[1], "True");
});

onEachPython("a forked child writes nothing and is counted", async (python) => {
  const { records, words, children } = await read(python, "forked");
  assert.deepEqual(words, ["7"]);
  assert.deepEqual(records.map(({ writer, number }) => [writer, number]), [[0, 0], [0, 1]]);
  assert.equal(children, 1);
});

onEachPython("what a forked child drops of other threads writes nothing", async (python) => {
  const { records, words, children } = await read(python, "forked_among_threads");
  assert.deepEqual(words, ["7", "[]", "True", "7", "[]", "True"]);
  assert.deepEqual(records.map(({ writer, number }) => [writer, number]), [[0, 0], [0, 1], [0, 2]]);
  assert.equal(children, 2);
});

onEachPython("records come in order while the program forks, unless detached", async (python) => {
  const { records, words } = await read(python, "written_while_forking");
  assert.deepEqual(words, ["True", "True", "True"]);
  assert.deepEqual(numbersOf(records, 0), upTo(4));
});

onEachPython("what was written before a SIGKILL is there", async (python) => {
  const { records, result } = await read(python, "killed");
  assert.equal(result.signal, "SIGKILL");
  assert.deepEqual(numbersOf(records, 0), upTo(12346));
});

onEachPython("a second process does not attach", async (python) => {
  const { words } = await read(python, "second_claim");
  assert.deepEqual(words, ["False"]);
});

onEachPython("the mappings take no low descriptor number away", async (python) => {
  const { words } = await read(python, "descriptors");
  const taken: number[] = JSON.parse(words[0]!);
  // Older Pythons keep a descriptor for each mapping.
  assert.equal(taken.length, python.minor >= 13 ? 0 : 1 + SEGMENT_COUNT);
  assert.ok(taken.every((number) => number >= 100), words[0]);
});

onEachPython(
  "a signal handler's exception leaves no descriptor open, and the lock free",
  async (python) => {
    for (const way of ["opened_under_interruptions", "handed_over_under_interruptions"]) {
      const { words } = await read(python, way);
      assert.equal(words.length, 1, `${way}: ${words}`);
      assert.ok(Number(words[0]) > 12, words[0]);
    }
    assert.deepEqual((await read(python, "taken_under_interruption")).words, ["raised", "False"]);
  },
);

Deno.test("a ring of another version is refused by the agent", async () => {
  const python = await anyPython();
  const folder = await Deno.makeTempDir({ prefix: "ct-ring-" });
  try {
    const path = join(folder, "ring");
    createRing(path);
    using file = Deno.openSync(path, { write: true });
    file.seekSync(7, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array([99]));
    const sizes = [HEADER_SIZE, SEGMENT_SIZE, SEGMENT_COUNT].map(String);
    const { status, stderr } = await run([python.path, WRITER, AGENT, path, "in_order", ...sizes]);
    assert.equal(status, 1);
    assert.match(stderr, /another version/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a new ring is written in full and knows its recorder", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-ring-" });
  try {
    const path = join(folder, "ring");
    createRing(path);
    const bytes = await Deno.readFile(path);
    assert.equal(bytes.length, HEADER_SIZE + SEGMENT_COUNT * SEGMENT_SIZE);
    const { blocks, mode } = await Deno.stat(path);
    // A hole in a file on a full disk would kill the program that writes there.
    if (blocks !== null) assert.ok(blocks * 512 >= bytes.length);
    if (mode !== null) assert.equal(mode & 0o777, 0o600);
    const view = new DataView(bytes.buffer);
    assert.equal(view.getUint32(RECORDER_PID, true), Deno.pid);
    assert.equal(view.getUint32(AGENT_PID, true), 0);
    assert.throws(() => createRing(path), Deno.errors.AlreadyExists);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("numbers of segments that no agent can have filled are the program's doing", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "ring");
  createRing(path);
  using ring = new RingFile(path);
  using file = Deno.openSync(path, { read: true, write: true });
  const put = (offset: number, value: bigint) => {
    file.seekSync(offset, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array(BigUint64Array.of(value).buffer));
  };
  const get = (offset: number) => {
    const bytes = new Uint8Array(8);
    file.seekSync(offset, Deno.SeekMode.Start);
    file.readSync(bytes);
    return new BigUint64Array(bytes.buffer)[0];
  };
  for (const filled of [0n, 1n, BigInt(SEGMENT_COUNT)]) {
    put(FILLED, filled);
    assert.equal(ring.waiting(), Number(filled));
  }
  ring.giveBack(0);
  ring.giveBack(0);
  assert.equal(ring.waiting(), SEGMENT_COUNT - 2);
  for (const filled of [0n, 1n, BigInt(SEGMENT_COUNT + 3), 1n << 60n, (1n << 64n) - 1n]) {
    put(FILLED, filled);
    assert.throws(() => ring.waiting(), (error) => {
      assert.ok(error instanceof TargetError);
      assert.equal(error.code, "ERR_CHANNEL_CORRUPT");
      return true;
    });
  }
  // The agent would wait for a segment that was given back long ago.
  put(FREED, 0n);
  ring.beat();
  assert.equal(get(FREED), 2n);
  assert.equal(get(HEARTBEAT), 1n);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a ring that was cut short is the program's doing", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "ring");
  createRing(path);
  using ring = new RingFile(path);
  Deno.truncateSync(path, HEADER_SIZE + 100);
  assert.throws(() => ring.nextSegment(), (error) => {
    assert.ok(error instanceof TargetError);
    assert.equal(error.code, "ERR_CHANNEL_CORRUPT");
    assert.deepEqual(error.context, { offset: HEADER_SIZE, expected: SEGMENT_SIZE, read: 100 });
    return true;
  });
  await Deno.remove(folder, { recursive: true });
});
