import { zstdDecompressSync } from "node:zlib";
import { compressFrame } from "../../../src/trace/compress_frame.ts";
import { MemorySource } from "../../../src/trace/ctfs/byte_source.ts";
import { ContainerReader } from "../../../src/trace/ctfs/container_reader.ts";
import { ContainerWriter } from "../../../src/trace/ctfs/container_writer.ts";
import { packName } from "../../../src/trace/ctfs/layout.ts";
import { MemoryFile } from "../_memory_store.ts";

export type Stream = "steps" | "values" | "calls" | "events";
export type Table = "paths" | "funcs" | "types" | "varnames" | "srcviews" | "sources";

/** A variable with its value, as a record has it. */
export type Variable = readonly [id: number, value: Uint8Array];

/** A call's record, taken apart. */
export interface CallRecord {
  functionId: number;
  parent: number;
  entry: number;
  exit: number;
  depth: number;
  args: Variable[];
  returned: Uint8Array;
  exception: Uint8Array;
  children: number[];
}

/** A trace that can be changed in any layer and is put together again. */
export class EditedTrace {
  readonly files: Map<string, Uint8Array>;

  /** @param container Its bytes, or its files, which are not changed. */
  constructor(container: Uint8Array | ReadonlyMap<string, Uint8Array>) {
    if (!(container instanceof Uint8Array)) {
      this.files = new Map(container);
      return;
    }
    using reader = new ContainerReader("t.ct", new MemorySource(container));
    this.files = new Map(reader.names().map((name) => [name, reader.read(reader.file(name)!)]));
  }

  /** The container with the changed files. */
  bytes(): Uint8Array<ArrayBuffer> {
    const sink = new MemoryFile();
    const writer = new ContainerWriter(sink);
    for (const [name, bytes] of this.files) writer.create(name).append(bytes);
    writer.finish();
    return sink.bytes.slice();
  }

  file(name: string): Uint8Array {
    return this.files.get(name)!;
  }

  /** Changes a file's bytes in a copy. */
  editFile(name: string, edit: (bytes: Uint8Array, view: DataView) => void): void {
    const bytes = this.file(name).slice();
    edit(bytes, new DataView(bytes.buffer));
    this.files.set(name, bytes);
  }

  // -- streams

  /** The frames of a stream, as they are. */
  frames(stream: Stream): Uint8Array[] {
    const data = this.file(`${stream}.dat`);
    const index = this.file(`${stream}.idx`);
    const view = new DataView(index.buffer, index.byteOffset, index.length);
    const starts: number[] = [];
    for (let at = 4; at < index.length; at += 8) starts.push(Number(view.getBigUint64(at, true)));
    return starts.map((start, chunk) => data.slice(start, starts[chunk + 1] ?? data.length));
  }

  setFrames(stream: Stream, frames: readonly Uint8Array[]): void {
    const index = new Uint8Array(4 + 8 * frames.length);
    index.set(this.file(`${stream}.idx`).subarray(0, 4));
    const view = new DataView(index.buffer);
    let start = 0;
    frames.forEach((frame, chunk) => {
      view.setBigUint64(4 + 8 * chunk, BigInt(start), true);
      start += frame.length;
    });
    this.files.set(`${stream}.idx`, index);
    this.files.set(`${stream}.dat`, joined(frames));
  }

  chunks(stream: Stream): Uint8Array[] {
    return this.frames(stream).map((frame) => new Uint8Array(zstdDecompressSync(frame)));
  }

  setChunks(stream: Stream, chunks: readonly Uint8Array[]): void {
    this.setFrames(stream, chunks.map((chunk) => compressFrame(chunk).slice()));
  }

  /** The records of the first chunk. */
  records(stream: Stream): Uint8Array[] {
    const [content] = this.chunks(stream) as [Uint8Array];
    return stream === "steps" ? stepRecords(content) : sizedRecords(content);
  }

  /** Replaces the first chunk. */
  setRecords(stream: Stream, records: readonly Uint8Array[]): void {
    const parts = stream === "steps"
      ? records
      : records.map((record) => joined([varint(record.length), record]));
    this.setChunks(stream, [joined(parts), ...this.chunks(stream).slice(1)]);
  }

  editRecord(stream: Stream, number: number, edit: (record: Uint8Array) => Uint8Array): void {
    const records = this.records(stream);
    records[number] = edit(records[number]!);
    this.setRecords(stream, records);
  }

  /** Changes the variables of a step's record. */
  editVariables(step: number, edit: (variables: Variable[]) => Variable[]): void {
    this.editRecord("values", step, (record) => {
      const cursor = new Bytes(record);
      const variables: Variable[] = [];
      if (record.length > 0) {
        cursor.take(1);
        for (let left = cursor.varint(); left > 0; left--) {
          variables.push([cursor.varint(), cursor.sized()]);
        }
      }
      return encodeVariables(edit(variables));
    });
  }

  /** Replaces the value of a step's first variable. */
  setValue(step: number, value: Uint8Array): void {
    this.editVariables(step, ([first, ...others]) => [[first![0], value], ...others]);
  }

  calls(): CallRecord[] {
    return this.records("calls").map((record) => {
      const cursor = new Bytes(record);
      const call: CallRecord = {
        functionId: cursor.varint(),
        parent: cursor.signed(),
        entry: cursor.varint(),
        exit: cursor.varint(),
        depth: cursor.varint(),
        args: [],
        returned: new Uint8Array(0),
        exception: new Uint8Array(0),
        children: [],
      };
      for (let left = cursor.varint(); left > 0; left--) {
        call.args.push([cursor.varint(), cursor.sized()]);
      }
      call.returned = cursor.sized();
      call.exception = cursor.sized();
      for (let left = cursor.varint(); left > 0; left--) call.children.push(cursor.varint());
      return call;
    });
  }

  setCalls(calls: readonly CallRecord[]): void {
    this.setRecords("calls", calls.map(encodeCall));
  }

  editCall(key: number, change: Partial<CallRecord>): void {
    const calls = this.calls();
    calls[key] = { ...calls[key]!, ...change };
    this.setCalls(calls);
  }

  // -- tables

  table(name: Table): Uint8Array[] {
    const data = this.file(`${name}.dat`);
    const offsets = this.file(`${name}.off`);
    const view = new DataView(offsets.buffer, offsets.byteOffset, offsets.length);
    const at = (record: number) => Number(view.getBigUint64(8 * record, true));
    return Array.from(
      { length: offsets.length / 8 - 1 },
      (_, record) => data.slice(at(record), at(record + 1)),
    );
  }

  setTable(name: Table, records: readonly Uint8Array[]): void {
    const offsets = new DataView(new ArrayBuffer(8 * (records.length + 1)));
    let end = 0;
    records.forEach((record, number) => {
      end += record.length;
      offsets.setBigUint64(8 * number + 8, BigInt(end), true);
    });
    this.files.set(`${name}.dat`, joined(records));
    this.files.set(`${name}.off`, new Uint8Array(offsets.buffer));
  }

  // -- metadata

  get flags(): number {
    const meta = this.file("meta.dat");
    return meta[6]! | meta[7]! << 8;
  }

  set flags(flags: number) {
    this.editFile("meta.dat", (_, view) => view.setUint16(6, flags, true));
  }
}

/** Byte offset of a file's directory entry. */
export function entryOf(bytes: Uint8Array, name: string): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 16; at < 16 + 31 * 24; at += 24) {
    if (view.getBigUint64(at + 16, true) === packName(name)) return at;
  }
  throw new Error(`no file ${name}`);
}

/** Byte offset of the mapping block of a file. */
export function mappingOf(bytes: Uint8Array, name: string): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Number(view.getBigUint64(entryOf(bytes, name) + 8, true)) * 4096;
}

export function varint(number: number): Uint8Array {
  const bytes: number[] = [];
  for (; number >= 128; number = Math.floor(number / 128)) bytes.push(number % 128 | 128);
  return Uint8Array.of(...bytes, number);
}

export function signed(number: number): Uint8Array {
  return varint(number < 0 ? -2 * number - 1 : 2 * number);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function encodeVariables(variables: readonly Variable[]): Uint8Array {
  if (variables.length === 0) return new Uint8Array(0);
  const items = variables.map(([id, value]) => joined([varint(id), varint(value.length), value]));
  return joined([Uint8Array.of(0), varint(variables.length), ...items]);
}

export function encodeCall(call: CallRecord): Uint8Array {
  const sized = (bytes: Uint8Array) => joined([varint(bytes.length), bytes]);
  return joined([
    varint(call.functionId),
    signed(call.parent),
    varint(call.entry),
    varint(call.exit),
    varint(call.depth),
    varint(call.args.length),
    ...call.args.map(([id, value]) => joined([varint(id), sized(value)])),
    sized(call.returned),
    sized(call.exception),
    varint(call.children.length),
    ...call.children.map(varint),
  ]);
}

class Bytes {
  #at = 0;
  constructor(readonly bytes: Uint8Array) {}

  get left(): number {
    return this.bytes.length - this.#at;
  }

  take(count: number): Uint8Array {
    this.#at += count;
    return this.bytes.slice(this.#at - count, this.#at);
  }

  varint(): number {
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const [byte = 0] = this.take(1);
      value += byte % 128 * scale;
      if (byte < 128) return value;
    }
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  sized(): Uint8Array {
    return this.take(this.varint());
  }
}

function sizedRecords(content: Uint8Array): Uint8Array[] {
  const cursor = new Bytes(content);
  const records: Uint8Array[] = [];
  while (cursor.left > 0) records.push(cursor.sized());
  return records;
}

function stepRecords(content: Uint8Array): Uint8Array[] {
  const cursor = new Bytes(content);
  const records: Uint8Array[] = [];
  while (cursor.left > 0) {
    const start = content.length - cursor.left;
    const [tag] = cursor.take(1);
    cursor.varint();
    if (tag === 2) cursor.sized();
    records.push(content.slice(start, content.length - cursor.left));
  }
  return records;
}
