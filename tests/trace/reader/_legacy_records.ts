/** Records of legacy traces, and all the forms that they are stored in. */
import { zstdCompressSync } from "node:zlib";
import { ContainerWriter } from "../../../src/trace/ctfs/container_writer.ts";
import { DiskFile } from "../../../src/trace/file_store.ts";

/** `{Step: {path_id: 0, line: 1}}`, or a text for a record without content. */
export type Stored = string | Readonly<Record<string, unknown>>;

const HEADER = [0xc0, 0xde, 0x72, 0xac, 0xe2, 1, 0, 0];
const UTF8 = new TextEncoder();

/** One item of CBOR, as serde writes it: maps with texts for keys, definite lengths. */
export function cbor(value: unknown): number[] {
  const head = (major: number, n: number | bigint): number[] => {
    const high = major << 5;
    if (n < 24) return [high | Number(n)];
    if (n < 256) return [high | 24, Number(n)];
    if (n < 65536) return [high | 25, Number(n) >> 8, Number(n) & 255];
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(n));
    return [high | 27, ...bytes];
  };
  if (typeof value === "boolean") return [value ? 0xf5 : 0xf4];
  if (value === null) return [0xf6];
  if (typeof value === "number" || typeof value === "bigint") {
    return value < 0 ? head(1, -1n - BigInt(value)) : head(0, value);
  }
  if (typeof value === "string") {
    const bytes = UTF8.encode(value);
    return [...head(3, bytes.length), ...bytes];
  }
  if (Array.isArray(value)) return [...head(4, value.length), ...value.flatMap(cbor)];
  const entries = Object.entries(value as object);
  return [
    ...head(5, entries.length),
    ...entries.flatMap(([key, each]) => [...cbor(key), ...cbor(each)]),
  ];
}

/** With whole numbers beyond 2^53 as they are. */
export function json(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(json).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${
    Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${json(each)}`).join(",")
  }}`;
}

const TAGS = [
  "Step Path VariableName Variable Type Value Function Call Return Event Asm BindVariable",
  "Assignment DropVariables CompoundValue CellValue AssignCompoundItem AssignCell VariableCell",
  "DropVariable ThreadStart ThreadExit ThreadSwitch DropLastStep",
].join(" ").split(" ");

/** One record in the split binary form. */
function splitBinary(record: Stored): number[] {
  const [name, body] = typeof record === "string" ? [record, null] : Object.entries(record)[0]!;
  // deno-lint-ignore no-explicit-any -- a record of the test itself
  const content = body as any;
  const u32 = (n: number) => [...new Uint8Array(new Uint32Array([n]).buffer)];
  const i64 = (
    n: number | bigint,
  ) => [...new Uint8Array(new BigInt64Array([BigInt.asIntN(64, BigInt(n))]).buffer)];
  const text = (words: string) => [...u32(UTF8.encode(words).length), ...UTF8.encode(words)];
  const payload = (value: unknown) => [...u32(cbor(value).length), ...cbor(value)];
  const fields = (): number[] => {
    switch (name) {
      case "Step":
        return [...i64(content.path_id), ...i64(content.line)];
      case "Path":
      case "VariableName":
      case "Variable":
        return text(content);
      case "Type":
      case "Assignment":
        return payload(content);
      case "Value":
        return [...i64(content.variable_id), ...payload(content.value)];
      case "Function":
        return [...i64(content.path_id), ...i64(content.line), ...text(content.name)];
      case "Call":
        return [...i64(content.function_id), ...payload(content.args)];
      case "Return":
        return payload(content.return_value);
      case "Event":
        return [content.kind, ...text(content.metadata), ...text(content.content)];
      case "Asm":
        return [...u32(content.length), ...content.flatMap(text)];
      case "BindVariable":
      case "VariableCell":
        return [...i64(content.variable_id), ...i64(content.place)];
      case "DropVariables":
        return [...u32(content.length), ...content.flatMap(i64)];
      case "CompoundValue":
      case "CellValue":
        return [...i64(content.place), ...payload(content.value)];
      case "AssignCompoundItem":
        return [...i64(content.place), ...i64(content.index), ...i64(content.item_place)];
      case "AssignCell":
        return [...i64(content.place), ...payload(content.new_value)];
      case "DropLastStep":
        return [];
      default:
        return i64(content);
    }
  };
  return [TAGS.indexOf(name), ...fields()];
}

/** Frames of at most `size` bytes of content: records begin and end anywhere in them. */
function frames(content: Uint8Array, size: number): number[] {
  const packed: number[] = [];
  for (let at = 0; at < content.length; at += size) {
    packed.push(...zstdCompressSync(content.subarray(at, at + size)));
  }
  // A seek table, which is a frame to be passed over.
  return [...packed, 0x5e, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
}

/** Chunks of `count` records with a header each. */
function chunks(records: readonly Stored[], count: number): number[] {
  const packed: number[] = [];
  for (let at = 0; at < records.length; at += count) {
    const of = records.slice(at, at + count);
    const frame = zstdCompressSync(Uint8Array.from(of.flatMap(splitBinary)));
    packed.push(
      ...new Uint8Array(new Uint32Array([frame.length, of.length, at, 0]).buffer),
      ...frame,
    );
  }
  return packed;
}

/** A container with an `events.log`. */
export function container(log: readonly number[], format: string | null, path: string): void {
  const sink = DiskFile.create(path);
  const writer = new ContainerWriter(sink);
  writer.create("events.log").append(Uint8Array.from(log));
  if (format !== null) writer.create("events.fmt").append(UTF8.encode(format));
  writer.create("meta.json").append(UTF8.encode(JSON.stringify(METADATA)));
  writer.finish();
  sink.close();
}

const METADATA = {
  recording_id: "01a1fb4a-6f61-77b9-ba34-2bb57b97ea12",
  program: "/app/app.py",
  args: ["-v"],
  workdir: "/app",
};

/** Each way to store records: writes them below a folder and says which path is to be opened. */
export const FORMS: Readonly<
  Record<string, (records: readonly Stored[], folder: string) => string>
> = {
  "trace.json": (records, folder) => {
    Deno.writeTextFileSync(`${folder}/trace.json`, `\n [${records.map(json).join(" ,\n")}] \n`);
    Deno.writeTextFileSync(`${folder}/trace_metadata.json`, JSON.stringify(METADATA));
    return folder;
  },
  "trace.bin of CBOR": (records, folder) => {
    const content = Uint8Array.from(records.flatMap(cbor));
    Deno.writeFileSync(
      `${folder}/trace.bin`,
      Uint8Array.from([...HEADER, ...frames(content, 100)]),
    );
    Deno.writeTextFileSync(`${folder}/trace_metadata.json`, JSON.stringify(METADATA));
    return folder;
  },
  "events.log of frames": (records, folder) => {
    const content = Uint8Array.from(records.flatMap(cbor));
    container([...HEADER, ...frames(content, 1000)], "cbor", `${folder}/t.ct`);
    return folder;
  },
  "events.log of CBOR as it is": (records, folder) => {
    container(records.flatMap(cbor), null, `${folder}/t.ct`);
    return `${folder}/t.ct`;
  },
  "events.log of chunks": (records, folder) => {
    container([...HEADER, ...chunks(records, 7)], "split-binary", `${folder}/t.ct`);
    return `${folder}/t.ct`;
  },
  "events.log of chunks without a header": (records, folder) => {
    container(chunks(records, 1000), "split-binary", `${folder}/t.ct`);
    return `${folder}/t.ct`;
  },
};
