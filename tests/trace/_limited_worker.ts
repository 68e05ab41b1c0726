/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
// Records a small trace in the folder that it is told, with no permission but for that folder.
import { DiskFile, diskSpool } from "../../src/trace/file_store.ts";
import { TraceWriter } from "../../src/trace/trace_writer.ts";

self.onmessage = (message: MessageEvent<string>) => {
  const folder = message.data;
  try {
    const sink = DiskFile.create(`${folder}/limited.ct`);
    const writer = new TraceWriter(sink, diskSpool(folder), {
      recordingId: "01890a5d-ac96-774b-bcce-b302099a8057",
      program: "limited",
      args: [],
      workdir: folder,
      recorder: "test",
    });
    const path = writer.pathId("/limited.py", [10]);
    writer.enter(writer.functionId("main"));
    writer.step(writer.position(path, 1, 1));
    writer.exit(new Uint8Array(0), 0, 0);
    writer.finish();
    sink.close();
    self.postMessage("done");
  } catch (error) {
    self.postMessage(String(error));
  }
};
