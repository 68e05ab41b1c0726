/** Containers whose streams are written by hand, where the trace writer would write others. */
import { ChunkedStreamWriter, type Framing } from "../../../src/trace/chunked_stream_writer.ts";
import type { ByteBuffer } from "../../../src/trace/byte_buffer.ts";
import { ContainerWriter } from "../../../src/trace/ctfs/container_writer.ts";
import { DiskFile } from "../../../src/trace/file_store.ts";
import { PathTableWriter } from "../../../src/trace/table_writer.ts";

/** A stream: its name, records per chunk, and what writes each record. */
export interface HandMadeStream {
  readonly name: string;
  readonly framing: Framing;
  readonly recordsPerChunk: number;
  readonly records: Iterable<(record: ByteBuffer) => void>;
}

/** Makes a container with one path of ten lines of 10 columns, and the streams; it is removed again. */
export function withStreams(
  flags: number,
  streams: readonly HandMadeStream[],
  check: (path: string) => void,
): void {
  const path = Deno.makeTempFileSync({ suffix: ".ct" });
  Deno.removeSync(path);
  const sink = DiskFile.create(path);
  try {
    const container = new ContainerWriter(sink);
    const paths = new PathTableWriter(container);
    paths.add("/app.rb", new Array<number>(10).fill(10));
    paths.finish();
    for (const { name, framing, recordsPerChunk, records } of streams) {
      const stream = new ChunkedStreamWriter(container, name, recordsPerChunk, framing);
      for (const write of records) {
        stream.beginRecord();
        write(stream.buffer);
        stream.endRecord();
      }
      stream.finish();
    }
    const texts = ["01a1fb4a-6f61-77b9-ba34-2bb57b97ea12", "app.rb"]
      .flatMap((text) => [text.length, ...new TextEncoder().encode(text)]);
    container.create("meta.dat").append(
      new Uint8Array([
        ...new TextEncoder().encode("CTMD"),
        ...[3, 0, flags & 0xff, flags >> 8],
        ...texts,
        ...[0, 0, 0, 0],
      ]),
    );
    container.finish();
    check(path);
  } finally {
    sink.close();
    Deno.removeSync(path);
  }
}
