/** Disks of a chosen size. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "./processes.ts";
import { withFolder } from "./recorder.ts";

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

/** Whether they can be had; said aloud where not. File-size limits serve everywhere (tests/e2e/file_size_limit_test.ts). */
export const mountable = canMount();
if (!mountable) {
  console.error("!!! MISSING: the right to mount a small disk; a full disk is not tested");
}

/** Gives `body` a folder on a disk of its own. */
export function onSmallDisk(bytes: string, body: (folder: string) => Promise<void>): Promise<void> {
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
