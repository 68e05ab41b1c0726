/** A disk that fills up while the program runs: what was recorded until then is kept and says what it is. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { pooledAll } from "../support/pool.ts";
import { run } from "../support/processes.ts";
import { needsPythons, pythons } from "../support/pythons.ts";
import { inspect, recorderCommand } from "../support/recorder.ts";
import { mountable, onSmallDisk } from "../support/small_disk.ts";

needsPythons(["3.8", "3.12"]);

/**
 * Fills the disk by steps, calls or output, until the recorder has noticed; ends with 3. Each of them takes much room: it
 * is the few megabytes that matter, not how many steps it takes, which all are read again.
 */
const PROGRAM = `
import os, sys, time
with open("/proc/self/maps") as maps:
    ring = next(line.split()[-1] for line in maps if line.rstrip().endswith("/ring"))
def has_stopped():
    with open(ring, "rb") as header:
        return header.read(88)[84] == 2
def call(number):
    return os.urandom(480).hex()
for number in range(1000000):
    if number % 200 == 0 and has_stopped():
        break
    if sys.argv[1] == "calls":
        call(number)
    elif sys.argv[1] == "output":
        print(os.urandom(480).hex())
    else:
        text = os.urandom(480).hex()
else:
    sys.exit("the recorder noticed nothing")
time.sleep(1)  # time to be ended, where that is the policy
sys.exit(3)
`;

Deno.test({
  name: "a full disk: the program goes on, or is ended; what was recorded is a whole partial trace",
  // The only way to a disk that is small enough; said by small_disk.ts.
  ignore: !mountable,
  fn: async () => {
    const found = await pythons();
    for (
      const [version, what, policy] of [
        ["3.12", "steps", "disable"],
        ["3.8", "calls", "abort"],
        ["3.12", "output", "disable"],
      ] as const
    ) {
      await onSmallDisk("8m", async (disk) => {
        const python = found.get(version);
        assert.ok(python);
        await Deno.writeTextFile(join(disk, "app.py"), PROGRAM);
        const { status, stderr } = await run([
          ...recorderCommand(),
          "-o",
          "out",
          "--propagate-script-exit",
          "--json-errors",
          "--keep-partial-trace",
          "--on-recorder-error",
          policy,
          python.path,
          "app.py",
          what,
        ], { cwd: disk });
        assert.equal(status, policy === "disable" ? 3 : 10, stderr);
        const trailer = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "");
        assert.deepEqual([trailer.error_code, trailer.context.os_error], ["ERR_IO", "ENOSPC"]);
        const { left, metadata } = await inspect(join(disk, "out"), false);
        assert.deepEqual(left, ["app.ct", "trace_metadata.json"], `${what} ${policy}: ${stderr}`);
        assert.equal(metadata?.["partial"], true);
        assert.equal(metadata?.["reason"], "ERR_IO");
        assert.ok((metadata?.["counts"] as { steps: number }).steps > 1000);
      });
    }
  },
});

/** Fills its own disk, and goes on without it: its mapping of the ring must not depend on what room there is. */
const FILLS = `
import os
def double(number):
    return 2 * number
with open("filler", "wb", buffering=0) as filler:
    try:
        while filler.write(bytes(65536)):
            pass
    except OSError as error:
        print(error.strerror)
for number in range(20000):
    double(number)
print("end")
`;

Deno.test({
  name:
    "a full disk: a program that fills it itself is not killed, nor is one that it is full for from the beginning",
  ignore: !mountable,
  fn: async () => {
    const python = (await pythons()).get("3.12");
    assert.ok(python);
    // Room for nothing; for the channel; for the channel, and some of what is kept free for finishing.
    const cases = [["1m", false], ["2m", true], ["6m", true]] as const;
    await pooledAll(cases, ([size, runs]) =>
      onSmallDisk(size, async (disk) => {
        await Deno.writeTextFile(join(disk, "app.py"), FILLS);
        const { status, stdout, stderr } = await run([
          ...recorderCommand(),
          "--json-errors",
          ...["--on-recorder-error", "disable", "-o", "out"],
          python.path,
          "app.py",
        ], { cwd: disk });
        assert.equal(stdout, runs ? "No space left on device\nend\n" : "", stderr);
        assert.equal(status, runs ? 0 : 10, stderr);
        const trailer = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "");
        assert.deepEqual([trailer.error_code, trailer.context.os_error], ["ERR_IO", "ENOSPC"]);
        const { left, metadata } = await inspect(join(disk, "out"), false);
        if (left.length === 0) return;
        assert.ok(runs);
        assert.deepEqual(left, ["app.ct", "trace_metadata.json"]);
        assert.deepEqual([metadata?.["partial"], metadata?.["reason"]], [true, "ERR_IO"]);
      }));
  },
});
