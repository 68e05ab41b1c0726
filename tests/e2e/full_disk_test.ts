/** A disk that fills up while the program runs: what was recorded until then is kept and says what it is. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../support/processes.ts";
import { needsPythons, pythons } from "../support/pythons.ts";
import { inspect, recorderCommand, withFolder } from "../support/recorder.ts";

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

/** Whether a disk of a chosen size can be had: even root of a container may not mount one. */
function canMount(): boolean {
  const folder = Deno.makeTempDirSync({ prefix: "ct-disk-" });
  try {
    const mounted = mountCommand("1m", folder).outputSync();
    if (mounted.success) new Deno.Command("umount", { args: ["-l", folder] }).outputSync();
    return mounted.success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false; // there is no `mount`
    throw error;
  } finally {
    Deno.removeSync(folder);
  }
}

function mountCommand(bytes: string, folder: string): Deno.Command {
  return new Deno.Command("mount", {
    args: ["-t", "tmpfs", "-o", `size=${bytes}`, "none", folder],
    stdout: "null",
    stderr: "null",
  });
}

const mountable = canMount();
if (!mountable) {
  console.error("!!! MISSING: the right to mount a small disk; a full disk is not tested");
}

/** Gives `body` a folder on a disk of its own. */
function onSmallDisk(bytes: string, body: (folder: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const disk = join(folder, "disk");
    await Deno.mkdir(disk);
    const mounted = await mountCommand(bytes, disk).output();
    assert.ok(mounted.success);
    try {
      await body(disk);
    } finally {
      await run(["umount", "-l", disk]);
    }
  });
}

Deno.test({
  name: "a full disk: the program goes on, or is ended; what was recorded is a whole partial trace",
  // The only way to a disk that is small enough; said above.
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
