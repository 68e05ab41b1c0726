/** Whether a process that was seen is still there. */
import assert from "node:assert/strict";
import { processOf, runs, thisProcess } from "../../src/session/process_identity.ts";

Deno.test({
  name: "a process that has ended does not run, though its parent has not looked after it",
  ignore: Deno.build.os !== "linux", // elsewhere `ps` is asked
  fn: async () => {
    const parent = new Deno.Command("/bin/sh", {
      args: ["-c", "exec 3<&0; cat <&3 & echo $!; exec sleep 60 3<&-"],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    try {
      const reader = parent.stdout.getReader();
      const { value } = await reader.read();
      await reader.cancel();
      const child = processOf(Number(new TextDecoder().decode(value)));
      assert.equal(runs(child), true);
      await parent.stdin.close();
      for (let tries = 0; runs(child) && tries < 3000; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assert.equal(runs(child), false);
      assert.match(Deno.readTextFileSync(`/proc/${child.pid}/stat`), /\) Z /);
      assert.equal(runs(thisProcess()), true);
    } finally {
      parent.kill("SIGKILL");
      await parent.status;
    }
  },
});
