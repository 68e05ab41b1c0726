import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteBuffer } from "../../src/trace/byte_buffer.ts";
import { DiskFile, diskSpool } from "../../src/trace/file_store.ts";
import { type TraceMetadata, TraceWriter } from "../../src/trace/trace_writer.ts";
import { acceptEvents, acceptStrict, type JsonObject } from "../support/ct_accept.ts";
import { MemoryFile, MemorySpool } from "./_memory_store.ts";

const METADATA: TraceMetadata = {
  recordingId: "01890a5d-ac96-774b-bcce-b302099a8057",
  program: "p.py",
  args: ["a b", "", "ü"],
  workdir: "/w",
  recorder: "test 1",
};
const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();

/** CBOR of an Int or of a Raw text. */
function cbor(value: number | string, typeId: number): Uint8Array {
  const text = (s: string) => {
    const utf8 = encoder.encode(s);
    return [0x79, utf8.length >> 8, utf8.length & 0xFF, ...utf8];
  };
  const content = typeof value === "number"
    ? [...text("i"), 0x1A, value >>> 24, value >> 16 & 0xFF, value >> 8 & 0xFF, value & 0xFF]
    : [...text("r"), ...text(value)];
  const kind = typeof value === "number" ? "Int" : "Raw";
  return new Uint8Array([
    ...[0xA3, ...text("kind"), ...text(kind)],
    ...[...content, ...text("type_id"), typeId],
  ]);
}

function shown(value: number | string, typeId: number): JsonObject {
  return typeof value === "number"
    ? { kind: "Int", i: value, type_id: typeId }
    : { kind: "Raw", r: value, type_id: typeId };
}

function newWriter(metadata: TraceMetadata = METADATA) {
  const sink = new MemoryFile();
  const spool = new MemorySpool();
  return { sink, spool, writer: new TraceWriter(sink, spool, metadata) };
}

/** Lets the independent reader see a container. */
function onDisk<T>(sink: MemoryFile, read: (path: string) => T): T {
  const path = Deno.makeTempFileSync({ suffix: ".ct" });
  try {
    Deno.writeFileSync(path, sink.bytes);
    return read(path);
  } finally {
    Deno.removeSync(path);
  }
}

const ofKind = (events: readonly JsonObject[], kind: string) =>
  events.filter((event) => event["kind"] === kind);

Deno.test("the smallest trace is accepted and takes no more than 140 KiB", () => {
  const { sink, spool, writer } = newWriter();
  writer.pathId("/w/p.py", []);
  writer.enter(writer.functionId("<toplevel>"));
  assert.equal(writer.step(writer.position(0, 1, 1)), 0);
  writer.exit(NOTHING, 0, 0);
  const counts = writer.finish();
  assert.deepEqual(counts, { steps: 1, stepRecords: 1, calls: 1, events: 0, values: 0 });
  assert.ok(sink.length <= 140 * 1024, `${sink.length} bytes`);
  assert.equal(writer.bytesWritten, sink.length);
  assert.ok([...spool.files.values()].every((file) => file.closed));
  const { header, events } = onDisk(sink, acceptEvents);
  assert.deepEqual(header["paths"], ["/w/p.py"]);
  assert.deepEqual(header["types"], ["NoneType"]);
  assert.equal(events.length, 3);
});

Deno.test("metadata is stored as given, with the filters and their flag", () => {
  const filters = [{ path: "/f.toml", sha256: new Uint8Array(32).fill(0xAB) }];
  const { sink, writer } = newWriter({ ...METADATA, filters });
  writer.pathId("/w/\uD800.py", [1]);
  writer.enter(writer.functionId("f"));
  writer.step(0);
  writer.exit(NOTHING, 0, 0);
  writer.finish();
  const { header } = onDisk(sink, acceptEvents);
  const metadata = header["metadata"] as JsonObject;
  assert.equal(metadata["recording_id"], METADATA.recordingId);
  assert.deepEqual(metadata["args"], METADATA.args);
  assert.equal(metadata["workdir"], "/w");
  assert.equal(metadata["recorder"], "test 1");
  assert.deepEqual(metadata["trace_filter"], {
    filters: [{ path: "/f.toml", sha256: "ab".repeat(32) }],
  });
  assert.deepEqual(header["paths"], ["/w/\uFFFD.py"]);
});

Deno.test("names are interned, those that are the same in UTF-8 as well", () => {
  const { writer } = newWriter();
  assert.equal(writer.typeId("NoneType"), 0);
  assert.equal(writer.typeId("int"), 1);
  assert.equal(writer.typeId("int"), 1);
  assert.equal(writer.variableId("x"), 0);
  assert.equal(writer.functionId("\uD800"), 0);
  assert.equal(writer.functionId("\uDFFF"), 0);
  assert.equal(writer.functionId("\uFFFD"), 0);
  assert.equal(writer.functionId("__proto__"), 1);
});

Deno.test("a position is clipped to the file and the line, and lines own at least a column", () => {
  const { writer } = newWriter();
  const a = writer.pathId("/a", [3, 0, 5]);
  const b = writer.pathId("/b", []);
  const c = writer.pathId("/c", new Uint32Array([2]));
  assert.equal(writer.position(a, 1, 1), 0);
  assert.equal(writer.position(a, 1, 99), 2);
  assert.equal(writer.position(a, 2, 1), 3);
  assert.equal(writer.position(a, 2, 7), 3);
  assert.equal(writer.position(a, 3, 2), 5);
  assert.equal(writer.position(a, 4, 1), 4);
  assert.equal(writer.position(a, 0, 0), 0);
  assert.equal(writer.position(a, -5, -5), 0);
  assert.equal(writer.position(b, 7, 7), 9);
  assert.equal(writer.position(c, 1, 2), 11);
  assert.throws(() => writer.position(3, 1, 1), /no source path 3/);
  assert.throws(() => writer.pathId("/a", [1]), /has an id already/);
  assert.throws(() => writer.pathId("", [1]), /is empty/);
  assert.throws(() => writer.pathId("/d", [2 ** 32]), /line 1 has length/);
  assert.throws(() => writer.pathId("/d", [1.5]), /line 1 has length/);
});

Deno.test("positions beyond 32 bits are kept", () => {
  const { sink, writer } = newWriter();
  const longest = 2 ** 32 - 1;
  const places = [];
  for (let path = 0; path < 3; path++) {
    const id = writer.pathId(`/${path}`, [longest, 1, longest, longest]);
    for (const [line, column] of [[1, 1], [1, longest], [2, 1], [3, 2], [4, longest]] as const) {
      places.push({ id, line, column });
    }
  }
  writer.enter(writer.functionId("f"));
  for (const { id, line, column } of places) writer.step(writer.position(id, line, column));
  writer.exit(NOTHING, 0, 0);
  writer.finish();
  const steps = ofKind(onDisk(sink, acceptEvents).events, "step");
  assert.deepEqual(
    steps.map((step) => ({ id: step["path_id"], line: step["line"], column: step["column"] })),
    places,
  );
});

Deno.test("steps are differences from -64 to 63, else absolute, as are those that begin a chunk", () => {
  const { sink, writer } = newWriter();
  writer.pathId("/a", [1000]);
  writer.enter(writer.functionId("f"));
  const positions = [100, 163, 227, 163, 98, 98];
  for (const position of positions) writer.step(position);
  while (writer.stepRecords < 4098) writer.step(98);
  writer.exit(NOTHING, 0, 0);
  writer.finish();
  const steps = ofKind(onDisk(sink, acceptEvents).events, "step");
  const kinds = steps.map((step) => String(step["step_kind"]).slice(3, 6)).join(" ");
  const deltas = (count: number) => " Del".repeat(count);
  assert.equal(kinds, `Abs Del Abs Del Abs${deltas(4091)} Abs Del`);
});

Deno.test("a chunk that would begin with something else repeats the step before", () => {
  const { sink, writer } = newWriter();
  writer.pathId("/a", [1000]);
  const name = writer.variableId("x");
  const message = encoder.encode("--oops");
  const value = cbor(7, writer.typeId("int"));
  writer.enter(writer.functionId("f"));
  for (let i = 0; i < 4096; i++) writer.step(i % 1000);
  writer.value(name, value, 0, value.length);
  assert.equal(writer.raise(writer.typeId("E"), message, 2), 4097);
  writer.exit(NOTHING, 0, 0);
  const counts = writer.finish();
  assert.deepEqual(counts, { steps: 4096, stepRecords: 4098, calls: 1, events: 0, values: 1 });
  const steps = ofKind(onDisk(sink, acceptEvents).events, "step").slice(-3);
  assert.deepEqual(steps.map((step) => [step["step_kind"], step["column"]]), [
    ["sekDeltaStep", 96],
    ["sekAbsoluteStep", 96],
    ["sekRaise", 96],
  ]);
  assert.deepEqual(steps[1]!["vars"], steps[0]!["vars"]);
  assert.equal((steps[1]!["vars"] as JsonObject[]).length, 1);
  assert.deepEqual(steps[2]!["vars"], []);
  assert.equal(steps[2]!["exception_message"], "oops");
});

Deno.test("what is raised and caught can have the values of the record before, in any chunk", () => {
  const { sink, writer } = newWriter();
  writer.pathId("/a", [1000]);
  const name = writer.variableId("x"), type = writer.typeId("E");
  writer.enter(writer.functionId("f"));
  for (let i = 0; i < 4097; i++) {
    writer.step(i % 1000);
    const value = cbor(i, writer.typeId("int"));
    writer.value(name, value, 0, value.length);
    if (i % 2 === 0) assert.equal(writer.raise(type, encoder.encode("no"), 0, 2, true), 2 * i + 1);
    else assert.equal(writer.caught(type, i % 4 === 1), 2 * i + 1);
  }
  writer.step(7);
  writer.raise(type, NOTHING, 0, 0, true);
  writer.exit(NOTHING, 0, 0);
  assert.equal(writer.finish().values, 4097);
  const steps = ofKind(onDisk(sink, acceptEvents).events, "step");
  for (let i = 0; i < 4097; i++) {
    const [step, after] = steps.slice(2 * i);
    assert.equal((step!["vars"] as JsonObject[]).length, 1);
    assert.deepEqual(after!["vars"], i % 4 === 3 ? [] : step!["vars"]);
  }
  assert.deepEqual(steps.slice(-2).map((step) => step["vars"]), [[], []]);
});

Deno.test("an event's step is moved into what exists, and never goes down", () => {
  const { sink, writer } = newWriter();
  writer.pathId("/a", [1]);
  const content = new Uint8Array([0, 0xFF, 65, 66, 67]);
  writer.event(0, 5, "early", content, 2, 4);
  writer.enter(writer.functionId("f"));
  for (let i = 0; i < 4; i++) writer.step(0);
  writer.event(12, 2, '{"stream":"stderr"}', content, 0, 5);
  writer.event(0, 1, "", content, 5, 5);
  writer.event(11, 99, "", content, 4, 5);
  assert.throws(() => writer.event(14, 0, "", content, 0, 1), /no kind of event/);
  assert.throws(() => writer.event(-1, 0, "", content, 0, 1), /no kind of event/);
  writer.exit(NOTHING, 0, 0);
  assert.equal(writer.finish().events, 4);
  const events = ofKind(onDisk(sink, acceptEvents).events, "io");
  assert.deepEqual(
    events.map((event) => [event["step_id"], event["io_ordinal"], event["metadata"]]),
    [[0, 0, "early"], [2, 12, '{"stream":"stderr"}'], [2, 0, ""], [3, 11, ""]],
  );
  assert.deepEqual(events.map((event) => event["bytes_b64"]), ["QUI=", "AP9BQkM=", "", "Qw=="]);
});

Deno.test("a step with 200 variables is stored", () => {
  const { sink, writer } = newWriter();
  writer.pathId("/a", [1]);
  writer.enter(writer.functionId("f"));
  writer.step(0);
  const value = cbor("€".repeat(100), 0);
  for (let i = 0; i < 200; i++) writer.value(writer.variableId(`v${i}`), value, 0, value.length);
  writer.exit(NOTHING, 0, 0);
  assert.equal(writer.finish().values, 200);
  const [step] = ofKind(onDisk(sink, acceptEvents).events, "step");
  assert.equal((step!["vars"] as JsonObject[]).length, 200);
});

Deno.test("misuse is refused", () => {
  const { spool, writer } = newWriter();
  assert.throws(() => writer.step(0), /no call is open/);
  assert.throws(() => writer.value(0, NOTHING, 0, 0), /no step record yet/);
  assert.throws(() => writer.argument(0, NOTHING, 0, 0), /no call was just entered/);
  assert.throws(() => writer.exit(NOTHING, 0, 0), /none is open/);
  assert.throws(() => writer.finish(), /no step/);
  writer.enter(0);
  assert.throws(() => writer.raise(0, NOTHING), /first one must be a step/);
  assert.throws(() => writer.exit(NOTHING, 0, 0), /holds no step record/);
  writer.step(0);
  assert.throws(() => writer.argument(0, NOTHING, 0, 0), /no call was just entered/);
  assert.throws(() => writer.arguments(0, new ByteBuffer()), /no call was just entered/);
  assert.throws(() => writer.finish(), /1 calls are still open/);
  writer.exit(NOTHING, 0, 0);
  assert.throws(() => writer.finish(), /no source path/);
  writer.pathId("/a", []);
  writer.functionId("f");
  writer.finish();
  assert.throws(() => writer.finish(), /finished already/);
  assert.equal([...spool.files.values()].filter((file) => file.closed).length, 4);
  assert.throws(() => newWriter({ ...METADATA, recordingId: "x" }), /UUID/);
  const filters = [{ path: "f", sha256: new Uint8Array(31) }];
  assert.throws(() => newWriter({ ...METADATA, filters }), /32 bytes/);
});

Deno.test("a trace that is given up leaves no spool files", () => {
  const { spool, writer } = newWriter();
  writer.enter(0);
  writer.discard();
  assert.ok([...spool.files.values()].every((file) => file.closed));
});

/** What a random program does; what can't be done at its point in time is left out. */
type Action =
  | { do: "step"; line: number; column: number; values: (number | string)[] }
  | { do: "enter"; name: string; args: (number | string)[] }
  | { do: "exit"; value: number | string | null; exception: string | null }
  | { do: "raise"; type: string; message: string }
  | { do: "thread"; how: "switch" | "start" | "exit"; id: number }
  | { do: "event"; kind: number; back: number; content: Uint8Array };

const anyValue = fc.oneof(
  fc.nat(2 ** 31 - 1),
  fc.string({ unit: "grapheme", maxLength: 200 }),
);
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("step" as const),
      line: fc.integer({ min: 1, max: 40 }),
      column: fc.integer({ min: 1, max: 30 }),
      values: fc.array(anyValue, { maxLength: 5 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("enter" as const),
      name: fc.constantFrom("f", "g", "A.méthode", "<lambda>"),
      args: fc.array(anyValue, { maxLength: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("exit" as const),
      value: fc.option(anyValue),
      exception: fc.option(fc.string({ unit: "grapheme", maxLength: 20 }), { freq: 4 }),
    }),
  },
  fc.record({
    do: fc.constant("raise" as const),
    type: fc.constantFrom("ValueError", "KeyError"),
    message: fc.string({ unit: "grapheme", maxLength: 300 }),
  }),
  fc.record({
    do: fc.constant("thread" as const),
    how: fc.constantFrom("switch" as const, "start" as const, "exit" as const),
    id: fc.maxSafeNat(),
  }),
  fc.record({
    do: fc.constant("event" as const),
    kind: fc.nat(13),
    back: fc.nat(3),
    content: fc.uint8Array({ maxLength: 300 }),
  }),
);

/** Plays actions on a writer and notes what a reader must see, in the reader's own words. */
class Script {
  readonly steps: JsonObject[] = [];
  readonly entries: JsonObject[] = [];
  readonly exits = new Map<number, JsonObject>();
  readonly io: JsonObject[] = [];
  readonly #open: number[] = [];
  readonly #names: string[];
  readonly #scratch = new ByteBuffer();
  #place = { line: 1, column: 1 };

  constructor(readonly writer: TraceWriter, readonly path: number) {
    this.#names = Array.from({ length: 5 }, (_, i) => `name${i}`);
  }

  #bytes(value: number | string): { json: JsonObject; at: [Uint8Array, number, number] } {
    const type = typeof value === "number" ? "int" : "strange";
    const typeId = this.writer.typeId(type);
    // In turns from one buffer at changing offsets and from buffers of their own.
    const own = cbor(value, typeId);
    const json = shown(value, typeId);
    if (own.length % 2 === 0) return { json, at: [own, 0, own.length] };
    this.#scratch.clear();
    for (let i = own.length % 7; i > 0; i--) this.#scratch.u8(0);
    const start = this.#scratch.length;
    this.#scratch.append(own);
    return { json, at: [this.#scratch.bytes, start, this.#scratch.length] };
  }

  step(line: number, column: number, values: (number | string)[]): void {
    this.#place = { line, column };
    this.#record(this.writer.step(this.writer.position(this.path, line, column)), {}, values);
  }

  #record(index: number, extra: JsonObject, values: (number | string)[]): void {
    assert.equal(index, this.steps.length);
    this.steps.push({ ...this.#place, call: this.#open.at(-1)!, ...extra, vars: [] });
    values.forEach((value, i) => {
      const { json, at } = this.#bytes(value);
      this.writer.value(this.writer.variableId(this.#names[i]!), ...at);
      (this.steps.at(-1)!["vars"] as JsonObject[]).push({ name: this.#names[i]!, value: json });
    });
  }

  enter(name: string, args: (number | string)[]): void {
    const key = this.entries.length;
    this.entries.push({
      call_key: key,
      function: name,
      entry_step: this.steps.length,
      parent: this.#open.at(-1) ?? -1,
      args: [],
    });
    this.#open.push(key);
    this.writer.enter(this.writer.functionId(name));
    args.forEach((value, i) => {
      const { json, at } = this.#bytes(value);
      this.writer.argument(this.writer.variableId(this.#names[i]!), ...at);
      (this.entries[key]!["args"] as JsonObject[]).push({ name: this.#names[i]!, value: json });
    });
    // So that what follows may be an exit, or a record that is no step.
    if (key % 3 > 0) this.step(1 + key % 40, 1, []);
  }

  exit(value: number | string | null, exception: string | null): void {
    const key = this.#open.pop()!;
    const exit: JsonObject = { exit_step: this.steps.length - 1, returned: { kind: "Void" } };
    let returned: [Uint8Array, number, number] = [NOTHING, 0, 0];
    if (value !== null) {
      const { json, at } = this.#bytes(value);
      exit["returned"] = json;
      returned = [at[0].slice(), at[1], at[2]];
    }
    if (exception === null) this.writer.exit(...returned);
    else {
      const { json, at } = this.#bytes(exception);
      exit["exception"] = json;
      this.writer.exit(...returned, ...at);
    }
    this.exits.set(key, exit);
  }

  play(action: Action): void {
    const innermost = this.#open.at(-1)!;
    const holdsStep = Number(this.entries[innermost]!["entry_step"]) < this.steps.length;
    switch (action.do) {
      case "step":
        return this.step(action.line, action.column, action.values);
      case "enter":
        return this.enter(action.name, action.args);
      case "exit":
        if (this.#open.length > 1 && holdsStep) this.exit(action.value, action.exception);
        return;
      case "raise": {
        if (this.steps.length === 0) return;
        const typeId = this.writer.typeId(action.type);
        this.#record(this.writer.raise(typeId, encoder.encode(action.message)), {
          raised: typeId,
          message: action.message,
        }, []);
        return this.#record(this.writer.caught(typeId), { caught: typeId }, []);
      }
      case "thread": {
        if (this.steps.length === 0) return;
        const { writer } = this;
        const index = action.how === "switch"
          ? writer.threadSwitch(action.id)
          : action.how === "start"
          ? writer.threadStart(action.id)
          : writer.threadExit(action.id);
        return this.#record(index, { thread: action.id }, []);
      }
      case "event": {
        const last = this.steps.length - 1;
        const before = Number(this.io.at(-1)?.["step"] ?? 0);
        const step = Math.max(before, last - action.back, 0);
        this.writer.event(
          action.kind,
          last - action.back,
          "{}",
          action.content,
          0,
          action.content.length,
        );
        this.io.push({ step, kind: action.kind, content: [...action.content] });
        return;
      }
    }
  }

  finish(): void {
    const innermost = this.entries[this.#open.at(-1)!]!;
    if (Number(innermost["entry_step"]) === this.steps.length) this.step(1, 1, []);
    while (this.#open.length > 0) this.exit(null, null);
  }
}

const named = (list: unknown) =>
  (list as JsonObject[]).map((item) => ({ name: item["varname"]!, value: item["value"]! }));

Deno.test("whatever a program does, the independent reader sees just that", () => {
  fc.assert(
    fc.property(fc.array(anyAction, { maxLength: 250, size: "max" }), (actions) => {
      const { sink, writer } = newWriter();
      // A first file, so that no position begins at 0.
      writer.pathId("/before", [7, 0]);
      const script = new Script(writer, writer.pathId("/p", new Array<number>(40).fill(30)));
      script.enter("<toplevel>", []);
      for (const action of actions) script.play(action);
      script.finish();
      const counts = writer.finish();
      const { events } = onDisk(sink, acceptEvents);

      const entries = ofKind(events, "call_entry");
      assert.deepEqual(
        entries.map((entry) => ({
          call_key: entry["call_key"],
          function: entry["function"],
          entry_step: entry["entry_step"],
          parent: entry["parent_call_key"],
          args: named(entry["args"]),
        })),
        script.entries,
      );
      for (const exit of ofKind(events, "call_exit")) {
        const { exit_step, return_value: returned, exception } = exit;
        const seen = { exit_step, returned, ...(exception === undefined ? {} : { exception }) };
        assert.deepEqual(seen, script.exits.get(Number(exit["call_key"])));
      }
      assert.deepEqual(
        ofKind(events, "step").map((step) => {
          const optional = (key: string, as: string) => key in step ? { [as]: step[key] } : {};
          return {
            line: step["line"],
            column: step["column"],
            function: step["function"],
            ...optional("exception_type_id", "raised"),
            ...optional("exception_message", "message"),
            ...optional("catch_exception_type_id", "caught"),
            ...optional("thread_id", "thread"),
            vars: named(step["vars"]),
          };
        }),
        script.steps.map(({ call, line, column, ...rest }) => ({
          line,
          column,
          function: script.entries[Number(call)]!["function"],
          ...rest,
        })),
      );
      assert.deepEqual(
        ofKind(events, "io").map((event) => ({
          step: event["step_id"],
          kind: event["io_ordinal"],
          content: [...Uint8Array.from(atob(String(event["bytes_b64"])), (c) => c.charCodeAt(0))],
        })),
        script.io,
      );
      assert.equal(counts.stepRecords, script.steps.length);
      assert.equal(counts.calls, script.entries.length);
      assert.equal(counts.events, script.io.length);
    }),
    { numRuns: 20 },
  );
});

Deno.test("a stack deeper than what the spool keeps in memory is accepted", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/t.ct`;
    const sink = DiskFile.create(path);
    const writer = new TraceWriter(sink, diskSpool(folder), METADATA);
    writer.pathId("/p", [10]);
    const f = writer.functionId("f");
    const depth = 66_000;
    for (let i = 0; i < depth; i++) {
      writer.enter(f);
      writer.step(i % 10);
    }
    while (writer.depth > 0) writer.exit(NOTHING, 0, 0);
    writer.finish();
    sink.close();
    assert.equal(acceptStrict(path).counts["calls"], depth);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("internal files of more than 511 blocks are accepted", () => {
  const { sink, writer } = newWriter();
  writer.pathId("/p", [1]);
  writer.enter(writer.functionId("f"));
  const noise = new Uint8Array(50_000);
  let seed = 1;
  for (let i = 0; i < 100; i++) {
    writer.step(0);
    for (let k = 0; k < noise.length; k++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      noise[k] = seed >>> 24;
    }
    writer.event(0, i, "", noise, 0, noise.length);
  }
  writer.exit(NOTHING, 0, 0);
  writer.finish();
  const summary = onDisk(sink, acceptStrict);
  assert.equal(summary.counts["io_events"], 100);
  assert.ok(sink.length > 5_000_000);
});
