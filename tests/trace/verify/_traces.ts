/** Traces to damage, made in memory. */
import { TraceWriter } from "../../../src/trace/trace_writer.ts";
import { MemoryFile, MemorySpool } from "../_memory_store.ts";
import { cbor } from "./_cbor.ts";

export const RECORDING_ID = "01a1fb4a-6f61-77b9-ba34-2bb57b97ea12";

/** Ids that the traces have. */
export const TYPES = { NoneType: 0, int: 1, str: 2, list: 3, ValueError: 4 } as const;
export const VARIABLES = { n: 0, s: 1, items: 2 } as const;

export function int(i: number): Uint8Array {
  return cbor([["kind", "Int"], ["i", i], ["type_id", TYPES.int]]);
}

export function str(text: string): Uint8Array {
  return cbor([["kind", "String"], ["text", text], ["type_id", TYPES.str]]);
}

/** A list of integers. */
export function list(...items: number[]): Uint8Array {
  return cbor([
    ["kind", "Sequence"],
    ["elements", { items: items.map(int) }],
    ["is_slice", false],
    ["type_id", TYPES.list],
  ]);
}

/**
 * A trace of two files, with `calls` calls of five step records each below `<__main__>`, each with
 * another call in it, values, output, a raise, a catch and a thread.
 *
 * @param texts The text of each of the two files; none when left out.
 */
export function makeTrace(
  calls: number,
  texts: readonly [string, string] | null = null,
): Uint8Array<ArrayBuffer> {
  const sink = new MemoryFile();
  const writer = new TraceWriter(sink, new MemorySpool(), {
    recordingId: RECORDING_ID,
    program: "/app/a.py",
    args: ["one", "zwei ü"],
    workdir: "/app",
    recorder: "test 1",
    filters: [{ path: "<builtin>", sha256: new Uint8Array(32).fill(0xab) }],
  });
  const a = writer.pathId("/app/a.py", [10, 20, 5]);
  const b = writer.pathId("/app/b.py", [8, 8]);
  for (const name of Object.keys(TYPES)) writer.typeId(name);
  for (const name of Object.keys(VARIABLES)) writer.variableId(name);
  for (const [id, text] of texts?.entries() ?? []) {
    writer.source(id, new TextEncoder().encode(text));
  }
  const value = (name: keyof typeof VARIABLES, bytes: Uint8Array) =>
    writer.value(VARIABLES[name], bytes, 0, bytes.length);
  const exit = (bytes: Uint8Array, exception?: Uint8Array) =>
    writer.exit(bytes, 0, bytes.length, exception);
  const text = (words: string) => new TextEncoder().encode(words);
  const nothing = Uint8Array.of(0xff);

  writer.enter(writer.functionId("<toplevel>"));
  writer.enter(writer.functionId("<__main__>"));
  writer.step(writer.position(a, 1, 1));
  writer.threadStart(7);
  for (let call = 0; call < calls; call++) {
    writer.enter(writer.functionId("work"));
    const argument = int(call);
    writer.argument(VARIABLES.n, argument, 0, argument.length);
    writer.step(writer.position(a, 2, 5));
    value("n", int(call));
    writer.step(writer.position(b, 1, 1));
    value("n", int(call));
    value("s", str("tëxt"));
    writer.event(0, writer.stepRecords - 1, '{"stream":"stdout"}', text(`${call}\n`), 0, 2);
    writer.enter(writer.functionId("inner"));
    writer.step(writer.position(b, 2, 3));
    value("items", list(call, 2, 3));
    const message = text("no");
    writer.raise(TYPES.ValueError, message);
    exit(nothing, cbor([["kind", "Error"], ["msg", "ValueError: no"], ["type_id", 4]]));
    writer.caught(TYPES.ValueError);
    exit(int(2 * call));
  }
  writer.threadExit(7);
  exit(nothing);
  exit(int(0));
  writer.finish();
  return sink.bytes.slice();
}
