/** Small traces written by hand, for what no quick program can be made to do. */
import { DiskFile, diskSpool } from "../../src/trace/file_store.ts";
import { TraceWriter } from "../../src/trace/trace_writer.ts";

/** A value: an integer, a text, or what is stored as the language writes it, of a type. */
export type Value = number | string | { readonly raw: string; readonly type: string };

/** Variables by name. */
export type Variables = Readonly<Record<string, Value>>;

/** What happens in a trace. */
export type Happening =
  | { readonly enter: string; readonly args?: Variables }
  /** A line runs, of `/app/<file>`; lines are 1 to 100. */
  | { readonly line: number; readonly file?: string; readonly vars?: Variables }
  | { readonly raise: string; readonly vars?: Variables }
  /** An exception of this type is caught. */
  | { readonly caught: string }
  | { readonly leave: Value | null }
  | { readonly thread: "start" | "switch" | "exit"; readonly id: number }
  | {
    readonly output: string | Uint8Array;
    /** As stored: 0 stdout, 12 stderr. */
    readonly kind?: number;
    readonly metadata?: Readonly<Record<string, unknown>>;
  };

export const RECORDING_ID = "01a1fb4a-6f61-77b9-ba34-2bb57b97ea12";

const encoder = new TextEncoder();

/**
 * Writes `app.ct` into a folder of its own, hands its path over, and removes the folder. Calls still
 * open at the end are ended, void.
 */
export async function withWrittenTrace<T>(
  happenings: Iterable<Happening>,
  use: (path: string) => T | Promise<T>,
  recorder = "test 1",
): Promise<T> {
  const folder = Deno.makeTempDirSync({ prefix: "ct-written-" });
  try {
    const path = `${folder}/app.ct`;
    write(happenings, path, folder, recorder);
    return await use(path);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function write(
  happenings: Iterable<Happening>,
  path: string,
  folder: string,
  recorder: string,
): void {
  const sink = DiskFile.create(path);
  const writer = new TraceWriter(sink, diskSpool(folder), {
    recordingId: RECORDING_ID,
    program: "/app/app.py",
    args: [],
    workdir: "/app",
    recorder,
    filters: [],
  });
  const values = (variables: Variables | undefined, add: "argument" | "value") => {
    for (const [name, value] of Object.entries(variables ?? {})) {
      const bytes = encoded(value, writer);
      writer[add](writer.variableId(name), bytes, 0, bytes.length);
    }
  };
  const files = new Map<string, number>();
  const nothing = Uint8Array.of(0xff);
  for (const happening of happenings) {
    if ("enter" in happening) {
      writer.enter(writer.functionId(happening.enter));
      values(happening.args, "argument");
    } else if ("line" in happening) {
      const name = happening.file ?? "app.py";
      const file = files.get(name) ?? writer.pathId(`/app/${name}`, Array(100).fill(20));
      files.set(name, file);
      writer.step(writer.position(file, happening.line, 1));
      values(happening.vars, "value");
    } else if ("raise" in happening) {
      writer.raise(writer.typeId("ValueError"), encoder.encode(happening.raise));
      values(happening.vars, "value");
    } else if ("caught" in happening) writer.caught(writer.typeId(happening.caught));
    else if ("leave" in happening) {
      const bytes = happening.leave === null ? nothing : encoded(happening.leave, writer);
      writer.exit(bytes, 0, bytes.length);
    } else if ("thread" in happening) {
      if (happening.thread === "start") writer.threadStart(happening.id);
      else if (happening.thread === "switch") writer.threadSwitch(happening.id);
      else writer.threadExit(happening.id);
    } else {
      const { output, kind = 0, metadata = {} } = happening;
      const bytes = typeof output === "string" ? encoder.encode(output) : output;
      const step = writer.stepRecords - 1;
      writer.event(kind, step, JSON.stringify(metadata), bytes, 0, bytes.length);
    }
  }
  while (writer.depth > 0) writer.exit(nothing, 0, 1);
  writer.finish();
  sink.close();
}

/**
 * Damages a chunk of a trace: its streams are chunks one after the other, each where its last record
 * was written, and those of values are the shortest.
 */
export function spoilChunk(path: string, number: number): void {
  const bytes = Deno.readFileSync(path);
  const starts: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; at++) {
    // How zstd frames begin.
    if (bytes[at] === 0x28 && bytes[at + 1] === 0xb5 && bytes[at + 2] === 0x2f) starts.push(at);
  }
  const start = starts[number];
  if (start === undefined) throw new Error(`no chunk ${number}: there are ${starts.length}`);
  bytes[start] = 0;
  Deno.writeFileSync(path, bytes);
}

/** A value record (CBOR): `{kind: "Int", i, type_id}` and the like. */
function encoded(value: Value, writer: TraceWriter): Uint8Array {
  const bytes: number[] = [0xa3];
  const item = (major: number, argument: number) => {
    bytes.push((major << 5) | 26, argument >>> 24, argument >>> 16, argument >>> 8, argument);
  };
  const text = (word: string) => {
    const content = encoder.encode(word);
    item(3, content.length);
    for (const byte of content) bytes.push(byte);
  };
  text("kind");
  if (typeof value === "number") {
    text("Int");
    text("i");
    item(value < 0 ? 1 : 0, value < 0 ? -1 - value : value);
  } else if (typeof value === "string") {
    text("String");
    text("text");
    text(value);
  } else {
    text("Raw");
    text("r");
    text(value.raw);
  }
  text("type_id");
  item(0, typeof value === "object" ? writer.typeId(value.type) : 0);
  return Uint8Array.from(bytes);
}
