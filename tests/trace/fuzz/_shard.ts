/**
 * Tries a part of many inputs in a process of its own, and prints what came of it as JSON.
 *
 *     deno run -A tests/trace/fuzz/_shard.ts FOLDER FIRST COUNT
 */
import { assertAgreement } from "../verify/_agreement.ts";
import { corpusWith, tryInputs } from "./_fuzz.ts";

/** What a shard says. */
export interface ShardReport {
  readonly read: number;
  readonly sound: number;
  /** The most memory that the process had at once, bytes. */
  readonly peakBytes: number;
}

/** One input of these is shown to `ct-accept`, which takes ten times as long as all the rest. */
const COMPARED = 100;
const COMPARED_AT_ONCE = 500;

function main(): void {
  const [folder = "", first = "", count = ""] = Deno.args;
  const seeds = corpusWith(folder);
  let read = 0;
  let sound = 0;
  let compared: Uint8Array[] = [];
  tryInputs(seeds, Number(first), Number(count), (input, { bytes, isRead, verification }) => {
    if (isRead) read++;
    if (verification?.worst === null) sound++;
    if (input % COMPARED === 0) compared.push(bytes);
    if (compared.length === COMPARED_AT_ONCE) {
      assertAgreement(compared);
      compared = [];
    }
  });
  assertAgreement(compared);
  const status = Deno.readTextFileSync("/proc/self/status");
  const peakBytes = 1024 * Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]);
  const report: ShardReport = { read, sound, peakBytes };
  console.log(JSON.stringify(report));
}

if (import.meta.main) main();
