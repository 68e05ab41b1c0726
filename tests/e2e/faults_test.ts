/**
 * Failures that have no cause at hand, by a broken file layer in the trace worker (tests/support/with_faults.ts): whatever
 * fails, the status, the message, the program and what is left agree.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { pooledAll } from "../support/pool.ts";
import { run } from "../support/processes.ts";
import { anyPython } from "../support/pythons.ts";
import { inspect, ROOT, withFolder } from "../support/recorder.ts";
import type { Fault } from "../support/with_faults.ts";

const PROGRAM = `
def double(number):
    return 2 * number
for number in range(20000):
    double(number)
open("ended", "w").close()
`;

const EIO = "Input/output error (os error 5)";
const ENOSPC = "No space left on device (os error 28)";
const EROFS = "Read-only file system (os error 30)";

interface Case {
  readonly fault: Fault;
  readonly code: "ERR_IO" | "ERR_UNKNOWN";
  /** Whether the program has ended when it happens. */
  readonly late: boolean;
  readonly says: RegExp;
}

const CASES: readonly Case[] = [
  {
    fault: { call: "throw", from: 0, message: "boom" },
    code: "ERR_UNKNOWN",
    late: false,
    says: /trace writer ended.*boom/,
  },
  // Writes come in the order ring, spool files, container, all of them while the program runs.
  ...[0, 1, 3, 10, 25].flatMap((from) =>
    [EIO, ENOSPC, EROFS].map((message): Case => ({
      fault: { call: "write", from, message },
      code: "ERR_IO",
      late: false,
      says: /input\/output error|no space left|read-only/,
    }))
  ),
  ...[0, 1].map((from): Case => ({
    fault: { call: "rename", from, message: ENOSPC },
    code: "ERR_IO",
    late: true,
    says: /put the finished trace in its place.*no space left/,
  })),
];

Deno.test("faults: error or warning, program and what is left, by the policy", async () => {
  const python = await anyPython();
  const all = CASES.flatMap((one) =>
    (["abort", "disable"] as const).map((policy) => ({ ...one, policy }))
  );
  await pooledAll(all, ({ fault, code, late, says, policy }) =>
    withFolder(async (folder) => {
      const what = `${JSON.stringify(fault)} ${policy}`;
      await Deno.writeTextFile(join(folder, "app.py"), PROGRAM);
      const { status, stderr, stdout } = await run([
        Deno.execPath(),
        "run",
        "-A",
        join(ROOT, "tests/support/with_faults.ts"),
        JSON.stringify(fault),
        "--json-errors",
        "--on-recorder-error",
        policy,
        "-o",
        "out",
        python.path,
        "app.py",
      ], { cwd: folder });
      const passes = policy === "disable" && !late;
      assert.equal(status, passes ? 0 : code === "ERR_IO" ? 10 : 70, `${what}: ${stderr}`);
      assert.equal(stdout, "", what);
      const lines = stderr.trimEnd().split("\n");
      const said = lines.find((line) =>
        line.startsWith(`ct-recorder: ${passes ? "warning" : "error"} ${code}: `)
      );
      assert.match(said ?? "", says, `${what}: ${stderr}`);
      assert.equal(JSON.parse(lines.at(-1) ?? "").error_code, code, what);
      const ended = await Deno.stat(join(folder, "ended")).then(() => true, () => false);
      if (passes || late) assert.ok(ended, `${what}: the program did not end`);
      const { left, metadata } = await inspect(join(folder, "out"));
      // Either nothing, or a trace that says that it is partial; inspect has had it checked.
      if (left.length > 0) {
        assert.ok(passes, `${what}: ${left}`);
        assert.deepEqual(left, ["app.ct", "trace_metadata.json"], what);
        assert.equal(metadata?.["reason"], code, what);
      }
    }));
});
