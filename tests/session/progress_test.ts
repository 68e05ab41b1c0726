import { join } from "node:path";
import { SharedState } from "../../src/recording/shared_state.ts";
import { startProgress } from "../../src/session/progress.ts";
import { createRing, RingFile } from "../../src/wire/ring_file.ts";
import { withFolder } from "../support/recorder.ts";

Deno.test("progress: a ring that can't be used any more ends the line, not the recording", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "ring");
    createRing(path);
    const ring = new RingFile(path);
    ring[Symbol.dispose]();
    const stop = startProgress(new SharedState(), ring, performance.now() - 60_000);
    // Behind the first look at the ring: what the timer throws fails the test.
    await new Promise((resolve) => setTimeout(resolve, 700));
    stop();
  });
});
