import { DiskFile, diskSpool } from "../../src/trace/file_store.ts";
import { type TraceMetadata, TraceWriter } from "../../src/trace/trace_writer.ts";

const METADATA: TraceMetadata = {
  recordingId: "01a1fb4a-6f61-77b9-ba34-2bb57b97ea12",
  program: "app.py",
  args: [],
  workdir: "/w",
  recorder: "test",
};

/**
 * Writes a trace into a file that doesn't exist yet. Its root call is open already, and is ended, with all inside of it,
 * when `fill` has returned.
 */
export function writeTrace(
  path: string,
  fill: (writer: TraceWriter) => void,
  metadata: Partial<TraceMetadata> = {},
): void {
  const sink = DiskFile.create(path);
  const folder = Deno.makeTempDirSync();
  const writer = new TraceWriter(sink, diskSpool(folder), { ...METADATA, ...metadata });
  writer.enter(writer.functionId("<toplevel>"));
  fill(writer);
  while (writer.depth > 0) writer.exit(new Uint8Array(0), 0, 0);
  writer.finish();
  sink.close();
  Deno.removeSync(folder, { recursive: true });
}

/** Gives `body` a folder of its own and removes it afterwards. */
export async function inTempFolder(body: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = Deno.realPathSync(Deno.makeTempDirSync());
  try {
    await body(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
