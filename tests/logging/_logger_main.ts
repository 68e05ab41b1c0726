/**
 * A process with a log of its own. Arguments: the file or "" for stderr, the run's id, how many records, and how many
 * bytes of payload each has. Prints nothing but whether LogTape was loaded, and does so on fd 1, which the log must
 * leave alone.
 */
import { openLog } from "../../src/logging/mod.ts";

const [file = "", runId = "", records = "0", payload = "0"] = Deno.args;
const log = openLog({ level: "warning", file: file || null, runId });
log.info("below.the.level");
log.warning("told", {}, { told: file === "" });
for (let index = 0; index < Number(records); index++) {
  log.warning("record", { index, payload: "x".repeat(Number(payload)) });
  // Others get their turn.
  if (index % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
}
await log.close();
console.log(Symbol.for("logtape.rootLogger") in globalThis);
