import assert from "node:assert/strict";
import { join } from "node:path";
import { acceptEvents } from "./ct_accept.ts";
import { checkTrace, readTrace } from "./read_trace.ts";
import { anyPython } from "./pythons.ts";
import { record, withFolder } from "./recorder.ts";

Deno.test("a trace that ct-accept refuses, or can't look at, is an error; each check has its own answer", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-read-" });
  try {
    const broken = join(folder, "broken.ct"), missing = join(folder, "missing.ct");
    await Deno.writeTextFile(broken, "no container");
    const refused = { message: new RegExp(`^ct-accept refused ${broken}:\n.*wrong magic`) };
    await Promise.all([
      assert.rejects(readTrace(broken), refused),
      assert.rejects(checkTrace(broken), refused),
      assert.rejects(checkTrace(missing), {
        message: new RegExp(`^Cannot check ${missing} .*: exit status 2\n.*No such file`),
      }),
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what is read is what ct-accept itself prints", async () => {
  const { path } = await anyPython();
  await withFolder(async (folder) => {
    const code = "x = []\nfor n in range(3):\n  x = [n % 2, x]\ny = 'ä\\0'\ndel x, n\nprint(y)";
    const { trace, tracePath } = await record(folder, ["-q", path, "-c", code]);
    assert.ok(trace?.events.some(({ vars = [] }) => vars.length > 1));
    assert.deepEqual(trace?.events, acceptEvents(tracePath ?? "").events);
  });
});
