import assert from "node:assert/strict";
import fc from "fast-check";
import { Transcoder } from "../../src/recording/transcoder.ts";
import { exitStateOf, type ProgramStatus } from "../../src/session/exit_state.ts";
import { TraceWork } from "../../src/recording/trace_worker.ts";
import { WORK_FILES } from "../../src/recording/work_files.ts";
import { TraceWriter } from "../../src/trace/trace_writer.ts";
import { BrokenRecord } from "../../src/wire/marshal.ts";
import * as wire from "../../src/wire/protocol.ts";
import { createRing } from "../../src/wire/ring_file.ts";
import { SharedState } from "../../src/recording/shared_state.ts";
import { acceptEvents, type JsonObject } from "../support/ct_accept.ts";
import { MemoryFile, MemorySpool } from "../trace/_memory_store.ts";
import { type Packed, packed } from "./_packed.ts";
import { dumps, Float, MARK, type PyValue, tuple } from "./_marshal.ts";

const METADATA = {
  recordingId: "01890a5d-ac96-774b-bcce-b302099a8057",
  program: "/p/main.py",
  args: [],
  workdir: "/p",
  recorder: "test",
};
const OK: ProgramStatus = { code: 0, signal: null };
const FAILED: ProgramStatus = { code: 1, signal: null };

const bytes = (s: string) => new TextEncoder().encode(s);
const record = (...items: PyValue[]) => dumps(tuple(...items, null));

// Three functions in one file of 40 lines: code and layout 0 to 2. Layout 1 has the parameter x.
const SOURCE = Array.from({ length: 40 }, (_, n) => `line ${n + 1}\n`).join("");
const DEFINITIONS = [
  record(wire.HELLO, "/p", 1234, "3.13.0"),
  record(wire.PATH, 0, "main.py"),
  record(wire.SOURCE, 0, bytes(SOURCE.slice(0, 100))),
  record(wire.SOURCE, 0, bytes(SOURCE.slice(100))),
  record(wire.CODE, 0, 0, 1, "<__main__>", tuple(), 0, tuple()),
  record(wire.CODE, 1, 0, 10, "f", tuple("x", "y"), 0, tuple(11, 2)),
  record(wire.CODE, 2, 0, 20, "g", tuple(), 0, tuple()),
  record(wire.LAYOUT, 0, 0, tuple(), tuple(), tuple()),
  record(wire.LAYOUT, 1, 1, tuple("x", "n"), tuple(), tuple()),
  record(wire.LAYOUT, 2, 2, tuple(), tuple(), tuple()),
].flat();

const call = (code: number, thread = 0) => record(wire.CALL, code, thread);
const resume = (code: number, thread = 0) => record(wire.RESUME, code, thread);
const returns = (code: number, value: PyValue = null, thread = 0) =>
  record(wire.RETURN, code, thread, value);
const yields = (code: number, value: PyValue = null, thread = 0) =>
  record(wire.YIELD, code, thread, value);
const unwinds = (code: number, value: PyValue, thread = 0) =>
  record(wire.UNWIND, code, thread, value);
const step = (code: number, line: number, thread = 0) => record(code, line, thread);
const stepF = (line: number, x: PyValue, n: PyValue, thread = 0) => record(1, line, thread, x, n);
const output = (stream: number, text: string, thread = 0) =>
  record(wire.OUTPUT, stream, thread, bytes(text));
/** A record as it comes where no segment has room for it; here in two. */
const inPieces = (number: number, whole: number[]) => {
  const middle = whole.length >> 1;
  return [
    record(wire.PIECE, number, false, Uint8Array.from(whole.slice(0, middle))),
    record(wire.PIECE, number, true, Uint8Array.from(whole.slice(middle))),
  ];
};
const error = (type: string, message: string) =>
  tuple(MARK, wire.EXCEPTION, type, [message], message, tuple(), []);

interface Transcoded {
  readonly file: MemoryFile;
  readonly transcoder: Transcoder;
  readonly uncaught: string | null;
  /** Where the records ended. */
  readonly end: number;
}

function transcode(
  records: readonly number[][],
  end: ProgramStatus = OK,
  after: number[] = [0, 0],
): Transcoded {
  const file = new MemoryFile();
  const writer = new TraceWriter(file, new MemorySpool(), METADATA);
  const transcoder = new Transcoder(writer, METADATA.program);
  const data = Uint8Array.from([...DEFINITIONS, ...records.flat(), ...after]);
  const consumed = transcoder.records(data, 0, data.length, true);
  const facts = { uncaught: transcoder.uncaught, replaced: false, disabled: false };
  const state = exitStateOf(end, facts);
  transcoder.finish(state, null);
  writer.finish();
  const uncaught = state.kind === "uncaught" ? state.exception : null;
  return { file, transcoder, uncaught, end: consumed - DEFINITIONS.length };
}

async function accepted(file: MemoryFile): Promise<readonly JsonObject[]> {
  const path = await Deno.makeTempFile({ suffix: ".ct" });
  try {
    await Deno.writeFile(path, file.bytes);
    return acceptEvents(path).events;
  } finally {
    await Deno.remove(path);
  }
}

/** The trace as ct-accept reads it, one short word per event. */
async function story(records: readonly number[][], end: ProgramStatus = OK): Promise<string[]> {
  const { file } = transcode(records, end);
  return (await accepted(file)).map(word);
}

// deno-lint-ignore no-explicit-any
function word(event: any): string {
  const shown = (value: JsonObject) => value.r ?? value.msg ?? value.i ?? value.text ?? value.kind;
  switch (event.kind) {
    case "call_entry": {
      const args = event.args.map((a: JsonObject) =>
        `${a.varname}=${shown(a.value as JsonObject)}`
      );
      return `> ${event.function}(${args.join(", ")})`;
    }
    case "call_exit":
      return `< ${event.function}` +
        (event.exception ? ` raised ${shown(event.exception)}` : ` = ${shown(event.return_value)}`);
    case "step": {
      const vars = event.vars.map((v: JsonObject) =>
        `${v.varname}=${shown(v.value as JsonObject)}`
      );
      if (event.step_kind === "sekRaise" || event.step_kind === "sekCatch") {
        return [event.step_kind, event.exception_message ?? "", ...vars].join(" ");
      }
      if (/Thread/.test(event.step_kind)) return `${event.step_kind} ${event.thread_id}`;
      return `${event.line}:${event.column}` + (vars.length > 0 ? ` ${vars.join(" ")}` : "");
    }
    case "io":
      return `${event.io_kind} at ${event.step_id}: ${JSON.stringify(event.text)}`;
    default:
      return [event.kind, event.thread_id ?? ""].join(" ").trim();
  }
}

Deno.test("calls, steps, values and returns", async () => {
  assert.deepEqual(
    await story([
      call(0),
      step(0, 1),
      call(1),
      stepF(10, 5, "a"),
      stepF(11, 5, "b"),
      returns(1, 6),
      step(0, 2),
      returns(0),
    ]),
    [
      "> <toplevel>()",
      "> <__main__>()",
      "1:1",
      "> f(x=5)",
      "10:1 x=5 n=a",
      "11:3 x=5 n=b",
      "< f = 6",
      "2:1",
      "< <__main__> = None",
      "< <toplevel> = 0",
    ],
  );
});

const packedStep = (site: number, thread: number, ...values: Packed[]) =>
  packed(wire.PACKED_LINE, site, thread, ...values);
const SITES = [
  record(wire.SITE, 0, 0, 2, ""),
  record(wire.SITE, 1, 1, 11, "if"),
  record(wire.SITE, 2, 1, 11, "nb"),
  record(wire.SITE, 3, 1, 11, "kf"),
];
const KEPT = [
  record(wire.KEPT, 5, 2 ** 20, wire.LIST, tuple(1, "a"), 0),
  record(wire.KEPT, 511, 9, wire.TUPLE, tuple(null), 7),
];
const asKept = (slot: number, version: number) => tuple(MARK, wire.AS_KEPT, slot, version);
/** A slot and a version, as a packed line has them. */
const packedKept = (slot: bigint, version: bigint) => slot | version << 32n;

Deno.test("a packed line tells what the line would, and a packed return what the return would", async () => {
  const general = [
    stepF(11, 2n ** 40n, new Float(0.5)),
    stepF(11, null, true),
    stepF(11, -1, new Float(0.5)),
    stepF(11, asKept(5, 2 ** 20), new Float(0.5)),
    stepF(11, asKept(511, 9), new Float(1.5)),
    step(0, 2, 7),
    returns(0, null, 7),
    yields(1, -(2n ** 63n)),
    resume(1),
    stepF(11, null, true),
    returns(1, 2n ** 62n),
    step(0, 2),
    call(2),
    step(2, 20),
    yields(2),
  ];
  const short = [
    packedStep(1, 0, 2n ** 40n, 0.5),
    packedStep(2, 0, null, true),
    packedStep(1, 0, -1n, 0.5),
    packedStep(3, 0, 0.5, packedKept(5n, 2n ** 20n)),
    packedStep(3, 0, 1.5, packedKept(511n, 9n)),
    packedStep(0, 7),
    packed(wire.PACKED_RETURN_NONE, 0, 7),
    packed(wire.PACKED_YIELD, 1, 0, -(2n ** 63n)),
    resume(1),
    packedStep(2, 0, null, true),
    packed(wire.PACKED_RETURN, 1, 0, 2n ** 62n),
    packedStep(0, 0),
    call(2),
    step(2, 20),
    packed(wire.PACKED_YIELD_NONE, 2, 0),
  ];
  const before = [...KEPT, call(0), step(0, 1), call(1), stepF(10, 5, "a")];
  const told = await story([...SITES, ...before, ...short]);
  assert.deepEqual(told, await story([...before, ...general]));
  assert.ok(told.length > 20, told.join("; "));
});

// The layout of f's first line, where that tells of the call.
const ENTERING = record(wire.LAYOUT, 3, 1, tuple("x", "n"), tuple(), tuple(), true);
const enteringF = (x: PyValue, n: PyValue, thread = 0) => record(3, 10, thread, x, n);

Deno.test("a line that enters tells what a call and that line would, however deep", async () => {
  const within = (first: (x: number, thread?: number) => number[][]) => [
    call(0),
    step(0, 1),
    ...first(5),
    stepF(11, 5, "a"),
    ...first(4),
    ...first(3), // from the first line of the one around it
    returns(1, 3),
    stepF(11, 4, "a"),
    ...first(2, 7),
    unwinds(1, error("builtins:ValueError", "no"), 7),
    returns(1, 4),
    returns(1, 5),
    ...first(6),
    stepF(11, 6, "a"),
    returns(1, 6),
  ];
  const told = await story([ENTERING, ...within((x, thread) => [enteringF(x, "a", thread)])]);
  const general = within((x, thread) => [call(1, thread), stepF(10, x, "a", thread)]);
  assert.deepEqual(told, await story(general));
  assert.equal(told.filter((each) => each.startsWith("> f(")).length, 7, told.join("; "));
});

Deno.test("a call that has been told of is not entered again by its first line", async () => {
  const told = await story([
    ENTERING,
    ...[call(0), step(0, 1), call(1), enteringF(5, "a"), call(1), enteringF(4, "a")],
    ...[returns(1, 1), returns(1, 2), enteringF(3, "a"), returns(1, 3)],
  ]);
  assert.deepEqual(told.filter((each) => /^[<>] f/.test(each)), [
    "> f(x=5)",
    "> f(x=4)",
    "< f = 1",
    "< f = 2",
    "> f(x=3)",
    "< f = 3",
  ]);
});

Deno.test("packed lines of outside of the window are not shown", async () => {
  const opened = [...SITES, record(wire.WINDOW, 0), record(wire.WINDOW, 1)];
  const closed = [
    record(wire.WINDOW, 0),
    packedStep(1, 0, 1n, 1),
    packed(wire.PACKED_RETURN, 0, 0, 1n),
  ];
  const told = await story([
    ...opened,
    packedStep(1, 0, 1n, 1),
    call(0),
    packedStep(0, 0),
    ...closed,
    packed(wire.PACKED_RETURN_NONE, 0, 0),
  ]);
  assert.deepEqual(told, [
    "> <toplevel>()",
    "> <__main__>()",
    "2:1",
    "< <__main__> = Void",
    "< <toplevel> = 0",
  ]);
});

Deno.test("a record in pieces counts where its last piece is, whatever comes in between", async () => {
  const [first, second] = [inPieces(0, returns(1, 6)), inPieces(1, stepF(11, "a", 7))];
  const packedLine = inPieces(2, packedStep(0, 0));
  const told = await story([
    ...SITES,
    call(0),
    ...packedLine,
    call(1),
    first[0]!,
    stepF(10, "a", 6),
    second[0]!,
    packedStep(1, 0, 1n, 1),
    second[1]!,
    first[1]!,
    inPieces(3, step(0, 9))[0]!, // the program was killed
  ]);
  assert.deepEqual(
    told,
    await story([
      ...SITES,
      call(0),
      packedStep(0, 0),
      call(1),
      stepF(10, "a", 6),
      packedStep(1, 0, 1n, 1),
      stepF(11, "a", 7),
      returns(1, 6),
    ]),
  );
});

Deno.test("a window that closes ends all calls, and what is late or from outside is not shown", async () => {
  const told = await story([
    record(wire.WINDOW, 0),
    call(0),
    step(0, 1),
    output(1, "early"),
    record(wire.WINDOW, 1),
    step(0, 2), // of a call from before the window
    call(1),
    stepF(10, 5, "a"),
    call(2, 7),
    step(2, 20, 7),
    record(wire.WINDOW, 0),
    step(2, 21, 7), // late, from another thread
    call(0, 7),
    returns(1, 6),
    output(1, "late"),
    record(wire.WINDOW, 1),
    step(0, 3, 7), // its call came late, too
    returns(2, 9, 7),
    call(2),
    step(2, 22),
    returns(2, 8),
    step(0, 4),
  ]);
  assert.deepEqual(told, [
    "> <toplevel>()",
    "> f(x=5)",
    "10:1 x=5 n=a",
    "< f = <goes on after a thread switch>",
    "> g()",
    "sekThreadStart 1",
    "20:1",
    "< g = Void",
    "> f(x=5)",
    "sekThreadSwitch 0",
    "< f = Void",
    "> g()",
    "22:1",
    "< g = 8",
    "< <toplevel> = 0",
  ]);
});

Deno.test("a call or resumption without a step leaves no record", async () => {
  const told = await story([
    call(0),
    step(0, 1),
    call(1),
    returns(1, 1),
    resume(2),
    yields(2, 2),
    call(1),
    unwinds(1, error("builtins:ValueError", "no")),
    step(0, 2),
    returns(0),
  ]);
  assert.deepEqual(told.slice(1, -1), ["> <__main__>()", "1:1", "2:1", "< <__main__> = None"]);
});

Deno.test("a call without a step of its own is there when it calls something that has one", async () => {
  const told = await story([
    call(0),
    step(0, 1),
    call(1),
    call(2),
    step(2, 20),
    returns(2),
    returns(1, 1),
    returns(0),
  ]);
  assert.deepEqual(told.slice(3, 7), ["> f()", "> g()", "20:1", "< g = None"]);
});

Deno.test("each piece of a generator is a call", async () => {
  const told = await story([
    call(0),
    step(0, 1),
    call(2),
    step(2, 20),
    yields(2, 7),
    resume(2),
    step(2, 21),
    returns(2, 8),
    step(0, 2),
    returns(0),
  ]);
  assert.deepEqual(told.slice(3, 9), ["> g()", "20:1", "< g = 7", "> g()", "21:1", "< g = 8"]);
});

Deno.test("an exception is in the exception field of each call that it leaves", async () => {
  const boom = error("builtins:ValueError", "boom");
  const { file, uncaught } = transcode([
    call(0),
    step(0, 1),
    call(1),
    stepF(10, 1, 2),
    unwinds(1, boom),
    unwinds(0, boom),
  ], FAILED);
  assert.equal(uncaught, "ValueError");
  assert.deepEqual((await accepted(file)).map(word).slice(-4), [
    'ioError at 1: "ValueError: boom"',
    "< f raised ValueError: boom",
    "< <__main__> raised ValueError: boom",
    "< <toplevel> raised ValueError: boom",
  ]);
});

Deno.test("an exception that the program survived is not its end", async () => {
  const boom = error("builtins:ValueError", "boom");
  for (
    const [records, end] of [
      [[call(0), step(0, 1), unwinds(0, boom)], OK],
      [[call(0), step(0, 1), record(wire.UNWIND, 0, 0, error("app:Stop", "3"), true)], {
        code: 3,
        signal: null,
      }],
      [
        [call(0), step(0, 1), call(1, 7), stepF(10, 1, 2, 7), unwinds(1, boom, 7), returns(0)],
        FAILED,
      ],
    ] as const
  ) {
    const { file, uncaught } = transcode(records, end);
    assert.equal(uncaught, null);
    const told = (await accepted(file)).map(word);
    assert.equal(told.at(-1), `< <toplevel> = ${end.code}`);
    assert.ok(!told.some((event) => event.startsWith("ioError")));
  }
});

Deno.test("an exception that left no frame ended the program, one printed in a call did not", () => {
  const printed = record(wire.UNCAUGHT, error("builtins:SyntaxError", "s"));
  assert.equal(transcode([printed], FAILED).uncaught, "SyntaxError");
  const inside = [call(0), step(0, 1), printed];
  assert.equal(transcode(inside, FAILED).uncaught, null);
  const boom = unwinds(0, error("builtins:ValueError", "boom"));
  assert.equal(transcode([...inside, boom, printed], FAILED).uncaught, "ValueError");
});

Deno.test("functions that run at exit don't hide the exception that ended the program", () => {
  const boom = error("builtins:ValueError", "boom");
  const records = [call(0), step(0, 1), unwinds(0, boom), call(1), stepF(10, 1, 2), returns(1)];
  assert.equal(transcode(records, FAILED).uncaught, "ValueError");
});

Deno.test("how the program ended is the root's return value", async () => {
  const records = [call(0), step(0, 1)];
  assert.equal((await story(records, { code: 3, signal: null })).at(-1), "< <toplevel> = 3");
  assert.equal(
    (await story(records, { code: null, signal: "SIGKILL" })).at(-1),
    "< <toplevel> = <signal SIGKILL>",
  );
  assert.equal(
    (await story(records, { code: null, signal: null })).at(-1),
    "< <toplevel> = <exit>",
  );
});

const raises = (value: PyValue, thread = 0) => record(wire.RAISE, thread, value);
const catches = (type: string, thread = 0) => record(wire.CATCH, thread, type);

Deno.test("what is raised and caught stands in its call, with the values of the step it follows", async () => {
  const boom = error("builtins:ValueError", "boom");
  assert.deepEqual(
    await story([
      raises(boom), // ahead of all steps: there is no place for it
      call(0),
      step(0, 1),
      call(1),
      raises(boom), // ahead of the call's first: it is told in the one around
      stepF(10, 5, "a"),
      raises(boom),
      catches("builtins:ValueError"),
      raises(tuple(MARK, wire.EXCEPTION, "m:E", [1, "x"], null, tuple(), [])),
      unwinds(1, boom),
      raises(boom), // the step before is another call's
      catches("builtins:ValueError"),
      returns(0),
    ]),
    [
      "> <toplevel>()",
      "> <__main__>()",
      "1:1",
      "sekRaise boom",
      "> f(x=5)",
      "10:1 x=5 n=a",
      "sekRaise boom x=5 n=a",
      "sekCatch  x=5 n=a",
      "sekRaise 1, x x=5 n=a",
      "< f raised ValueError: boom",
      "sekRaise boom",
      "sekCatch ",
      "< <__main__> = None",
      "< <toplevel> = 0",
    ],
  );
});

Deno.test("a thread that ended is told so, and one of the same number is another", async () => {
  const begins = (name: string | null) => record(wire.THREAD_BEGUN, 7, name);
  const ends = record(wire.THREAD_ENDED, 7);
  const { file } = transcode([
    call(0),
    step(0, 1),
    ends, // of one that never was
    begins("one"),
    call(1, 7),
    stepF(10, 5, "a", 7),
    output(1, "x", 7),
    returns(1, 6, 7),
    ends,
    begins("none of its code is recorded"),
    ends,
    begins("two"),
    call(2, 7),
    step(2, 21, 7),
    output(1, "y", 7),
    begins(null), // the end of the one before was not seen
    call(2, 7),
    step(2, 22, 7),
    output(1, "z", 7),
    returns(2, null, 7),
    step(0, 2),
    ends,
    returns(0),
  ]);
  const events = await accepted(file);
  const told = events.filter(({ kind }) => kind === "step" || kind === "io").map((event) =>
    event["kind"] === "io" ? event["metadata"] : word(event)
  );
  assert.deepEqual(told, [
    "1:1",
    "sekThreadStart 1",
    "10:1 x=5 n=a",
    '{"stream":"stdout","thread":1,"thread_name":"one"}',
    "sekThreadExit 1",
    "sekThreadStart 3",
    "21:1",
    '{"stream":"stdout","thread":3,"thread_name":"two"}',
    "sekThreadExit 3",
    "sekThreadStart 4",
    "22:1",
    '{"stream":"stdout","thread":4}',
    "sekThreadSwitch 0",
    "2:1",
    "sekThreadExit 4",
  ]);
});

Deno.test("what another thread raises brings that thread in, if it has calls with steps", async () => {
  const boom = error("builtins:ValueError", "boom");
  assert.deepEqual(
    await story([
      call(0),
      step(0, 1),
      call(1, 7),
      raises(boom, 7), // of no call with a step
      stepF(10, 5, "a", 7),
      step(0, 2),
      call(2, 7),
      raises(boom, 7),
      unwinds(2, boom, 7),
      returns(1, 6, 7),
      returns(0),
    ]),
    [
      "> <toplevel>()",
      "> <__main__>()",
      "1:1",
      "< <__main__> = <goes on after a thread switch>",
      "> f(x=5)",
      "sekThreadStart 1",
      "10:1 x=5 n=a",
      "< f = <goes on after a thread switch>",
      "> <__main__>()",
      "sekThreadSwitch 0",
      "2:1",
      "< <__main__> = <goes on after a thread switch>",
      "> f(x=5)",
      "sekThreadSwitch 1",
      "sekRaise boom",
      "< f = 6",
      "> <__main__>()",
      "sekThreadSwitch 0",
      "< <__main__> = None",
      "< <toplevel> = 0",
    ],
  );
});

Deno.test("what is raised outside of the window is not shown", async () => {
  const boom = error("builtins:ValueError", "boom");
  const told = await story([
    record(wire.WINDOW, 0),
    raises(boom),
    record(wire.WINDOW, 1),
    call(0),
    step(0, 1),
    record(wire.WINDOW, 0),
    raises(boom),
    record(wire.WINDOW, 1),
    catches("builtins:ValueError"),
  ]);
  assert.deepEqual(told.slice(2, 4), ["1:1", "< <__main__> = Void"]);
});

Deno.test("threads take turns: open calls are closed and go on as further pieces", async () => {
  const told = await story([
    call(0),
    step(0, 1),
    call(1, 99),
    stepF(10, 1, 2, 99),
    step(0, 2),
    stepF(11, 1, 3, 99),
    returns(1, 4, 99),
    step(0, 3),
    returns(0),
  ]);
  assert.deepEqual(told.slice(1), [
    "> <__main__>()",
    "1:1",
    "< <__main__> = <goes on after a thread switch>",
    "> f(x=1)",
    "sekThreadStart 1",
    "10:1 x=1 n=2",
    "< f = <goes on after a thread switch>",
    "> <__main__>()",
    "sekThreadSwitch 0",
    "2:1",
    "< <__main__> = <goes on after a thread switch>",
    "> f(x=1)",
    "sekThreadSwitch 1",
    "11:3 x=1 n=3",
    "< f = 4",
    "> <__main__>()",
    "sekThreadSwitch 0",
    "3:1",
    "< <__main__> = None",
    "< <toplevel> = 0",
  ]);
});

Deno.test("where a chunk begins with a thread, the copy of the step before is in that step's call", async () => {
  // The 4,096 records of the first chunk.
  const first = Array.from({ length: 4096 }, (_, n) => step(0, 1 + n % 3));
  const told = await story([
    call(0),
    ...first,
    call(1, 99),
    stepF(10, 1, 2, 99),
    returns(1, 4, 99),
    returns(0),
  ]);
  assert.deepEqual(told.slice(4096), [
    "3:1",
    "1:1",
    "1:1",
    "< <__main__> = <goes on after a thread switch>",
    "> f(x=1)",
    "sekThreadStart 1",
    "10:1 x=1 n=2",
    "< f = 4",
    "> <__main__>()",
    "sekThreadSwitch 0",
    "< <__main__> = None",
    "< <toplevel> = 0",
  ]);
});

Deno.test("a thread that begins is another one than who had its ident before", async () => {
  const started = record(wire.THREAD_BEGUN, 99, null);
  const told = await story([
    call(0),
    step(0, 1),
    started,
    call(2, 99),
    step(2, 20, 99),
    started, // the first one's end was lost
    call(2, 99),
    step(2, 21, 99),
    returns(2, null, 99),
    record(wire.THREAD_BEGUN, 0, null), // no thread is the main thread again
    step(0, 2),
    returns(0),
  ]);
  assert.deepEqual(told.slice(4, -1), [
    "> g()",
    "sekThreadStart 1",
    "20:1",
    "< g = Void",
    "sekThreadExit 1",
    "> g()",
    "sekThreadStart 2",
    "21:1",
    "< g = None",
    "> <__main__>()",
    "sekThreadSwitch 0",
    "2:1",
    "< <__main__> = None",
  ]);
});

Deno.test("a call without a step brings no thread in", async () => {
  const told = await story([
    call(0),
    step(0, 1),
    call(1, 99),
    returns(1, 4, 99),
    step(0, 2),
    returns(0),
  ]);
  assert.ok(!told.some((event) => event.startsWith("sekThread")), told.join("\n"));
});

Deno.test("the first step of all may come from any thread", async () => {
  const told = await story([
    call(1, 99),
    stepF(10, 1, 2, 99),
    returns(1, 4, 99),
    call(0),
    step(0, 1),
    returns(0),
  ]);
  assert.deepEqual(told.filter((event) => event.startsWith("sekThread")), [
    "sekThreadStart 1",
    "sekThreadSwitch 0",
  ]);
  assert.deepEqual(told.filter((event) => /^\d+:/.test(event)), ["1:1", "10:1 x=1 n=2", "1:1"]);
});

Deno.test("lost events: the line says which call it belongs to", async () => {
  // The return of g, and then the call of f, were lost to a signal handler's exception.
  const told = await story([
    call(0),
    step(0, 1),
    call(2),
    step(2, 20),
    step(0, 2),
    stepF(10, 1, 2),
    returns(1, 3),
    step(0, 3),
    returns(0),
  ]);
  assert.deepEqual(told.slice(3, -1), [
    "> g()",
    "20:1",
    "< g = Void",
    "2:1",
    "> f(x=1)",
    "10:1 x=1 n=2",
    "< f = 3",
    "3:1",
    "< <__main__> = None",
  ]);
});

Deno.test("lost events: a return ends what it encloses, and one of no open call is passed over", async () => {
  const told = await story([
    call(0),
    step(0, 1),
    call(1),
    stepF(10, 1, 2),
    call(2),
    step(2, 20),
    returns(1, 3),
    returns(2),
    step(0, 2),
  ]);
  assert.deepEqual(told.slice(-7), [
    "> g()",
    "20:1",
    "< g = Void",
    "< f = 3",
    "2:1",
    "< <__main__> = Void",
    "< <toplevel> = 0",
  ]);
});

Deno.test("lost events: what is in pieces goes on before it ends", async () => {
  const goesOn = "= <goes on after a thread switch>";
  const interrupted = [
    ...[call(0), step(0, 1), call(1), stepF(10, 5, "a"), call(2), step(2, 20), call(2)],
    ...[call(2, 7), step(2, 21, 7)],
  ];
  const told = [
    ...["> <toplevel>()", "> <__main__>()", "1:1", "> f(x=5)", "10:1 x=5 n=a", "> g()", "20:1"],
    ...[`< g ${goesOn}`, `< f ${goesOn}`, `< <__main__> ${goesOn}`],
    ...["> g()", "sekThreadStart 1", "21:1", `< g ${goesOn}`],
    ...["> <__main__>()", "> f(x=5)", "> g()", "sekThreadSwitch 0", "< g = Void"],
  ];
  // By a line of the caller, and by the caller's return. Calls that had no step yet leave nothing.
  assert.deepEqual(await story([...interrupted, step(0, 2)]), [
    ...[...told, "< f = Void", "2:1", "< <__main__> = Void", "< <toplevel> = 0"],
  ]);
  assert.deepEqual(await story([...interrupted, returns(1, 6), step(0, 2)]), [
    ...[...told, "< f = 6", "2:1", "< <__main__> = Void", "< <toplevel> = 0"],
  ]);
});

Deno.test("lost events: a tracer that is back says which calls still run", async () => {
  const calls = [call(0), step(0, 1), call(1), stepF(10, 5, "a"), call(1), stepF(10, 6, "b")];
  const back = (left?: number[]) =>
    record(wire.CONFLICT, "ERR_TRACE_INCOMPLETE", ...left === undefined ? [] : [tuple(...left)]);
  const printed = /^ioStdout at (\d): /;
  const told = async (left?: number[]) => {
    const all = await story([...calls, back(left), output(1, "x"), call(2), step(2, 20)]);
    const at = all.map((word) => printed.exec(word)?.[1]).filter((step) => step !== undefined);
    return { at, tree: all.slice(3, -2).filter((word) => !printed.test(word)) };
  };
  const begun = ["> f(x=5)", "10:1 x=5 n=a", "> f(x=6)", "10:1 x=6 n=b"];
  const [end, g] = ["< f = Void", ["> g()", "20:1", "< g = Void"]];
  assert.deepEqual(await told([0, 1]), { at: ["1"], tree: [...begun, end, ...g, end] });
  assert.deepEqual(await told([0]), { at: ["0"], tree: [...begun, end, end, ...g] });
  // A generator that was resumed meanwhile is none of these calls, nor is what it is in.
  assert.deepEqual(await told([0, 2, 1]), await told([0]));
  // Nobody knows, or no call is over.
  const within = { at: ["2"], tree: [...begun, ...g, end, end] };
  assert.deepEqual(await told(), within);
  assert.deepEqual(await told([0, 1, 1]), within);
  assert.deepEqual(await told([0, 1, 1, 2, 1]), within);
  assert.throws(() => transcode([...calls, back([9])]), BrokenRecord);
});

Deno.test("calls of other threads that end with the window are not taken for those of the next one", async () => {
  const told = await story([
    record(wire.WINDOW, 0),
    record(wire.WINDOW, 1),
    ...[call(2, 7), step(2, 20, 7), call(1), stepF(10, 5, "a"), returns(1, 6)],
    record(wire.WINDOW, 0),
    record(wire.WINDOW, 1),
    ...[call(1), stepF(10, 6, "b"), call(2, 7), step(2, 21, 7), returns(2, 8, 7)],
  ]);
  assert.deepEqual(told, [
    ...["> <toplevel>()", "1:1", "> g()", "sekThreadStart 1", "20:1"],
    "< g = <goes on after a thread switch>",
    ...["> f(x=5)", "sekThreadSwitch 0", "10:1 x=5 n=a", "< f = 6"],
    ...["> g()", "sekThreadSwitch 1", "< g = Void"],
    ...["> f(x=6)", "sekThreadSwitch 0", "10:1 x=6 n=b", "< f = <goes on after a thread switch>"],
    ...["> g()", "sekThreadSwitch 1", "21:1", "< g = 8"],
    "< <toplevel> = 0",
  ]);
});

Deno.test("the program may end anywhere: all calls of all threads are closed", async () => {
  const { file } = transcode(
    [call(0), step(0, 1), call(1, 99), stepF(10, 1, 2, 99), call(2, 98), step(2, 20, 98), call(1)],
    { code: null, signal: "SIGTERM" },
  );
  const events = await accepted(file);
  const count = (kind: string) => events.filter((event) => event.kind === kind).length;
  assert.equal(count("call_entry"), count("call_exit"));
});

Deno.test("one event per step and stream, with the bytes as they came", async () => {
  const { file } = transcode([
    call(0),
    step(0, 1),
    output(1, "a"),
    output(1, "\n"),
    output(2, "oops"),
    output(1, "b"),
    step(0, 2),
    output(1, "c"),
    output(0, "typed"),
    returns(0),
  ]);
  const events = (await accepted(file)).filter((event) => event.kind === "io");
  assert.deepEqual(events.map(word), [
    'ioStdout at 0: "a\\n"',
    'ioStderr at 0: "oops"',
    'ioStdout at 0: "b"',
    'ioStdout at 1: "c"',
    `${events[4]?.io_kind} at 1: "typed"`,
  ]);
});

Deno.test("what others wrote stands at the latest step, and the program's own is not told twice", async () => {
  const file = new MemoryFile();
  const writer = new TraceWriter(file, new MemorySpool(), METADATA);
  const come = (text: string, stream = 1) =>
    transcoder.relayed(stream, bytes(text), 0, bytes(text).length, false);
  const transcoder = new Transcoder(writer, METADATA.program, {
    streams: [1, 2],
    joined: false,
    written: (stream, known, unread) => come(`<${stream} ${known} ${unread}>`),
  });
  const take = (...records: number[][]) => {
    const data = Uint8Array.from([...records.flat(), 0]);
    assert.equal(transcoder.records(data, 0, data.length, true), data.length - 1);
  };
  const announce = (text: string, stream = 1) =>
    record(wire.WRITING, stream, 0, bytes(text), text.length);
  take(DEFINITIONS);
  come("early\n");
  take(call(0), step(0, 1), announce("own\n"), output(1, "own\n"));
  come("native\nown\n");
  come("to stderr\n", 2);
  take(step(0, 2), record(wire.WRITTEN, 1, 5, 7), step(0, 3));
  // A write that failed is not waited for; on another stream it is nobody's.
  take(announce("failed\n"), record(wire.WRITING, 1, 0, bytes(""), 0));
  take(announce("other\n", 2));
  come("failed\nother\n");
  // Others' output counts inside of the window alone.
  take(record(wire.WINDOW, 0));
  come("closed\n");
  transcoder.finish(exitStateOf(OK, { uncaught: null, replaced: false, disabled: false }), null);
  writer.finish();
  const events = (await accepted(file)).filter((event) => event.kind === "io");
  const thread = '{"stream":"stdout","thread":0}';
  const fd = '{"stream":"stdout","source":"fd"}';
  assert.deepEqual(events.map((event) => [event.step_id, event.text, event.metadata]), [
    [0, "early\n", fd],
    [0, "own\n", thread],
    [0, "native\n", fd],
    [0, "to stderr\n", '{"stream":"stderr","source":"fd"}'],
    [1, "<1 5 7>", fd],
    [2, "failed\nother\n", fd],
  ]);
});

Deno.test("output before the first step belongs to it", async () => {
  const told = await story([
    output(1, "early"),
    output(2, "err"),
    call(0),
    step(0, 1),
    output(1, "late"),
    returns(0),
  ]);
  assert.deepEqual(told.filter((event) => event.startsWith("io")), [
    'ioStdout at 0: "early"',
    'ioStderr at 0: "err"',
    'ioStdout at 0: "late"',
  ]);
});

Deno.test("much output before the first step does not wait for it", async () => {
  const piece = "x".repeat(60_000);
  const told = await story([
    ...Array.from({ length: 20 }, () => output(1, piece)),
    call(0),
    step(0, 1),
    returns(0),
  ]);
  assert.equal(
    told.filter((event) => event.startsWith("ioStdout")).join("").match(/x/g)?.length,
    1_200_000,
  );
  assert.deepEqual(told.filter((event) => /^\d+:/.test(event)), ["1:1", "1:1"]);
});

Deno.test("a program without a step gets one", async () => {
  for (const records of [[], [output(1, "hello")], [call(0)], [call(0), returns(0)]]) {
    const { file } = transcode(records, { code: 7, signal: null });
    const events = await accepted(file);
    const steps = events.filter((event) => event.kind === "step");
    assert.equal(steps.length, 1);
    assert.equal(steps[0]?.path, "/p/main.py");
    assert.equal(word(events.at(-1)), "< <toplevel> = 7");
  }
});

Deno.test("two spellings of a file are one path, and code beyond the end of it is in another", async () => {
  const { file } = transcode([
    record(wire.PATH, 1, "./sub/../main.py"),
    record(wire.CODE, 3, 1, 5, "same", tuple(), 0, tuple()),
    record(wire.LAYOUT, 3, 3, tuple(), tuple(), tuple()),
    // Made from a template: it claims a place in the file, and lines that are not there.
    record(wire.CODE, 4, 0, 30, "made", tuple(), 0, tuple()),
    record(wire.LAYOUT, 4, 4, tuple(), tuple(), tuple()),
    record(wire.CODE, 5, 0, 2, "far", tuple(), 0, tuple()),
    record(wire.LAYOUT, 5, 5, tuple(), tuple(), tuple()),
    step(3, 5),
    step(4, 35),
    step(4, 900),
    step(4, 36),
    step(5, 2_000_000_000),
    step(0, 1),
  ]);
  const steps = (await accepted(file)).filter((event) => event.kind === "step");
  assert.deepEqual(steps.slice(0, 4).map(({ path, line }) => `${path}:${line}`), [
    "/p/main.py:5",
    "/p/main.py:35",
    "/p/main.py (2):900",
    "/p/main.py (2):36",
  ]);
  // There is no room for a line like that: it is moved to the last one.
  assert.equal(steps[4]?.path, "/p/main.py");
  assert.equal(steps[5]?.path, "/p/main.py", "other code of the file stays in it");
});

Deno.test("what filters hid is named where it is redacted, and counted by kind", async () => {
  const redacted = tuple(MARK, wire.HIDDEN, wire.REDACTED);
  const object = tuple(
    MARK,
    wire.WITHOUT,
    2,
    tuple(MARK, wire.STRUCT, "m:C", tuple("key", "x"), [redacted, 1]),
  );
  const records = [
    // Of f's parameters x is redacted and y is not; one argument and two globals are dropped.
    record(wire.LAYOUT, 3, 1, tuple("y"), tuple("x", "g"), tuple(0, 1, 1, 0, 2, 1)),
    call(1),
    record(3, 11, 0, object),
    record(3, 12, 0, object),
    returns(1, redacted),
    call(1),
    record(3, 11, 0, 7),
    returns(1, tuple(MARK, wire.HIDDEN, wire.DROPPED)),
    call(0),
    step(0, 1),
    unwinds(0, tuple(MARK, wire.WITHOUT, 1, error("builtins:ValueError", "no"))),
  ];
  const { file, transcoder, uncaught } = transcode(records, { code: 1, signal: null });
  assert.deepEqual((await accepted(file)).map(word).slice(1, -1), [
    "> f(x=<redacted>, y=Struct)",
    "11:3 y=Struct x=<redacted> g=<redacted>",
    "12:1 y=Struct x=<redacted> g=<redacted>",
    "< f = <redacted>",
    "> f(x=<redacted>, y=7)",
    "11:3 y=7 x=<redacted> g=<redacted>",
    "< f = <dropped>",
    "> <__main__>()",
    "1:1",
    'ioError at 3: "ValueError: no"',
    "< <__main__> raised ValueError: no",
  ]);
  assert.equal(uncaught, "ValueError");
  assert.deepEqual(transcoder.hidden, {
    redacted: { local: 0, global: 3, arg: 3, ret: 1, attr: 2 },
    dropped: { local: 0, global: 6, arg: 3, ret: 1, attr: 4 },
  });
});

Deno.test("definitions of two threads may change places", async () => {
  const told = await story([
    record(wire.PATH, 2, "/p/c.py"),
    record(wire.PATH, 1, "/p/b.py"),
    record(wire.CODE, 4, 2, 1, "late", tuple(), 9, tuple()),
    record(wire.CODE, 3, 1, 1, "early", tuple(), 9, tuple()),
    record(wire.LAYOUT, 4, 4, tuple(), tuple(), tuple()),
    record(wire.LAYOUT, 3, 3, tuple(), tuple(), tuple()),
    call(4),
    step(4, 3),
    returns(4),
  ]);
  assert.ok(told.includes("> late()"));
});

Deno.test("a torn last record is left out", async () => {
  const whole = [call(0), step(0, 1)];
  const torn = stepF(10, "a text", 2);
  for (let length = 1; length < torn.length; length++) {
    const zeros = new Array(40).fill(0);
    const { file, end } = transcode([...whole, torn.slice(0, length)], OK, zeros);
    assert.equal(end, whole.flat().length, `${length} bytes of it`);
    if (length === 9) {
      assert.equal((await accepted(file)).filter(({ kind }) => kind === "step").length, 1);
    }
  }
});

Deno.test("a torn packed record is left out", () => {
  const whole = [...SITES, call(0), step(0, 1), call(1)];
  for (
    const torn of [packedStep(1, 0, -1n, 0.1), packed(wire.PACKED_RETURN, 1, 0, 2n ** 62n)]
  ) {
    for (let length = 1; length < torn.length; length++) {
      const zeros = new Array(40).fill(0);
      const { end } = transcode([...whole, torn.slice(0, length)], OK, zeros);
      assert.equal(end, whole.flat().length, `${length} bytes of it`);
    }
    assert.equal(transcode([...whole, torn]).end, [...whole, torn].flat().length);
  }
});

Deno.test("what no agent writes is a broken record", () => {
  const garbage: Record<string, number[]> = {
    "no record": [0xff, 1, 2, 3],
    "no tuple": dumps(5),
    "an empty record": dumps(tuple()),
    "a record without a number": record("x"),
    "an unknown kind": record(-99, 1, 2),
    "a layout that was never defined": step(77, 1),
    "a code object that was never defined": call(77),
    "a path that was never defined": record(wire.CODE, 3, 77, 1, "f", tuple(), 0, tuple()),
    "a source without a text": record(wire.SOURCE, 0, null),
    "a number that means two things": record(wire.PATH, 0, "other.py"),
    "a number far away": record(wire.PATH, 10_000_000, "other.py"),
    "a site that was never defined": packedStep(77, 0),
    "a site of a layout that was never defined": record(wire.SITE, 0, 77, 1, ""),
    "a site of too many values": record(wire.SITE, 0, 0, 1, "i"),
    "a site of what is no kind": record(wire.SITE, 0, 1, 1, "ix"),
    "a packed container that was never kept": [
      ...[...SITES, ...KEPT].flat(),
      ...packedStep(3, 0, 0.5, packedKept(5n, 9n)),
    ],
    "a packed line without an end": [...SITES.flat(), ...packedStep(0, 0).slice(0, -1), 1],
    "a packed return of no code object": packed(wire.PACKED_RETURN_NONE, 77, 0),
    "an unknown kind of packed record": packed(6, 0, 0),
    "pieces that are no record": record(wire.PIECE, 0, true, bytes("x")),
    "pieces of two records": inPieces(0, [...call(0), ...call(1)]).flat(),
    "pieces within pieces": inPieces(0, inPieces(1, call(0)).flat()).flat(),
    "pieces of a record that breaks off": inPieces(0, call(0).slice(0, -1)).flat(),
    "a piece that is no bytes": record(wire.PIECE, 0, false, 5),
    "too many values": record(0, 1, 0, 5),
    "too few values": record(1, 10, 0, 5),
    "a line that is no number": record(0, "x", 0),
    "output that is none": record(wire.OUTPUT, 1, 0, null),
    "an unknown stream": output(5, "x"),
    "a value that was never described": stepF(10, tuple(MARK, 5), 2),
    "an unknown kind of value": stepF(10, tuple(MARK, 99, "x"), 2),
    "a marked value of other parts": stepF(10, tuple(MARK, wire.RAW, 1, 2), 2),
  };
  for (const [what, data] of Object.entries(garbage)) {
    const file = new MemoryFile();
    const transcoder = new Transcoder(new TraceWriter(file, new MemorySpool(), METADATA), "p");
    const all = Uint8Array.from([...DEFINITIONS, ...data, 0]);
    assert.throws(() => transcoder.records(all, 0, all.length, false), BrokenRecord, what);
  }
});

Deno.test("a text that is no UTF-8 and goes into the trace as it is, is a broken record", () => {
  const odd = "ODD";
  for (
    const value of [
      odd,
      tuple(MARK, wire.RAW, "builtins:function", odd),
      tuple(MARK, wire.STRUCT, "m:C", tuple(odd), [1]),
    ]
  ) {
    const one = Uint8Array.from([...DEFINITIONS, ...call(0), ...step(0, 1), ...returns(0, value)]);
    const at = one.findLastIndex((byte, n) => byte === 0x4f && one[n + 1] === 0x44);
    one.set([0xc3], at + 2); // the text's last byte begins a character
    const transcoder = new Transcoder(
      new TraceWriter(new MemoryFile(), new MemorySpool(), METADATA),
      "p",
    );
    assert.throws(() => transcoder.records(one, 0, one.length, false), BrokenRecord);
  }
});

Deno.test("damaged records never do worse than break", () => {
  const text = tuple(MARK, wire.LONG_TEXT, "aé", 900);
  const data = Uint8Array.from([
    ...DEFINITIONS,
    ...[
      record(wire.DESCRIBED, 0, text),
      record(wire.DESCRIBED, -1, tuple(MARK, wire.RAW, "builtins:function", "<function f>")),
      call(0),
      step(0, 1),
      call(1),
      stepF(10, tuple(MARK, 0), [1, tuple(MARK, wire.MORE, 7)]),
      stepF(
        11,
        tuple(MARK, wire.STRUCT, "m:C", tuple("a"), [tuple(MARK, -1)]),
        tuple(MARK, wire.BIG_INT, true, 9000, bytes("1")),
      ),
      stepF(
        11,
        tuple(MARK, wire.MAPPING, "builtins:dict", ["k", 1, 2n ** 70n]),
        tuple(MARK, wire.LONG_BYTES, "builtins:bytes", bytes("1"), 90),
      ),
      record(wire.WRITING, 1, 0, bytes("hello"), 5),
      output(1, "hello"),
      record(wire.WRITTEN, 1, 0, 5),
      unwinds(1, error("builtins:ValueError", "no")),
      returns(0, tuple(MARK, wire.TYPED, "m:I", 5)),
    ].flat(),
  ]);
  let broken = 0;
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.integer({ min: 0, max: data.length - 1 }),
          fc.oneof(
            fc.integer({ min: 0, max: 255 }),
            fc.constantFrom(0x28, 0x5b, 0x4e, 0x53, 0x69, 0x73, 0x75),
          ),
        ),
        { minLength: 1, maxLength: 4 },
      ),
      (changes) => {
        const damaged = data.slice();
        for (const [at, byte] of changes) damaged[at] = byte;
        const writer = new TraceWriter(new MemoryFile(), new MemorySpool(), METADATA);
        const transcoder = new Transcoder(writer, "p", {
          streams: [1, 2],
          joined: false,
          written: (stream) => transcoder.relayed(stream, bytes("hello, you"), 0, 10, true),
        });
        try {
          transcoder.records(damaged, 0, damaged.length, false);
          transcoder.finish({ kind: "exited", code: 0 }, null);
          writer.finish();
        } catch (error) {
          if (!(error instanceof BrokenRecord)) throw error;
          broken++;
        }
      },
    ),
    { numRuns: 3000 },
  );
  assert.ok(broken > 0);
});

Deno.test("the agent's own troubles make the trace a partial one", () => {
  const conflict = transcode([
    call(0),
    step(0, 1),
    record(wire.CONFLICT, "ERR_TRACER_INSTALL_CONFLICT"),
  ]);
  assert.equal(conflict.transcoder.detached?.code, "ERR_TRACER_INSTALL_CONFLICT");
  assert.equal(conflict.transcoder.failure, null);
  const failed = transcode([
    call(0),
    step(0, 1),
    record(wire.FAILED, "TypeError in handler, line 3"),
  ]);
  assert.equal(failed.transcoder.failure?.code, "ERR_FRAME_INTROSPECTION_FAILED");
  assert.match(failed.transcoder.failure?.message ?? "", /TypeError in handler, line 3/);
  const fine = transcode([call(0), step(0, 1)]).transcoder;
  assert.deepEqual([fine.detached, fine.failure], [null, null]);
  assert.throws(() => transcode([record(wire.CONFLICT, "ERR_SOMETHING")]), BrokenRecord);
});

Deno.test("garbage in the ring is ERR_CHANNEL_CORRUPT", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/work`);
    createRing(`${folder}/ring`);
    using ring = Deno.openSync(`${folder}/ring`, { write: true });
    ring.seekSync(wire.HEADER_SIZE, Deno.SeekMode.Start);
    ring.writeSync(Uint8Array.from([...DEFINITIONS, ...record(-99, 1)]));
    const shared = new SharedState();
    const work = new TraceWork({
      sourceDir: folder,
      workDir: `${folder}/work`,
      confined: false,
      recovers: false,
      limits: { steps: null, bytes: null },
      shared: shared.buffer,
      trace: { ...METADATA, filters: [] },
    });
    shared.markEnded();
    work.drain();
    assert.equal(work.failure?.code, "ERR_CHANNEL_CORRUPT");
    using header = Deno.openSync(`${folder}/ring`, { read: true });
    header.seekSync(wire.RECORDER_STATE, Deno.SeekMode.Start);
    const state = new Uint8Array(4);
    header.readSync(state);
    assert.equal(state[0], wire.RECORDER_STOPPED);
    // What came before it is there.
    const finished = work.finish({
      status: { code: 3, signal: null },
      stopped: false,
      caughtInternalErrors: 0,
      cutOff: null,
      metadata: {},
    });
    assert.deepEqual(finished.state, { kind: "disabled", code: 3 });
    assert.equal(finished.partial?.code, "ERR_CHANNEL_CORRUPT");
    const root = acceptEvents(`${folder}/work/${WORK_FILES.trace}`).events.at(-1);
    assert.match(word(root), /^< <toplevel> raised ERR_CHANNEL_CORRUPT: /);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
