/**
 * Failures that have no cause at hand, by a disk that breaks (tests/support/broken_disk.ts) and a worker that ends: the
 * status, the message, the program and what is left agree. Here one fault of each kind; tests/long/faults_test.ts has all.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { pooledAll } from "../support/pool.ts";
import { run } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { inspect, ROOT, withFolder } from "../support/recorder.ts";
import type { Fault } from "../support/with_faults.ts";
import { check, type DiskCase, type Operation } from "./_disk_faults.ts";

const operation = (name: string, phase: Operation["phase"]): Operation => ({
  name,
  phase,
  reserved: true,
});

const abort = { onError: "abort", keep: false, older: true } as const;
const keep = { onError: "abort", keep: true, older: true } as const;
const disable = { onError: "disable", keep: false, older: true } as const;

const CASES: readonly DiskCase[] = [
  { ...disable, operation: operation("session make work 0", "start"), error: "EROFS", later: true },
  { ...keep, operation: operation("session write ring 0", "start"), error: "ENOSPC", later: true },
  {
    ...disable,
    operation: operation("worker make journal 0", "running"),
    error: "EACCES",
    later: true,
  },
  // Its leave to begin.
  { ...keep, operation: operation("worker write ring 0", "running"), error: "EIO", later: false },
  // The ring itself: neither worker nor session can tell the agent.
  { ...abort, operation: operation("worker write ring 1", "running"), error: "EIO", later: true },
  {
    ...keep,
    operation: operation("worker write journal 0", "running"),
    error: "ENOSPC",
    later: true,
  },
  {
    ...disable,
    operation: operation("session write relayed-1 1", "running"),
    error: "EIO",
    later: false,
  },
  {
    ...disable,
    operation: operation("worker write trace.ct 1", "running"),
    error: "EROFS",
    later: true,
  },
  {
    ...disable,
    operation: operation("worker sync trace.ct 0", "late"),
    error: "EIO",
    later: false,
  },
  {
    ...abort,
    operation: operation("session write end.json 0", "harmless"),
    error: "EIO",
    later: false,
  },
  {
    ...keep,
    operation: operation("session link replaced 0", "late"),
    error: "EACCES",
    later: false,
  },
  {
    ...disable,
    operation: operation("session rename trace_metadata.json 0", "late"),
    error: "EROFS",
    later: false,
  },
  // And then the older trace can't be put back.
  {
    ...abort,
    operation: operation("session rename trace_metadata.json 0", "late"),
    error: "EROFS",
    later: true,
  },
];

Deno.test("faults: a disk that fails, at one write of each kind", async () => {
  await pooledAll(CASES, async (one) => {
    const { operation, error, later } = one;
    try {
      assert.ok(await check(one), "the fault did not come");
    } catch (thrown) {
      throw new Error(`${operation.name} ${error} ${later ? "and all later ones" : ""}`, {
        cause: thrown,
      });
    }
  });
});

Deno.test("faults: a trace worker that ends by itself", async () => {
  const python = await anyPython();
  await pooledAll(["abort", "disable"], (policy) =>
    withFolder(async (folder) => {
      const { status, stderr } = await run([
        Deno.execPath(),
        "run",
        "-A",
        join(ROOT, "tests/support/with_faults.ts"),
        JSON.stringify({ call: "throw", message: "boom" } satisfies Fault),
        "--json-errors",
        "--on-recorder-error",
        policy,
        "-o",
        "out",
        python.path,
        "-c",
        `import time; time.sleep(${policy === "abort" ? 30 : 1}); open("ended", "w").close()`,
      ], { cwd: folder });
      const passes = policy === "disable";
      assert.equal(status, passes ? 0 : 70, stderr);
      const lines = stderr.trimEnd().split("\n");
      const told = lines.filter((line) =>
        line.startsWith(`ct-recorder: ${passes ? "warning" : "error"} ERR_UNKNOWN: `)
      );
      assert.equal(told.length, 1, stderr);
      assert.match(told[0] ?? "", /trace writer ended.*boom/);
      assert.equal(JSON.parse(lines.at(-1) ?? "").error_code, "ERR_UNKNOWN");
      const ended = await Deno.stat(join(folder, "ended")).then(() => true, () => false);
      assert.equal(ended, passes);
      assert.deepEqual((await inspect(join(folder, "out"))).left, []);
    }));
});
